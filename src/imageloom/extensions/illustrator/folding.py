"""How words are made comparable, when the library is packed and when a prompt is read."""

from __future__ import annotations

import re
import unicodedata

_COMBINING = re.compile("[\u0300-\u036f]")
_SEPARATORS = re.compile(r"[^\w\u0300-\u0fff]+|_")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "geese": "goose",
    "knives": "knife",
    "leaves": "leaf",
    "men": "man",
    "mice": "mouse",
    "people": "person",
    "teeth": "tooth",
    "wolves": "wolf",
    "women": "woman",
}


def fold(text: str) -> str:
    """Lower case, one form of each character, no accents, single spaces: ``" Éclair–Cake "`` is ``"eclair cake"``."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _COMBINING.sub("", unicodedata.normalize("NFD", plain))
    return _SEPARATORS.sub(" ", unicodedata.normalize("NFC", plain)).strip()


def is_unspaced(character: str) -> bool:
    """True for scripts that are written without spaces between words (Han, kana, Thai, Khmer, Burmese, Lao)."""
    return _UNSPACED.match(character) is not None


def singulars(word: str) -> tuple[str, ...]:
    """Forms a folded word may be the plural of, likeliest first; empty when it does not look like one."""
    if word in _IRREGULAR:
        return (_IRREGULAR[word],)
    if len(word) < 4:
        return ()
    found: list[str] = []
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    if word.endswith(("ches", "shes", "xes", "sses", "oes", "zes")):
        found.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        found.append(word[:-1])
    if word.endswith("es"):
        found.append(word[:-2])
    return tuple(dict.fromkeys(found))
