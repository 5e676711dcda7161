"""Attempts over HTTP: submit once, then poll, fetch and store for free until the picture is ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

import structlog

from imageloom.contracts.provider import (
    BlobRef,
    Done,
    ExpectBytes,
    Fault,
    HttpCall,
    ImageRequest,
    JsonBody,
    MultipartBody,
    Outcome,
    Pending,
    Provider,
    RemotePicture,
    Usage,
)
from imageloom.contracts.storage import BlobMissing
from imageloom.features.catalog.price_files import PriceShelf
from imageloom.features.catalog.prices import CURRENCY
from imageloom.features.generation import answers
from imageloom.features.generation.attempts import Ended, request_of
from imageloom.features.generation.cancelled import CancelledRuns
from imageloom.features.generation.changes import Accepted, Claimed, Fetching, LaneLost
from imageloom.features.generation.finding import find_lost, taken_jobs
from imageloom.features.generation.models import AttemptState
from imageloom.features.generation.spool import Spool, is_whole
from imageloom.features.generation.storing import BadPicture, Store
from imageloom.features.generation.writer import LedgerWriter
from imageloom.runtime import faultpoints
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import Endpoint
from imageloom.runtime.egress.errors import Blocked, NoAnswer
from imageloom.runtime.scope import Ports

log = structlog.get_logger(__name__)

POLL_RETRY_CAP_SECONDS = 60.0
FETCH_TRIES = 6
FETCH_SECONDS = 300.0
FIND_TRIES = 6
ABSENT_LOOKS = 3
_GONE = frozenset({401, 403, 404, 410})


@dataclass(frozen=True, kw_only=True)
class RemoteRunner:
    """See :class:`imageloom.features.generation.attempts.AttemptRunner`."""

    provider: Provider
    endpoint: Endpoint
    ports: Ports
    writer: LedgerWriter
    egress: Egress
    spool: Spool
    store: Store
    prices: PriceShelf
    cancelled: CancelledRuns
    is_predecessor_alive: bool = False
    """Whether the driver before us only stands still: what it was about to send, it may send yet."""
    adopted: set[str] = field(default_factory=set)
    _paying: set[str] = field(default_factory=set)
    _left: set[str] = field(default_factory=set)

    def is_paying(self, attempt_id: str) -> bool:
        return attempt_id in self._paying

    def forget(self, item: Claimed) -> None:
        self._paying.discard(item.attempt_id)
        if item.attempt_id not in self._left:
            self.spool.forget(item.attempt_id)

    async def run(self, item: Claimed, *, lane_id: str, epoch: int) -> Ended:
        # An attempt that was claimed just now has nothing there.
        kept = None if item.started_at is None else await self.spool.find(item.attempt_id)
        if kept is not None:
            return await self._take(item, kept[0], job=None, sent=kept[1], lane_id=lane_id, epoch=epoch)
        await self.spool.open(item.attempt_id)
        if item.state in (AttemptState.accepted, AttemptState.fetching):
            return await self._resume(item, lane_id=lane_id, epoch=epoch)
        if item.started_at is not None:
            return await self._recover(item, lane_id=lane_id, epoch=epoch)
        return await self._submit(item, lane_id=lane_id, epoch=epoch)

    # --- the paid call ---------------------------------------------------------------------------------------

    async def _submit(self, item: Claimed, *, lane_id: str, epoch: int) -> Ended:
        try:
            request = request_of(item, references=await self._references(item), mask=await self._mask(item))
        except BlobMissing:
            return Ended(
                outcome=Outcome.invalid,
                code="reference_missing",
                message="A reference picture is no longer in the store.",
                billed=False,
                settled_micros=0,
            )
        if not self.ports.partials.is_watched(item.run_id):
            # They would be paid for, and nobody here would see them.
            request = replace(request, partial_pictures=0)
        call = self.provider.submit(request)
        call = replace(call, total_seconds=min(call.total_seconds, self.ports.settings.generation.call_seconds))
        sent = _as_sent(call)
        if item.look_since is not None and self.provider.findable == "list":
            known = await self._find_made_before(item, request, since=item.look_since, lane_id=lane_id)
            if known is not None:
                return await self._follow(item, known, sent=sent, lane_id=lane_id, epoch=epoch)
        faultpoints.hit("attempt.before_post")
        self._paying.add(item.attempt_id)
        try:
            reply = await self.egress.send(
                call,
                endpoint=self.endpoint,
                folder=self.spool.folder(item.attempt_id),
                shown=lambda number, blob: self.ports.partials.show(item.run_id, item.position, number, blob.path),
            )
        except Blocked as error:
            return Ended(
                outcome=Outcome.invalid, code="blocked", message=str(error), billed=False, settled_micros=0, sent=sent
            )
        except NoAnswer as error:
            return await self._no_answer(item, request, error, sent=sent, lane_id=lane_id, epoch=epoch)
        result = self.provider.read_submit(reply)
        if isinstance(result, Fault) and result.outcome == Outcome.uncertain and self.provider.findable == "list":
            return await self._find(item, request, sent=sent, lane_id=lane_id, epoch=epoch, why=result.message)
        return await self._follow(item, result, sent=sent, lane_id=lane_id, epoch=epoch)

    async def _find_made_before(
        self, item: Claimed, request: ImageRequest, *, since: datetime, lane_id: str
    ) -> Pending | Fault | None:
        """Before the first call of an item whose books were restored: it may have been made after the backup."""
        try:
            found = await self._look(item, request, since=since, lane_id=lane_id)
        except (NoAnswer, Blocked) as error:
            return Fault(outcome=Outcome.unavailable, code="not_asked", message=str(error), billed=False)
        if found == "unknown":
            message = "The provider does not say which jobs it has; after a restore, nothing is sent before that."
            return Fault(outcome=Outcome.unavailable, code="not_asked", message=message, billed=False)
        return found

    async def _look(
        self, item: Claimed, request: ImageRequest, *, since: datetime, lane_id: str
    ) -> Pending | Literal["unknown"] | None:
        """One look at what the provider has. Two attempts with the same input may look at once: each job is adopted
        by one.
        """
        taken = await self.writer.transact(partial(taken_jobs, lane_id=lane_id))
        found = await find_lost(
            self.provider,
            request,
            since=since - timedelta(minutes=2),
            taken=taken | self.adopted,
            send=lambda call: self.egress.send(call, endpoint=self.endpoint, folder=self.spool.folder(item.attempt_id)),
        )
        job = _ref(found.handle) if isinstance(found, Pending) else None
        if job is not None:
            self.adopted.add(job)
        return found

    async def _no_answer(
        self,
        item: Claimed,
        request: ImageRequest,
        error: NoAnswer,
        *,
        sent: Mapping[str, Any],
        lane_id: str,
        epoch: int,
    ) -> Ended:
        if not error.sent:
            return Ended(
                outcome=Outcome.unavailable,
                code=error.reason,
                message=str(error),
                billed=False,
                settled_micros=0,
                sent=sent,
            )
        if self.provider.findable == "list":
            return await self._find(item, request, sent=sent, lane_id=lane_id, epoch=epoch, why=str(error))
        return Ended(
            outcome=Outcome.uncertain,
            code=error.reason,
            message=f"No answer after the request was sent ({str(error).rstrip('.')}). It may have been made and paid.",
            sent=sent,
        )

    async def _recover(self, item: Claimed, *, lane_id: str, epoch: int) -> Ended:
        """The process before us ended in ``sending``: nobody knows whether the request arrived."""
        why = "The process ended while the request was on its way."
        if self.is_predecessor_alive:
            # It may be writing the answer there; what it leaves in the end is swept at a start.
            why = "The process that had sent the request stood still."
            self._left.add(item.attempt_id)
        if self.provider.findable == "list":
            request = request_of(item, references=())
            return await self._find(item, request, sent=item.sent, lane_id=lane_id, epoch=epoch, why=why)
        return Ended(outcome=Outcome.uncertain, code="interrupted", message=f"{why} It may have been made and paid.")

    async def _find(
        self,
        item: Claimed,
        request: ImageRequest,
        *,
        sent: Mapping[str, Any] | None,
        lane_id: str,
        epoch: int,
        why: str,
    ) -> Ended:
        """Looks the job up at the provider, for free, before anybody talks of sending it again."""
        since = item.started_at or self.ports.clock.now() - timedelta(minutes=15)
        absent = 0
        for number in range(FIND_TRIES):
            await asyncio.sleep(min(2.0**number, 8.0) * 0.25)
            try:
                found = await self._look(item, request, since=since, lane_id=lane_id)
            except (NoAnswer, Blocked):
                continue
            if found == "unknown":
                continue
            if found is None:
                # A list may be a moment behind: only a second look makes it certain.
                absent += 1
                if absent < ABSENT_LOOKS:
                    continue
                if item.started_at is not None and self.is_predecessor_alive:
                    break
                return Ended(
                    outcome=Outcome.unavailable,
                    code="never_arrived",
                    message=f"{why} The provider does not know the job, so nothing was made.",
                    billed=False,
                    settled_micros=0,
                    sent=sent,
                )
            self._left.discard(item.attempt_id)
            return await self._follow(item, found, sent=sent, lane_id=lane_id, epoch=epoch)
        return Ended(
            outcome=Outcome.uncertain,
            code="not_found_out",
            message=f"{why} The provider could not be asked whether it has the job.",
            sent=sent,
        )

    # --- what is free ----------------------------------------------------------------------------------------

    async def _follow(
        self,
        item: Claimed,
        result: Done | Pending | Fault,
        *,
        sent: Mapping[str, Any] | None,
        lane_id: str,
        epoch: int,
    ) -> Ended:
        job: Mapping[str, Any] | None = None
        if isinstance(result, Pending):
            job = result.handle
            accepted = Accepted(
                lane_id=lane_id,
                epoch=epoch,
                attempt_id=item.attempt_id,
                handle=result.handle,
                sent=sent,
                at=self.ports.clock.now(),
            )
            if await self._put(accepted):
                # From here on the provider can be asked by whoever drives the lane.
                self._paying.discard(item.attempt_id)
            faultpoints.hit("attempt.after_accept")
            result = await self._poll(item, result)
        if isinstance(result, Fault):
            return self._refusal(item, result, sent=sent, job=job)
        return await self._take(item, result, job=job, sent=sent, lane_id=lane_id, epoch=epoch)

    async def _put(self, change: Accepted | Fetching) -> bool:
        """False when the lane was lost and nobody else can know what we have paid for: then we go on with it."""
        try:
            await self.writer.put(change)
        except LaneLost:
            if change.attempt_id not in self._paying:
                raise
            return False
        return True

    async def _resume(self, item: Claimed, *, lane_id: str, epoch: int) -> Ended:
        """The provider has the job: ask for it again. Nothing is paid by asking."""
        handle = dict(item.handle or {})
        job = handle.get("job") if "answer" in handle else handle
        if not job:
            done = answers.from_json(handle["answer"], folder=self.spool.folder(item.attempt_id))
            done = replace(done, pictures=tuple(filter(_is_there, done.pictures)))
            return await self._take(item, done, job=None, sent=item.sent, lane_id=lane_id, epoch=epoch)
        result = await self._poll(item, Pending(handle=job, poll_after_seconds=0.0))
        if isinstance(result, Fault):
            return self._refusal(item, result, sent=item.sent, job=job)
        return await self._take(item, result, job=job, sent=item.sent, lane_id=lane_id, epoch=epoch)

    async def _poll(self, item: Claimed, pending: Pending) -> Done | Fault:
        """Polls until the job ends, the deadline passes, or a person cancels the batch."""
        clock = self.ports.clock
        deadline = clock.monotonic() + self.ports.settings.generation.job_seconds
        failures = 0
        cancel_sent = False
        while True:
            await asyncio.sleep(pending.poll_after_seconds)
            if clock.monotonic() > deadline:
                await self._cancel(item, pending)
                return Fault(
                    outcome=Outcome.failed,
                    code="deadline",
                    message="The job did not end in time and was cancelled at the provider. It may be billed.",
                )
            if not cancel_sent and await self.cancelled.has(item.run_id):
                cancel_sent = True
                await self._cancel(item, pending)
            result = await self._poll_once(item, pending)
            if isinstance(result, Pending):
                pending, failures = result, 0
                continue
            if isinstance(result, Fault) and result.outcome in _POLL_AGAIN:
                failures += 1
                pause = min(result.retry_after_seconds or 2.0 ** min(failures, 10), POLL_RETRY_CAP_SECONDS)
                pending = replace(pending, poll_after_seconds=max(pause, 0.1))
                continue
            return result

    async def _poll_once(self, item: Claimed, pending: Pending) -> Done | Pending | Fault:
        call = self.provider.poll(pending.handle)
        try:
            reply = await self.egress.send(call, endpoint=self.endpoint, folder=self.spool.folder(item.attempt_id))
        except (NoAnswer, Blocked) as error:
            return Fault(outcome=Outcome.unavailable, message=str(error))
        return self.provider.read_poll(reply, pending.handle)

    async def _cancel(self, item: Claimed, pending: Pending) -> None:
        call = self.provider.cancel(pending.handle)
        if call is None:
            return
        try:
            await self.egress.send(call, endpoint=self.endpoint, folder=self.spool.folder(item.attempt_id))
        except (NoAnswer, Blocked) as error:
            log.warning("job_cancel_failed", error=str(error))

    async def _take(
        self,
        item: Claimed,
        done: Done,
        *,
        job: Mapping[str, Any] | None,
        sent: Mapping[str, Any] | None,
        lane_id: str,
        epoch: int,
    ) -> Ended:
        """Fetches what waits at URLs, writes the answer down, and stores the pictures."""
        cost = self._cost(item, done)
        usage = None if done.usage is None else dict(done.usage.counts)
        if any(isinstance(picture, RemotePicture) for picture in done.pictures):
            handle = {"answer": answers.to_json(done), "job": job}
            at = self.ports.clock.now()
            await self._put(Fetching(lane_id=lane_id, epoch=epoch, attempt_id=item.attempt_id, handle=handle, at=at))
            fetched = await self._fetch_all(item, done)
            if isinstance(fetched, Ended):
                return replace(fetched, settled_micros=cost, usage=usage, sent=sent, provider_ref=done.provider_ref)
            done = fetched
        await self.spool.keep(item.attempt_id, done, sent)
        try:
            pictures = await self.store.put(item, done, is_trained=True)
        except BadPicture as error:
            return Ended(
                outcome=Outcome.failed,
                code="damaged",
                message=f"{error} It was paid for.",
                billed=True,
                settled_micros=cost,
                usage=usage,
                sent=sent,
                provider_ref=done.provider_ref,
            )
        return Ended(
            outcome=Outcome.succeeded,
            billed=True,
            settled_micros=cost,
            usage=usage,
            sent=sent,
            provider_ref=done.provider_ref,
            pictures=pictures,
        )

    async def _fetch_all(self, item: Claimed, done: Done) -> Done | Ended:
        pictures: list[BlobRef | RemotePicture] = []
        for picture in done.pictures:
            if isinstance(picture, BlobRef):
                pictures.append(picture)
                continue
            fetched = await self._fetch(item, picture)
            if isinstance(fetched, Ended):
                return fetched
            pictures.append(fetched)
        return replace(done, pictures=tuple(pictures))

    async def _fetch(self, item: Claimed, picture: RemotePicture) -> BlobRef | Ended:
        """A download is free to repeat; the generation behind it is not."""
        call = HttpCall(
            method="GET", url=picture.url, expect=ExpectBytes(max_bytes=picture.max_bytes), total_seconds=FETCH_SECONDS
        )
        trouble = ""
        for number in range(FETCH_TRIES):
            if number:
                await asyncio.sleep(min(0.25 * 2.0**number, 8.0))
            try:
                reply = await self.egress.send(call, endpoint=self.endpoint, folder=self.spool.folder(item.attempt_id))
            except Blocked as error:
                return _paid_failure("blocked", f"{error} It was paid for.")
            except NoAnswer as error:
                trouble = str(error)
                continue
            if reply.ok and reply.blob is not None:
                return reply.blob
            trouble = f"HTTP {reply.status}"
            if reply.status in _GONE:
                return _paid_failure("expired", f"The picture's URL has expired ({trouble}). It was paid for.")
        return _paid_failure("fetch_failed", f"The picture could not be downloaded ({trouble}). It was paid for.")

    def _refusal(
        self, item: Claimed, fault: Fault, *, sent: Mapping[str, Any] | None, job: Mapping[str, Any] | None
    ) -> Ended:
        """No picture; and what it cost, where the provider says that something was used for it."""
        ended = Ended.of_fault(fault, sent=sent, ref=_ref(job))
        if fault.usage is None or fault.billed is False:
            return ended
        cost = self._of_usage(item, fault.usage)
        usage = dict(fault.usage.counts)
        return replace(ended, billed=True if cost else fault.billed, settled_micros=cost, usage=usage)

    def _cost(self, item: Claimed, done: Done) -> int | None:
        """What the reply says, else what its usage comes to, else the expected price; unknown stays unknown."""
        usage = done.usage
        if usage is not None and usage.cost_micros is not None:
            return self._of_usage(item, usage)
        settled = None if usage is None else self._of_usage(item, usage)
        estimated: int | None = item.estimated_micros
        return estimated if settled is None else settled

    def _of_usage(self, item: Claimed, usage: Usage) -> int | None:
        if usage.cost_micros is not None:
            # Another currency cannot be added to the books without a rate.
            return usage.cost_micros if usage.currency == CURRENCY else None
        on = self.ports.clock.now().date()
        settled = self.prices.book().settle(item.provider, item.model, usage, on=on)
        return None if settled is None else settled.micros

    async def _references(self, item: Claimed) -> tuple[BlobRef, ...]:
        wished = item.fields.get("references", [])
        return tuple([await self._stored(item, one, f"reference-{number}") for number, one in enumerate(wished)])

    async def _mask(self, item: Claimed) -> BlobRef | None:
        wished = item.fields.get("mask")
        return None if wished is None else await self._stored(item, wished, "mask")

    async def _stored(self, item: Claimed, picture: Mapping[str, Any], name: str) -> BlobRef:
        """A picture of the store, to be sent along. Raises :class:`BlobMissing`."""
        key = f"pictures/{picture['blake3']}"
        path = self.ports.blobs.local_path(key)
        stat = await self.ports.blobs.stat(key)
        if path is None:
            path = self.spool.folder(item.attempt_id) / name
            with path.open("wb") as file:
                async for chunk in self.ports.blobs.open(key):
                    file.write(chunk)
        return BlobRef(
            path=path,
            size_bytes=stat.size_bytes,
            media_type=picture["media_type"],
            filename=f"{name}.{picture['format']}",
        )


_POLL_AGAIN = frozenset({Outcome.unavailable, Outcome.rate_limited, Outcome.unauthorized, Outcome.uncertain})
"""In a poll these speak of the poll, not of the job."""


def _is_there(picture: BlobRef | RemotePicture) -> bool:
    """Of an answer with both kinds, a file that came with it may be gone with the process that wrote it."""
    return isinstance(picture, RemotePicture) or is_whole(picture)


def _paid_failure(code: str, message: str) -> Ended:
    return Ended(outcome=Outcome.failed, code=code, message=message, billed=True)


def _ref(handle: Mapping[str, Any] | None) -> str | None:
    value = (handle or {}).get("id")
    return value if isinstance(value, str) else None


def _as_sent(call: HttpCall) -> dict[str, Any]:
    """What was really sent, for the books: never a credential, never the bytes of a picture."""
    sent: dict[str, Any] = {"method": call.method, "url": call.url}
    match call.body:
        case JsonBody(value=value):
            sent["json"] = value
        case MultipartBody(fields=fields, files=files):
            sent["form"] = dict(fields)
            sent["files"] = [name for name, _file in files]
        case None:
            pass
    return sent
