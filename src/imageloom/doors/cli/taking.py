"""Taking pictures away into a folder: each once, under its name from the template, over no other file."""

from __future__ import annotations

import csv
import filecmp
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any, Literal

import typer

from imageloom.doors.cli.link import Link, ProblemAnswer
from imageloom.doors.cli.output import console
from imageloom.kit.filenames import NameTemplate
from imageloom.kit.pictures.wishes import LARGEST_SIDE, SMALLEST_SIDE, FileFormat, wished

Profile = Literal["full", "public", "none"]
Format = Annotated[
    FileFormat, typer.Option("--format", help="What files are delivered as; original is as they were made.")
]
FormatQuality = Annotated[
    int | None, typer.Option("--format-quality", min=1, max=100, help="Of JPEG and WebP files; 90 when absent.")
]
Lossless = Annotated[bool, typer.Option("--lossless", help="WebP that keeps every pixel.")]
Background = Annotated[
    str | None, typer.Option("--background", help="Behind what JPEG cannot leave transparent, such as #ffffff.")
]
MaxSide = Annotated[
    int | None,
    typer.Option("--max-side", min=SMALLEST_SIDE, max=LARGEST_SIDE, help="The longer side at most; nothing grows."),
]
GONE = ("file_gone", "file_changed", "file_removed")
THROWN = {"in_trash": "The picture is in the trash.", "removed": "The picture was deleted from the trash."}
INDEX_TOKENS = ("[index", "{index")
REST = 20
"""Looking for new pictures rests so many times as long as it took, so that it stays a small part of the work."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How files are to come: what they say of themselves, and what they are converted to."""

    metadata: str = "full"
    format: FileFormat = "original"
    quality: int | None = None
    lossless: bool = False
    background: str | None = None
    max_side: int | None = None

    @property
    def conversion(self) -> dict[str, Any]:
        """As the server is asked; nothing for files as they were made."""
        return {
            "format": None if self.format == "original" else self.format,
            "quality": self.quality,
            "lossless": "true" if self.lossless else None,
            "background": self.background,
            "max_side": self.max_side,
        }

    @property
    def words(self) -> list[str]:
        """What a person types to have the same again."""
        words = [] if self.metadata == "full" else ["--metadata", self.metadata]
        words += [] if self.format == "original" else ["--format", self.format]
        words += [] if self.quality is None else ["--format-quality", str(self.quality)]
        words += ["--lossless"] if self.lossless else []
        words += [] if self.background is None else ["--background", self.background]
        return words + ([] if self.max_side is None else ["--max-side", str(self.max_side)])


def must_be_takeable(folder: Path | None, names: str | None, delivery: Delivery) -> None:
    """Before anything is made and paid: raises :class:`NameTemplateError`, :class:`InvalidInput` for what the files are
    to be, and ``OSError`` for the folder.
    """
    wished(
        kind=delivery.format,
        quality=delivery.quality,
        lossless=delivery.lossless,
        background=delivery.background,
        max_side=delivery.max_side,
    )
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
    delivery: Delivery
    taken: dict[str, Path] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why a picture could not be taken, by its name."""
    became: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What each picture was delivered as, and why it was not converted, if so."""
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
        files = f"/api/batches/{self.batch_id}/files"
        wish = self.delivery.conversion
        for entry in self.link.pages(files, names=self.names, limit=500, **wish):
            asset_id = entry["asset_id"]
            if entry["whereabouts"] != "kept":
                self.missing[entry["path"]] = THROWN[entry["whereabouts"]]
            elif asset_id not in self.taken:
                target = self.folder / entry["path"]
                arrived = target.with_name(f".{asset_id}.part")
                try:
                    answer = self.link.download(
                        f"/api/assets/{asset_id}/file", arrived, metadata=self.delivery.metadata, **wish
                    )
                except ProblemAnswer as problem:
                    if problem.document.get("code") not in GONE:
                        raise
                    self.missing[entry["path"]] = str(problem)
                    continue
                self.missing.pop(entry["path"], None)
                self.taken[asset_id] = _place(arrived, self._named(target, asset_id, answer))

    def _named(self, target: Path, asset_id: str, answer: Mapping[str, str]) -> Path:
        """The name that fits what came. A picture that could not be converted has the ending of what it is."""
        told = answer.get("X-Delivered-As")
        if told is None:
            return target
        self.became[asset_id] = (told, answer.get("X-Not-Converted", ""))
        if not self.became[asset_id][1]:
            return target
        kind = told.partition(" ")[0]
        return target.with_suffix(".jpg" if kind == "jpeg" else f".{kind}")

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
            if row["asset_id"] in self.became:
                row["delivered_as"], row["not_converted"] = self.became[row["asset_id"]]
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
    """Names what could not be taken, or converted: nothing is left out in silence."""
    for asset_id, (_told, why) in taker.became.items():
        if why:
            kept = taker.taken[asset_id].relative_to(taker.folder)
            console.print(f"Not converted: {kept}: {why}", style="yellow", markup=False)
    for name, reason in sorted(taker.missing.items()):
        console.print(f"Not taken: {name}: {reason}", style="red", markup=False)
