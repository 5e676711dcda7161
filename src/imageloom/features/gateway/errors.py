"""Errors as callers of OpenAI's API know them: one object with a message, a type, a parameter and a code.

``x-should-retry: false`` is what OpenAI's own client obeys. It stands where sending the same again, as that client does
by itself, would make and pay for a second picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from imageloom.features.quotas.errors import QuotaUsedUp
from imageloom.kit.errors import (
    Forbidden,
    Malformed,
    Problem,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    Unavailable,
)

FINAL: Mapping[str, str] = {"x-should-retry": "false"}


def after(seconds: float) -> dict[str, str]:
    """Headers that say when asking again makes sense."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


class ModelNotFound(Problem):
    status = 404
    code = "model_not_found"
    title = "There is no such model here."
    way_out = "GET /v1/models lists them."


class BadImage(Problem):
    """A picture that came with the request, or its address, cannot be used."""

    status = 400
    code = "invalid_image"
    title = "The picture cannot be used."
    way_out = "Send a whole PNG, JPEG or WebP file, or its public https address."


class Refused(Problem):
    status = 400
    code = "moderation_blocked"
    title = "The provider refused the prompt."
    way_out = "Say it in other words, or ask another model."


class Rejected(Problem):
    """The provider calls the request invalid."""

    status = 400
    code = "rejected_by_provider"
    title = "The provider does not take the request."


class RateLimited(Problem):
    status = 429
    code = "rate_limit_exceeded"
    title = "The provider limits the rate."


class OutOfQuota(Problem):
    status = 429
    code = "insufficient_quota"
    title = "The provider's quota, or a budget here, is used up."


class Held(Problem):
    """Nothing is sent to the provider until a person acts here."""

    status = 503
    code = "provider_held"
    title = "The provider cannot be asked until the operator acts."


class ProviderDown(Problem):
    status = 503
    code = "provider_unavailable"
    title = "The provider does not answer."


class NotMade(Problem):
    """The picture failed for good; it may have been paid for."""

    status = 502
    code = "generation_failed"
    title = "The picture could not be made."


class Uncertain(Problem):
    """Nobody knows whether the request arrived, and so whether it was paid for."""

    status = 502
    code = "outcome_uncertain"
    title = "The provider gave no answer; the picture may have been made and paid."


class StillRunning(Problem):
    status = 504
    code = "still_running"
    title = "The picture is still being made."


class Cancelled(Problem):
    status = 409
    code = "cancelled"
    title = "A person cancelled the batch."


class LinkUnusable(Problem):
    status = 403
    code = "link_unusable"
    title = "The link has expired or was changed."


class ErrorBody(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(BaseModel):
    """OpenAI's shape of an error."""

    error: ErrorBody


_TYPES = {
    "moderation_blocked": "image_generation_user_error",
    "insufficient_quota": "insufficient_quota",
    "rate_limit_exceeded": "requests",
    "unauthenticated": "authentication_error",
    "forbidden": "permission_error",
    "cross_site": "permission_error",
    "too_many": "requests",
    "idempotency_key_reused": "idempotency_error",
}
_CODES = {"unauthenticated": "invalid_api_key", "malformed": "invalid_request", "too_many": "rate_limit_exceeded"}
_PARAMS = {"format": "output_format", "references": "image", "plan.models": "model", "file": "image"}
_STATUSES = {
    # OpenAI says 400 of whatever cannot be read, and of money that has run out as it says of quota.
    402: 429,
    422: 400,
}
_QUOTA = 402


def status_of(status: int) -> int:
    return _STATUSES.get(status, status)


def openai_error(document: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """From a problem document to the status and the body that OpenAI's clients read."""
    is_quota = document["status"] == _QUOTA or document["code"] == QuotaUsedUp.code
    code = "insufficient_quota" if is_quota else document["code"]
    status = status_of(_QUOTA if is_quota else document["status"])
    fallback = "server_error" if status >= 500 else "invalid_request_error"
    hint = document.get("hint")
    field = document.get("field")
    detail = document["detail"] if document["detail"].endswith((".", "?", "!")) else f"{document['detail']}."
    error: dict[str, Any] = {
        "message": detail if hint is None else f"{detail} {hint}",
        "type": _TYPES.get(code, fallback),
        "param": None if field is None else _PARAMS.get(field, field),
        "code": _CODES.get(code, code),
    }
    error |= {name: document[name] for name in ("batch", "request_id") if name in document}
    return status, {"error": error}


def declared(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route at /v1: each problem it may answer with, documented in OpenAI's shape."""
    documented: dict[int | str, dict[str, Any]] = {}
    always: tuple[type[Problem], ...] = (
        Unauthenticated,
        Forbidden,
        Unavailable,
        Malformed,
        TooSlow,
        TooLarge,
        TooMany,
    )
    for problem in dict.fromkeys((*problems, *always)):
        status = status_of(problem.status)
        text = f"`{_CODES.get(problem.code, problem.code)}`: {problem.title}"
        known = documented.get(status)
        documented[status] = {
            "description": text if known is None else f"{known['description']} {text}",
            "model": OpenAIError,
        }
    return documented
