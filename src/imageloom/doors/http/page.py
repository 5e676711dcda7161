"""The studio page: files that were built from web/, sent as they are. Every path that no route knows comes here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from blake3 import blake3
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from imageloom.doors.http.safety import PAGE_RULES
from imageloom.runtime.http.pages import has_already

PAGE_FOLDER = Path(__file__).resolve().parents[2] / "page"
"""Where the build puts it: not in the repository, but in the wheel."""
NOT_OF_THE_PAGE = ("/api", "/v1", "/docs", "/redoc", "/openapi.json", "/health", "/static-offline-docs")
_METHODS = frozenset({"GET", "HEAD"})
_HASHED = "/assets/"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Best first."""
_SCRIPT = "text/javascript"
_KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": _SCRIPT,
    ".json": "application/json",
    ".mjs": _SCRIPT,
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_UNBUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Imageloom 織圖</title>
<h1>Imageloom 織圖</h1>
<p>The server runs; its page has not been built yet. Start it with <code>python run.py</code>, which builds the page,
or run <code>npm ci</code> and <code>npm run build</code> in the folder <code>web</code> and start it again.
The API is all there: <a href="/docs">/docs</a>.
<p lang="zh-TW">伺服器已在執行，但網頁尚未建置。請用 <code>python run.py</code> 啟動，它會建置網頁；
或在 <code>web</code> 資料夾執行 <code>npm ci</code> 與 <code>npm run build</code>，再重新啟動。
API 已可使用：<a href="/docs">/docs</a>。
</html>
"""


def is_page_path(path: str) -> bool:
    """Whether the page, rather than the API, would answer there."""
    return not any(path == place or path.startswith(f"{place}/") for place in NOT_OF_THE_PAGE)


@dataclass(frozen=True)
class _File:
    path: Path
    squeezed: dict[str, Path]
    """The same, encoded ahead of time, by the name of the encoding."""


class StudioPage:
    """Sends the files of ``folder``, and the page itself for every place in it. They are known beforehand; what was
    built under a running server is seen when somebody asks for the page, or for a file that has gone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = b""
        self._read()

    def _read(self) -> None:
        self._built = _built_at(self._folder)
        self._files = dict(_files_of(self._folder))
        index = self._files.get("/index.html")
        if index is not None:
            # While it is built anew there is none for a while, and the old one says more than that there is none.
            self._index = index.path.read_bytes()
        self._tag = f'"{blake3(self._index).hexdigest()[:32]}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _METHODS or not is_page_path(scope["path"]):
            # As the framework does for a path that nobody knows.
            raise HTTPException(status_code=404)
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path: str = request.scope["path"]
        file = self._files.get(path)
        if file is not None and not all(path.exists() for path in (file.path, *file.squeezed.values())):
            self._read()
            file = self._files.get(path)
        if file is not None and path != "/index.html":
            return _file_response(file, request, lasts=path.startswith(_HASHED))
        # A missing file must not come as the page: a browser would read it as a script.
        if path.startswith(_HASHED) or ("." in PurePosixPath(path).name and path != "/index.html"):
            raise HTTPException(status_code=404)
        return self._index_response(request)

    def _index_response(self, request: Request) -> Response:
        if _built_at(self._folder) not in (None, self._built):
            self._read()
        headers = {"Cache-Control": _ASK_FIRST, "ETag": self._tag, "Content-Security-Policy": PAGE_RULES}
        if not self._index:
            del headers["ETag"]
            return Response(_UNBUILT, status_code=503, media_type="text/html", headers=headers)
        if has_already(request, self._tag):
            return Response(status_code=304, headers=headers)
        return Response(self._index, media_type="text/html", headers=headers)


def _built_at(folder: Path) -> int | None:
    """When the page was written, in nanoseconds; ``None`` while there is none."""
    try:
        return (folder / "index.html").stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _files_of(folder: Path) -> list[tuple[str, _File]]:
    paths = {path for path in folder.rglob("*") if path.is_file()}
    found = []
    for path in paths:
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or path.suffix not in _KINDS:
            continue
        beside = {name: path.with_name(path.name + suffix) for name, suffix in _ENCODINGS.items()}
        squeezed = {name: other for name, other in beside.items() if other in paths}
        found.append((f"/{path.relative_to(folder).as_posix()}", _File(path, squeezed)))
    return found


def _file_response(file: _File, request: Request, *, lasts: bool) -> Response:
    headers = {"Cache-Control": _FOR_EVER if lasts else _ASK_FIRST, "Vary": "Accept-Encoding"}
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    path = file.path
    for name, squeezed in file.squeezed.items():
        if name in accepted:
            path, headers["Content-Encoding"] = squeezed, name
            break
    kind = _KINDS[file.path.suffix]
    if kind == _SCRIPT:
        # A worker obeys the rules that came with its own file, not those of the page that started it.
        headers["Content-Security-Policy"] = PAGE_RULES
    return FileResponse(path, media_type=kind, headers=headers)


def _accepted(header: str) -> set[str]:
    """The encodings that an Accept-Encoding header names, without those that it refuses with ``q=0``."""
    names = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "").rstrip("0") not in ("q=", "q=0."):
            names.add(name.strip())
    return names
