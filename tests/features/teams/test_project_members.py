"""Roles in single projects: guests who are let into one, members who may more there than in the team, or less."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from imageloom.features.curation.models import Vote
from imageloom.features.identity.models import Token, User
from imageloom.features.identity.service import IdentityService, hash_token
from imageloom.features.schedules.models import Schedule
from imageloom.features.schedules.ticking import tick
from imageloom.features.teams.models import Membership
from imageloom.features.teams.service import TeamService
from imageloom.runtime.actor import SYSTEM
from tests.features.identity.browser import Browser
from tests.studio import WAIT_SECONDS, Studio

ILLUSTRATOR = "illustrator/scene-1"
PLAN = {"models": [ILLUSTRATOR], "sizes": ["96x64"]}


@dataclass
class Person:
    """Somebody of the team, with a token."""

    studio: Studio
    user_id: str
    token: str

    async def call(self, method: str, path: str, *, status: int = 200, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        return await self.studio.call(method, path, status=status, headers=headers, **arguments)

    async def get(self, path: str, *, status: int = 200, **query: Any) -> Any:
        return await self.call("GET", path, status=status, params=query)

    async def post(self, path: str, body: Any = None, *, status: int = 200, **arguments: Any) -> Any:
        return await self.call("POST", path, status=status, json=body, **arguments)


@dataclass
class House:
    """A team with two projects. What was first is ``one``, which people get who name none."""

    studio: Studio
    team: str
    one: str
    two: str

    async def person(self, name: str, role: str, *, one: str | None = None, two: str | None = None) -> Person:
        """A member of the team, with roles of their own in its projects."""
        token = f"iml_{name}"
        async with self.studio.application.scopes.open(SYSTEM) as scope:
            user = await IdentityService(scope).create_user(name, is_admin=False)
            now, user_id = scope.ports.clock.now(), user.id
            scope.session.add(Membership(team_id=self.team, user_id=user_id, role=role, created_at=now))
            await scope.session.flush()
            kept = {"name": "t", "prefix": "iml_", "scopes": None, "created_at": now}
            scope.session.add(Token(id=scope.ports.ids.new(), user_id=user_id, sha256=hash_token(token), **kept))
        for project, in_project in ((self.one, one), (self.two, two)):
            if in_project is not None:
                await self.give(project, user_id, in_project)
        return Person(self.studio, user_id, token)

    async def give(self, project: str, user_id: str, role: str) -> Any:
        return await self.studio.call("PUT", f"/api/projects/{project}/members/{user_id}", json={"role": role})

    async def take(self, project: str, user_id: str) -> Any:
        return await self.studio.call("DELETE", f"/api/projects/{project}/members/{user_id}")

    async def made(self, project: str, *prompts: str) -> tuple[Any, list[str]]:
        """A batch of the owner's in a project, and its pictures."""
        body = {"prompts": list(prompts), "plan": PLAN, "project": project}
        batch = await self.studio.finished((await self.studio.post("/api/batches", body))["id"])
        return batch, [item["asset_id"] for item in await self.studio.items(batch["id"])]


@pytest.fixture
async def house(studio: Studio) -> House:
    (one,) = await studio.get("/api/projects")
    two = await studio.post("/api/projects", {"name": "Campaign"})
    return House(studio, one["team_id"], one["id"], two["id"])


async def test_a_guest_sees_the_project_that_they_are_let_into_and_no_other(house: House) -> None:
    hidden, (hidden_picture,) = await house.made(house.one, "a secret boat")
    shown, (picture,) = await house.made(house.two, "a boat")
    guest = await house.person("guest", "guest")
    for path in ("/api/projects", "/api/batches", "/api/assets", "/api/lanes", "/api/history", "/api/teams"):
        await guest.get(path, status=403)
    await guest.get(f"/api/batches/{shown['id']}", status=403)

    await house.give(house.two, guest.user_id, "viewer")
    (project,) = await guest.get("/api/projects")
    assert (project["id"], project["role"]) == (house.two, "viewer")
    assert [batch["id"] for batch in (await guest.get("/api/batches"))["items"]] == [shown["id"]]
    assert [asset["id"] for asset in (await guest.get("/api/assets"))["items"]] == [picture]
    assert (await guest.get("/api/assets/columns", q="boat"))["ids"] == [picture]
    assert [line["batch_id"] for line in (await guest.get("/api/history"))["items"]] == [shown["id"]]
    assert [lane["provider"] for lane in await guest.get("/api/lanes")] == ["illustrator"]
    for path in (f"batches/{hidden['id']}", f"assets/{hidden_picture}", f"batches/{hidden['id']}/items"):
        await guest.get(f"/api/{path}", status=404)
    await guest.get("/api/assets/columns", project=house.one)
    assert (await guest.get("/api/assets/columns", project=house.one))["ids"] == []
    # What is of the team alone stays hidden; that they are a guest there is theirs to know.
    assert [(team["id"], team["role"]) for team in await guest.get("/api/teams")] == [(house.team, "guest")]
    await guest.get(f"/api/teams/{house.team}/members", status=403)
    await guest.get("/api/keys", status=403)
    assert await guest.get("/api/usage") == []
    me = await guest.get("/api/me")
    assert me["project_roles"] == [{"project_id": house.two, "team_id": house.team, "role": "viewer"}]
    assert "batches:read" in me["permissions"]
    assert not {"batches:write", "keys:read", "keys:write"} & set(me["permissions"])

    await guest.post("/api/batches", {"prompts": ["a"], "plan": PLAN}, status=403)
    await house.give(house.two, guest.user_id, "editor")
    made = await guest.post("/api/batches", {"prompts": ["a"], "plan": PLAN}, status=201)
    assert made["project_id"] == house.two
    for name in (house.one, "Studio"):
        await guest.post("/api/batches", {"prompts": ["a"], "plan": PLAN, "project": name}, status=404)
    stolen = {"prompts": ["a"], "references": [hidden_picture]}
    assert (await guest.post("/api/batches", stolen, status=404))["field"] == "references"
    await guest.post("/api/batches", {"sheet_id": hidden["sheet_id"], "plan": PLAN}, status=404)
    await guest.post("/api/judgements", {"ids": [picture, hidden_picture], "rating": 1}, status=404)

    await house.take(house.two, guest.user_id)
    await guest.get(f"/api/batches/{shown['id']}", status=403)


async def test_a_role_in_the_project_counts_there_instead_of_the_one_in_the_team(house: House) -> None:
    _, (of_one,) = await house.made(house.one, "a boat")
    _, (of_two,) = await house.made(house.two, "a boat")
    raised = await house.person("raised", "viewer", two="editor")
    lowered = await house.person("lowered", "editor", two="viewer")
    for who, may, may_not in ((raised, house.two, house.one), (lowered, house.one, house.two)):
        picture, other = (of_two, of_one) if may == house.two else (of_one, of_two)
        roles = {project["id"]: project["role"] for project in await who.get("/api/projects")}
        assert roles == {may: "editor", may_not: "viewer"}
        assert {asset["id"] for asset in (await who.get("/api/assets"))["items"]} >= {of_one, of_two}
        for path, body in (
            ("/api/batches", {"prompts": ["a"], "plan": PLAN}),
            ("/api/boards", {"name": "of mine"}),
            ("/api/wildcards", {"name": "mine", "text": "a"}),
            ("/api/recipes", {"name": "mine", "request": {"prompts": ["a"], "plan": PLAN}}),
        ):
            await who.post(path, {**body, "project": may_not}, status=403)
            await who.post(path, {**body, "project": may}, status=201)
        await who.post("/api/judgements", {"ids": [picture], "rating": 3})
        # All of it or nothing.
        await who.post("/api/judgements", {"ids": [picture, other], "rating": 5}, status=403)
        assert (await who.get(f"/api/assets/{picture}"))["rating"] == 3
        await who.post("/api/trash", {"ids": [other]}, status=403)


async def test_whoever_owns_a_project_manages_its_members(house: House) -> None:
    studio = house.studio
    boss = await house.person("boss", "viewer", two="owner")
    jun = await house.person("jun", "guest")
    where = f"/api/projects/{house.two}/members"
    put = await boss.call("PUT", f"{where}/{jun.user_id}", json={"role": "editor"})
    assert (put["role"], put["team_role"], put["project_role"]) == ("editor", "guest", "editor")
    rows = {row["name"]: (row["role"], row["team_role"], row["project_role"]) for row in await jun.get(where)}
    assert rows == {
        "owner": ("owner", "owner", None),
        "boss": ("owner", "viewer", "owner"),
        "jun": ("editor", "guest", "editor"),
    }
    assert {row["email"] for row in await boss.get(where)} == {None}
    # Not of the other project, not of the team, and not who owns the team.
    await boss.call("PUT", f"/api/projects/{house.one}/members/{jun.user_id}", status=403, json={"role": "viewer"})
    await boss.call("PATCH", f"/api/teams/{house.team}/members/{jun.user_id}", status=403, json={"role": "viewer"})
    await boss.post("/api/invitations", {"role": "guest"}, status=403)
    await boss.get("/api/invitations", status=403)
    owner = (await studio.get("/api/me"))["user_id"]
    told = await boss.call("PUT", f"{where}/{owner}", status=409, json={"role": "viewer"})
    assert told["code"] == "owns_the_team"
    await boss.call("DELETE", f"{where}/{owner}", status=404)
    await boss.call("PUT", f"{where}/nobody", status=404, json={"role": "viewer"})
    await boss.call("PUT", f"{where}/{jun.user_id}", status=422, json={"role": "guest"})
    await jun.call("PUT", f"{where}/{jun.user_id}", status=403, json={"role": "owner"})
    await jun.get(f"/api/projects/{house.one}/members", status=404)
    gone = await boss.call("DELETE", f"{where}/{jun.user_id}")
    assert (gone["role"], gone["project_role"]) == ("guest", None)
    await boss.call("DELETE", f"{where}/{jun.user_id}", status=404)
    roles = ("project_member_removed", "project_role_changed")
    lines = [line for line in (await studio.get("/api/activity"))["items"] if line["kind"] in roles]
    assert [(line["kind"], line["details"]["before"], line["details"]["after"]) for line in lines] == [
        ("project_member_removed", "editor", "guest"),
        ("project_role_changed", "guest", "editor"),
        ("project_role_changed", "viewer", "owner"),
    ]
    assert {line["details"]["project_id"] for line in lines} == {house.two}


async def test_a_narrow_token_gives_nobody_more_than_it_may(house: House) -> None:
    jun = await house.person("jun", "guest")
    lowered = await house.person("lowered", "editor", two="viewer")
    made = await house.studio.post("/api/tokens", {"name": "narrow", "scopes": ["members:write"]})
    narrow = Person(house.studio, "", made["token"])
    where = f"/api/projects/{house.two}/members"
    for role in ("owner", "editor"):
        await narrow.call("PUT", f"{where}/{jun.user_id}", status=403, json={"role": role})
    await narrow.call("PUT", f"{where}/{jun.user_id}", json={"role": "viewer"})
    await narrow.call("DELETE", f"{where}/{jun.user_id}")
    # The role in the team is more than the one that would be taken away.
    await narrow.call("DELETE", f"{where}/{lowered.user_id}", status=403)
    assert (await lowered.get("/api/me"))["project_roles"][0]["role"] == "viewer"


async def test_an_owner_of_the_team_owns_every_project_whatever_was_said_there(house: House) -> None:
    jun = await house.person("jun", "editor", two="viewer")
    where = f"/api/teams/{house.team}/members/{jun.user_id}"
    await house.studio.call("PATCH", where, json={"role": "owner"})
    assert {project["role"] for project in await jun.get("/api/projects")} == {"owner"}
    assert (await jun.get("/api/me"))["project_roles"] == []
    await jun.post("/api/boards", {"name": "mine", "project": house.two}, status=201)
    await house.studio.call("PATCH", where, json={"role": "editor"})
    await jun.post("/api/boards", {"name": "another", "project": house.two}, status=403)


async def test_who_is_shown_out_of_the_team_is_out_of_its_projects_for_good(house: House) -> None:
    jun = await house.person("jun", "guest", two="owner")
    await house.studio.call("DELETE", f"/api/teams/{house.team}/members/{jun.user_id}")
    await jun.get("/api/projects", status=403)
    async with house.studio.application.scopes.open(SYSTEM) as scope:
        now = scope.ports.clock.now()
        scope.session.add(Membership(team_id=house.team, user_id=jun.user_id, role="guest", created_at=now))
    await jun.get("/api/projects", status=403)


async def test_a_board_shows_a_guest_no_picture_of_another_project(house: House) -> None:
    _, (hidden,) = await house.made(house.one, "a secret boat")
    _, (picture,) = await house.made(house.two, "a boat")
    await house.studio.post("/api/judgements", {"ids": [hidden, picture], "add_labels": ["ours"]})
    await house.studio.post("/api/judgements", {"ids": [hidden], "add_labels": ["secret"]})
    board = await house.studio.post("/api/boards", {"name": "mixed", "project": house.two})
    await house.studio.post(f"/api/boards/{board['id']}/assets", {"ids": [hidden, picture]})
    guest = await house.person("guest", "guest", two="editor")
    (shown,) = (await guest.get("/api/boards"))["items"]
    assert (shown["pictures"], shown["cover_asset_id"]) == (1, picture)
    assert (await guest.get("/api/assets/columns", board=board["id"], order="board"))["ids"] == [picture]
    assert (await guest.get("/api/labels"))["items"] == [{"label": "ours", "pictures": 1}]
    hidden_board = await house.studio.post("/api/boards", {"name": "hidden", "project": house.one})
    await house.studio.post(f"/api/boards/{hidden_board['id']}/assets", {"ids": [picture]})
    for order in ("board", "newest"):
        assert (await guest.get("/api/assets/columns", board=hidden_board["id"], order=order))["ids"] == []
    await house.studio.call("DELETE", f"/api/boards/{hidden_board['id']}")
    (whole,) = (await house.studio.get("/api/boards"))["items"]
    assert (whole["pictures"], whole["cover_asset_id"]) == (2, hidden)


async def test_who_has_a_team_of_their_own_is_a_guest_elsewhere_beside_it(house: House) -> None:
    await house.made(house.one, "a secret boat")
    _, (picture,) = await house.made(house.two, "a boat")
    guest = await house.person("guest", "guest", two="viewer")
    async with house.studio.application.scopes.open(SYSTEM) as scope:
        user = await scope.session.get_one(User, guest.user_id)
        own = (await TeamService(scope).settle(user, name="Own")).id
    roles = {project["name"]: project["role"] for project in await guest.get("/api/projects")}
    assert roles == {"Campaign": "viewer", "Own": "owner"}
    body = {"prompts": ["mine"], "plan": PLAN, "project": "Own"}
    made = await guest.post("/api/batches", body, status=201)
    seen = {batch["project_id"] for batch in (await guest.get("/api/batches"))["items"]}
    assert seen == {house.two, made["project_id"]}
    assert picture in {asset["id"] for asset in (await guest.get("/api/assets"))["items"]}
    # What names no team is about their own: as a guest there is nothing to decide.
    assert (await guest.post("/api/projects", {"name": "Second"}, status=201))["team_id"] == own
    await guest.post("/api/budgets", {"kind": "team", "amount": "5", "is_hard": False}, status=201)
    await guest.post("/api/projects", {"name": "x", "team_id": house.team}, status=403)
    await guest.post("/api/keys", {"provider": "openai", "key": "sk-0123456789", "team_id": house.team}, status=403)
    await guest.post("/api/batches", {**body, "project": house.two}, status=403)
    assert len((await guest.get("/api/budgets"))["items"]) == 1
    # The owner of the first team sees nothing of the other.
    assert made["id"] not in (await house.studio.http.get("/api/batches")).text


async def test_somebody_is_invited_into_one_project(house: House) -> None:
    studio = house.studio
    body = {"role": "viewer", "project_id": house.two, "email": "kim@example.com"}
    made = await studio.post("/api/invitations", body)
    assert (made["details"]["project_id"], made["details"]["role"]) == (house.two, "viewer")
    joining = {"token": made["link"].partition("#token=")[2], "name": "Kim", "password": "nine maples under a kettle"}
    async with Browser(studio) as kim:
        await kim.post("/api/auth/join", joining, status=201)
        assert [(one["id"], one["role"]) for one in await kim.get("/api/projects")] == [(house.two, "viewer")]
        assert [role["role"] for role in (await kim.get("/api/me"))["roles"]] == ["guest"]
        await kim.get(f"/api/teams/{house.team}/members", status=403)
    lines = {line["kind"]: line["details"] for line in (await studio.get("/api/activity"))["items"]}
    assert lines["joined"]["project_id"] == lines["invited"]["project_id"] == house.two
    # Whom the project has for an owner lets nobody in who is not of the team; what is not there is not told apart.
    boss = await house.person("boss", "guest", two="owner")
    await boss.post("/api/invitations", body, status=403)
    await boss.post("/api/invitations", {**body, "project_id": house.one}, status=404)
    viewer = await house.person("viewer", "viewer")
    await viewer.post("/api/invitations", body, status=403)
    for wrong, status in (
        ({"role": "guest", "project_id": house.two}, 400),
        ({"project_id": "01m8gqkjj6d3g3bfjcva5smrtd"}, 404),
        ({"project_id": house.two, "team_id": "01m8gqkjj6d3g3bfjcva5smrtd"}, 404),
    ):
        await studio.call("POST", "/api/invitations", status=status, json=wrong)
    # By an account that is there already, too; and a narrowed token lets in those who look.
    narrow = Person(studio, "", (await studio.post("/api/tokens", {"name": "n", "scopes": ["members:write"]}))["token"])
    await narrow.post("/api/invitations", {"role": "editor", "project_id": house.two}, status=403)
    link = (await narrow.post("/api/invitations", {"role": "viewer", "project_id": house.one}, status=201))["link"]
    async with studio.application.scopes.open(SYSTEM) as scope:
        user_id = (await IdentityService(scope).create_user("lea", is_admin=False)).id
        now, kept = scope.ports.clock.now(), {"name": "t", "prefix": "iml_", "scopes": None}
        row = Token(id=scope.ports.ids.new(), user_id=user_id, sha256=hash_token("iml_lea"), created_at=now, **kept)
        scope.session.add(row)
    lea = Person(studio, user_id, "iml_lea")
    joined = await lea.post("/api/memberships", {"token": link.partition("#token=")[2]}, status=201)
    assert joined["role"] == "guest"
    assert [one["id"] for one in await lea.get("/api/projects")] == [house.one]


async def test_two_who_give_a_role_at_once_wait_for_each_other(house: House) -> None:
    jun = await house.person("jun", "guest")
    roles = ("viewer", "editor", "owner") * 3
    await asyncio.gather(*(house.give(house.two, jun.user_id, role) for role in roles))
    assert (await jun.get("/api/me"))["project_roles"][0]["role"] in roles


async def test_an_owner_of_a_project_empties_its_trash_and_no_other(house: House) -> None:
    _, (of_one,) = await house.made(house.one, "a boat")
    _, (of_two,) = await house.made(house.two, "a boat")
    await house.studio.post("/api/trash", {"ids": [of_one, of_two]})
    boss = await house.person("boss", "editor", two="owner")
    await boss.post("/api/trash/empty", {"ids": [of_one]}, status=403)
    assert await boss.post("/api/trash/empty", {}) == {"removed": 1, "left": 0}
    assert (await house.studio.get("/api/assets", trash=True))["items"][0]["id"] == of_one


async def test_caps_and_quotas_are_those_of_the_project_and_ones_own(house: House) -> None:
    studio = house.studio
    guest = await house.person("guest", "guest", two="editor")
    lowered = await house.person("lowered", "editor", two="viewer")
    for kind, target in (("team", None), ("project", house.one), ("project", house.two), ("user", guest.user_id)):
        await studio.post("/api/budgets", {"kind": kind, "target": target, "amount": "5", "is_hard": False})
    caps = {(cap["kind"], cap["target"]): cap["id"] for cap in (await guest.get("/api/budgets"))["items"]}
    assert set(caps) == {("project", house.two), ("user", guest.user_id)}
    await guest.call("PUT", f"/api/budgets/{caps['project', house.two]}", status=403, json={"amount": "50"})
    await guest.call("DELETE", f"/api/budgets/{caps['project', house.two]}", status=403)
    batch, _ = await house.made(house.two, "a boat")
    hidden, _ = await house.made(house.one, "a boat")
    body = {"kind": "batch", "target": batch["id"], "amount": "1"}
    assert (await guest.post("/api/budgets", body, status=201))["target"] == batch["id"]
    await guest.post("/api/budgets", {**body, "target": hidden["id"]}, status=403)
    await lowered.post("/api/budgets", {**body, "amount": "9"}, status=403)
    await lowered.post("/api/budgets", {**body, "target": hidden["id"]}, status=201)
    capped = {"prompts": ["a"], "plan": PLAN, "cap": "1", "project": house.two}
    own = await guest.post("/api/batches", capped, status=201)
    assert own["id"] in {cap["target"] for cap in (await guest.get("/api/budgets"))["items"]}

    await studio.post("/api/quotas", {"kind": "images", "amount": 9, "user_id": guest.user_id})
    await studio.post("/api/quotas", {"kind": "images", "amount": 99})
    assert [quota["amount"] for quota in await guest.get("/api/quotas")] == [9]


async def test_the_gateway_makes_pictures_in_the_project_alone(house: House) -> None:
    await house.studio.add_key("openai")
    guest = await house.person("guest", "guest", one="viewer", two="editor")
    bare = await house.person("bare", "guest")
    name = "openai/gpt-image-2"
    assert name in {model["id"] for model in (await guest.get("/v1/models"))["data"]}
    assert name not in {model["id"] for model in (await bare.get("/v1/models"))["data"]}
    body = {"prompt": "a boat", "model": name, "size": "256x256", "response_format": "url"}
    for project, status in ((None, 403), (house.one, 403), (house.two, 200)):
        headers = {} if project is None else {"OpenAI-Project": project}
        answer = await guest.post("/v1/images/generations", body, status=status, headers=headers)
    assert answer["data"][0]["url"]
    await bare.post("/v1/images/generations", body, status=403)


async def test_a_schedule_of_somebody_who_may_no_more_makes_nothing(house: House) -> None:
    studio = house.studio
    jun = await house.person("jun", "guest", two="editor")
    request = {"prompts": ["a"], "plan": PLAN}
    recipe = await jun.post("/api/recipes", {"name": "daily", "request": request}, status=201)
    body = {"name": "daily", "recipe_id": recipe["id"], "cron": "0 0 1 1 *"}
    schedule = await jun.post("/api/schedules", body, status=201)
    for role, is_made in (("editor", True), ("viewer", False), (None, False)):
        if role is None:
            await house.take(house.two, jun.user_id)
        else:
            await house.give(house.two, jun.user_id, role)
        async with studio.application.scopes.open(SYSTEM) as scope:
            past = scope.ports.clock.now() - timedelta(minutes=1)
            await scope.session.execute(update(Schedule).values(next_at=past))
        assert await tick(studio.application.scopes) == 1
        kept = await studio.get(f"/api/schedules/{schedule['id']}")
        assert (kept["last_batch_id"] is not None, kept["trouble"] is None) == (is_made, is_made)
    assert len((await studio.get("/api/batches"))["items"]) == 1


async def test_a_stream_ends_with_the_role_in_the_project(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imageloom.features.batches.streams.GONE_LOOK_SECONDS", 0.0)
    monkeypatch.setattr("imageloom.features.batches.feeds.BEAT_SECONDS", 0.1)
    studio = house.studio
    guest = await house.person("guest", "guest", two="viewer")
    await house.made(house.two, "a boat")
    (lane,) = await studio.get("/api/lanes")
    await studio.post(f"/api/lanes/{lane['id']}/pause")
    batch = await studio.post("/api/batches", {"prompts": ["waits"], "plan": PLAN, "project": house.two})
    where, headers = f"/api/batches/{batch['id']}/events", {"Authorization": f"Bearer {guest.token}"}
    following = asyncio.create_task(studio.http.get(where, headers=headers, timeout=60))
    deadline = time.monotonic() + WAIT_SECONDS
    while not studio.app.state.streams._feeds:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    await house.take(house.two, guest.user_id)
    answer = await following
    assert "event: snapshot" in answer.text
    assert "event: end" not in answer.text
    await guest.get(where, status=403)


async def test_a_membership_takes_its_roles_in_projects_with_it(house: House) -> None:
    jun = await house.person("jun", "viewer", one="editor", two="owner")
    async with house.studio.application.scopes.open(SYSTEM) as scope:
        await scope.session.execute(delete(Membership).where(Membership.user_id == jun.user_id))
    me = await jun.get("/api/me")
    assert (me["roles"], me["project_roles"]) == ([], [])


async def test_votes_go_by_the_roles_in_their_project(house: House) -> None:
    _, ours = await house.made(house.one, "a boat", "a cat")
    _, theirs = await house.made(house.two, "a dog", "a fox")
    guest = await house.person("guest", "guest", two="editor")
    looking = await house.person("looking", "editor", two="viewer")
    await guest.post("/api/votes", {"ids": theirs, "chosen": theirs[0]}, status=201)
    await guest.post("/api/votes", {"ids": ours, "chosen": ours[0]}, status=404)
    await guest.post("/api/votes", {"ids": [ours[0], theirs[0]], "chosen": theirs[0]}, status=404)
    await looking.post("/api/votes", {"ids": theirs, "chosen": theirs[0]}, status=403)
    await looking.post("/api/votes", {"ids": ours, "chosen": ours[0]}, status=201)
    async with house.studio.application.scopes.open(SYSTEM) as scope:
        # As if they were between models.
        await scope.session.execute(update(Vote).values(models=2))
    assert (await guest.get("/api/votes"))["votes"] == 1
    assert (await looking.get("/api/votes"))["votes"] == 2
