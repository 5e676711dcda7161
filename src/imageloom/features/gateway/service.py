"""The gateway: a request becomes a small batch like any other, and its end becomes OpenAI's answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import orjson
import pybase64
from blake3 import blake3
from sqlalchemy import Connection

from imageloom.features.batches.drafts import Draft, weigh
from imageloom.features.batches.planning import Planner, make_planner
from imageloom.features.batches.schemas import BatchCreate
from imageloom.features.batches.service import Idempotency
from imageloom.features.batches.sheets.reading import typed_sheet
from imageloom.features.batches.submitting import known_batch, write
from imageloom.features.catalog.entries import CatalogEntry
from imageloom.features.catalog.price_files import price_shelf
from imageloom.features.credentials.service import CredentialService
from imageloom.features.gateway import outcomes, repository
from imageloom.features.gateway.answers import PIECE_BYTES, Part
from imageloom.features.gateway.errors import ModelNotFound
from imageloom.features.gateway.links import Links
from imageloom.features.gateway.naming import listed, named
from imageloom.features.gateway.pictures import Gathering, Given, identity
from imageloom.features.gateway.repository import Made, Standing
from imageloom.features.gateway.schemas import OpenAIModel, Wished
from imageloom.features.gateway.waiting import Stuck, Waiting
from imageloom.features.gateway.wishes import Wish, wish_of
from imageloom.features.generation.errors import NoCredential, NothingToRetry, RunNotActive
from imageloom.features.generation.models import ItemState
from imageloom.features.generation.service import GenerationService
from imageloom.features.library.service import FileChanged, FileGone
from imageloom.features.library.soundness import FileTrouble, look, note
from imageloom.features.teams.models import Project
from imageloom.features.teams.service import project_of
from imageloom.kit.digests import digest_file
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.db.reader import Reader
from imageloom.runtime.db.together import Together
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.partials import Watch
from imageloom.runtime.scope import Scopes

PRIORITY = 9
"""Somebody waits."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who orders, and in which project: the one that was named, or their first; or why there is none."""

    actor: Actor
    project: Project | NotFound
    project_name: str | None

    def ordering_in(self) -> Project:
        """Raises :class:`NotFound`, and :class:`Forbidden` where they may not order."""
        if isinstance(self.project, NotFound):
            raise self.project
        Gateway.admit(self.actor, self.project)
        return self.project


@dataclass(frozen=True, kw_only=True)
class Order:
    """A request that is in the books. ``wish`` is what the answer repeats of it."""

    run_id: str
    wish: Wish
    is_new: bool = False
    watch: Watch | None = None
    """Sees unfinished pictures, where those are wished."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """An order at its end, with at least one picture. One that was deleted meanwhile is not there, though its file may
    still be.
    """

    order: Order
    standing: Standing
    items: Sequence[Made]

    @property
    def pictures(self) -> list[Made]:
        return [item for item in self._made if item.removed_at is None]

    @property
    def removed(self) -> list[Made]:
        return [item for item in self._made if item.removed_at is not None]

    @property
    def _made(self) -> list[Made]:
        return [item for item in self.items if item.state == ItemState.done and item.asset_id is not None]


@dataclass(frozen=True, kw_only=True)
class LinkedPicture:
    """What a signed link leads to."""

    format: str
    blake3: str


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Of this process."""

    scopes: Scopes
    reader: Reader
    egress: Egress
    _planners: dict[int, Planner] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def looks(self) -> Together[str, tuple[Standing, list[Made]]]:
        """How a run stands, and its items if it is over. Whoever asks while others look is in their next look."""

        async def look(run_ids: Sequence[str]) -> list[tuple[Standing, list[Made]]]:
            return await self.reader.read(partial(repository.ended, run_ids=run_ids))

        return Together(look)

    @property
    def links(self) -> Links:
        ports = self.scopes.ports
        return Links(cipher=ports.cipher, seconds=ports.settings.gateway.link_seconds)

    # --- models ----------------------------------------------------------------------------------------------

    async def models(self, actor: Actor) -> list[OpenAIModel]:
        """What the caller's teams can use: local engines, and providers with a key."""
        ports = self.scopes.ports
        async with self.scopes.open(actor, write=False) as scope:
            usable = await CredentialService(scope).usable()
        return list(listed(ports.providers, ports.settings.gateway, usable=usable))

    def entry(self, name: str | None) -> CatalogEntry:
        """Which model a request means. Raises :class:`ModelNotFound`."""
        ports = self.scopes.ports
        return named(name, providers=ports.providers, settings=ports.settings.gateway)

    @staticmethod
    def admit(actor: Actor, project: Project | None = None) -> None:
        """Who orders also reads: the answer is pictures."""
        actor.require_for(project, Permission.batches_write)
        actor.require_for(project, Permission.assets_read)

    # --- ordering --------------------------------------------------------------------------------------------

    @staticmethod
    def caller(connection: Connection, actor: Actor, *, project_name: str | None) -> Caller:
        """Finds the project. Raises :class:`Forbidden` for those who may not order."""
        Gateway.admit(actor)
        try:
            project: Project | NotFound = project_of(connection, actor=actor, id_or_name=project_name)
        except NotFound as error:
            project = error
        return Caller(actor=actor, project=project, project_name=project_name)

    async def order(
        self,
        body: Wished,
        *,
        caller: Caller,
        idempotency_key: str | None,
        images: Sequence[Given] = (),
        mask: Given | None = None,
    ) -> Order:
        """Writes the batch, or finds the one that the same key has made. Returns when it is durable."""
        wish, actor = wish_of(body, self.entry(body.model)), caller.actor
        idempotency = None
        if idempotency_key is not None:
            body_hash = _hash(body, caller.project_name, images, mask)
            idempotency = Idempotency(key=idempotency_key, body_hash=body_hash)
            known = await known_batch(idempotency, actor=actor, scopes=self.scopes)
            if known is not None:
                await self._try_again(known[1].id, actor)
                return Order(run_id=known[1].id, wish=wish, watch=self._watch(wish, known[1].id))
        project = caller.ordering_in()
        return await self._write(wish, images, mask, project=project, actor=actor, idempotency=idempotency)

    def _watch(self, wish: Wish, run_id: str) -> Watch | None:
        return self.scopes.ports.partials.watch(run_id) if wish.partial_pictures else None

    async def _write(
        self,
        wish: Wish,
        images: Sequence[Given],
        mask: Given | None,
        *,
        project: Project,
        actor: Actor,
        idempotency: Idempotency | None,
    ) -> Order:
        ports = self.scopes.ports
        given = [*images, *([] if mask is None else [mask])]
        found = []
        if given:
            gathering = Gathering(scopes=self.scopes, egress=self.egress, links=self.links)
            found = await gathering.gather(given, project=project, actor=actor)
        planner = self._planner(
            references=found[: len(images)],
            mask=None if mask is None else found[-1],
            partial_pictures=wish.partial_pictures,
        )
        fittings = [planner.fit(cell) for cell in wish.cells(chance=ports.ids.new())]
        verdict = weigh(fittings, at_once=len(fittings))
        body = BatchCreate(prompts=[wish.prompt], priority=PRIORITY)
        draft = Draft(
            project=project,
            sheet=None,
            rows=typed_sheet([wish.prompt]).rows,
            plan=wish.plan(),
            planner=planner,
            batch_id=ports.ids.new(),
        )
        # Before there is anything to see, for its call may begin before it is known here that it was written.
        watch = self._watch(wish, str(draft.batch_id))
        try:
            batch, _run, is_new = await write(
                body, draft, verdict, actor=actor, scopes=self.scopes, idempotency=idempotency
            )
        except NoCredential as error:
            raise ModelNotFound(
                f"The model {wish.entry.name!r} cannot be used here: {error.detail}", field="model", hint=error.hint
            ) from None
        if not is_new:
            await self._try_again(batch.id, actor)
            watch = self._watch(wish, batch.id)
        return Order(run_id=batch.id, wish=wish, is_new=is_new, watch=watch)

    def _planner(
        self, *, references: Sequence[Mapping[str, Any]], mask: Mapping[str, Any] | None, partial_pictures: int
    ) -> Planner:
        """Orders of nothing but words find what others of the day have looked up."""
        today = self.scopes.ports.clock.now().date()
        make = partial(make_planner, self.scopes.ports, on=today, partial_pictures=partial_pictures)
        if references or mask is not None:
            return make(references=references, mask=mask)
        known = self._planners.get(partial_pictures)
        prices = price_shelf(self.scopes.ports.settings.prices_folder).book()
        if known is None or known.is_full or known.today != today or known.prices is not prices:
            known = self._planners[partial_pictures] = make(references=())
        return known

    async def _try_again(self, run_id: str, actor: Actor) -> None:
        """The same key comes again after the request was turned away, or the provider was not there: nothing was made
        and nothing paid, so it is tried anew.
        """
        standing, items = await self.looks.ask(run_id)
        if standing.finished_at is None:
            return
        was_turned_away = standing.reason == repository.TURNED_AWAY
        if not was_turned_away and not all(outcomes.is_free_to_retry(item) for item in items):
            return
        state = ItemState.cancelled if was_turned_away else ItemState.failed
        try:
            async with self.scopes.open(actor) as scope:
                await GenerationService(scope).retry(run_id, states=[state])
        except NothingToRetry:
            # Somebody with the same key was faster.
            return

    # --- waiting ---------------------------------------------------------------------------------------------

    async def wait(self, order: Order, *, actor: Actor, beat: Callable[[], Awaitable[None]]) -> Ready:
        """Returns when there is a picture to show. Raises what there is to say when there is none, and
        :class:`Gone` when nobody listens any more: then the pictures are made all the same.
        """
        waiting = Waiting(
            run_id=order.run_id, is_new=order.is_new, ports=self.scopes.ports, looks=self.looks, beat=beat
        )
        while True:
            result = await waiting.until_over()
            if not isinstance(result, Stuck):
                break
            problem = await self._turn_away(order.run_id, result, actor)
            if problem is not None:
                raise problem
        standing, items = result
        if standing.finished_at is None:
            raise outcomes.still_running(order.run_id, standing)
        ready = Ready(order=order, standing=standing, items=items)
        if not ready.pictures and ready.removed:
            raise outcomes.removed(order.run_id, ready.removed[0])
        if not ready.pictures:
            raise outcomes.nothing_made(order.run_id, standing, items, waiting.why_stuck(standing))
        return ready

    async def _turn_away(self, run_id: str, stuck: Stuck, actor: Actor) -> Exception | None:
        """Cancels what waits, so that no answer says *not made* of what is made later. ``None`` when it moved
        meanwhile.
        """
        try:
            async with self.scopes.open(actor) as scope:
                run = await GenerationService(scope).cancel(run_id, reason=repository.TURNED_AWAY)
                moved = run.running > 0
        except RunNotActive:
            moved = True
        standing, items = await self.looks.ask(run_id)
        # Of several with the same key one was first, and all are told the same.
        others_did = standing.finished_at is not None and standing.reason == repository.TURNED_AWAY
        if (moved and not others_did) or any(item.state == ItemState.done for item in items):
            return None
        return outcomes.turned_away(run_id, stuck)

    # --- delivering ------------------------------------------------------------------------------------------

    async def part_of(self, picture: Made, *, whole: bool) -> Part:
        """A picture for an answer: in base64 if it is small and may be held ``whole``, else its file. Read once to be
        sure that it is what was stored.
        """
        assert picture.blake3 is not None
        path = self.scopes.ports.blobs.local_path(f"pictures/{picture.blake3}")
        if whole and path is not None and (picture.size_bytes or PIECE_BYTES) < PIECE_BYTES:
            content = await self.scopes.ports.disk.run(partial(_encoded, path, picture.blake3))
            if content is not None:
                return content
        return await self._sound(picture.blake3)

    async def linked(self, asset_id: str, *, expires: int, signature: str) -> LinkedPicture:
        """The picture of a signed link. Raises :class:`LinkUnusable` and :class:`NotFound`."""
        self.links.check(asset_id, expires=expires, signature=signature, now=self.scopes.ports.clock.now())
        row = await self.reader.read(partial(repository.asset, asset_id=asset_id))
        if row is None:
            raise NotFound("There is no such picture.")
        return LinkedPicture(format=row.format, blake3=row.blake3)

    async def file_of(self, picture: LinkedPicture) -> Path:
        """Its file, which is read once more before it is given. Raises :class:`FileGone` and :class:`FileChanged`."""
        path, _size = await self._sound(picture.blake3)
        return path

    async def _sound(self, digest: str) -> tuple[Path, int]:
        blobs = self.scopes.ports.blobs
        path = blobs.local_path(f"pictures/{digest}")
        if path is not None:
            size = await self.scopes.ports.disk.run(partial(_sound_size, path, digest))
            if size is not None:
                return path, size
        seen = await look(blobs, digest)
        if seen.trouble is not None:
            await note(self.scopes, {digest: seen.trouble})
        if seen.trouble == FileTrouble.file_changed:
            raise FileChanged(seen.trouble.sentence)
        if seen.trouble is not None or path is None:
            raise FileGone(FileTrouble.file_missing.sentence)
        return path, seen.bytes_read


def _encoded(path: Path, digest: str) -> bytes | None:
    """A file in base64; ``None`` for one that has to be looked at more closely."""
    try:
        with path.open("rb", buffering=0) as file:
            content = file.read()
            if sys.platform == "linux":
                # Its caller has it now. The memory of its copy is the next picture's, which else takes memory that
                # this machine has not used yet: of a virtual one, that costs ten times what writing does.
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError:
        return None
    return pybase64.b64encode(content) if blake3(content).hexdigest() == digest else None


def _sound_size(path: Path, digest: str) -> int | None:
    """The size of a file that is what was stored; ``None`` for one that has to be looked at more closely."""
    try:
        return path.stat().st_size if digest_file(path) == digest else None
    except OSError:
        return None


def _hash(body: Wished, project: str | None, images: Sequence[Given], mask: Given | None) -> str:
    told = {
        "gateway": body.model_dump(mode="json", exclude={"images", "mask"}),
        "project": project,
        "images": [identity(image) for image in images],
        "mask": None if mask is None else identity(mask),
    }
    return blake3(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
