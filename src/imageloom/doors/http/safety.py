"""Headers that keep a browser from doing what nobody meant: nothing inline, nothing evaluated, nothing foreign."""

from __future__ import annotations

from collections.abc import Sequence

Header = tuple[bytes, bytes]

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
_EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"content-security-policy", _ANSWER_RULES.encode()),
)
_RESOURCE_POLICY = b"cross-origin-resource-policy"
_OURS = (*_EVERYWHERE, (_RESOURCE_POLICY, b"same-origin"))
_ANYBODYS = (*_EVERYWHERE, (_RESOURCE_POLICY, b"cross-origin"))
_SHARED = "/v1/"
"""Below it lie signed links, which other sites may show."""


def safety_of(headers: Sequence[Header], path: str) -> list[Header]:
    """What an answer with these headers does not say of itself."""
    said = {name.lower() for name, _ in headers}
    return [header for header in (_ANYBODYS if path.startswith(_SHARED) else _OURS) if header[0] not in said]
