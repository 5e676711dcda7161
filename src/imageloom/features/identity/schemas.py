"""Wire shapes of users, how they sign in, and what they did."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from imageloom.runtime.actor import Permission
from imageloom.runtime.http.inputs import Input, Name
from imageloom.runtime.passwords import LONGEST

# What HTML calls a valid address. Anything wider would have to be quoted in letters and lists.
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def _email(text: str) -> str:
    lowered = text.strip().lower()
    if _EMAIL.fullmatch(lowered) is None:
        raise ValueError("must be like name@example.com")
    return lowered


def _above_nothing(rate: str) -> str:
    if Decimal(rate) == 0:
        raise ValueError("the rate is more than 0")
    return rate


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be the name of a time zone, such as Asia/Taipei")
    return name


def _shown(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ValueError("must be a name that can be shown")
    return name.strip()


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
"""A mail address, in small letters."""
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]
PersonName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_shown)]
"""Of a person, or of a thing of theirs."""
Secret = Annotated[str, Field(min_length=1, max_length=200, description="What stands behind `token=` in the link.")]


class TokenCreate(Input):
    name: PersonName = Field(description="What the token is for.")
    scopes: list[Permission] | None = Field(default=None, description="What it may do; everything when absent.")
    expires_in_days: int | None = Field(default=None, ge=1, le=3650, description="Days until it stops working.")


class TokenRead(BaseModel):
    id: str
    name: str
    prefix: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenCreated(BaseModel):
    """The only time the token itself is shown."""

    token: str
    details: TokenRead


class TeamRoleRead(BaseModel):
    team_id: str
    role: str


class ProjectRoleRead(BaseModel):
    project_id: str
    team_id: str
    role: str


class MeRead(BaseModel):
    user_id: str
    name: str
    is_admin: bool
    roles: list[TeamRoleRead]
    project_roles: list[ProjectRoleRead] = Field(description="In projects where your role is not that in the team.")
    scopes: list[str] | None
    permissions: list[str] = Field(description="What you may do now, in at least one of your teams or projects.")


class SignIn(Input):
    email: Email
    password: Password


class Setup(Input):
    token: Secret
    email: Email
    name: PersonName
    password: Password


class AddressOnly(Input):
    email: Email


class Reset(Input):
    token: Secret
    password: Password


class StrengthAsk(Input):
    """While somebody types: an address and a name may be halves."""

    password: Password
    email: str = Field(default="", max_length=254, description="Their address, as far as it is known.")
    name: str = Field(default="", max_length=200, description="Their name, as far as it is known.")


class StrengthRead(BaseModel):
    score: int = Field(ge=0, le=4, description="How hard it is to guess, as zxcvbn tells it: 0 is not, 4 is most.")
    is_enough: bool = Field(description="Whether it would be taken.")
    weakness: str | None = Field(description="Why it would not be, and what would help.")


class SessionKnownRead(BaseModel):
    is_known: bool = Field(description="Whether the server knows who asks.")
    may_register: bool = Field(description="Whether anybody may register here, uninvited.")


class EmailChange(Input):
    email: Email = Field(description="The new address, to which a link is sent.")
    current: Password = Field(description="Your present password.")


class TokenOnly(Input):
    token: Secret


class PasswordChange(Input):
    current: Password
    new: Password


class SessionRead(BaseModel):
    """One device on which somebody is signed in."""

    id: str
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_this: bool


class SignedInRead(BaseModel):
    """The session is a cookie. ``csrf_token`` goes into the header ``X-CSRF-Token`` of whatever changes something."""

    user_id: str
    name: str
    csrf_token: str
    session: SessionRead


class SentRead(BaseModel):
    """Whether somebody has the address is not told."""

    message: str


class RevokedRead(BaseModel):
    revoked: int


class PreferencesRead(BaseModel):
    """``None``: as the browser or the server has it."""

    theme: Literal["system", "light", "dark"] | None
    language: Literal["en", "zh-TW", "ja"] | None
    density: Literal["comfortable", "compact"] | None
    time_zone: str | None
    currency: str | None
    currency_rate: str | None
    notify_desktop: bool | None
    notify_sound: bool | None


class PreferencesUpdate(Input):
    """What is absent stays; null goes back to what is usual."""

    theme: Literal["system", "light", "dark"] | None = None
    language: Literal["en", "zh-TW", "ja"] | None = None
    density: Literal["comfortable", "compact"] | None = None
    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_time_zone)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="In which the page says about what an amount is, beside US dollars."
    )
    currency_rate: (
        Annotated[str, Field(pattern=r"^[0-9]{1,7}(\.[0-9]{1,6})?$"), AfterValidator(_above_nothing)] | None
    ) = Field(default=None, description="How much of it a US dollar comes to, as the person says.")
    notify_desktop: bool | None = Field(default=None, description="Whether the desktop says what came of your batches.")
    notify_sound: bool | None = Field(default=None, description="Whether a tone says that a batch of yours has news.")


class ProfileRead(BaseModel):
    user_id: str
    name: str
    email: str | None
    created_at: datetime
    preferences: PreferencesRead


class ProfileUpdate(Input):
    name: PersonName | None = None
    preferences: PreferencesUpdate | None = None


class ActivityRead(BaseModel):
    """``user_id`` did it, to the account ``subject_id``, in ``team_id``; each where there is one."""

    id: str
    kind: str
    user_id: str | None
    subject_id: str | None
    team_id: str | None
    details: dict[str, Any]
    agent: str
    address: str
    created_at: datetime


class UserRead(BaseModel):
    id: str
    name: Name
    email: str | None
    is_admin: bool
    can_sign_in: bool
    disabled_at: datetime | None
    seen_at: datetime | None = Field(description="When a session of theirs began or was refreshed last.")
    created_at: datetime


class UserUpdate(Input):
    is_admin: bool = Field(description="Whether they are an operator of the installation.")


class LinkMade(BaseModel):
    """The only time the link itself is shown."""

    link: str
    expires_at: datetime
