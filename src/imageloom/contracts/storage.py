"""What a blob store is. Keys are chosen by the caller and are content addresses: a blob never changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

UNFINISHED = "unfinished"
"""The folder, in a store on this machine, of what is being written: beside the blobs, so that one rename moves it."""


class BlobMissing(Exception):
    """There is no blob with this key."""


class StoreFailed(Exception):
    """The store could not take or give the bytes (full, read-only, unreachable). Trying again later may help."""


@dataclass(frozen=True, kw_only=True)
class BlobStat:
    key: str
    size_bytes: int


@runtime_checkable
class BlobStore(Protocol):
    """Seven methods over bytes. :meth:`put_file` is atomic and durable: when it returns, the bytes survive a crash."""

    scheme: str

    async def put_file(self, key: str, source: Path) -> None:
        """Takes the file's bytes (it may move the file). A blob that is there already and whole is left as it is.

        Raises :class:`StoreFailed`; the source file then still exists.
        """
        ...

    def open(self, key: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to ``stop``. Raises :class:`BlobMissing` before the first byte."""
        ...

    async def stat(self, key: str) -> BlobStat:
        """Raises :class:`BlobMissing`."""
        ...

    async def delete(self, key: str) -> None: ...

    async def retire(self, key: str, *, unused_since: datetime) -> bool:
        """Deletes the blob unless somebody has put it since, also where it was there already; says whether it is gone.

        Whoever puts a blob writes of it afterwards: between the two no row tells that it is needed.
        """
        ...

    def list(self, prefix: str = "") -> AsyncIterator[BlobStat]: ...

    def local_path(self, key: str) -> Path | None:
        """Where the blob lies on this machine's disk, or ``None`` for a remote store."""
        ...
