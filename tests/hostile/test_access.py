"""Every route of the OpenAPI document, for everybody who may not use it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from imageloom.doors.http.app import openapi_document
from tests.conftest import DATABASES
from tests.hostile.conftest import open_house
from tests.hostile.house import House
from tests.server import Server
from tools.upstream.client import Upstream

DOCUMENT = openapi_document()
ROUTES = [
    (method, path)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if operation.get("security") != []
]
BODIES = {
    "/api/batches": {"prompts": ["a"]},
    "/api/estimates": {"prompts": ["a"]},
    "/api/plans/preview": {"prompts": ["a"]},
    "/api/tokens": {"name": "x"},
    "/api/keys": {"provider": "openai", "key": "sk-abcdefghijkl"},
    "/api/projects": {"name": "x"},
    "/v1/images/generations": {"prompt": "a", "model": "openai/gpt-image-2"},
    "/v1/images/edits": {"prompt": "a", "model": "openai/gpt-image-2", "images": [{"file_id": "x"}]},
    "/api/batches/{batch_id}/retry": {"states": ["failed"]},
    "/api/batches/{batch_id}/reconcile": {"resolution": "give_up"},
    "/api/batches/{batch_id}/edits": {"append": {"prompts": ["a"]}},
    "/api/batches/{batch_id}/edits/preview": {"append": {"prompts": ["a"]}},
}
# What reads although it is sent by POST.
READS = {
    ("post", f"/api/{path}")
    for path in (
        "estimates",
        "plans/preview",
        "assets/verify",
        "bills/reconcile",
        "batches/{batch_id}/edits/preview",
    )
}
READ_ONLY = ["batches:read", "assets:read", "keys:read", "lanes:read", "tokens:read", "projects:read", "server:read"]
STRANGERS = {
    "anonymous": 401,
    "bad token": 401,
    "revoked": 401,
    "expired": 401,
    "disabled": 401,
    "another team": 404,
    "read only": 403,
    "viewer": 403,
}


class Access:
    """The house, real things in it, and the tokens of those who may not touch them."""

    def __init__(self, house: House) -> None:
        self.house = house
        (team,) = {project["team_id"] for project in house.get("/api/projects")}
        batch, edit = self.edited(house)
        (item,) = house.get(f"/api/batches/{batch['id']}/items")["items"]
        self.places = {
            "{edit_id}": edit["id"],
            "{batch_id}": batch["id"],
            "{item_id}": item["id"],
            "{asset_id}": item["asset_id"],
            "{key_id}": next(key["id"] for key in house.get("/api/keys")),
            "{lane_id}": next(lane["id"] for lane in house.get("/api/lanes") if lane["provider"] == "openai"),
            "{model}": "openai/gpt-image-2",
            "{token_id}": house.post("/api/tokens", {"name": "kept"})["details"]["id"],
        }
        house.server.until(lambda: house.get(f"/api/assets/{item['asset_id']}")["previews"] == "done")
        self.tokens = {
            "anonymous": None,
            "bad token": "iml_nonsense",
            "another team": house.person("stranger", team=None),
            "viewer": house.person("viewer", team=team, role="viewer"),
            "read only": house.post("/api/tokens", {"name": "reader", "scopes": READ_ONLY})["token"],
            "disabled": house.person("disabled", team=team),
            "revoked": house.person("revoked", team=team),
            "expired": house.person("expired", team=team),
        }
        past = "2026-01-02 00:00:00.000000"
        house.sql("UPDATE users SET disabled_at = %s WHERE id = 'user-disabled'", (past,))
        house.sql("UPDATE tokens SET revoked_at = %s WHERE id = 'token-revoked'", (past,))
        house.sql("UPDATE tokens SET expires_at = %s WHERE id = 'token-expired'", (past,))

    @staticmethod
    def edited(house: House):
        """A batch that is over, and an edit of it from when it waited."""
        house.finished(house.server.submit(["first"]))
        lane = next(lane["id"] for lane in house.get("/api/lanes") if lane["provider"] == "openai")
        house.post(f"/api/lanes/{lane}/pause")
        batch = house.server.submit(["a cat"])
        edit = house.post(f"/api/batches/{batch['id']}/edits", {"fields": {"prompt": "a dog"}})
        house.post(f"/api/lanes/{lane}/resume")
        return house.finished(batch), edit

    def ask(self, method: str, path: str, who: str):
        where = path
        for place, value in self.places.items():
            where = where.replace(place, value)
        assert "{" not in where, where
        more = {}
        if path in BODIES:
            more["json"] = BODIES[path]
        elif "requestBody" in DOCUMENT["paths"][path][method]:
            more["files"] = {"file": ("a.txt", b"a cat")}
        return self.house.ask(method.upper(), where, token=self.tokens[who], **more)


@pytest.fixture(scope="module", params=DATABASES)
def access(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    if request.param == "sqlite":
        yield Access(request.getfixturevalue("house"))
        return
    url = make_url(request.getfixturevalue("postgres"))
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_studio")
    folder = tmp_path_factory.mktemp("access")
    database = url.set(database=name).render_as_string(hide_password=False)
    with (
        Upstream("--latency", "0.01", "--picture-bytes", "3000") as upstream,
        Server(folder / "data", database_url=database) as server,
    ):
        house = open_house(folder, server, upstream)
        yield Access(house)
        house.stands()


def test_the_document_lists_enough_routes() -> None:
    assert len(ROUTES) >= 35


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
def test_a_route_refuses_who_may_not_use_it(access: Access, method: str, path: str, who: str) -> None:
    expected = STRANGERS[who]
    is_read = method == "get" or (method, path) in READS
    if expected == 404 and "{" not in path:
        pytest.skip("it has nothing of another team to show; the lists are looked at below")
    if expected == 403 and is_read:
        pytest.skip("it may be read")
    answer = access.ask(method, path, who)
    assert answer.status == expected, answer.content
    kind = "application/json" if path.startswith("/v1/") else "application/problem+json"
    assert answer.headers["content-type"] == kind
    assert access.places["{batch_id}"] not in answer.content.decode().replace(answer.json.get("instance", ""), "")


@pytest.mark.parametrize(
    ("method", "path"), [(m, p) for m, p in ROUTES if m == "get"], ids=[p for m, p in ROUTES if m == "get"]
)
def test_a_read_only_token_reads(access: Access, method: str, path: str) -> None:
    assert access.ask(method, path, "read only").status == 200


@pytest.mark.parametrize(
    "path", ["/api/batches", "/api/assets", "/api/keys", "/api/tokens", "/api/lanes", "/api/projects"]
)
def test_a_stranger_sees_none_of_the_lists(access: Access, path: str) -> None:
    answer = access.ask("get", path, "another team")
    assert answer.status == 200
    rows = answer.json["items"] if isinstance(answer.json, dict) else answer.json
    # Its own project, and the lane of the machine's own generator, which belongs to nobody.
    assert [row for row in rows if row.get("name") != "stranger" and row.get("provider") != "illustrator"] == []


def test_a_stranger_cannot_use_what_is_not_theirs(access: Access) -> None:
    house, token = access.house, access.tokens["another team"]
    mine = house.get("/api/projects")[0]
    for body in (
        {"prompts": ["a"], "project": mine["id"]},
        {"prompts": ["a"], "project": mine["name"]},
        {"sheet_id": house.get(f"/api/batches/{access.places['{batch_id}']}")["sheet_id"]},
        {"prompts": ["a"], "references": [access.places["{asset_id}"]]},
    ):
        assert house.ask("POST", "/api/batches", json=body, token=token).status == 404, body
    for path, body in (
        ("/api/projects", {"name": "x", "team_id": mine["team_id"]}),
        ("/api/keys", {"provider": "openai", "key": "sk-abcdefghijkl", "team_id": mine["team_id"]}),
    ):
        assert house.ask("POST", path, json=body, token=token).status == 404, body
    for path in (f"/api/sheets?project={mine['id']}", f"/api/assets?project={mine['id']}"):
        assert house.upload(path, b"a cat", filename="a.txt", token=token).status == 404


def test_a_page_of_another_origin_cannot_act(access: Access) -> None:
    """There is no cookie to ride on, and no answer that another origin may read."""
    house = access.house
    evil = {"Origin": "https://evil.example", "Cookie": f"token={house.token}"}
    answer = house.ask("POST", "/api/projects", json={"name": "x"}, token=None, headers=evil)
    assert answer.status == 401
    answer = house.ask("GET", "/api/batches", headers=evil)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    preflight = {**evil, "Access-Control-Request-Method": "POST"}
    answer = house.ask("OPTIONS", "/api/batches", token=None, headers=preflight)
    assert answer.status in (401, 405)
    answer = house.ask("GET", f"/api/batches?token={house.token}", token=None)
    assert answer.status == 401
