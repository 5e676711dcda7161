"""How people come in, change their places, and go; with letters that a real mail server takes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select

from imageloom.features.identity.links import LinkKind
from imageloom.features.identity.models import User
from imageloom.runtime.actor import SYSTEM
from tests.features.identity.browser import OWNER, Browser, newest_secret
from tests.studio import WAIT_SECONDS, Studio, open_studio
from tools.upstream.client import Upstream

PUBLIC = "https://images.example.com"
NEW = {"name": "Jun", "password": "seven paper boats go north"}


@dataclass
class Post:
    """A mail server's letters."""

    letters: list[Any] = field(default_factory=list)
    refusals: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 come again"
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, message["Subject"], message.get_content()))
        return "250 taken"

    async def letter(self, number: int) -> tuple[str, str]:
        """The text of the letter of this number, once it is there, and what stands in its link."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.letters) < number:
            assert time.monotonic() < deadline, self.letters
            await asyncio.sleep(0.02)
        text = self.letters[number - 1][2]
        found = re.search(r"#token=(\S+)", text)
        return text, "" if found is None else found.group(1)


@pytest.fixture
async def post() -> AsyncIterator[tuple[Post, int]]:
    """A real mail server, and its port."""
    box = Post()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="mail.example.com", loop=loop), "127.0.0.1", 0)
    yield box, server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def open_house(
    database_url: str, tmp_path: Path, upstream: Upstream, post: tuple[Post, int]
) -> AsyncIterator[Studio]:
    """Anybody may register here, and letters are sent."""
    sections = {
        "people": {"registration": "open", "letters_per_hour": 3},
        "mail": {"host": "127.0.0.1", "port": post[1], "security": "none", "sender": "studio@example.com"},
        "server": {"public_url": PUBLIC},
    }
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, **sections) as studio:
        yield studio


async def test_whoever_registers_has_the_address(open_house: Studio, post: tuple[Post, int]) -> None:
    box, _ = post
    async with Browser(open_house) as browser:
        told = await browser.post("/api/auth/register", {"email": " Jun@Example.com "}, status=202)
        text, secret = await box.letter(1)
        assert f"{PUBLIC}/registration#token=" in text
        assert "完成註冊" in text or "完成註冊" in box.letters[0][1]
        assert box.letters[0][0] == ["jun@example.com"]
        await browser.post("/api/auth/reset", {"token": secret, "password": NEW["password"]}, status=400)
        await browser.post("/api/auth/join", {**NEW, "token": secret, "email": "else@example.com"}, status=400)
        await browser.post("/api/auth/join", {**NEW, "token": secret}, status=201)
        profile = await browser.get("/api/me/profile")
        assert (profile["email"], profile["name"]) == ("jun@example.com", "Jun")
        me = await browser.get("/api/me")
        assert (me["is_admin"], [role["role"] for role in me["roles"]]) == (False, ["owner"])
        assert [project["name"] for project in await browser.get("/api/projects")] == ["Studio"]
        assert await browser.get("/api/keys") == []
        await browser.post("/api/auth/join", {**NEW, "token": secret}, status=400)
        # Somebody who has the address is told, in the letter and nowhere else.
        again = await browser.post("/api/auth/register", {"email": "jun@example.com"}, status=202)
        assert again == told
        text, none = await box.letter(2)
        assert none == ""
        assert PUBLIC in text
        cookies = browser.http.cookies.jar
        assert all(cookie.secure for cookie in cookies)


async def test_who_comes_is_told_whether_anybody_may_register(open_house: Studio) -> None:
    async with Browser(open_house) as nobody, Browser(open_house) as owner:
        assert await nobody.get("/api/auth/session") == {"is_known": False, "may_register": True}
        await owner.set_up()
        assert await owner.get("/api/auth/session") == {"is_known": True, "may_register": True}


async def test_letters_are_not_poured_over_somebody(open_house: Studio, post: tuple[Post, int]) -> None:
    box, _ = post
    async with Browser(open_house) as browser:
        for _ in range(6):
            await browser.post("/api/auth/register", {"email": "jun@example.com"}, status=202)
        await browser.post("/api/auth/register", {"email": "last@example.com"}, status=202)
        deadline = time.monotonic() + WAIT_SECONDS
        while not any(to == ["last@example.com"] for to, *_ in box.letters):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        await box.letter(4)
    assert len([to for to, *_ in box.letters if to == ["jun@example.com"]]) == 3


async def test_nobody_is_written_to_who_is_not_there(open_house: Studio, post: tuple[Post, int]) -> None:
    box, _ = post
    async with Browser(open_house) as browser:
        await browser.set_up()
        told = await browser.post("/api/auth/forgot", {"email": "nobody@example.com"}, status=202)
        assert told == await browser.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
        _, secret = await box.letter(1)
        await browser.post("/api/auth/reset", {"token": secret, "password": NEW["password"]})
        await browser.sign_in(password=NEW["password"])
    assert [to for to, *_ in box.letters] == [[OWNER["email"]]]


async def test_a_letter_that_is_refused_is_sent_again(
    open_house: Studio, post: tuple[Post, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, _ = post
    monkeypatch.setattr("imageloom.features.identity.jobs.AGAIN_SECONDS", 0.05)
    box.refusals = 2
    async with Browser(open_house) as browser:
        await browser.post("/api/auth/register", {"email": "jun@example.com"}, status=202)
        await box.letter(1)
    assert box.refusals == 0


async def test_a_closed_house_takes_those_who_are_invited(studio: Studio) -> None:
    async with Browser(studio) as nobody:
        assert await nobody.get("/api/auth/session") == {"is_known": False, "may_register": False}
    async with Browser(studio) as owner, Browser(studio) as guest:
        await owner.set_up()
        problem = await guest.post("/api/auth/register", {"email": "jun@example.com"}, status=403)
        assert problem["code"] == "registration_closed"
        made = await owner.post("/api/invitations", {"role": "viewer"}, status=201)
        assert made["link"].startswith("http://studio/invitation#token=")
        secret = made["link"].partition("#token=")[2]
        assert (await guest.post("/api/auth/join", {**NEW, "token": secret}, status=400))["field"] == "email"
        taken = await guest.post("/api/auth/join", {**NEW, "token": secret, "email": OWNER["email"]}, status=409)
        assert taken["code"] == "email_taken"
        await guest.post("/api/auth/join", {**NEW, "token": secret, "email": "jun@example.com"}, status=201)
        assert [project["name"] for project in await guest.get("/api/projects")] == ["Studio"]
        await guest.post("/api/batches", {"prompts": ["a cat"]}, status=403)
        await guest.post("/api/invitations", {"role": "owner"}, status=403)
        (team,) = await guest.get("/api/teams")
        shown = await guest.get(f"/api/teams/{team['id']}/members")
        assert [(one["name"], one["role"], one["email"]) for one in shown] == [
            ("Mei", "owner", None),
            ("Jun", "viewer", None),
        ]
        (_, jun) = await owner.get(f"/api/teams/{team['id']}/members")
        assert jun["email"] == "jun@example.com"
        where = f"/api/teams/{team['id']}/members/{jun['user_id']}"
        await guest.call("PATCH", where, json={"role": "owner"}, status=403)
        await owner.call("PATCH", where, json={"role": "editor"})
        await guest.post("/api/estimates", {"prompts": ["a cat"]})
        assert (await guest.get("/api/me"))["roles"] == [{"team_id": team["id"], "role": "editor"}]
        await owner.call("DELETE", where)
        assert await guest.get("/api/me") | {"roles": []} == await guest.get("/api/me")
        await guest.call("GET", "/api/projects", status=403)
        await owner.call("DELETE", where, status=404)
        kinds = [line["kind"] for line in (await owner.get("/api/activity"))["items"]]
        assert kinds == ["member_removed", "role_changed", "joined", "invited", "setup"]
        mine = [line["kind"] for line in (await guest.get("/api/me/activity"))["items"]]
        assert mine == ["member_removed", "role_changed", "joined"]


async def test_a_team_keeps_an_owner(studio: Studio) -> None:
    async with Browser(studio) as owner:
        await owner.set_up()
        me = await owner.get("/api/me")
        where = f"/api/teams/{me['roles'][0]['team_id']}/members/{me['user_id']}"
        for method, body in (("PATCH", {"role": "viewer"}), ("DELETE", None)):
            problem = await owner.call(method, where, json=body, status=409)
            assert problem["code"] == "last_owner"
        await owner.call("PATCH", where, json={"role": "owner"})
        await owner.call("PATCH", where, json={"role": "emperor"}, status=422)


async def own_together(owner: Browser, second: Browser) -> None:
    """Another owner of the owner's team."""
    link = (await owner.post("/api/invitations", {"role": "owner"}, status=201))["link"]
    body = {**NEW, "token": link.partition("#token=")[2], "email": "jun@example.com"}
    await second.post("/api/auth/join", body, status=201)


async def test_two_owners_who_step_down_at_once_leave_one(studio: Studio) -> None:
    async with Browser(studio) as first, Browser(studio) as second:
        await first.set_up()
        await own_together(first, second)
        me, you = await first.get("/api/me"), await second.get("/api/me")
        team = me["roles"][0]["team_id"]
        answers = await asyncio.gather(
            *(
                browser.http.patch(
                    f"/api/teams/{team}/members/{user['user_id']}",
                    json={"role": "editor"},
                    headers={"X-CSRF-Token": browser.http.cookies["imageloom_csrf"]},
                )
                for browser, user in ((first, me), (second, you))
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_no_other_owner_shows_an_operator_out(studio: Studio) -> None:
    async with Browser(studio) as operator, Browser(studio) as second:
        await operator.set_up()
        await own_together(operator, second)
        me, you = await operator.get("/api/me"), await second.get("/api/me")
        members = f"/api/teams/{me['roles'][0]['team_id']}/members"
        for method, role in (("PATCH", {"role": "viewer"}), ("DELETE", None)):
            problem = await second.call(method, f"{members}/{me['user_id']}", json=role, status=403)
            assert "operator" in problem["detail"]
        await second.call("PATCH", f"{members}/{me['user_id']}", json={"role": "owner"})
        # They step down themselves, and another operator may ask them to.
        await operator.call("PATCH", f"{members}/{me['user_id']}", json={"role": "editor"})
        await second.call("PATCH", f"{members}/{me['user_id']}", json={"role": "owner"})
        await operator.call("PATCH", f"/api/users/{you['user_id']}", json={"is_admin": True})
        await second.call("DELETE", f"{members}/{me['user_id']}")


async def test_an_invitation_is_no_better_than_who_made_it(studio: Studio) -> None:
    async with Browser(studio) as owner, Browser(studio) as second, Browser(studio) as guest:
        await owner.set_up()
        links = [(await owner.post("/api/invitations", {"role": "owner"}, status=201)) for _ in range(2)]
        first, revoked = (link["link"].partition("#token=")[2] for link in links)
        await owner.call("DELETE", f"/api/invitations/{links[1]['details']['id']}")
        await owner.call("DELETE", f"/api/invitations/{links[1]['details']['id']}", status=404)
        body = {**NEW, "email": "second@example.com"}
        await second.post("/api/auth/join", {**body, "token": revoked}, status=400)
        await second.post("/api/auth/join", {**body, "token": first}, status=201)
        assert await owner.get("/api/invitations") == []
        promised = (await second.post("/api/invitations", {"role": "owner"}, status=201))["link"]
        assert len(await owner.get("/api/invitations")) == 1
        you = await second.get("/api/me")
        where = f"/api/teams/{you['roles'][0]['team_id']}/members/{you['user_id']}"
        await owner.call("PATCH", where, json={"role": "editor"})
        secret = promised.partition("#token=")[2]
        problem = await guest.post("/api/auth/join", {**NEW, "token": secret, "email": "g@example.com"}, status=400)
        assert problem["code"] == "link_spent"
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        emails = {user.email for user in (await scope.session.scalars(select(User))).all()}
    assert emails == {OWNER["email"], "second@example.com"}


async def test_somebody_with_an_account_joins_one_more_team(open_house: Studio, post: tuple[Post, int]) -> None:
    box, _ = post
    async with Browser(open_house) as owner, Browser(open_house) as jun:
        await owner.set_up()
        await jun.post("/api/auth/register", {"email": "jun@example.com"}, status=202)
        await jun.post("/api/auth/join", {**NEW, "token": (await box.letter(1))[1]}, status=201)
        await owner.post("/api/invitations", {"email": "jun@example.com", "role": "editor"}, status=201)
        text, secret = await box.letter(2)
        assert f"{PUBLIC}/invitation#token=" in text
        await jun.post("/api/auth/join", {**NEW, "token": secret}, status=409)
        await owner.post("/api/memberships", {"token": secret}, status=400)
        assert (await jun.post("/api/memberships", {"token": secret}, status=201))["role"] == "editor"
        assert len((await jun.get("/api/me"))["roles"]) == 2
        await jun.post("/api/memberships", {"token": secret}, status=400)
        own = (await owner.post("/api/invitations", {"role": "viewer"}, status=201))["link"].partition("#token=")[2]
        problem = await jun.post("/api/memberships", {"token": own}, status=409)
        assert "already" in problem["detail"]
        # In several teams one says which.
        assert (await jun.post("/api/projects", {"name": "x"}, status=400))["field"] == "team_id"


async def test_who_registered_makes_nobody_elses_account(open_house: Studio, post: tuple[Post, int]) -> None:
    """A token of an account with somebody's address would outlive the password that they set by a letter."""
    box, _ = post
    async with Browser(open_house) as owner, Browser(open_house) as kim, Browser(open_house) as lee:
        await owner.set_up()
        await kim.post("/api/auth/register", {"email": "kim@example.com"}, status=202)
        await kim.post("/api/auth/join", {**NEW, "token": (await box.letter(1))[1]}, status=201)
        for body in ({"role": "owner"}, {"role": "viewer", "email": "boss@example.com"}):
            secret = (await kim.post("/api/invitations", body, status=201))["link"].partition("#token=")[2]
            taken = {**NEW, "token": secret, "email": "boss@example.com"}
            assert (await lee.post("/api/auth/join", taken, status=403))["code"] == "account_needed"
        assert len((await owner.get("/api/users"))["items"]) == 2
        # The link is not spent by that: whoever has proved an address takes it.
        secret = (await kim.post("/api/invitations", {"role": "editor"}, status=201))["link"].partition("#token=")[2]
        await lee.post("/api/auth/join", {**NEW, "token": secret, "email": "lee@example.com"}, status=403)
        await lee.post("/api/auth/register", {"email": "lee@example.com"}, status=202)
        await lee.post("/api/auth/join", {**NEW, "token": (await box.letter(3))[1]}, status=201)
        assert (await lee.post("/api/memberships", {"token": secret}, status=201))["role"] == "editor"


async def test_an_address_that_the_link_was_not_sent_to_is_refused(studio: Studio) -> None:
    async with Browser(studio) as owner, Browser(studio) as jun:
        await owner.set_up()
        body = {"role": "editor", "email": "jun@example.com"}
        secret = (await owner.post("/api/invitations", body, status=201))["link"].partition("#token=")[2]
        taken = {**NEW, "token": secret}
        problem = await jun.post("/api/auth/join", {**taken, "email": "another@example.com"}, status=400)
        assert (problem["code"], problem["field"]) == ("invalid_input", "email")
        # In other letters it is the same address.
        await jun.post("/api/auth/join", {**taken, "email": "Jun@Example.com"}, status=201)
        assert (await jun.get("/api/me/profile"))["email"] == "jun@example.com"


async def test_an_operator_disables_and_helps(studio: Studio) -> None:
    async with Browser(studio) as owner, Browser(studio) as jun:
        await owner.set_up()
        link = (await owner.post("/api/invitations", {"role": "editor"}, status=201))["link"]
        await jun.post(
            "/api/auth/join", {**NEW, "token": link.partition("#token=")[2], "email": "jun@example.com"}, status=201
        )
        await jun.get("/api/users", status=403)
        await jun.get("/api/activity", status=403)
        first = await owner.get("/api/users?limit=1")
        rest = await owner.get(f"/api/users?cursor={first['next']}")
        (mei,), (known,) = first["items"], rest["items"]
        assert (mei["is_admin"], known["email"], known["can_sign_in"]) == (True, "jun@example.com", True)
        where = f"/api/users/{known['id']}"
        await jun.post(f"{where}/enable", status=403)
        reset = (await owner.post(f"{where}/reset"))["link"]
        assert reset.startswith("http://studio/reset#token=")
        assert (await owner.post(f"{where}/disable"))["disabled_at"] is not None
        await jun.get("/api/me", status=401)
        body = {"token": reset.partition("#token=")[2], "password": "other words of no meaning here"}
        await jun.post("/api/auth/reset", body, status=400)
        await owner.post(f"{where}/reset", status=409)
        await owner.post(f"{where}/enable")
        await jun.post("/api/auth/reset", body, status=400)
        body["token"] = (await owner.post(f"{where}/reset"))["link"].partition("#token=")[2]
        await jun.post("/api/auth/reset", body)
        await jun.sign_in(email="jun@example.com", password=body["password"])
        assert (await owner.post(f"/api/users/{mei['id']}/disable", status=409))["code"] == "last_operator"
        await owner.post("/api/users/nobody/disable", status=404)
        await owner.call("PATCH", f"/api/users/{mei['id']}", json={"is_admin": False}, status=409)
        await jun.call("PATCH", where, json={"is_admin": True}, status=403)
        assert (await owner.call("PATCH", where, json={"is_admin": True}))["is_admin"] is True
        assert len((await jun.get("/api/users"))["items"]) == 2
        await owner.call("PATCH", f"/api/users/{mei['id']}", json={"is_admin": False})
        await owner.get("/api/activity", status=403)
        await jun.call("PATCH", f"/api/users/{mei['id']}", json={"is_admin": True})
        kinds = {line["kind"] for line in (await owner.get("/api/activity?limit=500"))["items"]}
        assert kinds >= {"user_disabled", "user_enabled", "reset_link_made", "password_reset", "sign_in"}


async def test_the_newest_link_of_a_kind_can_be_found(studio: Studio) -> None:
    async with Browser(studio) as owner:
        await owner.set_up()
        made = await owner.post("/api/invitations", {"role": "viewer"}, status=201)
        assert made["link"].endswith(await newest_secret(studio, LinkKind.invitation))


async def test_one_user_asks_so_often_and_is_told(database_url: str, tmp_path: Path, upstream: Upstream) -> None:
    settings = {"server": {"requests_per_minute": 4}}
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, **settings) as studio:
        made = await studio.post("/api/tokens", {"name": "busy"})
        headers = {"Authorization": f"Bearer {made['token']}"}
        left = []
        for _ in range(4):
            answer = await studio.http.get("/api/me", headers=headers)
            assert (answer.status_code, answer.headers["ratelimit-limit"]) == (200, "4")
            left.append(int(answer.headers["ratelimit-remaining"]))
        assert left == [3, 2, 1, 0]
        answer = await studio.http.post("/api/batches", json={"prompts": ["a cat"]}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
        assert 1 <= int(answer.headers["retry-after"]) <= 61
        answer = await studio.http.get("/v1/models", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limit_exceeded")
        # Commands on the owner's own machine are not counted.
        for _ in range(6):
            assert "ratelimit-limit" not in (await studio.http.get("/api/me")).headers


async def test_what_a_team_takes_is_seen_by_its_members_and_by_operators(
    open_house: Studio, post: tuple[Post, int]
) -> None:
    box, _ = post
    illustrated = {"model": "illustrator/scene-1", "plan": {"sizes": ["64x64"]}}
    batch = await open_house.made(["a cat", "a dog"], **illustrated)
    sizes = {item["asset_id"]: 0 for item in await open_house.items(batch["id"])}
    for asset_id in sizes:
        sizes[asset_id] = len((await open_house.http.get(f"/api/assets/{asset_id}/file?metadata=none")).content)
    async with Browser(open_house) as owner, Browser(open_house) as jun:
        await owner.set_up()
        await jun.post("/api/auth/register", {"email": "jun@example.com"}, status=202)
        await jun.post("/api/auth/join", {**NEW, "token": (await box.letter(1))[1]}, status=201)
        seen, (own,) = await owner.get("/api/usage"), await jun.get("/api/usage")
    assert (own["members"], own["pictures"], own["file_bytes"]) == (1, 0, 0)
    assert [(team["pictures"], team["file_bytes"]) for team in seen] == [(2, sum(sizes.values())), (0, 0)]


async def test_whoever_registers_gets_neither_the_keys_nor_the_network_of_the_house(
    database_url: str, tmp_path: Path, upstream: Upstream
) -> None:
    settings = {"people": {"registration": "open"}}
    environment = {"OPENAI_API_KEY": "sk-lent-by-the-environment"}
    async with (
        open_studio(
            tmp_path / "s", database_url=database_url, upstream=upstream, environment=environment, **settings
        ) as studio,
        Browser(studio) as owner,
        Browser(studio) as jun,
    ):
        await owner.set_up()
        await jun.post("/api/auth/register", {"email": "jun@example.com"}, status=202)
        secret = await newest_secret(studio, LinkKind.registration)
        await jun.post("/api/auth/join", {**NEW, "token": secret}, status=201)
        assert [key["id"] for key in await owner.get("/api/keys")] == ["env:openai"]
        assert await jun.get("/api/keys") == []
        await jun.post("/api/keys/env:openai/test", status=404)
        body = {"prompts": ["a cat"], "plan": {"models": ["openai/gpt-image-2"]}}
        refused = await jun.http.post(
            "/api/batches", json=body, headers={"X-CSRF-Token": jun.http.cookies["imageloom_csrf"]}
        )
        assert refused.status_code == 400, refused.text
        assert "sk-lent" not in refused.text
        assert "openai/gpt-image-2" not in str(await jun.get("/v1/models"))
        assert "openai/gpt-image-2" in str(await owner.get("/v1/models"))
        key = {"provider": "openai", "key": "sk-of-jun-0123456789", "base_url": upstream.openai}
        assert (await jun.post("/api/keys", key, status=403))["code"] == "forbidden"
        await owner.post("/api/keys", key, status=201)
        await jun.post("/api/keys", {**key, "base_url": None}, status=201)
        await owner.post("/api/batches", {"prompts": ["a"], "plan": {"models": ["illustrator/scene-1"]}}, status=201)
        lane = next(lane["id"] for lane in await jun.get("/api/lanes") if lane["provider"] == "illustrator")
        await jun.post(f"/api/lanes/{lane}/pause", status=403)
        await owner.post(f"/api/lanes/{lane}/pause")
        await owner.post(f"/api/lanes/{lane}/resume")


async def test_a_narrow_token_cannot_make_itself_wide(studio: Studio) -> None:
    async with Browser(studio) as owner, Browser(studio) as jun:
        await owner.set_up()
        body = {"name": "narrow", "scopes": ["members:write", "members:read", "users:write", "account:write"]}
        made = await owner.post("/api/tokens", body, status=201)
        headers = {"Authorization": f"Bearer {made['token']}"}
        me = await owner.get("/api/me")
        for role in ("owner", "editor"):
            await studio.call("POST", "/api/invitations", json={"role": role}, headers=headers, status=403)
        made = await studio.call("POST", "/api/invitations", json={"role": "viewer"}, headers=headers, status=201)
        secret = made["link"].partition("#token=")[2]
        await jun.post("/api/auth/join", {**NEW, "token": secret, "email": "jun@example.com"}, status=201)
        you = await jun.get("/api/me")
        where = f"/api/teams/{you['roles'][0]['team_id']}/members/{you['user_id']}"
        await studio.call("PATCH", where, json={"role": "owner"}, headers=headers, status=403)
        await studio.call("PATCH", where, json={"role": "viewer"}, headers=headers)
        for user in (me["user_id"], you["user_id"]):
            await studio.call("POST", f"/api/users/{user}/reset", headers=headers, status=403)
            wished = {"is_admin": True}
            await studio.call("PATCH", f"/api/users/{user}", json=wished, headers=headers, status=403)


async def test_a_new_address_is_taken_by_the_letter_that_arrives_there(
    open_house: Studio, post: tuple[Post, int]
) -> None:
    box, _ = post
    change = {"email": " New@Example.com", "current": OWNER["password"]}
    async with Browser(open_house) as mei, Browser(open_house) as stranger:
        await mei.set_up()
        wrong = await mei.post("/api/me/email", {**change, "current": "wrong"}, status=400)
        assert (wrong["code"], wrong["field"]) == ("present_password_wrong", "current")
        same = await mei.post("/api/me/email", {**change, "email": OWNER["email"]}, status=400)
        assert same["field"] == "email"
        await mei.post("/api/me/email", {**change, "email": "no address"}, status=422)
        told = await mei.post("/api/me/email", {**change, "email": "older@example.com"}, status=202)
        _, older = await box.letter(1)
        await mei.post("/api/me/email", change, status=202)
        text, secret = await box.letter(2)
        assert f"{PUBLIC}/email#token=" in text
        assert [letter[0] for letter in box.letters] == [["older@example.com"], ["new@example.com"]]
        assert (await mei.get("/api/me/profile"))["email"] == OWNER["email"], "until the link is taken"
        await stranger.post("/api/auth/reset", {"token": secret, "password": NEW["password"]}, status=400)
        for spent in (older, secret[:-1] + "-", "x"):
            assert (await stranger.post("/api/auth/email", {"token": spent}, status=400))["code"] == "link_spent"
        await mei.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
        _, reset = await box.letter(3)
        # Whoever reads the letter needs no session: it may be another device.
        await stranger.post("/api/auth/email", {"token": secret})
        assert (await mei.get("/api/me/profile"))["email"] == "new@example.com"
        text, none = await box.letter(4)
        assert (box.letters[3][0], none) == ([OWNER["email"]], "")
        assert "another mail address" in text
        await stranger.post("/api/auth/reset", {"token": reset, "password": NEW["password"]}, status=400)
        await stranger.post("/api/auth/email", {"token": secret}, status=400)
        await stranger.sign_in(status=401)
        await stranger.sign_in(email="new@example.com")
        kinds = [line["kind"] for line in (await mei.get("/api/me/activity"))["items"]]
        assert {"email_change_asked", "email_changed"} <= set(kinds)

        # An address that somebody has: the answer is the same, nobody gets a letter, and the link does not work.
        await stranger.post("/api/auth/register", {"email": "jun@example.com"}, status=202)
        _, secret = await box.letter(5)
        async with Browser(open_house) as jun:
            await jun.post("/api/auth/join", {**NEW, "token": secret}, status=201)
        assert await mei.post("/api/me/email", {**change, "email": "jun@example.com"}, status=202) == told
        taken = await newest_secret(open_house, LinkKind.email)
        assert (await stranger.post("/api/auth/email", {"token": taken}, status=409))["code"] == "email_taken"
        await mei.post("/api/me/email", {**change, "email": "free@example.com"}, status=202)
        await box.letter(6)
        assert box.letters[5][0] == ["free@example.com"]


async def test_the_log_holds_who_did_what_to_keys_money_and_names(studio: Studio) -> None:
    async with Browser(studio, agent="Safari on a tablet", address="203.0.113.9") as owner:
        await owner.set_up()
        me = await owner.get("/api/me")
        await owner.call("PATCH", "/api/me/profile", json={"name": "Mei Lin"})
        # Preferences are nobody else's business, and the same name is no other.
        await owner.call("PATCH", "/api/me/profile", json={"name": "Mei Lin", "preferences": {"theme": "dark"}})
        token = (await owner.post("/api/tokens", {"name": "x"}, status=201))["details"]["id"]
        await owner.call("DELETE", f"/api/tokens/{token}")
        key = await owner.post("/api/keys", {"provider": "openai", "key": "sk-not-to-be-seen-0123"}, status=201)
        await owner.call("PATCH", f"/api/keys/{key['id']}", json={"label": "second"})
        await owner.call("DELETE", f"/api/keys/{key['id']}")
        await owner.post("/api/keys/rotate")
        await owner.sign_in()
        project = await owner.post("/api/projects", {"name": "Spring"}, status=201)
        await owner.call("PATCH", f"/api/projects/{project['id']}", json={"name": "Summer"})
        body = {"kind": "project", "target": project["id"], "amount": "5", "period": "day"}
        cap = await owner.post("/api/budgets", body, status=201)
        await owner.call("PUT", f"/api/budgets/{cap['id']}", json={"amount": "7.50"})
        await owner.call("DELETE", f"/api/budgets/{cap['id']}")
        body = {"user_id": me["user_id"], "kind": "images", "amount": 9, "period": "day"}
        quota = await owner.post("/api/quotas", body, status=201)
        await owner.call("DELETE", f"/api/quotas/{quota['id']}")
        lines = (await owner.get("/api/activity?limit=500"))["items"]
    told = [(line["kind"], line["details"]) for line in reversed(lines)]
    assert [kind for kind, _ in told] == [
        "setup",
        "renamed",
        "token_made",
        "token_revoked",
        "key_added",
        "key_changed",
        "key_removed",
        "master_key_rotated",
        "sign_in",
        "project_made",
        "project_renamed",
        "cap_set",
        "cap_set",
        "cap_removed",
        "quota_set",
        "quota_removed",
    ]
    assert {(line["user_id"], line["agent"], line["address"]) for line in lines} == {
        (me["user_id"], "Safari on a tablet", "203.0.113.9")
    }
    known = dict(told)
    assert known["renamed"] == {"before": "Mei", "after": "Mei Lin"}
    assert known["key_changed"]["label"] == "second"
    assert known["project_renamed"] == {"project_id": project["id"], "before": "Spring", "after": "Summer"}
    assert (known["cap_set"]["of"], known["cap_set"]["amount"]) == ("project", "7.5")
    assert known["quota_set"] == {"counted": "images", "period": "day", "amount": 9}
    assert "not-to-be-seen" not in str(lines)
