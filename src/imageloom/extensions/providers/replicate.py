"""Replicate: submit a prediction, poll it, fetch the picture from its URL within the hour.

Sources: Replicate's OpenAPI document 1.0.0-a1 and its documentation (checked 2026-11-22). A lost submit is found again
in the list of predictions by its input: there is no field for a name of ours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from imageloom.contracts.provider import (
    Done,
    ExpectJson,
    Fault,
    Findable,
    HeaderKey,
    HttpCall,
    ImageRequest,
    Json,
    JsonBody,
    Limits,
    Model,
    More,
    NotThere,
    Outcome,
    Pending,
    RemotePicture,
    Reply,
    Sizes,
    Usage,
)

SUBMIT_SECONDS = 70.0
FREE_SECONDS = 30.0
POLL_SECONDS = 1.0
MESSAGE_CHARACTERS = 500
_RESETS_IN = re.compile(r"resets in ~?(\d+(?:\.\d+)?)s")
_UNSAFE = re.compile(r"nsfw|safety|sensitive|flagged|moderat", re.IGNORECASE)


def _model(name: str, title: str, *, max_side: int, multiple_of: int, note: str, negative: bool) -> Model:
    return Model(
        id=name,
        title=title,
        sizes=Sizes(default="1024x1024", multiple_of=multiple_of, min_side=256, max_side=max_side),
        seed="deterministic",
        seed_max=2**31 - 1,
        negative_prompt=negative,
        note=note,
        expected_seconds=12.0,
    )


@dataclass(frozen=True)
class Replicate:
    """See :class:`imageloom.contracts.provider.Provider`."""

    id: str = "replicate"
    title: str = "Replicate"
    base_url: str = "https://api.replicate.com/v1"
    auth: HeaderKey = HeaderKey(environment="REPLICATE_API_TOKEN")
    limits: Limits = Limits(concurrency=8, requests_per_minute=600)
    models: tuple[Model, ...] = (
        _model(
            "stability-ai/sdxl",
            "Stable Diffusion XL",
            max_side=2048,
            multiple_of=8,
            negative=True,
            note="Open diffusion model. Billed by the second of hardware, so its price is known only afterwards.",
        ),
        _model(
            "black-forest-labs/flux-dev-lora",
            "FLUX dev with LoRA",
            max_side=1440,
            multiple_of=16,
            negative=False,
            note="Open weights for non-commercial use. Takes no negative prompt.",
        ),
    )
    hosts: tuple[str, ...] = ("replicate.delivery",)
    any_base_url: bool = True
    open_models: bool = True
    findable: Findable = "list"

    def open_model(self, model_id: str) -> Model:
        owner, slash, name = model_id.partition("/")
        if not slash or not owner or not name:
            raise KeyError(model_id)
        note = "Named by its owner and name; what its form accepts is not known here."
        return _model(model_id, model_id, max_side=4096, multiple_of=1, negative=True, note=note)

    def submit(self, request: ImageRequest) -> HttpCall:
        return HttpCall(
            method="POST",
            url=f"models/{request.model}/predictions",
            body=JsonBody(value={"input": _input(request)}),
            total_seconds=SUBMIT_SECONDS,
        )

    def read_submit(self, reply: Reply) -> Done | Pending | Fault:
        return self._read(reply)

    def poll(self, handle: Mapping[str, Json]) -> HttpCall:
        return HttpCall(
            method="GET", url=f"predictions/{handle['id']}", expect=ExpectJson(), total_seconds=FREE_SECONDS
        )

    def read_poll(self, reply: Reply, handle: Mapping[str, Json]) -> Done | Pending | Fault:
        if reply.status == 404:
            return Fault(
                outcome=Outcome.failed,
                code="job_gone",
                message="Replicate no longer knows the job. It may have been made and paid.",
                billed=None,
            )
        return self._read(reply)

    def cancel(self, handle: Mapping[str, Json]) -> HttpCall | None:
        return HttpCall(method="POST", url=f"predictions/{handle['id']}/cancel", total_seconds=FREE_SECONDS)

    def find_lost(self, request: ImageRequest) -> HttpCall | None:
        return HttpCall(method="GET", url="predictions", total_seconds=FREE_SECONDS)

    def read_find_lost(
        self, reply: Reply, request: ImageRequest, *, since: datetime, taken: frozenset[str]
    ) -> Pending | More | NotThere:
        body: Mapping[str, Any] = reply.body if isinstance(reply.body, Mapping) else {}
        wanted = _input(request)
        for prediction in body.get("results") or []:
            created = _time(prediction.get("created_at"))
            if created is not None and created < since:
                return NotThere()
            if prediction.get("input") == wanted and prediction.get("id") not in taken:
                return Pending(handle={"id": prediction["id"]}, poll_after_seconds=0.0)
        following = body.get("next")
        if not isinstance(following, str) or not following:
            return NotThere()
        # A relative call, so that the credential goes along; the cursor is all that differs.
        query = tuple(_query(following))
        return More(call=HttpCall(method="GET", url="predictions", query=query, total_seconds=FREE_SECONDS))

    def check(self) -> HttpCall | None:
        return HttpCall(method="GET", url="account", total_seconds=FREE_SECONDS)

    def read_check(self, reply: Reply) -> Fault | None:
        return None if reply.ok else _fault(reply)

    def _read(self, reply: Reply) -> Done | Pending | Fault:
        if not reply.ok:
            return _fault(reply)
        prediction: Mapping[str, Any] = reply.body if isinstance(reply.body, Mapping) else {}
        identity, status = prediction.get("id"), prediction.get("status")
        if not isinstance(identity, str):
            return Fault(outcome=Outcome.uncertain, code="no_usable_answer", message="The answer names no prediction.")
        match status:
            case "starting" | "processing":
                return Pending(handle={"id": identity}, poll_after_seconds=POLL_SECONDS)
            case "succeeded":
                return _done(prediction, identity)
            case "canceled" | "aborted":
                return Fault(
                    outcome=Outcome.cancelled,
                    code=str(status),
                    message="The job was cancelled at Replicate.",
                    billed=False if status == "aborted" else None,
                )
            case _:
                message = str(prediction.get("error") or "The job failed.")[:MESSAGE_CHARACTERS]
                outcome = Outcome.refused if _UNSAFE.search(message) else Outcome.failed
                return Fault(outcome=outcome, code=str(status), message=message, billed=None)


def _input(request: ImageRequest) -> dict[str, Json]:
    wishes: dict[str, Json] = {
        "prompt": request.prompt,
        "width": request.width,
        "height": request.height,
        "seed": request.seed,
        "negative_prompt": request.negative_prompt,
        **request.options,
    }
    return {name: value for name, value in wishes.items() if value is not None}


def _done(prediction: Mapping[str, Any], identity: str) -> Done | Fault:
    output = prediction.get("output")
    urls = [output] if isinstance(output, str) else output
    pictures = tuple(RemotePicture(url=url) for url in urls or [] if isinstance(url, str))
    if not pictures:
        return Fault(outcome=Outcome.failed, code="empty", message="The job succeeded without a picture.", billed=True)
    metrics = prediction.get("metrics")
    told = metrics.get("predict_time") if isinstance(metrics, Mapping) else None
    seconds = told if isinstance(told, int | float) and math.isfinite(told) and told >= 0 else None
    return Done(
        pictures=pictures,
        # What it is billed by, where it is billed by the second.
        usage=Usage(counts={"millisecond": math.ceil(seconds * 1000)}) if seconds is not None else None,
        provider_ref=identity,
        metadata={"predict_seconds": seconds} if seconds is not None else {},
    )


def _fault(reply: Reply) -> Fault:
    body: Mapping[str, Any] = reply.body if isinstance(reply.body, Mapping) else {}
    own_shape = "detail" in body or "title" in body
    message = str(body.get("detail") or body.get("title") or f"HTTP {reply.status}")[:MESSAGE_CHARACTERS]
    code = f"http_{reply.status}"
    if reply.status in (401, 403):
        return Fault(outcome=Outcome.unauthorized, code=code, message=message, billed=False)
    if reply.status == 402:
        return Fault(outcome=Outcome.quota_exhausted, code=code, message=message, billed=False)
    if reply.status == 429:
        return Fault(
            outcome=Outcome.rate_limited,
            code=code,
            message=message,
            retry_after_seconds=_wait(reply, message),
            billed=False,
        )
    if reply.status >= 500 or reply.status == 408:
        if own_shape and reply.status not in (502, 504):
            return Fault(outcome=Outcome.unavailable, code=code, message=message, billed=False)
        return Fault(outcome=Outcome.uncertain, code=code, message=f"HTTP {reply.status}, not from Replicate itself.")
    return Fault(outcome=Outcome.invalid, code=code, message=message, billed=False)


def _wait(reply: Reply, message: str) -> float | None:
    stated = reply.headers.get("retry-after", "")
    if stated.replace(".", "", 1).isdigit():
        return float(stated)
    match = _RESETS_IN.search(message)
    return float(match.group(1)) if match else None


def _time(text: Any) -> datetime | None:
    try:
        value = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return value if value.tzinfo is not None else None


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query)


PROVIDER = Replicate()
