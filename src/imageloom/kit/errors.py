"""Business errors: classes with an HTTP status and a stable code, rendered as RFC 9457 problems at the door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

_OF_SECRET = re.compile(r"Value should have at (least|most) (\d+) item(s?) after validation, not \d+")


class Problem(Exception):
    """A fact of the business that stops a request. It names the field, the rule and the way out.

    ``status`` is the HTTP status, ``code`` the stable machine word, ``title`` the short human sentence shared by
    all instances; ``detail`` says what happened this time. ``extra`` holds further members of the problem document,
    ``headers`` what the answer says beside it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request cannot be carried out."
    way_out: ClassVar[str | None] = None
    """The hint of instances that have none of their own."""

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.hint = hint if hint is not None else self.way_out
        self.headers: Mapping[str, str] = headers or {}
        self.extra: Mapping[str, Any] = extra

    def document(self) -> dict[str, Any]:
        """The RFC 9457 members, without ``instance``, which only the door knows."""
        body: dict[str, Any] = {
            "type": f"urn:imageloom:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.field is not None:
            body["field"] = self.field
        if self.hint is not None:
            body["hint"] = self.hint
        body.update(self.extra)
        return body


class NotFound(Problem):
    """The thing does not exist, or the actor may not know that it does."""

    status = 404
    code = "not_found"
    title = "There is no such thing here."


class InvalidInput(Problem):
    """Input that is well formed but breaks a rule."""

    status = 400
    code = "invalid_input"
    title = "The input breaks a rule."
    way_out = "What this takes is at /docs and in /openapi.json."


class Malformed(Problem):
    """A request that does not have the shape that its route takes."""

    status = 422
    code = "malformed"
    title = "The request is malformed."


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"
    title = "Sign in first."


class Forbidden(Problem):
    status = 403
    code = "forbidden"
    title = "This actor may not do that."


class CrossSite(Forbidden):
    """A request that rides on somebody's session from another place than our own page."""

    code = "cross_site"
    title = "This request did not come from our own page."


class TooMany(Problem):
    """More requests than are allowed; the header Retry-After says when to ask again. Nothing was done."""

    status = 429
    code = "too_many"
    title = "That was asked too often."


class Conflict(Problem):
    status = 409
    code = "conflict"
    title = "The thing is not in a state that allows this."


class TooLarge(Problem):
    status = 413
    code = "too_large"
    title = "The input is larger than allowed."
    way_out = "Send less at once."


class TooSlow(Problem):
    """A body that stopped coming. Nothing was done."""

    status = 408
    code = "too_slow"
    title = "The request did not come to its end."


class Unavailable(Problem):
    """A part this request needs is not ready; trying again later helps."""

    status = 503
    code = "unavailable"
    title = "A part of the server is not ready."


class NoRoom(Problem):
    """The disk does not take what this request brings; it was not carried out."""

    status = 507
    code = "no_room"
    title = "The disk cannot be written."


def rule_of(fault: str) -> str:
    """What a check of ours says was broken, without what pydantic puts before the words of a ``ValueError``. Of a
    secret it counts characters, and calls them items of a value.
    """
    return _OF_SECRET.sub(r"String should have at \1 \2 character\3", fault.removeprefix("Value error, "))
