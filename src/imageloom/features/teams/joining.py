"""How people come in: invited into a team, or registered with a team of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from imageloom.features.identity.activity import Device, record
from imageloom.features.identity.errors import AccountNeeded, RegistrationClosed
from imageloom.features.identity.links import LinkKind, LinkSpent, OneTimeLinks
from imageloom.features.identity.models import OneTimeLink, User
from imageloom.features.identity.service import IdentityService
from imageloom.features.identity.signing_in import LETTER_JOB, Signed, SigningIn
from imageloom.features.teams.models import Membership, Project, ProjectMember
from imageloom.features.teams.repository import TeamRepository
from imageloom.features.teams.schemas import InvitationCreate, Join
from imageloom.features.teams.service import DEFAULT_NAME, TeamService
from imageloom.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import SYSTEM, Permission, Role
from imageloom.runtime.scope import Scope

_KINDS = (LinkKind.invitation, LinkKind.registration)


class Invitations:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.links = OneTimeLinks(scope)
        self.repository = TeamRepository(scope.session)

    async def invite(self, body: InvitationCreate, *, device: Device) -> tuple[OneTimeLink, str]:
        """The row, and what stands in the link. Whether somebody has the address already is not told."""
        project = await self._project(body)
        team_id = TeamService(self.scope).team_of(body.team_id) if project is None else TeamId(project.team_id)
        self.scope.actor.require(Permission.members_write, team_id=team_id)
        if body.role not in (Role.viewer, Role.guest):
            # Whoever takes the link may do more than a narrowed token.
            self.scope.actor.require_whole()
        link = await self.links.make(
            LinkKind.invitation,
            lasts=timedelta(days=self.scope.ports.settings.people.invitation_days),
            email=body.email,
            team_id=team_id,
            role=body.role.value,
            project_id=body.project_id,
            made_by=self.scope.actor.user_id,
        )
        if body.email is not None:
            await self.scope.enqueue(LETTER_JOB, f"letter:{link.id}", {"link_id": link.id})
        told = {"link_id": link.id, "role": body.role.value, **_of_project(link)}
        record(self.scope, "invited", device=device, team_id=team_id, **told)
        return link, self.links.secret(link)

    async def _project(self, body: InvitationCreate) -> Project | None:
        """The one into which somebody is invited. Raises :class:`NotFound` and :class:`InvalidInput`."""
        if body.project_id is None:
            return None
        if body.role is Role.guest:
            raise InvalidInput("Nobody is a guest in a project.", field="role", hint="Say viewer, editor or owner.")
        project = await self.repository.project(self.scope.actor, body.project_id)
        if project is None or body.team_id not in (None, project.team_id):
            self.scope.actor.require(Permission.members_write)
            raise NotFound("There is no such project.", field="project_id")
        return project

    async def open(self) -> Sequence[OneTimeLink]:
        """Those that can still be taken, of the teams for which the actor may invite."""
        self.scope.actor.require(Permission.members_write)
        teams = self._teams()
        if not teams:
            raise Forbidden("This needs the permission members:write in a team.", hint="Ask an owner of the team.")
        return await self.repository.invitations(teams, now=self.scope.ports.clock.now())

    async def revoke(self, link_id: str, *, device: Device) -> OneTimeLink:
        for link in await self.open():
            if link.id == link_id:
                link.revoked_at = self.scope.ports.clock.now()
                record(self.scope, "invitation_revoked", device=device, team_id=link.team_id, link_id=link.id)
                return link
        raise NotFound("There is no such invitation, or it was taken.")

    async def join_team(self, secret: str, *, device: Device) -> Membership:
        """Brings somebody who has an account into one more team. Raises :class:`LinkSpent`."""
        actor = self.scope.actor
        actor.require(Permission.account_write)
        link = await self.links.find(secret, LinkKind.invitation)
        user = await self.scope.session.get_one(User, actor.user_id)
        if link.email is not None and link.email != user.email:
            raise LinkSpent("It was sent to somebody else.", field="token", hint="Sign in as the one it was sent to.")
        if link.team_id in actor.roles:
            raise Conflict("You are in this team already.", field="token")
        await self.links.take(link)
        return await self.enter(link, user, device=device)

    async def enter(self, link: OneTimeLink, user: User, *, device: Device) -> Membership:
        """What an invitation promises, if who made it may still promise it."""
        may_promise = await self.repository.inviter(link.made_by or "", team_id=link.team_id or "")
        if not may_promise or link.team_id is None or link.role is None:
            raise LinkSpent("Who invited you may not do so any more.", field="token", hint="Ask for a new one.")
        role = link.role if link.project_id is None else Role.guest.value
        now = self.scope.ports.clock.now()
        membership = Membership(team_id=link.team_id, user_id=user.id, role=role, created_at=now)
        self.repository.add(membership)
        await self.scope.session.flush()
        if link.project_id is not None:
            own = {"team_id": link.team_id, "user_id": user.id, "project_id": link.project_id, "role": link.role}
            self.repository.add(ProjectMember(**own, created_at=now))
        record(
            self.scope,
            "joined",
            device=device,
            user_id=user.id,
            subject_id=user.id,
            team_id=link.team_id,
            role=link.role,
            **_of_project(link),
        )
        await self.scope.session.flush()
        return membership

    def _teams(self) -> list[TeamId]:
        actor = self.scope.actor
        return [team for team in actor.team_ids if actor.may(Permission.members_write, team_id=team)]


def _of_project(link: OneTimeLink) -> dict[str, str]:
    return {} if link.project_id is None else {"project_id": link.project_id}


@dataclass(frozen=True, kw_only=True)
class Joining:
    """New users, who choose their password here."""

    people: SigningIn

    async def ask(self, email: str) -> None:
        """Raises :class:`RegistrationClosed`. Whether somebody has the address makes no difference here."""
        self._must_be_open()
        await self.people.ask_for_letter(LinkKind.registration, email)

    async def join(self, body: Join, *, device: Device) -> Signed:
        """Raises :class:`LinkSpent`, :class:`AccountNeeded`, :class:`EmailTaken` and :class:`WeakPassword`."""
        async with self.people.scopes.open(SYSTEM, write=False) as scope:
            link = await OneTimeLinks(scope).find(body.token, *_KINDS)
            await self._must_be_vouched_for(scope, link)
            email = self._email(link, body)
        hashed = await self.people.hashed(body.password, email, body.name)
        async with self.people.scopes.open(SYSTEM) as scope:
            links = OneTimeLinks(scope)
            link = await links.find(body.token, *_KINDS)
            await self._must_be_vouched_for(scope, link)
            await links.take(link)
            await self.people.must_be_free(scope, email)
            user = await IdentityService(scope).create_user(body.name, is_admin=False)
            user.email, user.password = email, hashed
            await scope.session.flush()
            if link.kind == LinkKind.invitation:
                await Invitations(scope).enter(link, user, device=device)
            else:
                self._must_be_open()
                await TeamService(scope).settle(user, name=DEFAULT_NAME)
                record(scope, "registered", device=device, user_id=user.id, subject_id=user.id)
            return await self.people.open_session(scope, user, device=device)

    def _must_be_open(self) -> None:
        if self.people.settings.registration != "open":
            raise RegistrationClosed("Nobody may register here uninvited.", hint="Ask for an invitation.")

    async def _must_be_vouched_for(self, scope: Scope, link: OneTimeLink) -> None:
        """Whoever registered by themselves could take their own invitations with addresses of others, wait until those
        set a new password, and act as them by a token. Raises :class:`AccountNeeded`.
        """
        if link.kind == LinkKind.registration or await TeamService(scope).is_operated(link.team_id or ""):
            return
        raise AccountNeeded(
            "The team that invites you may not make accounts.",
            hint="Register with your own address or sign in, then open this link again.",
        )

    @staticmethod
    def _email(link: OneTimeLink, body: Join) -> str:
        email = link.email or body.email
        if body.email not in (None, email):
            raise InvalidInput(
                "This link was sent to another address.", field="email", hint="Leave the address out, or say that one."
            )
        if email is None:
            raise InvalidInput("This link was sent to no address: say yours.", field="email")
        return email
