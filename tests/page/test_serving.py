"""How the built page is served: what lasts, what is asked for again, what is missing, and what a browser may do with it."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from imageloom.doors.http.app import make_app
from imageloom.doors.http.page import is_page_path
from tests.studio import OWNER_TOKEN, Studio

SCRIPT = b"console.log('loom')\n" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "page"
    (place / "assets").mkdir(parents=True)
    (place / ".vite").mkdir()
    (place / "index.html").write_text("<!doctype html><title>Imageloom</title>")
    (place / "icon.svg").write_text("<svg/>")
    (place / "assets" / "main-abc.js").write_bytes(SCRIPT)
    (place / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (place / "assets" / "main-abc.js.br").write_bytes(b"brotli's")
    (place / ".vite" / "manifest.json").write_text("{}")
    (place / ".sources").write_text("digest")
    (place / "notes.secret").write_text("no page's")
    return place


@pytest.fixture
async def page(studio: Studio, folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = make_app(studio.application, owner_token=OWNER_TOKEN, page=folder)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://studio") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/create", "/batches/01ABC", "/library/i/x", "/index.html", "/apiary"])
async def test_every_place_is_the_page_and_is_asked_for_again(page: httpx2.AsyncClient, path: str) -> None:
    answer = await page.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    same = await page.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


async def test_the_page_may_do_nothing_inline_evaluated_or_foreign(page: httpx2.AsyncClient) -> None:
    headers = (await page.get("/create")).headers
    rules = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_worker_may_do_what_the_page_may(page: httpx2.AsyncClient) -> None:
    rules = (await page.get("/create")).headers["content-security-policy"]
    assert (await page.get("/assets/main-abc.js")).headers["content-security-policy"] == rules


@pytest.mark.parametrize("path", ["/api/health", "/api/batches", "/openapi.json", "/api/nowhere"])
async def test_answers_of_the_api_may_do_nothing_at_all(page: httpx2.AsyncClient, path: str) -> None:
    headers = (await page.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_signed_links_may_be_shown_by_other_sites(page: httpx2.AsyncClient) -> None:
    answer = await page.get("/v1/images/files/x.png")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("accepts", "encoding", "content"),
    [
        ("gzip, deflate, br", "br", b"brotli's"),
        ("br;q=0, gzip", "gzip", gzip.compress(SCRIPT, mtime=0)),
        ("br;q=0.0, gzip ; q=0.5", "gzip", gzip.compress(SCRIPT, mtime=0)),
        ("identity", None, SCRIPT),
        ("", None, SCRIPT),
    ],
)
async def test_what_was_squeezed_ahead_is_sent_as_it_is(
    page: httpx2.AsyncClient, accepts: str, encoding: str | None, content: bytes
) -> None:
    async with page.stream("GET", "/assets/main-abc.js", headers={"Accept-Encoding": accepts}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert raw == content
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-123.js",
        "/assets/",
        "/favicon.ico",
        "/wp-login.php",
        "/.sources",
        "/.vite/manifest.json",
        "/notes.secret",
        "/assets/main-abc.js.br",
        "/api/nowhere",
        "/v1/nowhere",
        "/docs/nowhere",
        "/assets/..%2f..%2fsettings.py",
    ],
)
async def test_a_missing_file_never_comes_as_the_page(page: httpx2.AsyncClient, path: str) -> None:
    answer = await page.get(path)
    assert answer.status_code in (401, 404), answer.text
    assert "json" in answer.headers["content-type"]


async def test_a_page_that_is_built_under_a_running_server_takes_the_old_ones_place(
    page: httpx2.AsyncClient, folder: Path
) -> None:
    before = await page.get("/create")
    for name in ("main-abc.js", "main-abc.js.gz", "main-abc.js.br"):
        (folder / "assets" / name).unlink()
    (folder / "index.html").unlink()
    gone = await page.get("/assets/main-abc.js")
    assert gone.status_code == 404, "and no error of the server"
    assert (await page.get("/create")).content == before.content
    (folder / "assets" / "main-def.js").write_bytes(SCRIPT)
    (folder / "index.html").write_text("<!doctype html><title>New</title>")
    after = await page.get("/create")
    assert "New" in after.text
    assert after.headers["etag"] != before.headers["etag"]
    assert (await page.get("/assets/main-def.js")).content == SCRIPT


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_page_is_only_read(page: httpx2.AsyncClient, method: str) -> None:
    assert (await page.request(method, "/create")).status_code == 404
    assert (await page.request(method, "/create", content=b"x")).status_code == 401


async def test_without_a_page_it_says_in_both_languages_how_to_build_it(studio: Studio, tmp_path: Path) -> None:
    app = make_app(studio.application, owner_token=OWNER_TOKEN, page=tmp_path / "none")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://studio") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "python run.py" in answer.text
    assert "網頁尚未建置" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_page_comes_while_the_rest_is_starting(studio: Studio, folder: Path) -> None:
    app = make_app(studio.application, owner_token=OWNER_TOKEN, page=folder)
    studio.application.problem = "Starting."
    try:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://studio") as client:
            assert (await client.get("/create")).status_code == 200
            assert (await client.get("/api/batches")).status_code == 503
    finally:
        studio.application.problem = None


async def test_the_documentation_needs_nothing_inline_or_foreign(page: httpx2.AsyncClient) -> None:
    answer = await page.get("/docs")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "://" not in answer.text
    for name in ("/docs/start.js", "/static-offline-docs/swagger-ui-bundle.js", "/static-offline-docs/swagger-ui.css"):
        assert name in answer.text
        assert (await page.get(name)).status_code == 200
    assert (await page.get("/redoc")).headers["location"] == "/docs"


def test_what_belongs_to_the_api() -> None:
    assert not any(map(is_page_path, ("/api", "/api/x", "/v1/models", "/health", "/docs", "/openapi.json")))
    assert all(map(is_page_path, ("/", "/apiary", "/v10", "/healthy", "/docsy", "/batches")))
