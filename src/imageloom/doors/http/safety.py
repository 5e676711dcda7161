"""Headers that keep a browser from doing what nobody meant: nothing inline, nothing evaluated, nothing foreign."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

PAGE_RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
"""For the studio page."""
DOCS_RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
"""For the documentation of the API, whose style sheet holds its few icons as addresses."""
_ANSWER_RULES = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
_SHARED = "/v1/"
"""Below it lie signed links, which other sites may show."""


def make_safe(headers: MutableHeaders, path: str) -> None:
    """Adds what an answer does not say of itself."""
    for name, value in _EVERYWHERE.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", _ANSWER_RULES)
    headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if path.startswith(_SHARED) else "same-origin")
