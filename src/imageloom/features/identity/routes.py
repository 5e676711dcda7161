"""Routes of signing in, of tokens and of the one who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from imageloom.features.identity.activity import Device
from imageloom.features.identity.addresses import Addresses
from imageloom.features.identity.errors import (
    EmailTaken,
    LastOperator,
    NoSession,
    PresentPasswordWrong,
    WeakPassword,
    WrongPassword,
)
from imageloom.features.identity.links import LinkKind, LinkSpent, address_of
from imageloom.features.identity.models import Activity, SignedIn, Token, User
from imageloom.features.identity.schemas import (
    ActivityRead,
    AddressOnly,
    EmailChange,
    LinkMade,
    MeRead,
    PasswordChange,
    PreferencesRead,
    ProfileRead,
    ProfileUpdate,
    ProjectRoleRead,
    Reset,
    RevokedRead,
    SentRead,
    SessionKnownRead,
    SessionRead,
    Setup,
    SignedInRead,
    SignIn,
    StrengthAsk,
    StrengthRead,
    TeamRoleRead,
    TokenCreate,
    TokenCreated,
    TokenOnly,
    TokenRead,
    UserRead,
    UserUpdate,
)
from imageloom.features.identity.service import IdentityService
from imageloom.features.identity.signing_in import Signed, SigningIn, my_sessions, revoke_sessions
from imageloom.features.identity.users import UserService
from imageloom.kit.errors import Conflict, CrossSite, Forbidden, InvalidInput, NotFound, Unauthenticated
from imageloom.kit.pagination import cursor_after, decode_cursor
from imageloom.runtime.actor import Permission, Role
from imageloom.runtime.http import cookies
from imageloom.runtime.http.pages import LIMIT_DEFAULT, Cursor, Limit, Page
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, ReadScope, WriteScope, known_actor
from imageloom.runtime.rates import Rates, network_of

router = Router(prefix="/api", tags=["identity"])


def device_of(request: Request) -> Device:
    """From where a request comes, as far as it says so."""
    host = "" if request.client is None else request.client.host
    return Device.of(agent=request.headers.get("user-agent", ""), address=host)


AskingDevice = Annotated[Device, Depends(device_of)]


def signing_in(request: Request) -> SigningIn:
    people = request.app.state.people
    assert isinstance(people, SigningIn)
    return people


def welcome(request: Request) -> SigningIn:
    """For those whom nobody knows yet: from no other site's page, and not too often from one network."""
    return _counted(request, "welcome")


def typing(request: Request) -> SigningIn:
    """As :func:`welcome`, for what is asked while somebody types: oftener, and it takes nothing from signing in."""
    return _counted(request, "typing", times=TYPING_TIMES)


def _counted(request: Request, kind: str, *, times: int = 1) -> SigningIn:
    people = signing_in(request)
    settings = people.scopes.ports.settings
    if not cookies.is_from_own_page(request, settings.server):
        raise CrossSite("It came from another site.", hint="Open the page of this installation itself.")
    rates: Rates = request.app.state.rates
    network = network_of("" if request.client is None else request.client.host)
    standing = rates.count(kind, network, per_minute=settings.people.asks_per_minute * times)
    request.state.rate_headers = standing.headers
    return people


TYPING_TIMES = 4
"""How much oftener one may ask while one types than sign in."""
Welcome = Annotated[SigningIn, Depends(welcome)]
Typing = Annotated[SigningIn, Depends(typing)]
People = Annotated[SigningIn, Depends(signing_in)]
NOBODY: dict[str, Any] = {"security": []}
"""Of routes that anybody may call."""


def admit(request: Request, response: Response, people: SigningIn, signed: Signed) -> SignedInRead:
    """Puts the session into the cookies of the answer."""
    ports = people.scopes.ports
    now = ports.clock.now()
    csrf = people.keys.csrf(signed.session.id)
    cookies.give(
        request,
        response,
        ports.settings.server,
        session=people.keys.sign(signed.session, now=now),
        csrf=csrf,
        seconds=int((signed.session.expires_at - now).total_seconds()),
    )
    return SignedInRead(
        user_id=signed.user.id,
        name=signed.user.name,
        csrf_token=csrf,
        session=session_shape(signed.session, this=signed.session.id),
    )


def shape(token: Token) -> TokenRead:
    return TokenRead(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        scopes=token.scopes,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )


def session_shape(session: SignedIn, *, this: str | None) -> SessionRead:
    return SessionRead(
        id=session.id,
        agent=session.agent,
        address=session.address,
        created_at=session.created_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
        is_this=session.id == this,
    )


def profile_shape(user: User) -> ProfileRead:
    kept = dict.fromkeys(PreferencesRead.model_fields) | (user.preferences or {})
    return ProfileRead(
        user_id=user.id,
        name=user.name,
        email=user.email,
        created_at=user.created_at,
        preferences=PreferencesRead.model_validate(kept),
    )


def user_shape(user: User) -> UserRead:
    return UserRead(
        id=user.id,
        name=user.name,
        email=user.email,
        is_admin=user.is_admin,
        can_sign_in=user.password is not None and user.disabled_at is None,
        disabled_at=user.disabled_at,
        seen_at=user.seen_at,
        created_at=user.created_at,
    )


def activity_page(rows: Sequence[Activity], *, limit: int) -> Page[ActivityRead]:
    shown = [
        ActivityRead(
            id=row.id,
            kind=row.kind,
            user_id=row.user_id,
            subject_id=row.subject_id,
            team_id=row.team_id,
            details=row.details,
            agent=row.agent,
            address=row.address,
            created_at=row.created_at,
        )
        for row in rows
    ]
    return Page(items=shown, next=cursor_after(rows, limit))


@router.post("/auth/setup", openapi_extra=NOBODY, responses=errors(LinkSpent, WeakPassword, EmailTaken))
async def set_up(
    body: Setup, request: Request, response: Response, people: Welcome, device: AskingDevice
) -> SignedInRead:
    """The owner of a new installation, by the link that its first start printed. Signs in."""
    return admit(request, response, people, await people.setup(body, device=device))


@router.post("/auth/sign-in", openapi_extra=NOBODY, responses=errors(WrongPassword))
async def sign_in(
    body: SignIn, request: Request, response: Response, people: Welcome, device: AskingDevice
) -> SignedInRead:
    """Opens a session on this device. Wrong addresses and wrong passwords are answered alike, and locked alike."""
    return admit(request, response, people, await people.sign_in(body, device=device))


@router.post("/auth/forgot", status_code=202, openapi_extra=NOBODY, responses=errors())
async def forgot_password(body: AddressOnly, people: Welcome) -> SentRead:
    """Sends a link that sets a new password, if somebody has this address."""
    await people.ask_for_letter(LinkKind.reset, body.email)
    return SentRead(message="If somebody has this address, a letter is on its way.")


@router.post("/auth/reset", openapi_extra=NOBODY, responses=errors(LinkSpent, WeakPassword))
async def reset_password(body: Reset, people: Welcome, device: AskingDevice) -> SentRead:
    """Sets a new password by a link, and signs out every device."""
    await people.reset(body, device=device)
    return SentRead(message="Sign in with the new password.")


@router.post("/auth/strength", openapi_extra=NOBODY, responses=errors())
async def judge_password(body: StrengthAsk, people: Typing) -> StrengthRead:
    """How a new password would be judged. Nothing is kept of it, and it counts as no try to sign in."""
    found = await people.strength(body.password, body.email.strip().lower(), body.name.strip())
    return StrengthRead(score=found.score, is_enough=found.weakness is None, weakness=found.weakness)


@router.get("/auth/session", openapi_extra=NOBODY)
async def read_session(request: Request, people: People) -> SessionKnownRead:
    """Whether the server knows who asks, by a session, a token or the word of a proxy, and how nobody becomes somebody.
    It is no error to be nobody.
    """
    may_register = people.settings.registration == "open"
    try:
        await known_actor(request)
    except Unauthenticated:
        return SessionKnownRead(is_known=False, may_register=may_register)
    return SessionKnownRead(is_known=True, may_register=may_register)


@router.post("/auth/email", openapi_extra=NOBODY, responses=errors(LinkSpent, EmailTaken))
async def confirm_email(body: TokenOnly, people: Welcome, device: AskingDevice) -> SentRead:
    """Takes a new address by the link that was sent there. The old one is told."""
    await Addresses(people=people).take(body.token, device=device)
    return SentRead(message="Sign in with the new address from now on.")


@router.post("/auth/refresh", responses=errors(NoSession))
async def refresh_session(request: Request, response: Response, actor: KnownActor, people: People) -> SignedInRead:
    """The same session for longer."""
    return admit(request, response, people, await people.refresh(actor))


@router.post("/auth/sign-out", responses=errors(NoSession, NotFound))
async def sign_out(response: Response, scope: WriteScope, device: AskingDevice) -> RevokedRead:
    """Ends this device's session at once."""
    if scope.actor.session_id is None:
        raise NoSession("This was asked for with a token.", hint="Revoke the token: DELETE /api/tokens/{token_id}.")
    cookies.take(response)
    return RevokedRead(revoked=await revoke_sessions(scope, scope.actor.session_id, device=device))


@router.get("/sessions", responses=errors(Forbidden))
async def list_sessions(scope: ReadScope) -> list[SessionRead]:
    """The devices on which you are signed in."""
    return [session_shape(session, this=scope.actor.session_id) for session in await my_sessions(scope)]


@router.delete("/sessions", responses=errors(Forbidden))
async def revoke_all_sessions(scope: WriteScope, device: AskingDevice) -> RevokedRead:
    """Signs you out on every device, at once."""
    return RevokedRead(revoked=await revoke_sessions(scope, None, device=device))


@router.delete("/sessions/{session_id}", responses=errors(Forbidden, NotFound))
async def revoke_session(session_id: str, scope: WriteScope, device: AskingDevice) -> RevokedRead:
    """Signs you out on one device, at once."""
    return RevokedRead(revoked=await revoke_sessions(scope, session_id, device=device))


@router.get("/me", responses=errors())
async def read_me(scope: ReadScope) -> MeRead:
    """Who asks, and what they may do."""
    actor = scope.actor
    return MeRead(
        user_id=actor.user_id or "",
        name=actor.name,
        is_admin=actor.is_admin,
        roles=[TeamRoleRead(team_id=team, role=role.value) for team, role in actor.roles.items()],
        project_roles=[
            ProjectRoleRead(project_id=project, team_id=team, role=role.value)
            for team, projects in actor.projects.items()
            for project, role in projects.items()
            if actor.roles.get(team) is not Role.owner
        ],
        scopes=None if actor.scopes is None else sorted(actor.scopes),
        permissions=sorted(permission.value for permission in Permission if actor.may(permission)),
    )


@router.get("/me/profile", responses=errors(Forbidden))
async def read_profile(scope: ReadScope) -> ProfileRead:
    """Your name, address and preferences."""
    return profile_shape(await IdentityService(scope).me())


@router.patch("/me/profile", responses=errors(Forbidden))
async def change_profile(body: ProfileUpdate, scope: WriteScope, device: AskingDevice) -> ProfileRead:
    """What is absent stays as it is."""
    return profile_shape(await IdentityService(scope).change_me(body, device=device))


@router.post("/me/email", status_code=202, responses=errors(Forbidden, PresentPasswordWrong, InvalidInput))
async def change_email(body: EmailChange, actor: KnownActor, people: People, device: AskingDevice) -> SentRead:
    """Sends a link to a new address. It becomes yours when the link is taken; until then nothing changes."""
    await Addresses(people=people).ask(actor, body, device=device)
    return SentRead(message="A letter is on its way to the new address.")


@router.post("/me/password", responses=errors(Forbidden, PresentPasswordWrong, WeakPassword, InvalidInput))
async def change_password(body: PasswordChange, actor: KnownActor, people: People, device: AskingDevice) -> SentRead:
    """A new password; every other device is signed out."""
    await people.change_password(actor, body, device=device)
    return SentRead(message="The password is another one now.")


@router.get("/me/activity", responses=errors(Forbidden, InvalidInput))
async def list_my_activity(scope: ReadScope, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None) -> Page[ActivityRead]:
    """What you did, and what was done to your account, the newest first."""
    before = None if cursor is None else decode_cursor(cursor)
    return activity_page(await UserService(scope).my_activity(before=before, limit=limit), limit=limit)


@router.get("/activity", responses=errors(Forbidden, InvalidInput))
async def list_activity(scope: ReadScope, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None) -> Page[ActivityRead]:
    """What everybody did to accounts and teams, the newest first. For operators."""
    before = None if cursor is None else decode_cursor(cursor)
    return activity_page(await UserService(scope).activity(before=before, limit=limit), limit=limit)


@router.get("/users", responses=errors(Forbidden, InvalidInput))
async def list_users(scope: ReadScope, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None) -> Page[UserRead]:
    """Everybody, for operators."""
    after = None if cursor is None else decode_cursor(cursor)
    users = await UserService(scope).page(after=after, limit=limit)
    return Page(items=[user_shape(user) for user in users], next=cursor_after(users, limit))


@router.patch("/users/{user_id}", responses=errors(Forbidden, NotFound, LastOperator))
async def change_user(user_id: str, body: UserUpdate, scope: WriteScope, device: AskingDevice) -> UserRead:
    """Makes somebody an operator of the installation, or no longer one."""
    return user_shape(await UserService(scope).change(user_id, is_admin=body.is_admin, device=device))


@router.post("/users/{user_id}/disable", responses=errors(Forbidden, NotFound, LastOperator))
async def disable_user(user_id: str, scope: WriteScope, device: AskingDevice) -> UserRead:
    """Every session and token of theirs stops at once. What they made stays, and batches that they began go on."""
    return user_shape(await UserService(scope).disable(user_id, device=device))


@router.post("/users/{user_id}/enable", responses=errors(Forbidden, NotFound))
async def enable_user(user_id: str, scope: WriteScope, device: AskingDevice) -> UserRead:
    """They may sign in again."""
    return user_shape(await UserService(scope).enable(user_id, device=device))


@router.post("/users/{user_id}/reset", responses=errors(Forbidden, NotFound, Conflict))
async def make_reset_link(user_id: str, request: Request, scope: WriteScope, device: AskingDevice) -> LinkMade:
    """A link that sets a new password, to be handed over. It is shown this once."""
    link, secret = await UserService(scope).reset_link(user_id, device=device)
    base = cookies.base_of(request, scope.ports.settings.server)
    return LinkMade(link=address_of(LinkKind.reset, secret, base=base), expires_at=link.expires_at)


@router.post("/tokens", status_code=201, responses=errors(Forbidden))
async def create_token(body: TokenCreate, scope: WriteScope, device: AskingDevice) -> TokenCreated:
    """Makes a token. It is shown this once."""
    token, secret = await IdentityService(scope).create_token(body, device=device)
    return TokenCreated(token=secret, details=shape(token))


@router.get("/tokens", responses=errors(Forbidden))
async def list_tokens(scope: ReadScope) -> list[TokenRead]:
    return [shape(token) for token in await IdentityService(scope).tokens()]


@router.delete("/tokens/{token_id}", responses=errors(Forbidden, NotFound))
async def revoke_token(token_id: str, scope: WriteScope, device: AskingDevice) -> TokenRead:
    """Revokes a token at once."""
    return shape(await IdentityService(scope).revoke_token(token_id, device=device))
