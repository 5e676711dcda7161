"""Takes large base64 strings out of JSON while it arrives, without ever holding one.

Only strings and the colon after them matter to find a member, so the scanner follows those and leaves the grammar to
the parser that reads what remains. Every state survives a chunk boundary at any byte.
"""

from __future__ import annotations

import binascii
import re
import secrets
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Any

import orjson
import pybase64

from imageloom.contracts.provider import BlobRef
from imageloom.kit.characters import without_nul
from imageloom.runtime.egress.files import BlobFile

_SPACE = re.compile(rb"[ \t\r\n]*")
_SPACE_OR_COMMA = re.compile(rb"[ \t\r\n,]*")
_STRING_STOP = re.compile(rb'["\\]')
_ESCAPED_ASCII = re.compile(rb"\\u00([2-7][0-9A-Fa-f])")
_QUOTE = 0x22
_BACKSLASH = 0x5C
_COLON = 0x3A
_BRACKET = 0x5B
_PAD = 0x3D


class _State(Enum):
    text = auto()
    string = auto()
    escape = auto()
    after_string = auto()
    after_colon = auto()
    in_list = auto()
    blob = auto()


class BlobScanner:
    r"""Feed it chunks, then ask for :meth:`result`.

    A string that is the value of a member named in ``keys``, or stands directly in a list that is, becomes a file in
    ``folder``. An empty string stays what it is. A string that is not strict base64 becomes ``None`` and a line in
    ``notes``; ``\\/`` and ``\\u00XX`` escapes are understood.
    """

    def __init__(self, keys: frozenset[str], *, folder: Path) -> None:
        self._keys = keys
        self._folder = folder
        self._nonce = secrets.token_hex(8)
        self._text = bytearray()
        self._state = _State.text
        self._string_start = 0
        self._key = ""
        self._in_list = False
        self._blob = _Base64(folder)
        self._held = b""
        self._files: dict[str, BlobFile] = {}
        self.notes: list[str] = []
        self._steps: dict[_State, Callable[[bytes, int], int]] = {
            _State.text: self._read_text,
            _State.string: self._read_string,
            _State.escape: self._read_escape,
            _State.after_string: self._read_after_string,
            _State.after_colon: self._read_after_colon,
            _State.in_list: self._read_list,
            _State.blob: self._read_blob,
        }

    @property
    def text(self) -> bytes:
        """The JSON so far, with placeholders for the blobs."""
        return bytes(self._text)

    @property
    def text_bytes(self) -> int:
        return len(self._text)

    def feed(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
            self._held = b""
        at, end, steps = 0, len(data), self._steps
        while at < end:
            at = steps[self._state](data, at)

    def result(self) -> Any:
        """The parsed JSON with :class:`BlobRef` objects in place. Raises ``orjson.JSONDecodeError``; then, as after
        :meth:`discard`, no file is left.
        """
        try:
            body = orjson.loads(without_nul(bytes(self._text)))
        except orjson.JSONDecodeError:
            self.discard()
            raise
        refs = {name: file.finish() for name, file in self._files.items()}
        body, used = _put_back(body, refs)
        # A member named twice keeps its last value; the file of the first has no owner.
        for name in refs.keys() - used:
            self._files.pop(name).discard()
        return body

    def unwritten(self) -> list[BlobFile]:
        """Files of the result that the disk has not taken whole."""
        return [file for file in self._files.values() if not file.is_written]

    def due(self) -> list[BlobFile]:
        """Files that hold enough to be written."""
        return [file for file in (*self._files.values(), self._blob.file) if file is not None and file.is_due]

    def discard(self) -> None:
        """Removes every file that was made."""
        self._blob.discard()
        for file in self._files.values():
            file.discard()
        self._files = {}

    # --- one method per state: reads from ``at``, returns where the next begins ---

    def _read_text(self, data: bytes, at: int) -> int:
        quote = data.find(b'"', at)
        if quote < 0:
            self._text += data[at:]
            return len(data)
        self._text += data[at : quote + 1]
        self._string_start = len(self._text)
        self._state = _State.string
        return quote + 1

    def _read_string(self, data: bytes, at: int) -> int:
        stop = _STRING_STOP.search(data, at)
        if stop is None:
            self._text += data[at:]
            return len(data)
        end = stop.end()
        self._text += data[at:end]
        self._state = _State.after_string if data[end - 1] == _QUOTE else _State.escape
        return end

    def _read_escape(self, data: bytes, at: int) -> int:
        self._text.append(data[at])
        self._state = _State.string
        return at + 1

    def _read_after_string(self, data: bytes, at: int) -> int:
        at = self._skip(_SPACE, data, at)
        if at == len(data):
            return at
        self._state = _State.text
        if data[at] != _COLON:
            return at
        self._text.append(_COLON)
        if self._is_wanted(bytes(self._text[self._string_start : self._text.rfind(b'"')])):
            self._state = _State.after_colon
        return at + 1

    def _is_wanted(self, raw: bytes) -> bool:
        try:
            name = orjson.loads(b'"' + raw + b'"') if b"\\" in raw else raw.decode()
        except ValueError:
            return False
        self._key = name
        return name in self._keys

    def _read_after_colon(self, data: bytes, at: int) -> int:
        at = self._skip(_SPACE, data, at)
        if at == len(data):
            return at
        if data[at] == _QUOTE:
            return self._begin_blob(at, in_list=False)
        if data[at] == _BRACKET:
            self._text.append(_BRACKET)
            self._state = _State.in_list
            return at + 1
        self._state = _State.text
        return at

    def _read_list(self, data: bytes, at: int) -> int:
        at = self._skip(_SPACE_OR_COMMA, data, at)
        if at == len(data):
            return at
        if data[at] == _QUOTE:
            return self._begin_blob(at, in_list=True)
        self._state = _State.text
        return at

    def _skip(self, pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
        found = pattern.match(data, at)
        assert found is not None
        self._text += found.group()
        return found.end()

    def _begin_blob(self, at: int, *, in_list: bool) -> int:
        self._in_list = in_list
        self._blob = _Base64(self._folder)
        self._state = _State.blob
        return at + 1

    def _read_blob(self, data: bytes, at: int) -> int:
        quote = data.find(b'"', at)
        stop = len(data) if quote < 0 else quote
        if data.find(b"\\", at, stop) < 0:
            self._blob.feed(data, at, stop)
        else:
            quote, stop = self._read_escaped_blob(data, at)
        if quote < 0:
            return len(data)
        self._end_blob()
        return stop + 1

    def _read_escaped_blob(self, data: bytes, at: int) -> tuple[int, int]:
        """The closing quote, or -1, and where the string stops in these data."""
        quote = data.find(b'"', at)
        while quote >= 0 and _backslashes_before(data, at, quote) % 2:
            quote = data.find(b'"', quote + 1)
        stop = len(data) if quote < 0 else quote
        piece = data[at:stop]
        if quote < 0:
            keep = len(piece) - _unfinished_escape(piece)
            piece, self._held = piece[:keep], piece[keep:]
        piece = piece.replace(b"\\/", b"/")
        if b"\\" in piece:
            piece = _ESCAPED_ASCII.sub(lambda found: bytes((int(found[1], 16),)), piece)
        self._blob.feed(piece, 0, len(piece))
        return quote, stop

    def _end_blob(self) -> None:
        self._state = _State.in_list if self._in_list else _State.text
        if not self._blob.end():
            self.notes.append(f"invalid base64 in {self._key}")
            self._text += b"null"
        elif self._blob.file is None:
            self._text += b'""'
        else:
            name = f"{self._nonce}-{len(self._files)}"
            self._files[name] = self._blob.file
            self._text += f'"{name}"'.encode()
        self._blob = _Base64(self._folder)


class _Base64:
    """One base64 string on its way into a file, which is made when its first bytes are known."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._carry = b""
        self._padded = False
        self._invalid = False
        self.file: BlobFile | None = None

    def feed(self, data: bytes, start: int, stop: int) -> None:
        if self._invalid or start == stop:
            return
        if self._carry:
            need = min(4 - len(self._carry), stop - start)
            quad = self._carry + data[start : start + need]
            start += need
            if len(quad) < 4:
                self._carry = quad
                return
            self._carry = b""
            self._decode(quad)
        whole = start + (stop - start) // 4 * 4
        if whole > start:
            self._decode(memoryview(data)[start:whole])
        if whole < stop:
            self._carry = data[whole:stop]

    def _decode(self, quads: bytes | memoryview) -> None:
        if self._padded or self._invalid:
            self._fail()
            return
        try:
            decoded = pybase64.b64decode(quads, validate=True)
        except binascii.Error:
            self._fail()
            return
        self._padded = quads[-1] == _PAD
        if self.file is None:
            self.file = BlobFile(self._folder)
        self.file.write(decoded)

    def end(self) -> bool:
        """Whether the whole string was base64."""
        if self._carry:
            self._fail()
        return not self._invalid

    def discard(self) -> None:
        if self.file is not None:
            self.file.discard()
            self.file = None

    def _fail(self) -> None:
        self._invalid = True
        self.discard()


def _backslashes_before(data: bytes, start: int, at: int) -> int:
    first = at
    while first > start and data[first - 1] == _BACKSLASH:
        first -= 1
    return at - first


def _unfinished_escape(piece: bytes) -> int:
    """How many bytes at the end belong to an escape whose rest is still to come."""
    if _backslashes_before(piece, 0, len(piece)) % 2:
        return 1
    tail = piece[-5:]
    at = tail.rfind(b"\\u")
    return len(tail) - at if at >= 0 else 0


def _put_back(body: Any, refs: dict[str, BlobRef]) -> tuple[Any, set[str]]:
    """Replaces each placeholder, without recursion: the other side chose the depth."""
    used: set[str] = set()
    if not refs:
        return body, used
    holder = [body]
    todo: list[Any] = [holder]
    while todo:
        node = todo.pop()
        for place, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if isinstance(value, str) and value in refs:
                node[place] = refs[value]
                used.add(value)
            elif isinstance(value, dict | list):
                todo.append(value)
    return holder[0], used
