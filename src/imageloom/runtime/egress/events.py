"""Takes pictures out of server-sent events while they arrive; see the WHATWG's HTML standard, 9.2.6.

A line may hold megabytes of base64, so that no line is ever held: what follows ``data:`` goes to the scanner of its
event at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from imageloom.contracts.provider import BlobRef, ExpectEvents
from imageloom.runtime.egress.files import BlobFile
from imageloom.runtime.egress.scanner import BlobScanner

Shown = Callable[[int, BlobRef], None]
"""Hears of each unfinished picture, counted from 0. Its file is gone when this returns."""

_DATA = b"data"
_NAME_BYTES = 32
"""The name of a field that matters is shorter."""


class EventScanner:
    """Feed it chunks, then ask for :meth:`result`."""

    def __init__(self, expect: ExpectEvents, *, folder: Path, shown: Shown | None) -> None:
        self._expect = expect
        self._folder = folder
        self._shown = shown
        self._number = 0
        self._name = bytearray()
        self._in_data: bool | None = None
        """Whether this line's value is data; ``None`` while its name is read."""
        self._event: BlobScanner | None = None
        self._answer: tuple[Any, BlobScanner] | None = None
        self._was_return = False

    @property
    def text_bytes(self) -> int:
        """What is held in memory."""
        held = 0 if self._event is None else self._event.text_bytes
        return held + (0 if self._answer is None else self._answer[1].text_bytes)

    def feed(self, piece: bytes) -> None:
        at = 0
        if self._was_return and piece.startswith(b"\n"):
            at = 1
        while at < len(piece):
            end = _line_end(piece, at)
            self._read(piece[at : len(piece) if end < 0 else end])
            if end < 0:
                break
            self._end_line()
            at = end + (2 if piece[end : end + 2] == b"\r\n" else 1)
        self._was_return = piece.endswith(b"\r") if piece else self._was_return

    def result(self) -> Any | None:
        """The answer, or ``None`` without one. An event that is whole but for the empty line after it counts."""
        self._end_event()
        return None if self._answer is None else self._answer[0]

    @property
    def has_picture(self) -> bool:
        """Whether the answer is there: what comes after it is a word of farewell, or of trouble."""
        return self._answer is not None and self._picture(self._answer[0]) is not None

    @property
    def notes(self) -> list[str]:
        return [] if self._answer is None else self._answer[1].notes

    def unwritten(self) -> list[BlobFile]:
        """Files of the answer that the disk has not taken whole."""
        return [] if self._answer is None else self._answer[1].unwritten()

    def due(self) -> list[BlobFile]:
        """Files that hold enough to be written."""
        return [] if self._event is None else self._event.due()

    def discard(self) -> None:
        """Removes every file that was made."""
        if self._event is not None:
            self._event.discard()
        if self._answer is not None:
            self._answer[1].discard()
        self._event, self._answer = None, None

    # --- lines -----------------------------------------------------------------------------------------------

    def _read(self, part: bytes) -> None:
        """Some of a line, without its end."""
        if self._in_data is None:
            name, colon, value = part.partition(b":")
            self._name += name[: _NAME_BYTES - len(self._name)]
            if not colon:
                return
            self._in_data = bytes(self._name) == _DATA
            part = value
        if self._in_data and part:
            if self._event is None:
                self._event = BlobScanner(self._expect.keys, folder=self._folder)
            self._event.feed(part)

    def _end_line(self) -> None:
        is_empty = self._in_data is None and not self._name
        if is_empty:
            self._end_event()
        elif self._in_data and self._event is not None:
            # Between two lines of data stands a line's end, which to JSON is space.
            self._event.feed(b"\n")
        self._name.clear()
        self._in_data = None

    def _end_event(self) -> None:
        event, self._event = self._event, None
        if event is None:
            return
        try:
            document = event.result()
        except orjson.JSONDecodeError:
            # Such as a last word that is no JSON; or a piece of an event that was cut off.
            return
        kind = document.get("type") if isinstance(document, Mapping) else None
        if isinstance(kind, str) and kind in self._expect.partial:
            self._show(document, event)
            event.discard()
            return
        if self.has_picture and self._picture(document) is None:
            event.discard()
            return
        if self._answer is not None:
            self._answer[1].discard()
        self._answer = (document, event)

    def _picture(self, document: Any) -> BlobRef | None:
        values = map(document.get, self._expect.keys) if isinstance(document, Mapping) else ()
        return next((value for value in values if isinstance(value, BlobRef)), None)

    def _show(self, document: Mapping[str, Any], event: BlobScanner) -> None:
        blob = self._picture(document)
        if blob is not None and self._shown is not None:
            with suppress(OSError):
                for file in event.unwritten():
                    file.write_rest()
            # One that the disk refuses is not seen: it is no part of the answer.
            if not event.unwritten():
                self._shown(self._number, blob)
        self._number += 1


def _line_end(piece: bytes, at: int) -> int:
    feed = piece.find(b"\n", at)
    back = piece.find(b"\r", at, len(piece) if feed < 0 else feed)
    return feed if back < 0 else back
