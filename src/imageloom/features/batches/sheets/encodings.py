"""Which encoding a text file is in: marks first, then UTF-8, then what its bytes look like. Decoding is strict."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from charset_normalizer import from_bytes

from imageloom.features.batches.sheets.errors import SheetUnreadable

SAMPLE_BYTES = 256_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = ["cp950", "gb18030", "shift_jis", "euc_kr", "cp1252", "utf_16_le", "utf_16_be"]


def detect_encoding(path: Path) -> str:
    """Raises :class:`SheetUnreadable` for a file that is no text."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if _is_utf8(sample):
        if b"\x00" in sample:
            return _without_mark(sample)
        return "utf-8"
    if _is_big5(sample):
        return "cp950"
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    if best is None:
        raise SheetUnreadable(
            "The file is no text in an encoding that is known here.", field="file", hint="Save it as UTF-8."
        )
    return best.encoding


def _is_utf8(sample: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        # Not final: the sample may end inside a character.
        decoder.decode(sample, final=len(sample) < SAMPLE_BYTES)
    except UnicodeDecodeError:
        return False
    return True


def _is_big5(sample: bytes) -> bool:
    """Most Chinese text without a mark that is not UTF-8 and came here is Big5; a guess by frequency needs a page."""
    try:
        text = sample.decode("cp950") if len(sample) < SAMPLE_BYTES else sample[:-1].decode("cp950", errors="ignore")
    except UnicodeDecodeError:
        return False
    wide = [character for character in text if ord(character) > 127]
    common = sum(1 for character in wide if "\u4e00" <= character <= "\u9fff" or character in "，。、！？「」：；（）")
    # Frequent characters of traditional Chinese lie in the first two thirds of Big5's first level.
    frequent = sum(1 for character in wide if 0xA4 <= character.encode("cp950")[0] <= 0xC6)
    return bool(wide) and common >= 0.9 * len(wide) and frequent >= 0.6 * len(wide)


def _without_mark(sample: bytes) -> str:
    """UTF-16 without a mark shows as a zero in every second byte of Latin text."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 4:
        return "utf-16-le"
    if even > len(sample) // 4:
        return "utf-16-be"
    raise SheetUnreadable("The file holds NUL bytes: it is no text.", field="file", hint="Save it as UTF-8 text.")


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file as text, decoded strictly. Raises :class:`SheetUnreadable` where a byte does not belong."""
    with path.open("r", encoding=encoding, errors="strict", newline="") as file:
        try:
            yield file
        except UnicodeDecodeError as error:
            raise SheetUnreadable(
                f"A byte of the file does not belong to {encoding}: {error.reason}.",
                field="file",
                hint="Save it as UTF-8.",
                encoding=encoding,
            ) from None
