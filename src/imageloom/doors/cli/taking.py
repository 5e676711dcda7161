"""Taking pictures away into a folder: each once, under its name from the template, over no other file."""

from __future__ import annotations

import csv
import filecmp
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

from imageloom.doors.cli.link import Link, ProblemAnswer
from imageloom.doors.cli.output import console
from imageloom.kit.filenames import NameTemplate

Profile = Literal["full", "public", "none"]
GONE = ("file_gone", "file_changed", "file_removed")
THROWN = {"in_trash": "The picture is in the trash.", "removed": "The picture was deleted from the trash."}
INDEX_TOKENS = ("[index", "{index")
REST = 20
"""Looking for new pictures rests so many times as long as it took, so that it stays a small part of the work."""


def must_be_takeable(folder: Path | None, names: str | None) -> None:
    """Before anything is made and paid: raises :class:`NameTemplateError`, and ``OSError`` for the folder."""
    if names is not None:
        NameTemplate.parse(names)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass


@dataclass
class Taker:
    """``taken`` maps each picture to its path in the folder, which differs from its name where that was taken."""

    link: Link
    batch_id: str
    folder: Path
    names: str | None
    metadata: str
    taken: dict[str, Path] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why a picture could not be taken, by its name."""
    _next_look: float = 0.0

    def look(self) -> None:
        """Takes what is done so far, now and then, and only where names are final before the batch is over."""
        begins_with_index = self.names is None or self.names.lstrip().startswith(INDEX_TOKENS)
        started = time.monotonic()
        if begins_with_index and started >= self._next_look:
            self.take()
            self._next_look = time.monotonic() + REST * (time.monotonic() - started)

    def take(self) -> None:
        """Fetches every picture that is done and not here yet."""
        for entry in self.link.pages(f"/api/batches/{self.batch_id}/files", names=self.names, limit=500):
            asset_id = entry["asset_id"]
            if entry["whereabouts"] != "kept":
                self.missing[entry["path"]] = THROWN[entry["whereabouts"]]
            elif asset_id not in self.taken:
                target = self.folder / entry["path"]
                arrived = target.with_name(f".{asset_id}.part")
                try:
                    self.link.download(f"/api/assets/{asset_id}/file", arrived, metadata=self.metadata)
                except ProblemAnswer as problem:
                    if problem.document.get("code") not in GONE:
                        raise
                    self.missing[entry["path"]] = str(problem)
                    continue
                self.missing.pop(entry["path"], None)
                self.taken[asset_id] = _place(arrived, target)

    def finish(self) -> None:
        """The last pictures, and the manifest, which says where each one is."""
        self.take()
        arrived = self.folder / f".{self.batch_id}.part"
        self.link.download(f"/api/batches/{self.batch_id}/manifest.csv", arrived, names=self.names)
        self._correct(arrived)
        _place(arrived, self.folder / "manifest.csv")

    def _correct(self, manifest: Path) -> None:
        with manifest.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            return
        for row in rows:
            if row["asset_id"] in self.taken:
                row["file"] = self.taken[row["asset_id"]].relative_to(self.folder).as_posix()
        with manifest.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _place(arrived: Path, target: Path) -> Path:
    """Renames what arrived to its name, or to the next free one. The same file again is only one file."""
    candidate, number = target, 1
    while candidate.exists():
        if filecmp.cmp(arrived, candidate, shallow=False):
            arrived.unlink()
            return candidate
        candidate = target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1
    arrived.replace(candidate)
    return candidate


def say_missing(taker: Taker) -> None:
    """Names what could not be taken: nothing is left out in silence."""
    for name, reason in sorted(taker.missing.items()):
        console.print(f"Not taken: {name}: {reason}", style="red", markup=False)
