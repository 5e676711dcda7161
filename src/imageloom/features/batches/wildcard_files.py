"""Wildcards of a plan: those that came with it, those of the project, those of the installation's folder, and those
kept with a batch.

A batch keeps the values that it uses, by their hash: what is changed in the folder later changes nothing of it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson
from blake3 import blake3

from imageloom.features.batches.sheets.encodings import detect_encoding, open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable
from imageloom.features.prompts.errors import WildcardBad
from imageloom.features.prompts.wildcards import Values, checked_name, matching, read_lines, read_tree
from imageloom.features.wildcards.service import values_of
from imageloom.kit.errors import Unavailable
from imageloom.kit.plain_yaml import NoYaml, load_plain
from imageloom.runtime.scope import Ports

FILES_MAX = 20_000
FILE_BYTES_MAX = 64_000_000
YAML_BYTES_MAX = 5_000_000
LOADED_BYTES_MAX = 256_000_000
_TREES = (".yaml", ".yml", ".json")


@dataclass
class PlanWildcards:
    """What a plan may name. ``given`` came with the plan or is the project's, and comes before a file of the
    same name.
    """

    folder: Path
    given: Mapping[str, Values] = field(default_factory=dict)
    _loaded_bytes: int = 0
    _lines: dict[str, Values] = field(default_factory=dict)

    def find(self, pattern: str) -> Sequence[tuple[str, Values]]:
        named = {name.casefold(): name for name in (*self._files, *self.given)}
        names = matching(pattern, named.values())
        if "*" in pattern or not names:
            # Only a look into the trees tells what is in them.
            named = {name.casefold(): name for name in (*self._trees[0], *self._files, *self.given)}
            names = matching(pattern, named.values())
            if self._trees[1] and ("*" in pattern or not names):
                raise self._trees[1][0]
        return [(name, self._values(name)) for name in names]

    def names(self) -> Sequence[str]:
        return sorted({*self._trees[0], *self._files, *self.given})

    def _values(self, name: str) -> Values:
        if name in self.given:
            return self.given[name]
        if name in self._files:
            if name not in self._lines:
                self._lines[name] = self._read(self._files[name])[""]
            return self._lines[name]
        return self._trees[0][name]

    @cached_property
    def _paths(self) -> list[tuple[str, Path]]:
        """Every file of the folder with its name in it. What a link leads out to is not of the folder."""
        root = self.folder.resolve()
        found: list[tuple[str, Path]] = []
        for folder, folders, files in os.walk(root):
            folders.sort()
            for file in sorted(files):
                path = Path(folder, file)
                if path.resolve().is_relative_to(root):
                    found.append((path.relative_to(root).with_suffix("").as_posix(), path))
            if len(found) > FILES_MAX:
                raise WildcardBad(f"The folder of wildcards holds more than {FILES_MAX} files.", rule="size")
        return found

    @cached_property
    def _files(self) -> dict[str, Path]:
        return {name: path for name, path in self._paths if path.suffix.lower() == ".txt" and _can_be_named(name)}

    @cached_property
    def _trees(self) -> tuple[dict[str, Values], list[WildcardBad]]:
        """What the trees hold, and what is wrong with those that cannot be read."""
        found: dict[str, Values] = {}
        faults: list[WildcardBad] = []
        for _name, path in self._paths:
            if path.suffix.lower() in _TREES:
                try:
                    found |= self._read(path)
                except WildcardBad as error:
                    faults.append(error)
        return found, faults

    def _read(self, path: Path) -> dict[str, Values]:
        shown = path.relative_to(self.folder.resolve()).as_posix()
        is_yaml = path.suffix.lower() in (".yaml", ".yml")
        limit, size = YAML_BYTES_MAX if is_yaml else FILE_BYTES_MAX, path.stat().st_size
        self._loaded_bytes += size
        if size > limit or self._loaded_bytes > LOADED_BYTES_MAX:
            raise WildcardBad(
                f"{shown} has {size} bytes; one file may have {limit}, and all that a plan uses {LOADED_BYTES_MAX}.",
                rule="size",
                hint="Split it, and use fewer at once.",
            )
        try:
            return self._parsed(path, shown)
        except SheetUnreadable as error:
            raise WildcardBad(f"{shown}: {error.detail}", rule="file", hint=error.hint) from None

    def _parsed(self, path: Path, shown: str) -> dict[str, Values]:
        with open_text(path, detect_encoding(path)) as file:
            if path.suffix.lower() == ".txt":
                return {"": read_lines(file, source=shown)}
            folder = Path(shown).parent.as_posix()
            document = _document(path, file.read(), shown)
        return read_tree(document, name=path.stem, folder="" if folder == "." else f"{folder}/")


def _document(path: Path, text: str, shown: str) -> Any:
    try:
        return orjson.loads(text) if path.suffix.lower() == ".json" else load_plain(text)
    except (orjson.JSONDecodeError, NoYaml) as error:
        raise WildcardBad(f"{shown} cannot be read: {error}", rule="file") from None


def _can_be_named(name: str) -> bool:
    try:
        checked_name(name)
    except WildcardBad:
        return False
    return True


def given_values(
    wildcards: Mapping[str, Sequence[str]], texts: Sequence[tuple[str, str, str]] = ()
) -> dict[str, Values]:
    """Wildcards that came with a plan, a value an entry, before those of the project's files: their names, kinds and
    texts. Raises :class:`WildcardBad`.
    """
    given = {checked_name(name): read_lines(values, source=name) for name, values in wildcards.items()}
    taken = {name.casefold() for name in given}
    return {name: values for name, values in values_of(texts).items() if name.casefold() not in taken} | given


@dataclass
class KeptWildcards:
    """The values that a batch kept, by the hash of each. Reads one when it is asked for."""

    ports: Ports
    kept: Mapping[str, str]
    _read: dict[str, Values] = field(default_factory=dict)

    def find(self, pattern: str) -> Sequence[tuple[str, Values]]:
        return [(name, self._values(name)) for name in matching(pattern, self.kept)]

    def names(self) -> Sequence[str]:
        return list(self.kept)

    def _values(self, name: str) -> Values:
        if name not in self._read:
            path = self.ports.blobs.local_path(_key(self.kept[name]))
            if path is None or not path.exists():
                raise Unavailable(f"The values of the wildcard __{name}__ are missing from the store.")
            document = orjson.loads(path.read_bytes())
            self._read[name] = Values(document["texts"], document["weights"])
        return self._read[name]


async def keep(ports: Ports, used: Mapping[str, Values]) -> dict[str, str]:
    """Stores values and says the hash of each."""
    kept = {}
    for name, values in used.items():
        digest, path = await asyncio.to_thread(_written, ports, values)
        try:
            await ports.blobs.put_file(_key(digest), path)
        finally:
            path.unlink(missing_ok=True)
        kept[name] = digest
    return kept


def _written(ports: Ports, values: Values) -> tuple[str, Path]:
    folder = ports.settings.data_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    document = orjson.dumps({"texts": list(values.texts), "weights": values.weights})
    with NamedTemporaryFile(dir=folder, suffix=".json", delete=False) as file:
        file.write(document)
    return blake3(document).hexdigest(), Path(file.name)


def _key(digest: str) -> str:
    return f"wildcards/{digest}"
