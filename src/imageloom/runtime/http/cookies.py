"""The two cookies of a session, and whether a request comes from our own page."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from imageloom.runtime.settings import ServerSettings

SESSION = "imageloom_session"
CSRF = "imageloom_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})


def base_of(request: Request, server: ServerSettings) -> str:
    """The address at which this request's sender reaches us, without a slash at its end."""
    return server.public_url or str(request.base_url).rstrip("/")


def is_from_own_page(request: Request, server: ServerSettings) -> bool:
    """Whether no other site made the sender's browser send this. Software that is no browser says nothing of it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OWN_SITES
    # Browsers keep that header from addresses without https that are not this machine.
    origin = request.headers.get("origin")
    if origin is None:
        return True
    own = {request.headers.get("host", ""), urlsplit(server.public_url or "").netloc}
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc != "" and parts.netloc in own


def give(
    request: Request, response: Response, server: ServerSettings, *, session: str, csrf: str, seconds: int
) -> None:
    """Sets both cookies. Scripts read only the second, to repeat it in the header ``X-CSRF-Token``."""
    is_secure = base_of(request, server).startswith("https:")
    for name, value, hidden in ((SESSION, session, True), (CSRF, csrf, False)):
        response.set_cookie(name, value, max_age=seconds, path="/", secure=is_secure, httponly=hidden, samesite="lax")
    response.headers["Cache-Control"] = "no-store"


def take(response: Response) -> None:
    """Takes both cookies away."""
    for name in (SESSION, CSRF):
        response.delete_cookie(name, path="/", samesite="lax")
