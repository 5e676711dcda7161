"""Routes of projects, teams, members and invitations."""

from __future__ import annotations

from fastapi import Request, Response

from imageloom.features.identity.errors import AccountNeeded, EmailTaken, RegistrationClosed, WeakPassword
from imageloom.features.identity.links import LinkKind, LinkSpent, address_of
from imageloom.features.identity.models import OneTimeLink
from imageloom.features.identity.routes import NOBODY, AskingDevice, Welcome, admit
from imageloom.features.identity.schemas import AddressOnly, SentRead, SignedInRead
from imageloom.features.teams.joining import Invitations, Joining
from imageloom.features.teams.members import LastOwner, MemberService
from imageloom.features.teams.models import Membership, Project
from imageloom.features.teams.project_members import OwnsTheTeam, ProjectMemberService
from imageloom.features.teams.repository import ProjectMemberRow
from imageloom.features.teams.schemas import (
    InvitationCreate,
    InvitationMade,
    InvitationRead,
    Join,
    JoinTeam,
    MemberRead,
    MembershipRead,
    MemberUpdate,
    ProjectCreate,
    ProjectMemberPut,
    ProjectMemberRead,
    ProjectRead,
    ProjectUpdate,
    TeamRead,
)
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from imageloom.kit.ids import ProjectId, TeamId
from imageloom.runtime.actor import Actor, Role
from imageloom.runtime.http.cookies import base_of
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope, WriteScope

router = Router(prefix="/api/projects", tags=["projects"])
teams_router = Router(prefix="/api", tags=["teams"])


def shape(project: Project, actor: Actor) -> ProjectRead:
    role = actor.role_in(TeamId(project.team_id), ProjectId(project.id))
    return ProjectRead(
        id=project.id,
        team_id=project.team_id,
        name=project.name,
        role=Role.owner.value if role is None else role.value,
        created_at=project.created_at,
    )


def project_member_shape(project_id: str, row: ProjectMemberRow, *, with_email: bool) -> ProjectMemberRead:
    return ProjectMemberRead(
        project_id=project_id,
        user_id=row.user.id,
        name=row.user.name,
        email=row.user.email if with_email else None,
        role=row.role.value,
        team_role=row.membership.role,
        project_role=None if row.own is None else row.own.role,
        is_disabled=row.user.disabled_at is not None,
    )


def invitation_shape(link: OneTimeLink) -> InvitationRead:
    return InvitationRead(
        id=link.id,
        team_id=link.team_id or "",
        project_id=link.project_id,
        email=link.email,
        role=link.role or "",
        made_by=link.made_by,
        created_at=link.created_at,
        expires_at=link.expires_at,
    )


def membership_shape(membership: Membership) -> MembershipRead:
    return MembershipRead(team_id=membership.team_id, role=membership.role)


@router.get("", responses=errors(Forbidden))
async def list_projects(scope: ReadScope) -> list[ProjectRead]:
    return [shape(project, scope.actor) for project in await TeamService(scope).projects()]


@router.post("", status_code=201, responses=errors(Forbidden, NotFound, Conflict, InvalidInput))
async def create_project(body: ProjectCreate, scope: WriteScope, device: AskingDevice) -> ProjectRead:
    return shape(await TeamService(scope).create_project(body, device=device), scope.actor)


@router.patch("/{project_id}", responses=errors(Forbidden, NotFound, Conflict, InvalidInput))
async def rename_project(project_id: str, body: ProjectUpdate, scope: WriteScope, device: AskingDevice) -> ProjectRead:
    """Gives the project another name, which no other of the team has. Its id stays."""
    return shape(await TeamService(scope).rename_project(project_id, body.name, device=device), scope.actor)


@router.get("/{project_id}/members", responses=errors(Forbidden, NotFound))
async def list_project_members(project_id: str, scope: ReadScope) -> list[ProjectMemberRead]:
    """Whoever sees the project, and the role that each of them has in it."""
    service = ProjectMemberService(scope)
    return [_shown(service, project_id, row) for row in await service.members(project_id)]


@router.put("/{project_id}/members/{user_id}", responses=errors(Forbidden, NotFound, OwnsTheTeam))
async def put_project_member(
    project_id: str, user_id: str, body: ProjectMemberPut, scope: WriteScope, device: AskingDevice
) -> ProjectMemberRead:
    """Gives a member of the team, a guest too, a role in the project, at once."""
    service = ProjectMemberService(scope)
    return _shown(service, project_id, await service.put(project_id, user_id, Role(body.role), device=device))


@router.delete("/{project_id}/members/{user_id}", responses=errors(Forbidden, NotFound))
async def remove_project_member(
    project_id: str, user_id: str, scope: WriteScope, device: AskingDevice
) -> ProjectMemberRead:
    """Takes the role in the project away, at once: that in the team counts again, by which a guest sees nothing."""
    service = ProjectMemberService(scope)
    return _shown(service, project_id, await service.remove(project_id, user_id, device=device))


def _shown(service: ProjectMemberService, project_id: str, row: ProjectMemberRow) -> ProjectMemberRead:
    return project_member_shape(project_id, row, with_email=service.sees_addresses(row.membership.team_id))


@teams_router.get("/teams", responses=errors(Forbidden))
async def list_teams(scope: ReadScope) -> list[TeamRead]:
    """The teams you are in, and your role in each."""
    roles = scope.actor.roles
    return [
        TeamRead(id=team.id, name=team.name, role=role.value, created_at=team.created_at)
        for team in await MemberService(scope).teams()
        for team_id, role in roles.items()
        if team_id == team.id
    ]


@teams_router.get("/teams/{team_id}/members", responses=errors(Forbidden, NotFound))
async def list_members(team_id: str, scope: ReadScope) -> list[MemberRead]:
    service = MemberService(scope)
    sees = service.sees_addresses(team_id)
    return [
        MemberRead(
            user_id=user.id,
            name=user.name,
            email=user.email if sees else None,
            role=membership.role,
            is_disabled=user.disabled_at is not None,
            seen_at=user.seen_at if sees else None,
            created_at=membership.created_at,
        )
        for user, membership in await service.members(team_id)
    ]


@teams_router.patch("/teams/{team_id}/members/{user_id}", responses=errors(Forbidden, NotFound, LastOwner))
async def change_member(
    team_id: str, user_id: str, body: MemberUpdate, scope: WriteScope, device: AskingDevice
) -> MembershipRead:
    """Gives a member another role, at once."""
    return membership_shape(await MemberService(scope).change_role(team_id, user_id, body.role, device=device))


@teams_router.delete("/teams/{team_id}/members/{user_id}", responses=errors(Forbidden, NotFound, LastOwner))
async def remove_member(team_id: str, user_id: str, scope: WriteScope, device: AskingDevice) -> MembershipRead:
    """Takes a member out of the team, at once. What they made stays."""
    return membership_shape(await MemberService(scope).remove(team_id, user_id, device=device))


@teams_router.get("/invitations", responses=errors(Forbidden))
async def list_invitations(scope: ReadScope) -> list[InvitationRead]:
    """Those that can still be taken."""
    return [invitation_shape(link) for link in await Invitations(scope).open()]


@teams_router.post("/invitations", status_code=201, responses=errors(Forbidden, NotFound, InvalidInput))
async def invite(body: InvitationCreate, request: Request, scope: WriteScope, device: AskingDevice) -> InvitationMade:
    """Makes a link that lets one person into the team. It is shown this once, and sent to the address, if any."""
    link, secret = await Invitations(scope).invite(body, device=device)
    base = base_of(request, scope.ports.settings.server)
    return InvitationMade(link=address_of(LinkKind.invitation, secret, base=base), details=invitation_shape(link))


@teams_router.delete("/invitations/{invitation_id}", responses=errors(Forbidden, NotFound))
async def revoke_invitation(invitation_id: str, scope: WriteScope, device: AskingDevice) -> InvitationRead:
    """The link stops working at once."""
    return invitation_shape(await Invitations(scope).revoke(invitation_id, device=device))


@teams_router.post("/memberships", status_code=201, responses=errors(Forbidden, LinkSpent, Conflict))
async def accept_invitation(body: JoinTeam, scope: WriteScope, device: AskingDevice) -> MembershipRead:
    """Brings you, who have an account, into the team that you were invited to."""
    return membership_shape(await Invitations(scope).join_team(body.token, device=device))


@teams_router.post("/auth/register", status_code=202, openapi_extra=NOBODY, responses=errors(RegistrationClosed))
async def register(body: AddressOnly, people: Welcome) -> SentRead:
    """Sends a link that finishes the registration. Somebody who is registered is written that they are."""
    await Joining(people=people).ask(body.email)
    return SentRead(message="A letter is on its way.")


@teams_router.post(
    "/auth/join",
    status_code=201,
    openapi_extra=NOBODY,
    responses=errors(LinkSpent, WeakPassword, EmailTaken, RegistrationClosed, AccountNeeded, InvalidInput),
)
async def join(body: Join, request: Request, response: Response, people: Welcome, device: AskingDevice) -> SignedInRead:
    """Makes an account by a link, of an invitation or a registration, and signs in."""
    return admit(request, response, people, await Joining(people=people).join(body, device=device))
