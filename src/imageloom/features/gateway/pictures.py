"""Pictures that come with a request: as files, as data URLs, by an address, or by the id of one that is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pybase64

from imageloom.contracts.provider import ExpectBytes, HttpCall
from imageloom.features.gateway.errors import BadImage
from imageloom.features.gateway.links import Links
from imageloom.features.gateway.schemas import ImageRef
from imageloom.features.library.service import BadUpload, KeptUpload, LibraryService, keep_upload
from imageloom.features.teams.models import Project
from imageloom.runtime.actor import Actor
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import Endpoint
from imageloom.runtime.egress.errors import Blocked, NoAnswer
from imageloom.runtime.scope import Scope, Scopes

FETCH_SECONDS = 30.0
FETCH_MAX_BYTES = 50_000_000
_NOWHERE = Endpoint(base_url="https://nowhere.invalid")
"""There is no base address: every address that a caller gives comes from outside, and must be one of the internet."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file of a form, in the store already."""

    kept: KeptUpload
    filename: str


Given = Upload | ImageRef


def identity(given: Given) -> str:
    """What makes two requests with pictures the same request."""
    if isinstance(given, Upload):
        return f"file:{given.kept.blake3}"
    return f"id:{given.file_id}" if given.image_url is None else f"url:{given.image_url}"


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """Brings what was given into the library, so that items can name it. Nothing is fetched inside a transaction."""

    scopes: Scopes
    egress: Egress
    links: Links

    async def gather(self, given: Sequence[Given], *, project: Project, actor: Actor) -> list[Mapping[str, Any]]:
        """What an item keeps of each. Raises :class:`BadImage`, and :class:`NotFound` for what is not the caller's."""
        found = [await self._keep(one) for one in given]
        async with self.scopes.open(actor) as scope:
            return [await self._reference(scope, project, one) for one in found]

    async def _keep(self, given: Given) -> Upload | str:
        """A file in the store, or the id of a picture of ours."""
        if isinstance(given, Upload):
            return given
        if given.image_url is None:
            assert given.file_id is not None
            return given.file_id
        url = given.image_url
        if url[:5].lower() == "data:":
            async with self._folder() as folder:
                return await self._kept(_decoded(url, folder), filename="data-url")
        own = self.links.asset_of(url, now=self.scopes.ports.clock.now())
        return own if own is not None else await self._fetched(url)

    async def _fetched(self, url: str) -> Upload:
        """Through the guard of addresses: nothing on this machine or its network is asked, however it is written."""
        call = HttpCall(
            method="GET", url=url, expect=ExpectBytes(max_bytes=FETCH_MAX_BYTES), total_seconds=FETCH_SECONDS
        )
        if not url.lower().startswith(("https://", "http://")):
            raise BadImage("image_url is no https address and no data URL.", field="images")
        async with self._folder() as folder:
            try:
                reply = await self.egress.send(call, endpoint=_NOWHERE, folder=folder)
            except Blocked as error:
                raise BadImage(f"The address of the picture is not called: {error.detail}", field="images") from None
            except NoAnswer as error:
                raise BadImage(f"The picture could not be fetched: {error}", field="images") from None
            if not reply.ok or reply.blob is None:
                raise BadImage(f"The picture could not be fetched: HTTP {reply.status}.", field="images")
            return await self._kept(reply.blob.path, filename="fetched")

    async def _kept(self, path: Path, *, filename: str) -> Upload:
        return Upload(kept=await kept(path, scopes=self.scopes, field="images"), filename=filename)

    @asynccontextmanager
    async def _folder(self) -> AsyncIterator[Path]:
        place = self.scopes.ports.settings.data_dir / "uploads"
        await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
        folder = await asyncio.to_thread(TemporaryDirectory, dir=place, ignore_cleanup_errors=True)
        try:
            yield Path(folder.name)
        finally:
            with suppress(OSError):
                await asyncio.to_thread(folder.cleanup)

    async def _reference(self, scope: Scope, project: Project, one: Upload | str) -> Mapping[str, Any]:
        library = LibraryService(scope)
        if isinstance(one, str):
            return await library.reference(one)
        asset = await library.import_once(project, one.kept, filename=one.filename)
        return await library.reference(asset.id)


async def kept(path: Path, *, scopes: Scopes, field: str) -> KeptUpload:
    """Checks the file and puts it into the store. Raises :class:`BadImage`."""
    try:
        return await keep_upload(path, ports=scopes.ports)
    except BadUpload as error:
        raise BadImage(error.detail, field=field) from None


def _decoded(url: str, folder: Path) -> Path:
    head, comma, text = url.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise BadImage("The data URL is not in base64.", field="images", hint="Such as data:image/png;base64,iVBOR…")
    try:
        content = pybase64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise BadImage("The data URL holds broken base64.", field="images") from None
    path = folder / "picture"
    path.write_bytes(content)
    return path
