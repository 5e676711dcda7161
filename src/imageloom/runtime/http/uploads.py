"""Uploaded files: streamed to disk, bounded, and gone when the request is over."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from starlette.datastructures import UploadFile
from starlette.requests import Request

from imageloom.kit.errors import InvalidInput, TooLarge
from imageloom.runtime.settings import Settings

CHUNK_BYTES = 1 << 20
NAME_CHARACTERS = 200


def is_form(request: Request) -> bool:
    """Whether its body is a form, whose files go to the disk as they come."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


def name_of(upload: UploadFile, *, fallback: str) -> str:
    """What the file was called: its end, which says the kind, without folders and what cannot be shown."""
    name = re.split(r"[/\\]", upload.filename or "")[-1]
    return "".join(character for character in name if character.isprintable())[-NAME_CHARACTERS:].strip() or fallback


@asynccontextmanager
async def received(upload: UploadFile, settings: Settings) -> AsyncIterator[Path]:
    """The upload as a file. Raises :class:`TooLarge` and :class:`InvalidInput` for an empty one."""
    folder = settings.data_dir / "uploads"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    limit = settings.server.max_body_bytes
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        path = Path(file.name)
        size = 0
        try:
            while chunk := await upload.read(CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"The file is larger than the {limit} bytes that are allowed.", field="file")
                await asyncio.to_thread(file.write, chunk)
            file.flush()
            if size == 0:
                raise InvalidInput("The file is empty.", field="file")
            yield path
        finally:
            path.unlink(missing_ok=True)
