"""People and the command line, against a real server: from the first start's link to the end of a session."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.server import Server

OWNER = {"email": "mei@example.com", "name": "Mei", "password": "plum lantern over quiet harbour"}
GUEST = {"email": "jun@example.com", "name": "Jun", "password": "seven paper boats go north"}
SMALL = {"IMAGELOOM_PEOPLE__PASSWORD_MEMORY_KIB": "8", "IMAGELOOM_PEOPLE__PASSWORD_PASSES": "1"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("people") / "data") as running:
        running.environment |= SMALL
        running.start()
        yield running
        running.stop()


def browser(server: Server) -> httpx2.Client:
    url = server.address["url"]
    return httpx2.Client(base_url=url, trust_env=False, timeout=30, headers={"Origin": url})


def links(server: Server, kind: str) -> list[str]:
    """What the links say that the server has printed."""
    return re.findall(rf"/{kind}#token=([\w-]+)", server.log())


def test_from_the_first_start_to_the_last_sign_out(server: Server, say) -> None:
    server.until(lambda: len(links(server, "setup")) == 1)
    (first,) = links(server, "setup")
    assert server.stop() == 0
    server.start()
    server.until(lambda: len(links(server, "setup")) == 2)
    secret = links(server, "setup")[1]
    # Commands on this machine need no setting up.
    code, words = say("users")
    assert code == 0, words
    assert "no, there is no password" in words
    with browser(server) as mei:
        assert mei.post("/api/auth/setup", json={**OWNER, "token": first}).status_code == 400
        assert mei.post("/api/auth/setup", json={**OWNER, "token": secret}).status_code == 200
        assert mei.get("/api/me").json()["name"] == "Mei"
        assert server.stop() == 0
        server.start()
        mei.base_url = mei.headers["Origin"] = server.address["url"]
        # A session outlives the server, and nobody else is asked to set it up.
        assert mei.get("/api/me").status_code == 200
        assert len(links(server, "setup")) == 2
        word = {"X-CSRF-Token": mei.cookies["imageloom_csrf"]}
        assert mei.post("/api/auth/sign-out", headers=word).status_code == 200
        assert mei.get("/api/me").status_code == 401


def test_people_are_invited_moved_and_shown_out(server: Server, say) -> None:
    code, words = say("users", "invite", "--role", "viewer")
    assert code == 0, words
    secret = words.strip().partition("#token=")[2]
    with browser(server) as jun:
        assert jun.post("/api/auth/join", json={**GUEST, "token": secret}).status_code == 201
        assert "viewer of Studio" in say("users", "ls")[1]
        assert say("users", "role", GUEST["email"], "editor")[0] == 0
        (known,) = [user for user in json.loads(say("users", "ls", "--json")[1]) if user["email"] == GUEST["email"]]
        assert known["roles"] == ["editor of Studio"]
        assert say("users", "disable", GUEST["email"])[0] == 0
        assert jun.get("/api/me").status_code == 401
        assert "disabled" in say("users")[1]
        assert say("users", "enable", known["id"])[0] == 0
        code, words = say("users", "reset", GUEST["email"])
        token, password = words.strip().partition("#token=")[2], "nine maples under a kettle"
        assert jun.post("/api/auth/reset", json={"token": token, "password": password}).status_code == 200
        signed = jun.post("/api/auth/sign-in", json={"email": GUEST["email"], "password": password})
        assert signed.status_code == 200
    code, words = say("users", "activity")
    assert code == 0
    assert all(kind in words for kind in ("invited", "joined", "role_changed", "user_disabled", "password_reset"))
    assert json.loads(say("users", "activity", "--limit", "1", "--json")[1])[0]["kind"] == "sign_in"
    code, words = say("users", "disable", "nobody@example.com")
    assert (code, "No user has the address" in words) == (2, True)
    assert say("users", "role", "nobody", "viewer")[0] == 2
    assert json.loads(say("users", "invite", "a@example.com", "--json")[1])["details"]["email"] == "a@example.com"
    assert json.loads(say("users", "disable", GUEST["email"], "--json")[1])["disabled_at"] is not None
    assert say("users", "reset", GUEST["email"])[0] == 2
    assert json.loads(say("users", "enable", GUEST["email"], "--json")[1])["disabled_at"] is None
    assert "/reset#token=" in json.loads(say("users", "reset", GUEST["email"], "--json")[1])["link"]
    assert json.loads(say("users", "role", GUEST["email"], "viewer", "--json")[1])["role"] == "viewer"
    assert "Studio" in say("users", "usage")[1]
    assert "No quotas" in say("users", "quotas")[1]
    assert (
        "500 images a day; 0 used, 500 left"
        in say("users", "quota", GUEST["email"], "images", "500", "--period", "day")[1]
    )
    assert json.loads(say("users", "quota", "team", "bytes", "1000000000", "--json")[1])["user_id"] is None
    assert "team Studio" in say("users", "quotas")[1]
    assert say("users", "quota", "team", "images", "1", "--period", "day")[0] == 0
    batch = json.loads(say("batch", "-", "--detach", "--json", "--size", "64x64", stdin="one\ntwo\n")[1])["id"]
    server.until(lambda: "Out of quota" in say("status", batch)[1])
    words = say("status", batch)[1]
    assert "the team may have 1 pictures a day, and has 1. More from" in words.replace("\n", " ")
    assert "lanes resume" not in words
    images = next(
        one for one in json.loads(say("users", "quotas", "--json")[1]) if one["period"] == "day" and not one["user_id"]
    )
    assert say("users", "unquota", images["id"])[0] == 0
    quotas = json.loads(say("users", "quotas", "--json")[1])
    assert [quota["left"] for quota in quotas] == [1_000_000_000 - quotas[0]["used"], 500]
    assert say("users", "quota", GUEST["email"], "hats", "5")[0] == 2
    assert "Removed" in say("users", "unquota", quotas[1]["id"])[1]
    assert json.loads(say("users", "unquota", quotas[0]["id"], "--json")[1])["kind"] == "bytes"
    assert "an operator" in say("users", "operator", GUEST["email"])[1]
    assert json.loads(say("users", "operator", GUEST["email"], "--no", "--json")[1])["is_admin"] is False
    assert json.loads(say("users", "usage", "--json")[1])[0]["members"] == 2


def test_without_a_mail_server_development_shows_letters_in_the_log(server: Server) -> None:
    with browser(server) as guest:
        sent = guest.post("/api/auth/forgot", json={"email": OWNER["email"]})
        assert sent.status_code == 202
        server.until(lambda: len(links(server, "reset")) == 1)
        # Also where any free port was taken.
        assert f"{server.address['url']}/reset#token=" in server.log()
        body = {"token": links(server, "reset")[0], "password": "quiet harbour and a plum lantern"}
        assert guest.post("/api/auth/reset", json=body).status_code == 200


def test_production_shows_no_letter(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        server.start(**SMALL, IMAGELOOM_ENVIRONMENT="prod")
        server.until(lambda: len(links(server, "setup")) == 1)
        with browser(server) as guest:
            setup = {**OWNER, "token": links(server, "setup")[0]}
            assert guest.post("/api/auth/setup", json=setup).status_code == 200
            assert guest.post("/api/auth/forgot", json={"email": OWNER["email"]}).status_code == 202
            server.until(lambda: "letter_not_sent" in server.log())
        assert links(server, "reset") == []
        assert OWNER["email"] not in server.log()
        server.stop()


def test_letters_need_to_know_where_they_lead(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.environment["IMAGELOOM_MAIL__HOST"] = "mail.example.com"
    code, words = server.run("serve")
    assert code == 2
    assert "IMAGELOOM_SERVER__PUBLIC_URL" in words


def test_a_guest_is_let_into_one_project(server: Server, say) -> None:
    made = json.loads(say("projects", "create", "Spring campaign", "--json")[1])
    code, words = say("users", "invite", "--role", "viewer", "--project", "Spring campaign")
    assert code == 0, words
    secret = words.strip().partition("#token=")[2]
    body = {"email": "kim@example.com", "name": "Kim", "password": "nine maples under a kettle", "token": secret}
    with browser(server) as kim:
        assert kim.post("/api/auth/join", json=body).status_code == 201
        assert [(one["id"], one["role"]) for one in kim.get("/api/projects").json()] == [(made["id"], "viewer")]
        code, words = say("projects", "role", "Spring campaign", "kim@example.com", "editor")
        assert (code, words.strip()) == (0, "Kim is editor in the project now.")
        assert [(one["id"], one["role"]) for one in kim.get("/api/projects").json()] == [(made["id"], "editor")]
        rows = json.loads(say("projects", "members", made["id"], "--json")[1])
        assert ("Kim", "editor", "guest") in [(row["name"], row["role"], row["team_role"]) for row in rows]
        assert "kim@example.com" in say("projects", "members", "Spring campaign")[1]
        assert "Spring campaign" in say("projects")[1]
        code, words = say("projects", "unrole", "Spring campaign", "kim@example.com")
        assert (code, words.strip()) == (0, "Kim does not see the project any more.")
        assert kim.get("/api/projects").status_code == 403
        assert say("projects", "rename", made["id"], "Autumn campaign")[1].strip() == "It is Autumn campaign now."
        assert json.loads(say("projects", "rename", made["id"], "Spring campaign", "--json")[1]) == made
        assert "There is no project Autumn" in say("projects", "members", "Autumn")[1]
        code, words = say("projects", "role", "Spring campaign", "nobody@example.com", "viewer")
        assert code != 0
        assert "nobody@example.com" in words
        assert json.loads(say("projects", "ls", "--json")[1])[0]["role"] == "owner"
