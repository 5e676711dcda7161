"""Numbers that people and other programs write as text."""

from __future__ import annotations

DIGITS_MAX = 19
"""Enough for every number that a database keeps; Python refuses to read thousands of digits."""


def whole_number(text: str, *, most: int) -> int | None:
    """The number, or ``None`` for what is none from 0 to ``most``, in plain digits."""
    if not text.isascii() or not text.isdigit() or len(text) > DIGITS_MAX:
        return None
    number = int(text)
    return number if number <= most else None
