"""Routes of tokens and of the one who asks."""

from __future__ import annotations

from fastapi import APIRouter

from imageloom.features.identity.models import Token
from imageloom.features.identity.schemas import MeRead, TeamRoleRead, TokenCreate, TokenCreated, TokenRead
from imageloom.features.identity.service import IdentityService
from imageloom.kit.errors import Forbidden, NotFound
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.scopes import ReadScope, WriteScope

router = APIRouter(prefix="/api", tags=["identity"])


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


@router.get("/me", responses=errors())
async def read_me(scope: ReadScope) -> MeRead:
    """Who the token belongs to, and what it may do."""
    actor = scope.actor
    return MeRead(
        user_id=actor.user_id or "",
        name=actor.name,
        is_admin=actor.is_admin,
        roles=[TeamRoleRead(team_id=team, role=role.value) for team, role in actor.roles.items()],
        scopes=None if actor.scopes is None else sorted(actor.scopes),
    )


@router.post("/tokens", status_code=201, responses=errors(Forbidden))
async def create_token(body: TokenCreate, scope: WriteScope) -> TokenCreated:
    """Makes a token. It is shown this once."""
    token, secret = await IdentityService(scope).create_token(body)
    return TokenCreated(token=secret, details=shape(token))


@router.get("/tokens", responses=errors(Forbidden))
async def list_tokens(scope: ReadScope) -> list[TokenRead]:
    return [shape(token) for token in await IdentityService(scope).tokens()]


@router.delete("/tokens/{token_id}", responses=errors(Forbidden, NotFound))
async def revoke_token(token_id: str, scope: WriteScope) -> TokenRead:
    """Revokes a token at once."""
    return shape(await IdentityService(scope).revoke_token(token_id))
