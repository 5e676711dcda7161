from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imageloom.contracts.provider import BlobRef
from imageloom.runtime.egress.scanner import BlobScanner

PICTURE = bytes(range(256)) * 3 + b"!"
ENCODED = base64.b64encode(PICTURE).decode()
KEYS = frozenset({"b64_json", "images"})


def scan(document: bytes, cuts: list[int], folder: Path) -> tuple[Any, BlobScanner]:
    scanner = BlobScanner(KEYS, folder=folder)
    edges = [0, *sorted({cut % (len(document) + 1) for cut in cuts}), len(document)]
    for start, stop in itertools.pairwise(edges):
        scanner.feed(document[start:stop])
    body = scanner.result()
    for file in scanner.unwritten():
        file.write_rest()
    return body, scanner


def in_pieces(document: bytes, size: int, folder: Path) -> tuple[Any, BlobScanner]:
    return scan(document, list(range(0, len(document), size)), folder)


def plain(body: Any) -> Any:
    """The body with the bytes of its files in place of the references."""
    if isinstance(body, BlobRef):
        data = body.path.read_bytes()
        assert body.size_bytes == len(data)
        assert body.blake3 == blake3(data).hexdigest()
        return data
    if isinstance(body, dict):
        return {name: plain(value) for name, value in body.items()}
    if isinstance(body, list):
        return [plain(value) for value in body]
    return body


SAMPLE = (
    (
        '{ "created" : 1, "note": "he said \\"b64_json\\":\\"AAAA\\" \\\\", "data" : [ {"b64_json"\n:\t"LONG", "x":{}},'
        '{"b64_json": null}, {"b64_json":"FOUR"}], "b64_json ": "AAAA", "deep":{"b64\\u005fjson":"QUJD"},'
        '"images": ["QQ==", "QUI="], "b64_json": 7, "k":"b64_json", "z":["b64_json","AAAA"] }'
    )
    .replace("LONG", ENCODED)
    .replace("FOUR", ENCODED[:4])
)
EXPECTED = {
    "created": 1,
    "note": 'he said "b64_json":"AAAA" \\',
    "data": [{"b64_json": PICTURE, "x": {}}, {"b64_json": None}, {"b64_json": PICTURE[:3]}],
    "b64_json ": "AAAA",
    "deep": {"b64_json": b"ABC"},
    "images": [b"A", b"AB"],
    "b64_json": 7,
    "k": "b64_json",
    "z": ["b64_json", "AAAA"],
}


@pytest.mark.parametrize("size", [*range(1, 40), 100, 10_000])
def test_finds_the_same_blobs_in_pieces_of_any_size(size: int, tmp_path: Path) -> None:
    body, scanner = in_pieces(SAMPLE.encode(), size, tmp_path)

    assert plain(body) == EXPECTED
    assert scanner.notes == []


def slashes(text: str) -> str:
    return text.replace("/", "\\/")


def units(text: str) -> str:
    return text.replace("+", "\\u002b").replace("=", "\\u003D")


def known(value: Any) -> Any:
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pictures=st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=3),
    words=st.dictionaries(
        st.text(max_size=8), st.text(max_size=20) | st.integers(-(2**53), 2**53) | st.none(), max_size=4
    ),
    escape=st.sampled_from([str, slashes, units]),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    cuts=st.lists(st.integers(min_value=0, max_value=5000), max_size=12),
)
def test_any_cut_of_any_document_gives_the_same_result(
    pictures: list[bytes],
    words: dict[str, Any],
    escape: Any,
    indent: int | None,
    ascii_only: bool,
    cuts: list[int],
    tmp_path: Path,
) -> None:
    words = {name: value for name, value in words.items() if name not in KEYS}
    value = {"head": words, "data": [{"b64_json": f"<{n}>", **words} for n in range(len(pictures))], "tail": words}
    document = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    for n, picture in enumerate(pictures):
        document = document.replace(f'"<{n}>"', f'"{escape(base64.b64encode(picture).decode())}"')

    body, scanner = scan(document.encode("utf-8", "surrogatepass"), cuts, tmp_path)

    # A character that no database keeps arrives as the one for what is unknown.
    words = {known(name): known(value) for name, value in words.items()}
    expected = {"head": words, "data": [{"b64_json": p, **words} for p in pictures], "tail": words}
    assert plain(body) == expected
    assert scanner.notes == []
    for file in tmp_path.iterdir():
        file.unlink()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "broken",
    [
        "AAA",
        "A",
        "AA=A",
        "AA==AAAA",
        "AAAA====",
        "AA AA",
        "AAAA\\n",
        'AA\\"AA',
        "A-_A",
        "AAAA\\\\",
        "caf\u00e9",
        "<n/a>",
    ],
)
def test_a_string_that_is_not_base64_becomes_none_and_a_note(broken: str, size: int, tmp_path: Path) -> None:
    document = f'{{"data":[{{"b64_json":"{broken}"}},{{"b64_json":"QUJD"}}]}}'.encode()

    body, scanner = in_pieces(document, size, tmp_path)

    assert plain(body) == {"data": [{"b64_json": None}, {"b64_json": b"ABC"}]}
    assert scanner.notes == ["invalid base64 in b64_json"]
    assert len(list(tmp_path.iterdir())) == 1


def test_an_empty_string_stays_one(tmp_path: Path) -> None:
    body, scanner = in_pieces(b'{"b64_json":""}', 4, tmp_path)

    assert body == {"b64_json": ""}
    assert scanner.notes == []
    assert list(tmp_path.iterdir()) == []


def test_a_member_named_twice_leaves_no_ownerless_file(tmp_path: Path) -> None:
    body, _ = in_pieces(b'{"b64_json":"QUJD","b64_json":"REVG"}', 5, tmp_path)

    assert plain(body) == {"b64_json": b"DEF"}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("end", range(1, len(b'{"b64_json":"QUJDREVG","x":1}') - 1))
def test_a_document_that_ends_early_leaves_no_file(end: int, tmp_path: Path) -> None:
    scanner = BlobScanner(KEYS, folder=tmp_path)
    scanner.feed(b'{"b64_json":"QUJDREVG","x":1}'[:end])

    with pytest.raises(orjson.JSONDecodeError):
        scanner.result()

    assert list(tmp_path.iterdir()) == []


def test_depth_is_no_recursion(tmp_path: Path) -> None:
    document = b'{"a":' * 900 + b'{"b64_json":"QUJD"}' + b"}" * 900

    body, _ = in_pieces(document, 64, tmp_path)

    for _ in range(900):
        body = body["a"]
    assert plain(body) == {"b64_json": b"ABC"}


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    body, _ = in_pieces(b'{"b64_json":"QUJD"}', 100, tmp_path)

    assert body["b64_json"].path.stat().st_mode & 0o077 == 0
    assert body["b64_json"].path.parent == tmp_path
