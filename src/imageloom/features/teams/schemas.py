"""Wire shapes of projects, teams, members and invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from imageloom.features.identity.schemas import Email, Password, PersonName, Secret
from imageloom.runtime.actor import Role
from imageloom.runtime.http.inputs import Id, Input


class ProjectCreate(Input):
    name: str = Field(min_length=1, max_length=200)
    team_id: Id | None = Field(default=None, description="Your team when absent, if you have just one.")


class ProjectUpdate(Input):
    name: str = Field(min_length=1, max_length=200)


class ProjectRead(BaseModel):
    id: str
    team_id: str
    name: str
    role: str = Field(description="Yours in the project: what counts there.")
    created_at: datetime


class TeamRead(BaseModel):
    id: str
    name: str
    role: str
    created_at: datetime


class MemberRead(BaseModel):
    """``email`` and ``seen_at`` are shown to those who may invite."""

    user_id: str
    name: str
    email: str | None
    role: str
    is_disabled: bool
    seen_at: datetime | None = Field(description="When a session of theirs began or was refreshed last.")
    created_at: datetime


class MemberUpdate(Input):
    role: Role


class ProjectMemberRead(BaseModel):
    """``role`` is what counts in the project: ``project_role`` where they have one of their own there, else the one in
    the team. ``email`` is shown to those who may invite.
    """

    project_id: str
    user_id: str
    name: str
    email: str | None
    role: str
    team_role: str
    project_role: str | None
    is_disabled: bool


class ProjectMemberPut(Input):
    role: Literal["owner", "editor", "viewer"] = Field(
        description="What they may do in the project, whatever their role in the team is."
    )


class InvitationCreate(Input):
    email: Email | None = Field(
        default=None, description="Sent there, when letters are sent. Without it, whoever has the link."
    )
    role: Role = Field(default=Role.editor, description="What they may do in the team, or in the project.")
    project_id: Id | None = Field(
        default=None, description="They come into the team as a guest, and have the role in this project alone."
    )
    team_id: Id | None = Field(default=None, description="Your team when absent, if you have just one.")


class InvitationRead(BaseModel):
    id: str
    team_id: str
    project_id: str | None
    email: str | None
    role: str
    made_by: str | None
    created_at: datetime
    expires_at: datetime


class InvitationMade(BaseModel):
    """The only time the link itself is shown."""

    link: str
    details: InvitationRead


class Join(Input):
    """Who joins by an invitation or a registration."""

    token: Secret
    name: PersonName
    password: Password
    email: Email | None = Field(default=None, description="Needed where the link was given by hand.")


class JoinTeam(Input):
    token: Secret


class MembershipRead(BaseModel):
    team_id: str
    role: str
