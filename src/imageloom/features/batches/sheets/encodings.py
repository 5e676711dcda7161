"""Which encoding a text file is in: marks first, then UTF-8, then what its bytes look like. Decoding is strict."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from charset_normalizer import from_bytes

from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error

SAMPLE_BYTES = 256_000
CHUNK_BYTES = 65_536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = ["cp950", "gb18030", "shift_jis", "euc_kr", "cp1252", "cp1251", "utf_16_le", "utf_16_be"]
_WIDE_RUN = re.compile(r"[^\x00-\x7f]+")
_HANGUL_ENOUGH = 4
_GB_ENOUGH = 4


def detect_encoding(path: Path) -> str:
    """Raises :class:`SheetUnreadable` for a file that is no text."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if _decoded(sample, "utf-8") is not None:
        if b"\x00" in sample:
            return _without_mark(sample)
        return "utf-8"
    if _is_korean(sample):
        return "cp949"
    if _is_simplified_chinese(sample):
        return "gb18030"
    if _is_big5(sample):
        return "cp950"
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    if best is None:
        raise SheetUnreadable(
            "The file is no text in an encoding that is known here.", field="file", hint="Save it as UTF-8."
        )
    return best.encoding


def _decoded(sample: bytes, encoding: str) -> str | None:
    """The sample's text, or ``None``. A sample that is cut may end inside a character."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample, final=len(sample) < SAMPLE_BYTES)
    except UnicodeDecodeError:
        return None


def _is_korean(sample: bytes) -> bool:
    """Korean bytes are Chinese characters in Big5; Chinese ones are hardly ever four syllables and nothing else."""
    text = _decoded(sample, "euc_kr")
    wide = [character for character in text or "" if ord(character) > 127]
    hangul = sum(1 for character in wide if "\uac00" <= character <= "\ud7a3")
    return hangul >= _HANGUL_ENOUGH and hangul >= 0.9 * len(wide)


def _is_simplified_chinese(sample: bytes) -> bool:
    """Nothing but characters of the national set, mostly of its common half.

    Hardly any Big5 text is: two in five of its characters have a second byte that the set does not use, and its most
    common characters begin with bytes under which the set has kana, letters or nothing.
    """
    text = _decoded(sample, "gb2312")
    wide = [character for character in text or "" if ord(character) > 127]
    common = sum(1 for character in wide if "\u4e00" <= character <= "\u9fff" and character.encode("gb2312")[0] <= 0xD7)
    marks = sum(1 for character in wide if character in "，。、！？“”：；（）《》")
    return len(wide) >= _GB_ENOUGH and common + marks >= 0.8 * len(wide)


def _is_big5(sample: bytes) -> bool:
    """Most Chinese text without a mark that is not UTF-8 and came here is Big5; a guess by frequency needs a page."""
    text = _decoded(sample, "cp950")
    if text is None or _is_accented_latin(text):
        return False
    wide = [character for character in text if ord(character) > 127]
    common = sum(1 for character in wide if "\u4e00" <= character <= "\u9fff" or character in "，。、！？「」：；（）")
    # Frequent characters of traditional Chinese lie in the first two thirds of Big5's first level.
    frequent = sum(1 for character in wide if 0xA4 <= character.encode("cp950")[0] <= 0xC6)
    return bool(wide) and common >= 0.9 * len(wide) and frequent >= 0.6 * len(wide)


def _is_accented_latin(text: str) -> bool:
    """Single wide characters that touch Latin letters: there an accented letter swallowed the one after it."""
    runs = list(_WIDE_RUN.finditer(text))
    inside = sum(
        1
        for run in runs
        if run.end() - run.start() == 1
        and (text[run.end() : run.end() + 1].isalpha() or text[max(run.start() - 1, 0) : run.start()].isalpha())
    )
    return inside > len(runs) // 2


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
            line, offset = _place_of_fault(path, encoding)
            raise SheetUnreadable(
                f"Line {line}: byte {offset} of the file does not belong to {encoding}: {error.reason}.",
                field="file",
                hint="Save it as UTF-8.",
                encoding=encoding,
                row=line,
                offset=offset,
            ) from None


def lines_of(file: io.TextIOWrapper, *, limit: int) -> Iterator[str]:
    """The lines with their ends, none longer than ``limit`` characters. Raises a row error for one that is."""
    number = 0
    while line := file.readline(limit + 1):
        number += 1
        if len(line) > limit:
            raise row_error(number, f"the line has more than {limit} characters.")
        yield line


def _place_of_fault(path: Path, encoding: str) -> tuple[int, int]:
    """Line (from 1) and byte offset (from 0) of the first byte that cannot be decoded.

    A text file reads ahead and does not know where it was, so the bytes are gone through once more.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line, offset = 1, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK_BYTES)
            state = decoder.getstate()
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                # The decoder puts the bytes it had kept before those of the chunk.
                start = error.start - len(state[0])
                decoder.setstate(state)
                line += decoder.decode(chunk[: max(start, 0)]).count("\n")
                return line, offset + start
            if not chunk:
                return line, offset
            offset += len(chunk)
