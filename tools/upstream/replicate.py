"""Replicate's shape: submit, poll, then fetch the picture from a URL that does not live for ever."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tools.upstream.account import Account
from tools.upstream.directives import Directive, parse
from tools.upstream.files import Files
from tools.upstream.pictures import spoiled
from tools.upstream.wire import Answer, Request

PAGE = 100


@dataclass
class Job:
    id: str
    input: dict[str, Any]
    model: str
    created_at: str
    ready_at: float
    directive: Directive | None
    url: str
    polls: int = 0
    canceled: bool = False


def problem(status: int, detail: str, **headers: str) -> Answer:
    return Answer.json({"title": "Problem", "detail": detail, "status": status}, status, **headers)


class Replicate:
    def __init__(self, account: Account, files: Files) -> None:
        self.account = account
        self.files = files
        self.jobs: dict[str, Job] = {}
        self.base = ""

    async def handle(self, request: Request) -> Answer:
        path = request.path.removeprefix("/replicate")
        key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        expected = self.account.config.api_key
        if not key or (expected is not None and key != expected):
            return problem(401, "You did not pass a valid authentication token.")
        words = path.removeprefix("/v1/").strip("/").split("/")
        if words == ["account"]:
            return Answer.json({"type": "user", "username": "fake"})
        if request.method == "POST" and words[-1] == "predictions":
            return await self._create(request, "/".join(words[1:-1]) or "fake/model")
        if words == ["predictions"]:
            return self._list(request)
        if len(words) >= 2 and words[0] == "predictions" and words[1] in self.jobs:
            job = self.jobs[words[1]]
            if words[2:] == ["cancel"] and job.directive is not None and job.directive.name == "resetcancel":
                return Answer(reset=True)
            if words[2:] == ["cancel"]:
                job.canceled = True
                self.account.canceled += 1
            return self._read(job)
        return problem(404, "The requested resource could not be found.")

    async def _create(self, request: Request, model: str) -> Answer:
        try:
            fields = await request.fields()
        except json.JSONDecodeError:
            return problem(422, "The body is no JSON.")
        given = fields.get("input") or {}
        prompt = str(given.get("prompt", ""))
        self.account.requests.append({"t": time.monotonic(), "path": request.path, "prompt": prompt})
        wait = self.account.over_limit()
        if wait is not None:
            return problem(429, f"Request was throttled. Your rate limit resets in ~{int(wait) + 1}s.")
        self.account.calls[prompt] += 1
        directive = parse(prompt)
        if directive is not None and not directive.applies(self.account.calls[prompt]):
            directive = None
        if directive is None:
            drawn = self.account.draw()
            directive = None if drawn is None else Directive(drawn, None)
        name = "503" if self.account.config.outage else directive.name if directive else None
        free = self._free(name)
        if free is not None:
            return free
        job = self._make(given, model, prompt, directive)
        if name == "lost":
            return Answer(reset=True)
        if name == "hang":
            await asyncio.sleep(3600)
        if name == "502html":
            return Answer(502, b"<html>Bad gateway</html>", "text/html")
        return Answer.json(self._document(job), 201)

    def _free(self, name: str | None) -> Answer | None:
        match name:
            case "429" | "429noheader" | "429absurd":
                return problem(429, "Request was throttled. Your rate limit resets in ~1s.")
            case "500" | "503":
                return problem(int(name), "Something went wrong.")
            case "quota":
                return problem(402, "You have insufficient credit to run this model.")
            case "auth":
                return problem(401, "You did not pass a valid authentication token.")
            case "reset":
                return Answer(reset=True)
            case _:
                return None

    def _make(self, given: dict[str, Any], model: str, prompt: str, directive: Directive | None) -> Job:
        config = self.account.config
        number = self.account.pay(prompt)
        width, height = int(given.get("width") or 256), int(given.get("height") or 256)
        name = None if directive is None else directive.name
        make = partial(spoiled, name, width, height, size=config.picture_bytes, number=number)
        latency = max(0.0, config.latency + self.account.random.uniform(-1, 1) * config.jitter)
        job = Job(
            id=secrets.token_hex(10),
            input=given,
            model=model,
            created_at=datetime.now(UTC).isoformat(),
            ready_at=time.monotonic() + latency,
            directive=directive,
            url=self.files.put(make, directive),
        )
        self.jobs[job.id] = job
        return job

    def _read(self, job: Job) -> Answer:
        job.polls += 1
        if job.directive is not None and job.directive.name == "404poll":
            return problem(404, "The requested resource could not be found.")
        is_early = job.directive is not None and job.polls <= (job.directive.number or 1)
        if job.directive is not None and job.directive.name == "503poll" and is_early:
            return problem(503, "Something went wrong.")
        if job.directive is not None and job.directive.name == "resetpoll" and is_early:
            return Answer(reset=True)
        return Answer.json(self._document(job))

    def _status(self, job: Job) -> str:
        name = job.directive.name if job.directive else None
        if job.canceled or name == "canceled":
            return "canceled"
        waits = name == "slowpoll" and job.polls <= (job.directive.number or 3 if job.directive else 3)
        if name in ("stuck", "resetcancel") or waits or time.monotonic() < job.ready_at:
            return "processing" if job.polls else "starting"
        return "failed" if name in ("refuse", "failed") else "succeeded"

    def _document(self, job: Job) -> dict[str, Any]:
        status = self._status(job)
        name = job.directive.name if job.directive else None
        failure = "NSFW content detected. Try running it again." if name == "refuse" else "CUDA out of memory"
        base = f"{self.base}/replicate"
        output = [job.url] if status == "succeeded" and name != "empty" else None
        return {
            "id": job.id,
            "model": job.model,
            "version": "fake",
            "input": job.input,
            "status": status,
            "output": output,
            "error": failure if status == "failed" else None,
            "created_at": job.created_at,
            "metrics": {"predict_time": 1.5} if status == "succeeded" else {},
            "urls": {"get": f"{base}/v1/predictions/{job.id}", "cancel": f"{base}/v1/predictions/{job.id}/cancel"},
        }

    def _list(self, request: Request) -> Answer:
        if not self.account.config.listing:
            return problem(503, "Something went wrong.")
        start = int(request.query.get("cursor", "0"))
        jobs = list(reversed(self.jobs.values()))
        page = jobs[start : start + PAGE]
        more = start + PAGE < len(jobs)
        following = f"{self.base}/replicate/v1/predictions?cursor={start + PAGE}" if more else None
        return Answer.json({"results": [self._document(job) for job in page], "next": following, "previous": None})
