"""Who may do what: anonymously, across teams, with narrow, expired and revoked tokens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from imageloom.features.credentials.service import CredentialService
from imageloom.features.identity.models import Token, User
from imageloom.features.identity.service import IdentityService, hash_token
from imageloom.features.teams.models import Membership
from imageloom.features.teams.service import TeamService
from imageloom.runtime.actor import SYSTEM
from tests.studio import Studio, open_studio
from tools.upstream.client import Upstream


async def foreign_token(studio: Studio, *, role: str = "owner", same_team: bool = False) -> str:
    """A user of another team, or of the same one in a lesser role."""
    secret = f"iml_foreign_{role}_{same_team}"
    async with studio.application.scopes.open(SYSTEM) as scope:
        user = await IdentityService(scope).create_user("stranger", is_admin=False)
        owner = await IdentityService(scope).first_admin()
        now = scope.ports.clock.now()
        if same_team:
            assert owner is not None
            (team_id,) = (await TeamService(scope).actor_of(owner, scopes=None)).team_ids
            scope.session.add(Membership(team_id=team_id, user_id=user.id, role=role, created_at=now))
        else:
            await TeamService(scope).create_team("Others", owner=user)
        scope.session.add(
            Token(
                id=scope.ports.ids.new(),
                user_id=user.id,
                name="t",
                prefix="iml_",
                sha256=hash_token(secret),
                scopes=None,
                created_at=now,
            )
        )
    return secret


async def filled_paths(studio: Studio) -> dict[str, str]:
    """Ids of real things of the owner, for the places in paths."""
    key = await studio.add_key("openai")
    batch = await studio.made(["a cat"])
    (item,) = await studio.items(batch["id"])
    token = await studio.post("/api/tokens", {"name": "mine"})
    (lane,) = await studio.get("/api/lanes")
    return {
        "{batch_id}": batch["id"],
        "{item_id}": item["id"],
        "{asset_id}": item["asset_id"],
        "{key_id}": key["id"],
        "{token_id}": token["details"]["id"],
        "{lane_id}": lane["id"],
    }


BODIES = {
    "/api/batches": {"prompts": ["a"]},
    "/api/keys": {"provider": "openai", "key": "sk-abcdefghijkl"},
}


async def test_a_viewer_looks_and_does_not_touch(studio: Studio) -> None:
    ids = await filled_paths(studio)
    headers = {"Authorization": f"Bearer {await foreign_token(studio, role='viewer', same_team=True)}"}
    batch = f"/api/batches/{ids['{batch_id}']}"
    assert (await studio.call("GET", batch, headers=headers))["id"] == ids["{batch_id}"]
    me = await studio.call("GET", "/api/me", headers=headers)
    assert {"batches:read", "account:write"} <= set(me["permissions"])
    assert not {"batches:write", "keys:read", "tokens:read", "users:read"} & set(me["permissions"])
    team = f"/api/teams/{me['roles'][0]['team_id']}/members"
    shown = await studio.call("GET", team, headers=headers)
    assert {(member["email"], member["seen_at"]) for member in shown} == {(None, None)}
    for method, path, body in (
        ("POST", "/api/batches", BODIES["/api/batches"]),
        ("POST", f"{batch}/retry", {}),
        ("POST", "/api/keys", BODIES["/api/keys"]),
        ("GET", "/api/keys", None),
        ("POST", "/api/keys/rotate", None),
        ("POST", f"/api/lanes/{ids['{lane_id}']}/pause", None),
    ):
        problem = await studio.call(method, path, json=body, headers=headers, status=403)
        assert problem["code"] == "forbidden"


async def test_a_token_does_what_its_scopes_say_until_it_is_revoked(studio: Studio) -> None:
    made = await studio.post("/api/tokens", {"name": "reader", "scopes": ["batches:read", "tokens:write"]})
    headers = {"Authorization": f"Bearer {made['token']}"}
    me = await studio.call("GET", "/api/me", headers=headers)
    assert me["scopes"] == ["batches:read", "tokens:write"]
    assert me["permissions"] == ["batches:read", "tokens:write"]
    await studio.call("GET", "/api/batches", headers=headers)
    await studio.call("GET", "/api/keys", headers=headers, status=403)
    # It cannot make a token that may do more than itself.
    child = await studio.call("POST", "/api/tokens", json={"name": "child"}, headers=headers)
    assert child["details"]["scopes"] == ["batches:read", "tokens:write"]
    shown = [token["name"] for token in await studio.get("/api/tokens")]
    assert shown == ["child", "reader"]
    await studio.call("DELETE", f"/api/tokens/{made['details']['id']}")
    problem = await studio.call("GET", "/api/me", headers=headers, status=401)
    assert "revoked" in problem["detail"]


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "turned \u202e round"])
async def test_a_token_has_a_name_that_can_be_shown(studio: Studio, name: str) -> None:
    problem = await studio.post("/api/tokens", {"name": name}, status=422)
    assert problem["field"] == "name"


async def test_expired_tokens_and_disabled_users_are_out(studio: Studio) -> None:
    made = await studio.post("/api/tokens", {"name": "short", "expires_in_days": 1})
    headers = {"Authorization": f"Bearer {made['token']}"}
    await studio.call("GET", "/api/me", headers=headers)
    async with studio.application.scopes.open(SYSTEM) as scope:
        token = await scope.session.get_one(Token, made["details"]["id"])
        token.expires_at = scope.ports.clock.now() - timedelta(seconds=1)
    await studio.call("GET", "/api/me", headers=headers, status=401)
    other = await foreign_token(studio)
    async with studio.application.scopes.open(SYSTEM) as scope:
        token = (await scope.session.scalars(select(Token).where(Token.sha256 == hash_token(other)))).one()
        (await scope.session.get_one(User, token.user_id)).disabled_at = scope.ports.clock.now()
    await studio.call("GET", "/api/me", headers={"Authorization": f"Bearer {other}"}, status=401)
    await studio.call("GET", "/api/me", headers={"Authorization": "Basic abc"}, status=401)


async def test_keys_go_in_and_never_come_out(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "sk-very-secret-0123456789abcd"
    body = {"provider": "openai", "key": secret, "base_url": studio.upstream.openai}
    made = await studio.post("/api/keys", body)
    assert made["hint"] == "…abcd"
    seen = [(await studio.http.get("/api/keys")).text, str(made)]
    assert (await studio.post(f"/api/keys/{made['id']}/test"))["works"] is True
    studio.upstream.config(api_key="another")
    checked = await studio.post(f"/api/keys/{made['id']}/test")
    assert checked["works"] is False
    seen += [str(checked), (await studio.http.get("/api/keys")).text, capsys.readouterr().err]
    assert all(secret not in text for text in seen)
    assert secret.encode() not in b"".join(
        path.read_bytes() for path in studio.settings.data_dir.parent.rglob("*") if path.is_file()
    )
    assert (await studio.post("/api/keys/rotate")) == {"secrets": 1}
    studio.upstream.config(api_key=None)
    assert (await studio.post(f"/api/keys/{made['id']}/test"))["works"] is True
    await studio.call("DELETE", f"/api/keys/{made['id']}")
    await studio.call("POST", f"/api/keys/{made['id']}/test", status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"provider": "nobody", "key": "x"}, "provider"),
        ({"provider": "illustrator", "key": "x"}, "provider"),
        ({"provider": "openai"}, "key"),
        ({"provider": "openai", "key": "with space"}, "key"),
        ({"provider": "openai", "key": "k", "base_url": "ftp://x"}, "base_url"),
        ({"provider": "openai", "key": "k", "base_url": "http://user:pw@x/"}, "base_url"),
    ],
)
async def test_a_bad_key_is_refused(studio: Studio, body: dict, field: str) -> None:
    problem = await studio.call("POST", "/api/keys", json=body, status=400)
    assert problem["field"] == field


async def test_a_key_is_replaced_and_keeps_its_place(studio: Studio) -> None:
    made = await studio.add_key("openai", concurrency=3)
    studio.upstream.config(api_key="sk-the-new-one-of-the-two")
    place = f"/api/keys/{made['id']}"
    assert (await studio.post(f"{place}/test"))["works"] is False
    changed = await studio.call("PATCH", place, json={"key": "sk-the-new-one-of-the-two", "label": "Studio"})
    assert (changed["hint"], changed["label"], changed["trouble"], changed["checked_at"]) == (
        "…-two",
        "Studio",
        None,
        None,
    )
    assert (changed["limits"], changed["base_url"]) == (made["limits"], made["base_url"])
    assert (await studio.post(f"{place}/test"))["works"] is True
    changed = await studio.call("PATCH", place, json={"limits": {"images_per_minute": 5}})
    assert (changed["limits"], changed["hint"]) == ({"images_per_minute": 5}, "…-two")
    assert changed["checked_at"] is not None
    studio.upstream.config(api_key=None)


async def test_a_kept_key_is_never_sent_to_another_address(studio: Studio) -> None:
    made = await studio.add_key("openai")
    place = f"/api/keys/{made['id']}"
    elsewhere = studio.upstream.openai.replace("/v1", "/v1/elsewhere")
    for address in (elsewhere, None):
        problem = await studio.call("PATCH", place, json={"base_url": address, "key": ""}, status=400)
        assert problem["field"] == "key"
        assert problem["hint"]
    problem = await studio.call("PATCH", place, json={"key": "with space"}, status=400)
    assert problem["field"] == "key"
    assert [key["base_url"] for key in await studio.get("/api/keys")] == [made["base_url"]]
    changed = await studio.call("PATCH", place, json={"base_url": f"{elsewhere}/", "key": "sk-for-elsewhere"})
    assert changed["base_url"] == elsewhere
    stranger = {"Authorization": f"Bearer {await foreign_token(studio)}"}
    await studio.call("PATCH", place, json={"label": "mine"}, headers=stranger, status=404)
    editor = {"Authorization": f"Bearer {await foreign_token(studio, role='editor', same_team=True)}"}
    await studio.call("PATCH", place, json={"label": "mine"}, headers=editor, status=403)


async def test_another_server_is_named_in_teams_of_an_operator_alone(studio: Studio) -> None:
    stranger = {"Authorization": f"Bearer {await foreign_token(studio)}"}
    made = await studio.call("POST", "/api/keys", json={"provider": "openai", "key": "sk-own"}, headers=stranger)
    body = {"base_url": studio.upstream.openai, "key": "sk-own"}
    await studio.call("PATCH", f"/api/keys/{made['id']}", json=body, headers=stranger, status=403)
    own = {"base_url": None, "label": "own"}
    changed = await studio.call("PATCH", f"/api/keys/{made['id']}", json=own, headers=stranger)
    assert (changed["label"], changed["base_url"]) == ("own", None)


async def test_a_server_without_a_key_gets_one_and_only_where_one_is_needed(studio: Studio) -> None:
    keyless = await studio.post("/api/keys", {"provider": "openai", "base_url": studio.upstream.openai})
    place = f"/api/keys/{keyless['id']}"
    problem = await studio.call("PATCH", place, json={"base_url": None}, status=400)
    assert problem["field"] == "key"
    changed = await studio.call("PATCH", place, json={"base_url": f"{studio.upstream.openai}/other"})
    assert (changed["hint"], changed["base_url"]) == ("…", f"{studio.upstream.openai}/other")


async def test_a_lane_whose_key_was_removed_says_so_and_its_items_wait(studio: Studio) -> None:
    key = await studio.add_key("openai")
    await studio.made(["first"])
    (lane,) = await studio.get("/api/lanes")
    await studio.post(f"/api/lanes/{lane['id']}/pause")
    batch = await studio.submit(["waits"])
    await studio.until(lambda lanes: lanes[0]["state"] == "idle", "/api/lanes")
    await studio.call("DELETE", f"/api/keys/{key['id']}")
    await studio.post(f"/api/lanes/{lane['id']}/resume")
    lanes = await studio.until(lambda lanes: lanes[0]["is_parked"], "/api/lanes")
    assert "removed" in lanes[0]["reason"]
    assert (await studio.get(f"/api/batches/{batch['id']}"))["counts"]["pending"] == 1


async def test_a_key_of_the_environment_is_tested_and_only_read(
    database_url: str, tmp_path: Path, upstream: Upstream
) -> None:
    environment = {"OPENAI_API_KEY": "sk-lent-by-the-environment"}
    async with open_studio(
        tmp_path / "s", database_url=database_url, upstream=upstream, environment=environment
    ) as studio:
        (key,) = await studio.get("/api/keys")
        assert (key["id"], key["source"], key["label"]) == ("env:openai", "environment", "from OPENAI_API_KEY")
        for method in ("DELETE", "PATCH"):
            body = {} if method == "DELETE" else {"json": {"label": "x"}}
            problem = await studio.call(method, "/api/keys/env:openai", status=409, **body)
            assert problem["code"] == "key_read_only"
        await studio.call("POST", "/api/keys/env:replicate/test", status=404)
        assert "sk-lent" not in str((key, problem))
        async with studio.application.scopes.open(SYSTEM, write=False) as scope:
            unlocked = await CredentialService(scope).unlock_for_test("env:openai")
        assert unlocked.endpoint is not None
        assert unlocked.endpoint.key is not None
        assert unlocked.endpoint.key.get_secret_value() == environment["OPENAI_API_KEY"]


async def test_projects_are_made_and_named_once(studio: Studio) -> None:
    made = await studio.post("/api/projects", {"name": "Autumn"})
    assert [project["name"] for project in await studio.get("/api/projects")] == ["Studio", "Autumn"]
    await studio.call("POST", "/api/projects", json={"name": "Autumn"}, status=409)
    batch = await studio.submit(["a cat"], model="illustrator/scene-1", project="Autumn", plan={"sizes": ["64x64"]})
    assert batch["project_id"] == made["id"]


async def test_a_project_is_renamed_and_stays_what_it_is(studio: Studio) -> None:
    made = await studio.post("/api/projects", {"name": "Autumn"})
    where = f"/api/projects/{made['id']}"
    renamed = await studio.call("PATCH", where, json={"name": "Harvest"})
    assert renamed == {**made, "name": "Harvest"}
    assert await studio.call("PATCH", where, json={"name": "Harvest"}) == renamed
    taken = await studio.call("PATCH", where, json={"name": "Studio"}, status=409)
    assert (taken["code"], taken["field"]) == ("conflict", "name")
    await studio.call("PATCH", where, json={"name": ""}, status=422)
    await studio.call("PATCH", "/api/projects/01m0000000000000000000none", json={"name": "x"}, status=404)
    assert [project["name"] for project in await studio.get("/api/projects")] == ["Studio", "Harvest"]
    await studio.post("/api/projects", {"name": "Autumn"})


async def test_health_is_public_and_speaks_of_parts(studio: Studio) -> None:
    headers = {"Authorization": ""}
    assert (await studio.call("GET", "/health", headers=headers)) == {"status": "up"}
    health = await studio.call("GET", "/api/health", headers=headers)
    parts = {part["name"] for part in health["parts"]}
    assert parts == {"database", "engine", "watches", "ledger", "storage", "lanes", "budgets"}
    studio.application.problem = "Starting."
    assert (await studio.call("GET", "/health", headers=headers, status=503)) == {"status": "starting"}
    problem = await studio.call("GET", "/api/batches", status=503)
    assert problem["code"] == "unavailable"
    studio.application.problem = None


async def test_a_body_over_the_limit_and_a_broken_one_are_refused(studio: Studio) -> None:
    object.__setattr__(studio.settings.server, "max_body_bytes", 1000)
    app = studio.http
    problem = await studio.call("POST", "/api/sheets", files={"file": ("a.txt", b"x" * 5000)}, status=413)
    assert problem["code"] == "too_large"
    assert "Split the file" in problem["hint"]
    response = await app.post("/api/batches", content=b"{not json", headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["code"] == "malformed"
    assert (await app.get("/api/nothing")).json()["code"] == "not_found"
    assert (await app.put("/api/batches")).status_code == 405
