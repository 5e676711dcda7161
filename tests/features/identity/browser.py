"""A browser: it keeps cookies, says where its pages come from, and repeats the word against forged requests."""

from __future__ import annotations

from typing import Any, Self

import httpx2

from imageloom.features.identity.links import LinkKind, OneTimeLinks, secret_of
from imageloom.features.identity.models import OneTimeLink
from imageloom.runtime.actor import SYSTEM
from tests.studio import Declared, Studio, document

OWNER = {"email": "mei@example.com", "name": "Mei", "password": "plum lantern over quiet harbour"}


class Browser:
    def __init__(self, studio: Studio, *, agent: str = "Firefox on a desk", address: str = "127.0.0.1") -> None:
        self.studio = studio
        base = studio.settings.server.public_url or "http://studio"
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=studio.app, client=(address, 1)),
            base_url=base,
            headers={"User-Agent": agent, "Sec-Fetch-Site": "same-origin", "Origin": base},
            event_hooks={"response": [Declared(document())]},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.http.aclose()

    async def call(self, method: str, path: str, *, status: int = 200, **arguments: Any) -> Any:
        word = self.http.cookies.get("imageloom_csrf")
        headers = {**({} if word is None else {"X-CSRF-Token": word}), **arguments.pop("headers", {})}
        response = await self.http.request(method, path, headers=headers, **arguments)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    async def get(self, path: str, *, status: int = 200) -> Any:
        return await self.call("GET", path, status=status)

    async def post(self, path: str, body: Any = None, *, status: int = 200, **arguments: Any) -> Any:
        return await self.call("POST", path, json=body, status=status, **arguments)

    async def sign_in(self, *, status: int = 200, **other: str) -> Any:
        body = {"email": OWNER["email"], "password": OWNER["password"], **other}
        return await self.post("/api/auth/sign-in", body, status=status)

    async def set_up(self) -> Any:
        """Makes the owner, as the person who reads the first start's link does."""
        secret = await self.studio.application.people.setup_secret()
        assert secret is not None
        return await self.post("/api/auth/setup", {**OWNER, "token": secret})


async def newest_secret(studio: Studio, kind: LinkKind) -> str:
    """What stands in the newest link of a kind."""
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        rows = (await scope.session.scalars(OneTimeLink.__table__.select().order_by(OneTimeLink.id.desc()))).all()
        for link_id in rows:
            link = await OneTimeLinks(scope).repository.link(link_id)
            assert link is not None
            if link.kind == kind:
                return secret_of(link, scope.ports.cipher)
    raise AssertionError(f"there is no link of the kind {kind}")
