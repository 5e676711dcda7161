"""Every route of the OpenAPI document, for everybody who may not use it."""

from __future__ import annotations

import hashlib
import json
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from imageloom.doors.http.access import ROUTES as LINES
from imageloom.doors.http.app import openapi_document
from imageloom.runtime.actor import OWN, Permission, Role
from tests.conftest import DATABASES
from tests.hostile.conftest import open_house
from tests.hostile.house import House
from tests.server import Server
from tools.upstream.client import Upstream

DOCUMENT = openapi_document()
EVERY = [
    (method, path, operation.get("security") == [])
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
ROUTES = [(method, path) for method, path, is_open in EVERY if not is_open]
IDS = [f"{method} {path}" for method, path in ROUTES]
BODIES = {
    "/api/batches": {"prompts": ["a"]},
    "/api/estimates": {"prompts": ["a"]},
    "/api/plans/preview": {"prompts": ["a"]},
    "/api/tokens": {"name": "x"},
    "/api/me/password": {"current": "x", "new": "plum lantern over quiet harbour"},
    "/api/me/email": {"current": "x", "email": "new@example.com"},
    "/api/me/profile": {},
    "/api/users/{user_id}": {"is_admin": True},
    "/api/invitations": {"role": "viewer"},
    "/api/memberships": {"token": "x"},
    "/api/teams/{team_id}/members/{user_id}": {"role": "viewer"},
    "/api/keys": {"provider": "openai", "key": "sk-abcdefghijkl"},
    "/api/keys/{key_id}": {"label": "x"},
    "/api/projects": {"name": "x"},
    "/api/projects/{project_id}": {"name": "kept by the lines"},
    "/api/projects/{project_id}/members/{user_id}": {"role": "viewer"},
    # Soft: other tests of this house make pictures.
    "/api/budgets": {"kind": "team", "amount": "5", "is_hard": False},
    "/api/budgets/{cap_id}": {"amount": "5"},
    "/api/quotas": {"kind": "images", "amount": 1_000_000, "user_id": "user-viewer"},
    "/v1/images/generations": {"prompt": "a", "model": "openai/gpt-image-2"},
    "/v1/images/edits": {"prompt": "a", "model": "openai/gpt-image-2", "images": [{"file_id": "x"}]},
    "/api/batches/{batch_id}/retry": {"states": ["failed"]},
    "/api/batches/{batch_id}/reconcile": {"resolution": "give_up"},
    "/api/recipes": {"name": "x", "request": {"prompts": ["a"]}},
    "/api/recipes/{recipe_id}/run": {},
    "/api/wildcards": {"name": "another", "text": "a"},
    "/api/wildcards/{file_id}": {"text": "b"},
    "/api/batches/{batch_id}/schedule": {"windows": ["22:00-06:00"]},
    "/api/batches/{batch_id}/edits": {"append": {"prompts": ["a"]}},
    "/api/batches/{batch_id}/edits/preview": {"append": {"prompts": ["a"]}},
    "/api/boards": {"name": "of the line"},
    "/api/boards/{board_id}": {"name": "of another line"},
}
READ_ONLY = [permission.value for permission in Permission if permission.value.endswith(":read")]
UNKNOWN = ["anonymous", "bad token", "revoked", "expired", "disabled", "no session", "forged session"]
ROLES: dict[str, tuple[Role | None, Role | None]] = {
    "owner": (Role.owner, None),
    "editor": (Role.editor, None),
    "viewer": (Role.viewer, None),
    "guest": (Role.guest, None),
    "no team": (None, None),
    "guest viewer": (Role.guest, Role.viewer),
    "guest editor": (Role.guest, Role.editor),
    "guest owner": (Role.guest, Role.owner),
    "raised": (Role.viewer, Role.editor),
    "lowered": (Role.editor, Role.viewer),
}
"""The role in the team, and the one in the project that everything here belongs to."""


class Access:
    """The house, real things in it, and the tokens of those who may not touch them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.made: dict[str, str] = {}
        (team,) = {project["team_id"] for project in house.get("/api/projects")}
        self.team = team
        batch, edit = self.edited(house)
        (item,) = house.get(f"/api/batches/{batch['id']}/items")["items"]
        recipe = house.post("/api/recipes", {"name": "kept", "from_batch": batch["id"]})
        body = {"name": "kept", "recipe_id": recipe["id"], "cron": "0 0 1 1 *"}
        schedule = house.post("/api/schedules", body)
        BODIES["/api/schedules"] = body
        thrown, deleted = self.spare
        BODIES["/api/trash"] = BODIES["/api/trash/restore"] = {"ids": [thrown]}
        house.post("/api/trash", {"ids": [deleted]})
        BODIES["/api/trash/empty"] = {"ids": [deleted]}
        BODIES["/api/judgements"] = {"ids": [item["asset_id"]], "rating": 0}
        voted = [item["asset_id"], thrown]
        BODIES["/api/votes"] = {"ids": voted, "chosen": voted[0]}
        kept = {"asset_id": item["asset_id"], "revision": 0, "pick": "none", "rating": 0, "labels": []}
        BODIES["/api/judgements/undo"] = {"before": [kept]}
        board = house.post("/api/boards", {"name": "kept by the lines"})
        house.post(f"/api/boards/{board['id']}/assets", {"ids": [item["asset_id"]]})
        for path in ("", "/move", "/remove"):
            BODIES[f"/api/boards/{{board_id}}/assets{path}"] = {"ids": [item["asset_id"]]}
        self.places = {
            "{board_id}": board["id"],
            "{schedule_id}": schedule["id"],
            "{edit_id}": edit["id"],
            "{other_id}": batch["id"],
            "{recipe_id}": recipe["id"],
            "{batch_id}": batch["id"],
            "{sheet_id}": batch["sheet_id"],
            "{file_id}": house.post("/api/wildcards", {"name": "kept", "text": "a"})["id"],
            "{item_id}": item["id"],
            "{asset_id}": item["asset_id"],
            "{key_id}": next(key["id"] for key in house.get("/api/keys")),
            "{lane_id}": next(lane["id"] for lane in house.get("/api/lanes") if lane["provider"] == "openai"),
            "{cap_id}": self.capped(house, batch["project_id"]),
            "{model}": "openai/gpt-image-2",
            "{team_id}": team,
            "{project_id}": batch["project_id"],
            "{user_id}": "user-viewer",
            "{invitation_id}": house.post("/api/invitations", {"role": "viewer"})["details"]["id"],
            "{session_id}": "session-of-the-owner",
            "{token_id}": house.post("/api/tokens", {"name": "kept"})["details"]["id"],
        }
        house.server.until(lambda: house.get(f"/api/assets/{item['asset_id']}")["previews"] == "done")
        self.tokens = {
            "anonymous": None,
            "bad token": "iml_nonsense",
            "another team": house.person("stranger", team=None),
            "viewer": house.person("viewer", team=team, role="viewer"),
            "editor": house.person("editor", team=team, role="editor"),
            "owner": house.person("co-owner", team=team),
            "no team": house.person("alone", team=None),
            "read only": house.post("/api/tokens", {"name": "reader", "scopes": READ_ONLY})["token"],
            "no scope": house.person("narrow", team=team, scopes=[]),
            "no session": None,
            "forged session": None,
            "disabled": house.person("disabled", team=team),
            "revoked": house.person("revoked", team=team),
            "expired": house.person("expired", team=team),
        }
        for who, (role, in_project) in ROLES.items():
            if who not in self.tokens:
                self.tokens[who] = house.person(who, team=team, role=str(role))
            if in_project is not None:
                house.role_in_project(who, team=team, project=batch["project_id"], role=in_project)
        self.tokens["elsewhere"] = house.person("elsewhere", team=team, role="guest")
        self.elsewhere = house.project("elsewhere", team=team)
        house.role_in_project("elsewhere", team=team, project=self.elsewhere, role="owner")
        self.places["{quota_id}"] = house.post("/api/quotas", BODIES["/api/quotas"])["id"]
        house.sql("DELETE FROM memberships WHERE user_id = 'user-alone'", ())
        now = "2026-01-01 00:00:00.000000"
        house.sql(
            "INSERT INTO sessions (id, user_id, agent, address, created_at, seen_at, expires_at)"
            " VALUES (%s, %s, '', '', %s, %s, %s)",
            (
                self.places["{session_id}"],
                house.get("/api/me")["user_id"],
                now,
                now,
                "2099-01-01 00:00:00.000000",
            ),
        )
        past = "2026-01-02 00:00:00.000000"
        house.sql("UPDATE users SET disabled_at = %s WHERE id = 'user-disabled'", (past,))
        house.sql("UPDATE tokens SET revoked_at = %s WHERE id = 'token-revoked'", (past,))
        house.sql("UPDATE tokens SET expires_at = %s WHERE id = 'token-expired'", (past,))

    @staticmethod
    def capped(house: House, project_id: str) -> str:
        """A cap that stops nothing: other tests of this house make pictures."""
        body = {"kind": "project", "target": project_id, "amount": "9", "is_hard": False}
        return house.post("/api/budgets", body)["id"]

    def edited(self, house: House):
        """A batch that is over, and an edit of it from when it waited. ``spare`` are pictures of another."""
        first = house.finished(house.server.submit(["first", "second"]))
        self.spare = [item["asset_id"] for item in house.get(f"/api/batches/{first['id']}/items")["items"]]
        lane = next(lane["id"] for lane in house.get("/api/lanes") if lane["provider"] == "openai")
        house.post(f"/api/lanes/{lane}/pause")
        batch = house.server.submit(["a cat"])
        edit = house.post(f"/api/batches/{batch['id']}/edits", {"fields": {"prompt": "a dog"}})
        house.post(f"/api/lanes/{lane}/resume")
        return house.finished(batch), edit

    def where(self, path: str) -> str:
        for place, value in self.places.items():
            path = path.replace(place, value)
        assert "{" not in path, path
        return path

    def sent(self, path: str) -> str:
        """What a request says itself, and may be told again."""
        chosen = self.places["{asset_id}"] if path in OF_CHOSEN else ""
        return self.where(path) + chosen + json.dumps(BODIES.get(path))

    def ask(self, method: str, path: str, who: str, *, token: str | None = None):
        where = self.where(path)
        more = {}
        if path in BODIES and method != "delete" and method != "get":
            more["json"] = BODIES[path]
        elif "requestBody" in DOCUMENT["paths"][path][method]:
            more["files"] = {"file": ("a.txt", b"a cat")}
            more["params"] = {"provider": "openai"} if path == "/api/bills/reconcile" else {}
        if path in OF_CHOSEN:
            more["params"] = {"ids": self.places["{asset_id}"]}
        if who.endswith("session"):
            cookie = {"no session": "", "forged session": f"{_part('none')}.{_part('owner')}."}[who]
            more["headers"] = {"Cookie": f"imageloom_session={cookie}", "Origin": str(self.house.client.base_url)}
        return self.house.ask(method.upper(), where, token=token or self.tokens[who], **more)

    def narrow(self, scopes: Iterable[Permission]) -> str:
        """A token of an owner that may do just this."""
        names = sorted(scopes)
        title = "just-" + hashlib.sha256(" ".join(names).encode()).hexdigest()[:8]
        if title not in self.made:
            self.made[title] = self.house.person(title, team=self.team, scopes=names)
        return self.made[title]


def _part(word: str) -> str:
    return urlsafe_b64encode(json.dumps({"alg": word, "sub": word, "sid": word}).encode()).decode().rstrip("=")


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


def test_every_route_has_its_line() -> None:
    assert {f"{method.upper()} {path}": is_open for method, path, is_open in EVERY} == {
        name: access.is_open for name, access in LINES.items()
    }


def _refused(answer, status: int, path: str) -> None:
    assert answer.status == status, answer.content
    kind = "application/json" if path.startswith("/v1/") else "application/problem+json"
    assert answer.headers["content-type"] == kind


@pytest.mark.parametrize("who", UNKNOWN)
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=IDS)
def test_a_route_refuses_whom_nobody_knows(access: Access, method: str, path: str, who: str) -> None:
    answer = access.ask(method, path, who)
    _refused(answer, 401, path)
    assert access.places["{batch_id}"] not in answer.content.decode().replace(answer.json.get("instance", ""), "")


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=IDS)
def test_a_role_may_what_its_line_says(access: Access, method: str, path: str, who: str) -> None:
    line = LINES[f"{method.upper()} {path}"]
    role, in_project = ROLES[who]
    if not line.allows(role, in_project):
        answer = access.ask(method, path, who)
        # Some say that there is no project, before they ask what may be done in it.
        is_blind = (role in (None, Role.guest) and in_project is None) or (in_project is not None and line.of_team)
        _refused(answer, 404 if answer.status == 404 and is_blind and not line.for_operator else 403, path)
    elif method == "get" and who not in ("no team", "guest"):
        assert access.ask(method, path, who).status == (404 if path in MINE else 200)


MINE = {"/api/tokens/{token_id}", "/api/sessions/{session_id}"}
"""What is one person's own: another member of the team does not find it."""


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if "{" in route[1]])
def test_another_team_finds_nothing(access: Access, method: str, path: str) -> None:
    line = LINES[f"{method.upper()} {path}"]
    if not line.needs:
        pytest.skip("it belongs to nobody")
    answer = access.ask(method, path, "another team")
    _refused(answer, 403 if line.for_operator else 404, path)
    assert access.places["{batch_id}"] not in answer.content.decode().replace(answer.json.get("instance", ""), "")


@pytest.mark.parametrize("who", ["elsewhere", "guest"])
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=IDS)
def test_who_is_let_into_another_project_finds_nothing_of_this_one(
    access: Access, method: str, path: str, who: str
) -> None:
    """An owner of another project of the team, who is a guest in the team; and a guest without any."""
    line = LINES[f"{method.upper()} {path}"]
    if not line.needs or all(need in OWN for need in line.needs) or (method != "get" and path in OF_NO_PROJECT):
        pytest.skip("it is about no project, or about oneself")
    answer = access.ask(method, path, who)
    if method == "get" and "{" not in path:
        assert answer.status in (200, 403, 404), answer.content
    else:
        may = who == "elsewhere" and not line.of_team and line.allows(Role.guest, Role.owner)
        _refused(answer, 404 if may or (answer.status == 404 and not line.for_operator) else 403, path)
    told, sent = answer.content.decode(), access.sent(path)
    ids = [access.places[place] for place in OF_THE_PROJECT]
    assert not [one for one in ids if one in told and one not in sent], told


OF_CHOSEN = {"/api/assets/export.zip", "/api/assets/files"}
"""What is asked of pictures that are named in the query."""
OF_NO_PROJECT = {
    "/api/batches",
    "/api/estimates",
    "/api/plans/preview",
    "/api/recipes",
    "/api/wildcards",
    "/api/boards",
    "/api/sheets",
    "/api/assets",
    "/api/bills/reconcile",
    "/api/assets/verify",
    "/v1/images/generations",
    "/v1/images/edits",
}
"""What is sent there without a project is about the first that one sees."""
OF_THE_PROJECT = (
    "{project_id}",
    "{board_id}",
    "{schedule_id}",
    "{edit_id}",
    "{recipe_id}",
    "{batch_id}",
    "{sheet_id}",
    "{file_id}",
    "{item_id}",
    "{asset_id}",
    "{key_id}",
    "{lane_id}",
    "{cap_id}",
    "{quota_id}",
    "{invitation_id}",
)


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=IDS)
def test_a_token_needs_every_scope_of_the_line_and_no_other(access: Access, method: str, path: str) -> None:
    line = LINES[f"{method.upper()} {path}"]
    if line.needs:
        _refused(access.ask(method, path, "no scope"), 403, path)
    for need in line.needs:
        _refused(access.ask(method, path, "", token=access.narrow(set(Permission) - {need})), 403, path)
    if not line.for_operator and "{" not in path:
        answer = access.ask(method, path, "", token=access.narrow(line.needs))
        assert answer.status in ((409,) if path.startswith("/api/auth") else (200, 201, 400, 404)), answer.content
        if answer.status in (400, 404):
            assert path in TRIED_EMPTY, answer.content
    if method == "get" and not line.for_operator:
        answer = access.ask(method, path, "", token=access.narrow(line.needs))
        assert answer.status == (404 if path in MINE else 200), answer.content


TRIED_EMPTY = {
    "/api/me/password",
    "/api/me/email",
    "/api/memberships",
    "/api/bills/reconcile",
    "/api/assets",
    "/v1/images/edits",
    "/v1/images/generations",
}
"""What is sent there is refused for what it is, which only those learn who may send it."""


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=IDS)
def test_a_read_only_token_reads(access: Access, method: str, path: str) -> None:
    line = LINES[f"{method.upper()} {path}"]
    if all(need.value in READ_ONLY for need in line.needs) and method == "get":
        assert access.ask(method, path, "read only").status == 200
    elif not all(need.value in READ_ONLY for need in line.needs):
        _refused(access.ask(method, path, "read only"), 403, path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/batches",
        "/api/assets",
        "/api/keys",
        "/api/tokens",
        "/api/lanes",
        "/api/projects",
        "/api/budgets",
        "/api/boards",
        "/api/quotas",
    ],
)
def test_a_stranger_sees_none_of_the_lists(access: Access, path: str) -> None:
    answer = access.ask("get", path, "another team")
    assert answer.status == 200
    rows = answer.json["items"] if isinstance(answer.json, dict) else answer.json
    # Its own project, and the lane of the machine's own generator, which belongs to nobody.
    assert [row for row in rows if row.get("name") != "stranger" and row.get("provider") != "illustrator"] == []


@pytest.mark.parametrize(
    "query", ["", "?q=a", "?model=openai/gpt-image-2", "?batch={batch_id}", "?order=oldest&limit=1"]
)
def test_a_stranger_finds_no_picture_however_it_is_sought(access: Access, query: str) -> None:
    where = "/api/assets/columns" + query.replace("{batch_id}", access.places["{batch_id}"])
    assert access.ask("get", "/api/assets/columns", "viewer").json["ids"]
    answer = access.house.ask("GET", where, token=access.tokens["another team"])
    assert (answer.status, answer.json["ids"], answer.json["models"], answer.json["next"]) == (200, [], [], None)
    ids = f"?ids={access.places['{asset_id}']}"
    answer = access.house.ask("GET", f"/api/assets{ids}", token=access.tokens["another team"])
    assert (answer.status, answer.json["items"]) == (200, [])
    for path in OF_CHOSEN:
        _refused(access.ask("get", path, "another team"), 404, path)


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
