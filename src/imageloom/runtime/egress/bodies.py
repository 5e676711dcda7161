"""Request bodies: JSON in one piece, forms streamed from their files with a known length."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpcore2
import orjson

from imageloom.contracts.provider import BlobRef, JsonBody, MultipartBody

_PIECE_BYTES = 256 * 1024
_IN_QUOTES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True)
class RequestBody:
    """Bytes and files in the order in which they are sent. Iterating yields pieces of at most 256 kB."""

    media_type: str | None = None
    parts: tuple[bytes | tuple[Path, int], ...] = field(default=(), repr=False)

    @property
    def length(self) -> int:
        return sum(len(part) if isinstance(part, bytes) else part[1] for part in self.parts)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
                continue
            try:
                with part[0].open("rb", buffering=0) as file:
                    while piece := file.read(_PIECE_BYTES):
                        yield piece
            except OSError:
                raise httpcore2.LocalProtocolError("a file to upload cannot be read") from None


def encode(body: JsonBody | MultipartBody | None) -> RequestBody:
    """Raises ``OSError`` when a file is missing, ``TypeError`` when a value is not JSON."""
    if body is None:
        return RequestBody()
    if isinstance(body, JsonBody):
        return RequestBody("application/json", (orjson.dumps(body.value),))
    return _form(body)


def _form(body: MultipartBody) -> RequestBody:
    boundary = f"imageloom-{secrets.token_hex(16)}"
    parts: list[bytes | tuple[Path, int]] = []
    for name, value in body.fields:
        parts.append(f"{_head(boundary, name)}\r\n\r\n{value}\r\n".encode())
    for name, blob in body.files:
        filename, media_type = _describe(blob)
        head = f'{_head(boundary, name)}; filename="{filename}"\r\nContent-Type: {media_type}\r\n\r\n'
        parts += [head.encode(), (blob.path, blob.path.stat().st_size), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return RequestBody(f"multipart/form-data; boundary={boundary}", tuple(parts))


def _head(boundary: str, name: str) -> str:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_IN_QUOTES)}"'


def _describe(blob: BlobRef) -> tuple[str, str]:
    media_type = "".join((blob.media_type or "application/octet-stream").splitlines())
    return (blob.filename or blob.path.name).translate(_IN_QUOTES), media_type
