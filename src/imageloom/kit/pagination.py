"""Keyset pages: a cursor names the last row seen, so the last page costs what the first does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TypeVar

from imageloom.kit.errors import InvalidInput

PAGE_DEFAULT = 50
PAGE_MAX = 500

T = TypeVar("T")


def encode_cursor(key: str) -> str:
    """An opaque cursor for a row's key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def cursor_after(rows: Sequence[T], limit: int, *, key: Callable[[T], str | int] = attrgetter("id")) -> str | None:
    """The cursor of the page after these rows; ``None`` when they are fewer than a page holds, so there is none."""
    return encode_cursor(str(key(rows[-1]))) if len(rows) == limit else None


def decode_cursor(cursor: str) -> str:
    """The key inside a cursor. Raises :class:`InvalidInput`."""
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        # Keys are ids and numbers; anything else, NUL above all, is no business of a database.
        if key and key.isascii() and key.isprintable():
            return key
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise InvalidInput(
        "This is no cursor of ours.", field="cursor", hint="Use `next` of the page before, or leave it out."
    )


def decode_number_cursor(cursor: str | None, *, start: int) -> int:
    """A cursor over a numbered list; ``start`` when there is none. Raises :class:`InvalidInput`."""
    if cursor is None:
        return start
    text = decode_cursor(cursor)
    if not text.isascii() or not text.lstrip("-").isdigit() or len(text) > 12:
        raise InvalidInput("This is no cursor of this list.", field="cursor")
    return int(text)
