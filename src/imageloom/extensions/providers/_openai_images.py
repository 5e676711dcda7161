"""The OpenAI images API: generations and edits, for OpenAI itself and for every server with the same shape.

Sources: OpenAI's API reference for images, and the error codes that its servers answer with (checked 2026-11-22).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

from imageloom.contracts.provider import (
    BlobRef,
    Done,
    Expect,
    ExpectEvents,
    ExpectJson,
    ExpectJsonBlobs,
    Fault,
    HttpCall,
    ImageRequest,
    Json,
    JsonBody,
    MultipartBody,
    Operation,
    Outcome,
    RemotePicture,
    Reply,
    Usage,
)

SUBMIT_SECONDS = 600.0
CHECK_SECONDS = 20.0
MESSAGE_CHARACTERS = 500
_REFUSALS = frozenset({"moderation_blocked", "content_policy_violation", "safety_violation"})
_PICTURE = frozenset({"b64_json"})
_COMPLETED = ("image_generation.completed", "image_edit.completed")
_STREAMED = ExpectEvents(
    keys=_PICTURE, partial=frozenset({"image_generation.partial_image", "image_edit.partial_image"})
)
_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})


def build(request: ImageRequest) -> HttpCall:
    """The call for a request. One picture a call: then an attempt, a picture and a price are one thing."""
    fields: dict[str, Json] = {"model": request.model, "prompt": request.prompt, "n": 1}
    if request.width is not None and request.height is not None:
        fields["size"] = f"{request.width}x{request.height}"
    optional: dict[str, Json] = {
        "quality": request.quality,
        "output_format": request.format,
        "background": request.background,
        "seed": request.seed,
        "negative_prompt": request.negative_prompt,
        **request.options,
    }
    if request.partial_pictures:
        optional |= {"stream": True, "partial_images": request.partial_pictures}
    fields.update({name: value for name, value in optional.items() if value is not None})
    expect: Expect = _STREAMED if request.partial_pictures else ExpectJsonBlobs(keys=_PICTURE)
    if request.operation == Operation.edit:
        files = [("image[]", reference) for reference in request.references]
        if request.mask is not None:
            files.append(("mask", request.mask))
        body = MultipartBody(
            fields=tuple((name, _as_text(value)) for name, value in fields.items()), files=tuple(files)
        )
        return HttpCall(method="POST", url="images/edits", body=body, expect=expect, total_seconds=SUBMIT_SECONDS)
    return HttpCall(
        method="POST",
        url="images/generations",
        body=JsonBody(value=fields),
        expect=expect,
        total_seconds=SUBMIT_SECONDS,
    )


def _as_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(reply: Reply) -> Done | Fault:
    """What the answer says."""
    if not reply.ok:
        return read_fault(reply)
    if not isinstance(reply.body, Mapping):
        return _lost(reply, "the answer is no JSON")
    if "data" not in reply.body and isinstance(reply.body.get("error"), Mapping):
        return _broken_off(reply, reply.body["error"])
    # The last event of a stream is the entry of its one picture.
    entries = [reply.body] if reply.body.get("type") in _COMPLETED else reply.body.get("data")
    if not isinstance(entries, list):
        return _lost(reply, "the answer holds no pictures")
    if not entries:
        return Fault(
            outcome=Outcome.failed,
            code="empty",
            message="The provider answered without a picture.",
            billed=None,
            usage=_usage(reply.body.get("usage")),
        )
    pictures = []
    for entry in entries:
        picture = _picture(entry)
        if picture is None:
            return Fault(
                outcome=Outcome.failed,
                code="bad_base64",
                message="The picture came in broken base64.",
                billed=True,
                usage=_usage(reply.body.get("usage")),
            )
        pictures.append(picture)
    first = entries[0]
    return Done(
        pictures=tuple(pictures),
        usage=_usage(reply.body.get("usage")),
        revised_prompt=first.get("revised_prompt"),
        provider_ref=reply.headers.get("x-request-id"),
    )


def _broken_off(reply: Reply, error: Mapping[str, Any]) -> Fault:
    """A stream that has begun well and tells of an error: a refusal and a limit are what they always are, and of
    everything else nobody says whether it was made.
    """
    code = str(error.get("code") or error.get("type") or "")
    if code == "rate_limit_exceeded":
        return read_fault(replace(reply, status=429))
    fault = read_fault(replace(reply, status=400))
    is_certain = fault.outcome in (Outcome.refused, Outcome.quota_exhausted)
    return fault if is_certain else _lost(reply, f"it broke off: {fault.message.rstrip('.')}")


def _picture(entry: Any) -> BlobRef | RemotePicture | None:
    if not isinstance(entry, Mapping):
        return None
    blob = entry.get("b64_json")
    if isinstance(blob, BlobRef):
        return blob
    url = entry.get("url")
    return RemotePicture(url=url) if isinstance(url, str) and url else None


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, Mapping):
        return None
    into, out = _details(usage, "input_tokens_details"), _details(usage, "output_tokens_details")
    counts = {
        "token_in_text": into.get("text_tokens") if into else usage.get("input_tokens"),
        "token_in_image": into.get("image_tokens"),
        "token_out_text": out.get("text_tokens"),
        "token_out_image": out.get("image_tokens") if out else usage.get("output_tokens"),
    }
    return Usage(counts={name: count for name, count in counts.items() if isinstance(count, int) and count > 0})


def _details(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    details = usage.get(name)
    return details if isinstance(details, Mapping) else {}


def _lost(reply: Reply, why: str) -> Fault:
    return Fault(
        outcome=Outcome.uncertain,
        code="no_usable_answer",
        message=f"HTTP {reply.status}, and {why}. The picture may have been made and paid.",
    )


def read_fault(reply: Reply) -> Fault:
    """An answer that is no success, classified. An error in the API's own shape is an answer; a page from a proxy is
    none: behind it the picture may have been made.
    """
    error = reply.body.get("error") if isinstance(reply.body, Mapping) else None
    own_shape = isinstance(error, Mapping)
    details: Mapping[str, Any] = error if isinstance(error, Mapping) else {}
    code = str(details.get("code") or details.get("type") or f"http_{reply.status}")
    message = str(details.get("message") or f"HTTP {reply.status}")[:MESSAGE_CHARACTERS]
    if code in _REFUSALS or "safety_violations" in message:
        used = _usage(reply.body.get("usage")) if isinstance(reply.body, Mapping) else None
        return Fault(outcome=Outcome.refused, code=code, message=message, usage=used)
    if code in _QUOTA or reply.status == 402:
        return Fault(outcome=Outcome.quota_exhausted, code=code, message=message, billed=False)
    if reply.status in (401, 403):
        return Fault(outcome=Outcome.unauthorized, code=code, message=message, billed=False)
    if reply.status == 429:
        wait = retry_after(reply.headers)
        return Fault(outcome=Outcome.rate_limited, code=code, message=message, retry_after_seconds=wait, billed=False)
    if reply.status >= 500:
        if own_shape and reply.status not in (502, 504):
            wait = retry_after(reply.headers)
            return Fault(
                outcome=Outcome.unavailable, code=code, message=message, retry_after_seconds=wait, billed=False
            )
        return _lost(reply, "the answer came from in between")
    if reply.status == 408:
        return Fault(outcome=Outcome.unavailable, code=code, message=message, billed=False)
    return Fault(outcome=Outcome.invalid, code=code, message=message, billed=False)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``retry-after-ms`` or ``retry-after`` (seconds or a date, against the answer's own ``date``)."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def check_call() -> HttpCall:
    return HttpCall(method="GET", url="models", expect=ExpectJson(), total_seconds=CHECK_SECONDS)


def read_check(reply: Reply) -> Fault | None:
    return None if reply.ok else read_fault(reply)
