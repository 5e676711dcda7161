"""OpenAI's shape: a call answers at once with the picture in base 64."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from functools import partial
from typing import Any

from tools.upstream.account import Account
from tools.upstream.directives import Directive, parse
from tools.upstream.files import Files
from tools.upstream.pictures import picture_base64, spoiled
from tools.upstream.wire import Answer, Request

KNOWN = frozenset(
    [
        "model",
        "prompt",
        "n",
        "size",
        "quality",
        "complexity",
        "background",
        "output_format",
        "output_compression",
        "moderation",
        "stream",
        "partial_images",
        "safety_identifier",
        "response_format",
        "style",
        "user",
        "input_fidelity",
        "image",
        "image[]",
        "mask",
    ]
)
FOREVER = 3600.0
EVENTS = "text/event-stream"
_BY_URL = frozenset({"url", "503file", "resetfile", "expired", "evilurl", "evilredirect"})
_SPOILED = _BY_URL | {"oversized", "trunc", "badb64"}
"""Answers whose picture is not the prepared one."""


def error(status: int, message: str, *, code: str, kind: str = "invalid_request_error", **headers: str) -> Answer:
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return Answer.json(body, status, x_request_id="req_fake", **headers)


class OpenAI:
    def __init__(self, account: Account, files: Files) -> None:
        self.account = account
        self.files = files

    async def handle(self, request: Request) -> Answer:
        key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        expected = self.account.config.api_key
        if not key or (expected is not None and key != expected):
            return error(401, "Incorrect API key provided.", code="invalid_api_key")
        if request.path.endswith("/models"):
            models = [{"id": name, "object": "model"} for name in ("gpt-image-2", "gpt-image-2.5-flare")]
            return Answer.json({"object": "list", "data": models})
        if request.path.endswith(("/images/generations", "/images/edits")):
            return await self._generate(request)
        return error(404, "Unknown request URL.", code="unknown_url")

    async def _generate(self, request: Request) -> Answer:
        try:
            fields = await request.fields()
        except json.JSONDecodeError:
            return error(400, "We could not parse the JSON body of your request.", code="bad_json")
        prompt = str(fields.get("prompt", ""))
        self.account.requests.append({"t": time.monotonic(), "path": request.path, "prompt": prompt})
        if not prompt:
            return error(400, "Missing required parameter: 'prompt'.", code="missing_required_parameter")
        unknown = sorted(set(fields) - KNOWN)
        if unknown:
            return error(400, f"Unknown parameter: '{unknown[0]}'.", code="unknown_parameter")
        wait = self.account.over_limit()
        if wait is not None:
            return _limited(str(int(wait) + 1))
        self.account.calls[prompt] += 1
        directive = parse(prompt)
        name = directive.name if directive and directive.applies(self.account.calls[prompt]) else self.account.draw()
        if self.account.config.outage:
            name = "503"
        free = self._free(name)
        if free is not None:
            return free
        return await self._paid(name, directive, prompt, fields, is_edit=request.path.endswith("/edits"))

    def _free(self, name: str | None) -> Answer | None:
        """Misbehaviour before anything is made."""
        match name:
            case "refuse":
                message = "Your request was rejected by the safety system. safety_violations=[violence]."
                return error(400, message, code="moderation_blocked", kind="image_generation_user_error")
            case "429":
                return _limited("1")
            case "429noheader":
                return _limited(None)
            case "429absurd":
                return _limited("1000000000")
            case "500":
                return error(500, "The server had an error.", code="server_error", kind="server_error")
            case "503":
                return error(503, "The engine is overloaded.", code="overloaded", kind="server_error")
            case "quota":
                return error(429, "You exceeded your current quota.", code="insufficient_quota")
            case "nulrefusal":
                return error(400, "Your request was rejected\0by us.", code="moderation_blocked\0")
            case "auth":
                return error(401, "Incorrect API key provided.", code="invalid_api_key")
            case "reset":
                return Answer(reset=True)
            case _:
                return None

    def _streamed(
        self, name: str | None, fields: dict[str, Any], number: int, *, seconds: float, is_edit: bool
    ) -> Answer:
        """Unfinished pictures at even distances, and the whole one."""
        kind = "image_edit" if is_edit else "image_generation"
        width, height = _size(fields, wrong=name == "wrongsize")
        size = self.account.config.picture_bytes
        partials = int(fields.get("partial_images") or 0)
        each = seconds / (partials + 1)
        pieces = []
        for index in range(partials):
            shown = picture_base64(width, height, size=size, number=number * 100 + 50 + index)
            told = {"type": f"{kind}.partial_image", "partial_image_index": index, "b64_json": shown}
            pieces.append((each, _event(told, fields)))
        if name == "streamcut":
            return Answer(kind=EVENTS, pieces=pieces, cut=True)
        if name in ("streamerror", "streamrefuse"):
            code = "moderation_blocked" if name == "streamrefuse" else "server_error"
            trouble = {"message": "It could not be finished.", "type": "image_generation_error", "code": code}
            last = json.dumps({"type": "error", "error": trouble}).encode()
            pieces.append((each, b"event: error\ndata: %s\n\n" % last))
            return Answer(kind=EVENTS, pieces=pieces)
        whole = {"b64_json": picture_base64(width, height, size=size, number=number * 100)}
        usage = _document(fields, [{}])["usage"]
        usage["output_tokens"] += 100 * partials
        usage["total_tokens"] += 100 * partials
        pieces.append((each, _event({"type": f"{kind}.completed", "usage": usage, **whole}, fields)))
        return Answer(kind=EVENTS, pieces=pieces, cut=name == "streamlate", headers={"x-request-id": f"req_{number}"})

    async def _paid(
        self, name: str | None, directive: Directive | None, prompt: str, fields: dict[str, Any], *, is_edit: bool
    ) -> Answer:
        config = self.account.config
        number = self.account.pay(prompt)
        if name == "hang":
            await asyncio.sleep(FOREVER)
        if name == "lost":
            return Answer(reset=True)
        seconds = max(0.0, config.latency + self.account.random.uniform(-1, 1) * config.jitter)
        if _is_true(fields.get("stream")) and name != "nostream":
            return self._streamed(name, fields, number, seconds=seconds, is_edit=is_edit)
        await asyncio.sleep(seconds)
        if name == "refusepaid":
            refused = error(400, "Your request was rejected by the safety system.", code="moderation_blocked")
            body = {**json.loads(refused.body), "usage": _document(fields, [{}])["usage"]}
            return Answer.json(body, 400, x_request_id=f"req_{number}")
        if name in ("502html", "html200"):
            return Answer(502 if name == "502html" else 200, b"<html><h1>Bad gateway</h1></html>", "text/html")
        width, height = _size(fields, wrong=name == "wrongsize")
        count = int(fields.get("n") or 1)
        data = []
        for copy in range(count):
            label = number * 100 + copy
            if name not in _SPOILED:
                data.append({"b64_json": picture_base64(width, height, size=config.picture_bytes, number=label)})
                continue
            make = partial(spoiled, name, width, height, size=config.picture_bytes, number=label)
            if name in _BY_URL:
                data.append({"url": self.files.put(make, directive)})
                continue
            text = base64.b64encode(make()).decode()
            entry = {"b64_json": "!!not base64!!" + text[:40] if name == "badb64" else text}
            if name == "nul":
                entry["revised_prompt"] = "a cat\0in the rain"
            data.append(entry)
        answer = Answer.json(_document(fields, [] if name == "empty" else data), x_request_id=f"req_{number}")
        if name == "badjson":
            answer.body = answer.body[:-20]
        if name == "cut":
            answer.cut_after = len(answer.body) // 2
        if name == "drip":
            answer.pace = 1000
        return answer


def _event(document: dict[str, Any], fields: dict[str, Any]) -> bytes:
    told = {**document, "created_at": int(time.time()), "output_format": "png", "background": "opaque"}
    told |= {"size": fields.get("size") or "1024x1024", "quality": fields.get("quality") or "medium"}
    return b"event: %s\ndata: %s\n\n" % (document["type"].encode(), json.dumps(told).encode())


def _is_true(value: object) -> bool:
    """In JSON and in a form."""
    return value is True or value == "true"


def _limited(wait: str | None) -> Answer:
    headers = {} if wait is None else {"retry_after": wait}
    return error(429, "Rate limit reached.", code="rate_limit_exceeded", kind="requests", **headers)


def _size(fields: dict[str, Any], *, wrong: bool) -> tuple[int, int]:
    text = str(fields.get("size") or "auto")
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        width, height = "1024", "1024"
    return (64, 64) if wrong else (int(width), int(height))


def _document(fields: dict[str, Any], data: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "created": int(time.time()),
        "data": data,
        "background": "opaque",
        "output_format": "png",
        "quality": fields.get("quality") or "medium",
        "size": fields.get("size") or "1024x1024",
        "usage": {
            "input_tokens": 20,
            "input_tokens_details": {"text_tokens": 20, "image_tokens": 0},
            "output_tokens": 439 * len(data),
            "total_tokens": 20 + 439 * len(data),
        },
    }
