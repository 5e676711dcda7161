"""Signing in as a person does, and everything that must not sign anybody in."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import bcrypt
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from imageloom.features.identity.links import LinkKind
from imageloom.features.identity.models import Activity, OneTimeLink, SignedIn, User
from imageloom.runtime.actor import SYSTEM
from tests.features.identity.browser import OWNER, Browser, newest_secret
from tests.studio import WAIT_SECONDS, Studio, open_studio
from tools.upstream.client import Upstream


@pytest.fixture
async def browser(studio: Studio) -> AsyncIterator[Browser]:
    async with Browser(studio) as browser:
        yield browser


@pytest.fixture
async def owner(browser: Browser) -> Browser:
    """A browser in which the owner is signed in."""
    await browser.set_up()
    return browser


async def test_the_first_start_makes_an_owner_once(studio: Studio, browser: Browser) -> None:
    people = studio.application.people
    older = await people.setup_secret()
    secret = await people.setup_secret()
    body = {**OWNER, "token": secret}
    assert (await browser.post("/api/auth/setup", {**OWNER, "token": older}, status=400))["code"] == "link_spent"
    weak = await browser.post("/api/auth/setup", {**body, "password": "mei@example.com1"}, status=400)
    assert (weak["code"], weak["field"]) == ("weak_password", "password")
    signed = await browser.post("/api/auth/setup", body)
    assert signed["session"]["is_this"] is True
    me = await browser.get("/api/me")
    assert (me["name"], me["is_admin"]) == ("Mei", True)
    # It is the owner that was there before, with everything that was made on this machine.
    assert me["user_id"] == (await studio.get("/api/me"))["user_id"]
    assert await people.setup_secret() is None
    assert (await browser.post("/api/auth/setup", body, status=400))["code"] == "link_spent"


async def test_of_two_who_take_a_link_one_has_it(studio: Studio) -> None:
    secret = await studio.application.people.setup_secret()
    async with Browser(studio) as first, Browser(studio) as second:
        bodies = [{**OWNER, "token": secret, "name": name} for name in ("First", "Second")]
        answers = await asyncio.gather(
            *(
                browser.http.post("/api/auth/setup", json=body)
                for browser, body in zip((first, second), bodies, strict=True)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 400]


async def test_one_signs_in_and_out(studio: Studio, owner: Browser) -> None:
    assert (await owner.post("/api/auth/sign-out"))["revoked"] == 1
    await owner.get("/api/me", status=401)
    signed = await owner.sign_in()
    cookies = {cookie.name: cookie for cookie in owner.http.cookies.jar}
    assert cookies["imageloom_session"].has_nonstandard_attr("HttpOnly")
    assert not cookies["imageloom_csrf"].has_nonstandard_attr("HttpOnly")
    assert {cookie.get_nonstandard_attr("SameSite") for cookie in cookies.values()} == {"lax"}
    made = await owner.post("/api/projects", {"name": "Spring"}, status=201)
    assert made["name"] == "Spring"
    async with Browser(studio, agent="Phone") as phone:
        await phone.sign_in()
        shown = await phone.get("/api/sessions")
        assert [(one["agent"], one["is_this"]) for one in shown] == [("Phone", True), ("Firefox on a desk", False)]
        await phone.call("DELETE", f"/api/sessions/{signed['session']['id']}")
        await owner.get("/api/me", status=401)
        await phone.call("DELETE", f"/api/sessions/{signed['session']['id']}", status=404)
        await owner.sign_in()
        assert (await phone.call("DELETE", "/api/sessions"))["revoked"] == 2
        await phone.get("/api/me", status=401)
        await owner.get("/api/me", status=401)


async def test_a_session_lasts_longer_when_it_is_refreshed_and_not_for_ever(studio: Studio, owner: Browser) -> None:
    async with studio.application.scopes.open(SYSTEM) as scope:
        (session,) = (await scope.session.scalars(select(SignedIn))).all()
        session.expires_at -= timedelta(hours=12)
        before = session.expires_at
    refreshed = await owner.post("/api/auth/refresh")
    assert refreshed["session"]["expires_at"] > before.isoformat()
    assert [user["seen_at"] for user in (await studio.get("/api/users"))["items"]] == [refreshed["session"]["seen_at"]]
    async with studio.application.scopes.open(SYSTEM) as scope:
        (session,) = (await scope.session.scalars(select(SignedIn))).all()
        session.created_at -= timedelta(days=30) - timedelta(minutes=1)
    refreshed = await owner.post("/api/auth/refresh")
    async with studio.application.scopes.open(SYSTEM) as scope:
        (session,) = (await scope.session.scalars(select(SignedIn))).all()
        assert session.expires_at == session.created_at + timedelta(days=30)
        session.expires_at = scope.ports.clock.now()
    await owner.get("/api/me", status=401)
    assert (await studio.call("POST", "/api/auth/refresh", status=409))["code"] == "no_session"
    assert (await studio.call("POST", "/api/auth/sign-out", status=409))["code"] == "no_session"


def _part(value: dict) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_no_forged_cookie_is_believed(studio: Studio, owner: Browser) -> None:
    real = owner.http.cookies["imageloom_session"]
    head, body, signature = real.split(".")
    claims = json.loads(urlsafe_b64decode(body + "=="))
    other = OctKey.import_key(b"0" * 32)
    key = OctKey.import_key(studio.application.ports.cipher.derived("sessions")[0])
    later = {**claims, "exp": claims["exp"] + 9_000}
    forged = {
        "alg none": f"{_part({'alg': 'none'})}.{body}.",
        "alg none with the signature": f"{_part({'alg': 'none', 'typ': 'JWT'})}.{body}.{signature}",
        "alg in other letters": f"{_part({'alg': 'nOnE'})}.{body}.",
        "another key": jwt.encode({"alg": "HS256"}, claims, other),
        "another algorithm": jwt.encode({"alg": "HS512"}, claims, key, algorithms=["HS512"]),
        "other claims": f"{head}.{_part(later)}.{signature}",
        "key of another purpose": jwt.encode(
            {"alg": "HS256"}, claims, OctKey.import_key(studio.application.ports.cipher.derived("csrf")[0])
        ),
        "somebody else's session": jwt.encode({"alg": "HS256"}, {**claims, "sub": "0" * 26}, key),
        "another issuer": jwt.encode({"alg": "HS256"}, {**claims, "iss": "else"}, key),
        "over": jwt.encode({"alg": "HS256"}, {**claims, "exp": 1}, key),
        "for ever": jwt.encode({"alg": "HS256"}, {"sub": claims["sub"], "sid": claims["sid"], "iss": "imageloom"}, key),
        "no text": jwt.encode({"alg": "HS256"}, {**claims, "sid": ["x"]}, key),
        "the session's id": claims["sid"],
        "nothing": ".",
        "five parts": "a.b.c.d.e",
        "long": "a" * 5_000,
    }
    for name, cookie in forged.items():
        response = await owner.http.get("/api/me", headers={"Cookie": f"imageloom_session={cookie}"})
        assert response.status_code == 401, name
        assert response.json()["code"] == "unauthenticated", name
    await owner.get("/api/me")
    await owner.post("/api/auth/sign-out")
    stolen = await owner.http.get("/api/me", headers={"Cookie": f"imageloom_session={real}"})
    assert stolen.status_code == 401


async def test_a_new_master_key_signs_everybody_out(studio: Studio, owner: Browser) -> None:
    await owner.post("/api/keys/rotate")
    await owner.get("/api/me", status=401)
    await owner.sign_in()
    await owner.get("/api/me")


async def test_another_site_cannot_act_for_somebody(studio: Studio, owner: Browser) -> None:
    word = {"X-CSRF-Token": owner.http.cookies["imageloom_csrf"]}
    wrong = [
        {"Sec-Fetch-Site": "cross-site", **word},
        {"Sec-Fetch-Site": "same-site", **word},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "x" * 43},
        {"Sec-Fetch-Site": "none", "X-CSRF-Token": "é".encode("latin-1").decode("latin-1")},
    ]
    for headers in wrong:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await owner.http.post("/api/projects", json={"name": "x"}, headers=raw)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), headers
    del owner.http.headers["Sec-Fetch-Site"]
    for origin in ("https://evil.example", "null", "http://studio.evil.example", "http://studio:81", "studio", ""):
        answer = await owner.http.post("/api/projects", json={"name": "x"}, headers={"Origin": origin, **word})
        assert answer.status_code == 403, origin
        answer = await owner.http.post("/api/auth/sign-in", json=OWNER, headers={"Origin": origin})
        assert answer.status_code in (403, 422), origin
    assert [one["name"] for one in await owner.get("/api/projects")] == ["Studio"]
    # Reading changes nothing, and no other site may read the answer.
    answer = await owner.http.get("/api/projects", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    del owner.http.headers["Origin"]
    await owner.post("/api/projects", {"name": "By hand"}, status=201)
    # A token is sent by nobody but those who hold it.
    headers = {"Origin": "https://evil.example", "Cookie": f"imageloom_session={'x' * 20}"}
    await studio.call("POST", "/api/projects", json={"name": "By token"}, headers=headers, status=201)


async def test_wrong_passwords_are_alike_and_lock_alike(studio: Studio, owner: Browser) -> None:
    tries = studio.settings.people.sign_in_tries
    async with Browser(studio, address="2001:db8::1") as stranger:
        answers = {}
        for email in (OWNER["email"], "nobody@example.com"):
            told = []
            for _ in range(tries + 2):
                answer = await stranger.http.post("/api/auth/sign-in", json={"email": email, "password": "wrong"})
                problem = {name: text for name, text in answer.json().items() if name != "request_id"}
                problem.pop("hint") if answer.status_code == 429 else None
                told.append((answer.status_code, problem, "retry-after" in answer.headers))
            answers[email] = told
        assert answers[OWNER["email"]] == answers["nobody@example.com"]
        assert [status for status, _, _ in answers[OWNER["email"]]] == [401] * tries + [429] * 2
        # The right one tells nothing either, while it is locked.
        assert (await stranger.sign_in(status=429))["code"] == "too_many"
    # A link opens the lock: whoever reads the letters is no guesser.
    await owner.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
    secret = await newest_secret(studio, LinkKind.reset)
    await owner.post("/api/auth/reset", {"token": secret, "password": OWNER["password"]})
    await owner.get("/api/me", status=401)
    await owner.sign_in()


async def test_tries_at_the_same_time_gain_nothing(studio: Studio, owner: Browser) -> None:
    tries = studio.settings.people.sign_in_tries
    body = {"email": OWNER["email"], "password": "wrong"}
    answers = await asyncio.gather(*(owner.http.post("/api/auth/sign-in", json=body) for _ in range(tries + 10)))
    assert sorted(answer.status_code for answer in answers) == [401] * tries + [429] * 10


async def test_one_network_asks_so_often_and_no_more(database_url: str, tmp_path: Path, upstream: Upstream) -> None:
    settings = {"people": {"asks_per_minute": 3}}
    async with (
        open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, **settings) as studio,
        Browser(studio, address="2001:db8::1") as first,
        Browser(studio, address="2001:db8::ffff:2") as neighbour,
        Browser(studio, address="2001:db8:1::1") as other,
    ):
        left = []
        for number in range(3):
            answer = await first.http.post("/api/auth/forgot", json={"email": f"a{number}@example.com"})
            assert answer.status_code == 202
            left.append((answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]))
        assert left == [("3", "2"), ("3", "1"), ("3", "0")]
        answer = await neighbour.http.post("/api/auth/forgot", json={"email": "b@example.com"})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        await other.post("/api/auth/forgot", {"email": "b@example.com"}, status=202)


async def test_a_password_is_judged_while_it_is_typed_as_it_is_when_it_is_set(studio: Studio, browser: Browser) -> None:
    path = "/api/auth/strength"
    strong = await browser.post(path, {"password": OWNER["password"]})
    assert (strong["score"] >= 3, strong["is_enough"], strong["weakness"]) == (True, True, None)
    about = {"email": " Anneliese.Birkenstein@example.com", "name": "Tove"}
    own = {"password": "anneliese.birkenstein@example.com"}
    assert (await browser.post(path, own))["is_enough"] is True
    found = await browser.post(path, {**own, **about})
    assert (found["score"] < 3, found["is_enough"]) == (True, False)
    secret = await studio.application.people.setup_secret()
    body = {"email": about["email"].strip(), "name": "Tove", "token": secret, **own}
    refused = await browser.post("/api/auth/setup", body, status=400)
    assert (refused["code"], refused["detail"]) == ("weak_password", found["weakness"])
    # A half of an address is one too, while it is typed.
    assert (await browser.post(path, {"password": "a", "email": "anneliese@", "name": ""}))["score"] == 0


async def test_what_is_judged_is_not_repeated_and_not_kept(
    browser: Browser, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path, word = "/api/auth/strength", "velvet-antler-9"
    await browser.post(path, {"password": word})
    long = await browser.post(path, {"password": word * 20}, status=422)
    assert (long["field"], word in str(long)) == ("password", False)
    extra = await browser.post(path, {"password": word, "other": word}, status=422)
    assert word not in str(extra)
    assert (await browser.post(path, {"password": word * 2_000}, status=413))["code"] == "too_large"
    await browser.post(path, {"password": word}, status=403, headers={"Sec-Fetch-Site": "cross-site"})
    assert word not in "".join(capsys.readouterr()) + caplog.text


async def test_who_types_fast_can_still_sign_in(database_url: str, tmp_path: Path, upstream: Upstream) -> None:
    settings = {"people": {"asks_per_minute": 2}}
    async with (
        open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, **settings) as studio,
        Browser(studio) as browser,
    ):
        for _ in range(8):
            await browser.post("/api/auth/strength", {"password": "a"})
        answer = await browser.http.post("/api/auth/strength", json={"password": "a"})
        assert (answer.status_code, int(answer.headers["retry-after"]) >= 1) == (429, True)
        await browser.set_up()


async def test_an_old_hash_is_known_and_replaced(studio: Studio, owner: Browser) -> None:
    long = OWNER["password"] * 4
    for password, rounds in ((OWNER["password"], 4), (long, 4)):
        async with studio.application.scopes.open(SYSTEM) as scope:
            user = (await scope.session.scalars(select(User).where(User.email == OWNER["email"]))).one()
            # As programs of before wrote it, which read no more than 72 bytes.
            user.password = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(rounds)).decode()
        await owner.sign_in(password=password)
        async with studio.application.scopes.open(SYSTEM, write=False) as scope:
            user = (await scope.session.scalars(select(User).where(User.email == OWNER["email"]))).one()
            assert user.password.startswith("$argon2id$")
        await owner.sign_in(password=password)
        await owner.sign_in(password=password[:-1] + "?", status=401)


async def test_a_disabled_user_is_out_at_once_and_learns_nothing(studio: Studio, owner: Browser) -> None:
    async with studio.application.scopes.open(SYSTEM) as scope:
        user = (await scope.session.scalars(select(User).where(User.email == OWNER["email"]))).one()
        user.disabled_at = scope.ports.clock.now()
    await owner.get("/api/me", status=401)
    async with Browser(studio) as browser:
        right = await browser.sign_in(status=401)
        wrong = await browser.sign_in(status=401, password="wrong")
        nobody = await browser.sign_in(status=401, email="nobody@example.com")
    for problem in (right, wrong, nobody):
        del problem["request_id"]
    assert right == wrong == nobody


async def test_a_password_is_changed(studio: Studio, owner: Browser) -> None:
    new = "copper kettle under nine maples"
    async with Browser(studio) as phone:
        await phone.sign_in()
        problem = await owner.post("/api/me/password", {"current": "wrong", "new": new}, status=400)
        assert (problem["code"], problem["field"]) == ("present_password_wrong", "current")
        weak = await owner.post("/api/me/password", {"current": OWNER["password"], "new": "qwerty12"}, status=400)
        assert (weak["code"], weak["field"]) == ("weak_password", "new")
        await owner.post("/api/me/password", {"current": OWNER["password"], "new": new})
        await owner.get("/api/me")
        await phone.get("/api/me", status=401)
    await owner.sign_in(status=401)
    await owner.sign_in(password=new)


async def test_the_present_password_is_no_new_one(owner: Browser) -> None:
    body = {"current": OWNER["password"], "new": OWNER["password"]}
    problem = await owner.post("/api/me/password", body, status=400)
    assert (problem["code"], problem["field"]) == ("invalid_input", "new")


@pytest.mark.parametrize(("new", "rule"), [("", "at least 1 character"), ("x" * 257, "at most 256 characters")])
async def test_a_password_is_told_its_length_in_characters(owner: Browser, new: str, rule: str) -> None:
    problem = await owner.post("/api/me/password", {"current": OWNER["password"], "new": new}, status=422)
    assert problem["detail"] == f"new: String should have {rule}"


async def test_a_reset_link_works_once_for_those_who_have_it(studio: Studio, owner: Browser) -> None:
    new = {"password": "copper kettle under nine maples"}
    for email in (OWNER["email"], "nobody@example.com"):
        answer = await owner.post("/api/auth/forgot", {"email": email}, status=202)
        assert "If somebody has this address" in answer["message"]
    nobodys = await newest_secret(studio, LinkKind.reset)
    problem = await owner.post("/api/auth/reset", {**new, "token": nobodys}, status=400)
    assert problem["code"] == "link_spent"
    await owner.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
    older = await newest_secret(studio, LinkKind.reset)
    await owner.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
    secret = await newest_secret(studio, LinkKind.reset)
    for wrong in (secret[:-1] + "_", secret[:26], "x", secret + "x", nobodys[:26] + secret[26:]):
        await owner.post("/api/auth/reset", {**new, "token": wrong}, status=400)
    await owner.post("/api/auth/reset", {**new, "token": secret})
    for spent in (secret, older):
        await owner.post("/api/auth/reset", {**new, "token": spent}, status=400)
    await owner.get("/api/me", status=401)
    await owner.sign_in(password=new["password"])
    await owner.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
    late = await newest_secret(studio, LinkKind.reset)
    async with studio.application.scopes.open(SYSTEM) as scope:
        link = await scope.session.get_one(OneTimeLink, late[:26])
        link.expires_at = scope.ports.clock.now()
    await owner.post("/api/auth/reset", {**new, "token": late}, status=400)


async def test_no_secret_is_written_down(studio: Studio, owner: Browser) -> None:
    await owner.sign_in(password="wrong", status=401)
    await owner.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
    secret = await newest_secret(studio, LinkKind.reset)
    cookie = owner.http.cookies["imageloom_session"]
    await owner.post("/api/auth/reset", {"token": secret, "password": "copper kettle under nine maples"})
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        rows = [
            str(vars(row))
            for table in (User, SignedIn, OneTimeLink, Activity)
            for row in (await scope.session.scalars(select(table))).all()
        ]
    written = "\n".join(rows)
    for word in (OWNER["password"], "copper kettle", "wrong", secret, secret[26:], cookie.rpartition(".")[2]):
        assert word not in written.replace("present_password_wrong", "")
    kinds = [line for line in ("setup", "sign_in_failed", "password_reset") if f"'{line}'" in written]
    assert kinds == ["setup", "sign_in_failed", "password_reset"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "no address", "password": "x"}, "email"),
        ({"email": "a@b\r\nBcc: c@d", "password": "x"}, "email"),
        ({"email": "a@b.example", "password": ""}, "password"),
        ({"email": "a@b.example", "password": "x" * 257}, "password"),
        ({"email": "a@b.example"}, "password"),
        ({"email": "a@b.example", "password": "x", "admin": True}, "admin"),
        ({"email": "a@" + "b" * 300, "password": "x"}, "email"),
    ],
)
async def test_what_cannot_be_meant_is_refused(browser: Browser, body: dict, field: str) -> None:
    problem = await browser.post("/api/auth/sign-in", body, status=422)
    assert problem["field"] == field
    assert body.get("password", "x") in ("", "x") or body["password"] not in str(problem)


async def test_a_stranger_cannot_send_much(browser: Browser) -> None:
    body = {"email": "a@b.example", "password": "x" * 20_000}
    assert (await browser.post("/api/auth/sign-in", body, status=413))["code"] == "too_large"


async def test_a_profile_is_kept(owner: Browser) -> None:
    profile = await owner.get("/api/me/profile")
    assert (profile["email"], profile["preferences"]["theme"]) == (OWNER["email"], None)
    changed = await owner.call(
        "PATCH",
        "/api/me/profile",
        json={"name": " Mei Lin ", "preferences": {"theme": "dark", "time_zone": "Asia/Taipei", "language": "zh-TW"}},
    )
    assert changed["name"] == "Mei Lin"
    changed = await owner.call(
        "PATCH",
        "/api/me/profile",
        json={
            "preferences": {
                "currency": "TWD",
                "currency_rate": "31.5",
                "theme": None,
                "language": "en",
                "notify_sound": True,
            }
        },
    )
    kept = {"theme": None, "language": "en", "density": None, "time_zone": "Asia/Taipei", "currency": "TWD"}
    kept |= {"currency_rate": "31.5", "notify_desktop": None}
    assert changed["preferences"] == kept | {"notify_sound": True}
    assert await owner.get("/api/me/profile") == changed
    for wrong in (
        {"time_zone": "Mars/Olympus"},
        {"theme": "pink"},
        {"currency": "euro"},
        {"currency_rate": "0.00"},
        {"currency_rate": "-1"},
        {"currency_rate": "1e3"},
        {"notify_sound": "loud"},
        {"font": "x"},
    ):
        await owner.call("PATCH", "/api/me/profile", json={"preferences": wrong}, status=422)
    await owner.call("PATCH", "/api/me/profile", json={"name": "\u202e \n"}, status=422)


async def test_the_nightly_broom_takes_what_is_over(studio: Studio, owner: Browser) -> None:
    from imageloom.features.identity.jobs import sweep

    await owner.post("/api/auth/forgot", {"email": OWNER["email"]}, status=202)
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        far = scope.ports.clock.now() + timedelta(days=60)
    await owner.sign_in(email="nobody@example.com", status=401)
    (seen,) = [user["seen_at"] for user in (await studio.get("/api/users"))["items"]]
    await sweep(studio.application.scopes, before=far)
    await owner.get("/api/me", status=401)
    # When somebody was there last is known after their sessions are gone.
    assert [user["seen_at"] for user in (await studio.get("/api/users"))["items"]] == [seen]
    assert seen is not None
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        assert (await scope.session.scalars(select(OneTimeLink))).all() == []
        assert len((await scope.session.scalars(select(Activity))).all()) == 1


async def test_a_stream_ends_with_its_session(studio: Studio, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imageloom.features.batches.streams.GONE_LOOK_SECONDS", 0.0)
    monkeypatch.setattr("imageloom.features.batches.feeds.BEAT_SECONDS", 0.1)
    await studio.add_key("openai")
    batch = await studio.made(["first"])
    (lane,) = await studio.get("/api/lanes")
    await studio.post(f"/api/lanes/{lane['id']}/pause")
    batch = await studio.submit(["waits"])
    following = asyncio.create_task(owner.http.get(f"/api/batches/{batch['id']}/events", timeout=60))
    deadline = time.monotonic() + WAIT_SECONDS
    while not studio.app.state.streams._feeds:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    async with Browser(studio) as phone:
        await phone.sign_in()
        await phone.call("DELETE", "/api/sessions")
    answer = await following
    assert "event: snapshot" in answer.text
    assert "event: end" not in answer.text


NEW = "seven paper boats go north"


@pytest.mark.parametrize("how", ["revoked", "disabled", "another password"])
async def test_a_stream_tells_nothing_after_its_session(studio: Studio, owner: Browser, how: str) -> None:
    await studio.add_key("openai")
    await studio.made(["first"])
    (lane,) = await studio.get("/api/lanes")
    await studio.post(f"/api/lanes/{lane['id']}/pause")
    batch = await studio.submit(["waits"])
    async with Browser(studio) as jun:
        link = (await owner.post("/api/invitations", {"role": "viewer"}, status=201))["link"]
        body = {"token": link.partition("#token=")[2], "email": "jun@example.com", "name": "Jun", "password": NEW}
        user_id = (await jun.post("/api/auth/join", body, status=201))["user_id"]
        following = asyncio.create_task(jun.http.get(f"/api/batches/{batch['id']}/events", timeout=60))
        deadline = time.monotonic() + WAIT_SECONDS
        while not any(feed._task for feed in studio.app.state.streams._feeds.values()):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        async with Browser(studio) as phone:
            if how == "revoked":
                await phone.sign_in(email="jun@example.com", password=NEW)
                await phone.call("DELETE", "/api/sessions")
            elif how == "disabled":
                await owner.post(f"/api/users/{user_id}/disable")
            else:
                await phone.sign_in(email="jun@example.com", password=NEW)
                words = "eleven green kettles under snow"
                await phone.post("/api/me/password", {"current": NEW, "new": words})
        await studio.post(f"/api/lanes/{lane['id']}/resume")
        await studio.finished(batch["id"])
        answer = await following
    assert answer.text.count("event: ") == 1, answer.text
    assert "event: snapshot" in answer.text
