"""Packs the illustrator's object library: ``python -m tools.gen.objects``.

Takes exact versions of openly licensed packages from the npm registry, checks their sha256, and writes shapes, words,
licences and a manifest into ``src/imageloom/extensions/illustrator/data``. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image

from imageloom.extensions.illustrator.folding import fold, is_unspaced
from tools.gen import object_bodies as bodies

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/imageloom/extensions/illustrator"
DATA = PACKAGE / "data"
LONGEST_TERM = 40


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    version: str
    sha256: str
    licence: str
    gives: str
    home: str

    @property
    def archive(self) -> str:
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


NOTO = Source(
    name="@iconify-json/noto",
    version="1.2.9",
    sha256="3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
    licence="Apache-2.0",
    gives="drawings",
    home="https://github.com/googlefonts/noto-emoji",
)
EMOJIBASE = Source(
    name="emojibase-data",
    version="17.0.0",
    sha256="d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
    licence="MIT",
    gives="groups, names and tags",
    home="https://github.com/milesj/emojibase",
)
CLDR = Source(
    name="cldr-annotations-full",
    version="48.2.0",
    sha256="28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1",
    licence="Unicode-3.0",
    gives="further names and tags",
    home="https://cldr.unicode.org",
)
SOURCES = (NOTO, EMOJIBASE, CLDR)

FROM_EMOJIBASE = [
    "bn",
    "da",
    "de",
    "en",
    "es",
    "et",
    "fi",
    "fr",
    "hi",
    "hu",
    "it",
    "ja",
    "ko",
    "lt",
    "ms",
    "nb",
    "nl",
    "pl",
    "pt",
    "ru",
    "sv",
    "th",
    "uk",
    "vi",
    "zh",
    "zh-hant",
]
FROM_CLDR = [
    "ar",
    "bg",
    "bn",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "fa",
    "fi",
    "fil",
    "fr",
    "he",
    "hi",
    "hr",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "lt",
    "lv",
    "ms",
    "nb:no",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sr",
    "sv",
    "sw",
    "ta",
    "th",
    "tr",
    "uk",
    "ur",
    "vi",
    "yue",
    "zh",
    "zh-hant:zh-Hant",
    "zh-hant:zh-Hant-HK",
]
DROPPED_SUBGROUPS = {"family", "person-symbol", "hotel-sign"}
"""Groups of people without a scale of their own; the prompt's counts say the same better."""
DAMPED = {
    "smileys-emotion": 0.3,
    "person-gesture": 0.3,
    "person-activity": 0.7,
    "hand-": 0.3,
    "hands": 0.3,
    "body-parts": 0.5,
    "place-other": 0.5,
    "place-geographic": 0.5,
    "place-map": 0.6,
    "time": 0.5,
    "sky-weather": 0.6,
    "award-medal": 0.6,
    "money": 0.7,
    "office": 0.7,
    "sound": 0.6,
    "mail": 0.7,
}
"""Faces, gestures and postcards share tags with nouns; the noun must win."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One object: its name upstream, what it is, its drawing and its words in each language."""

    id: str
    title: str
    emoji: str
    group: str
    subgroup: str
    svg: str
    words: dict[str, tuple[str, tuple[str, ...]]]


def fetch(source: Source, folder: Path) -> tarfile.TarFile:
    """Opens the package's archive, downloading it first unless ``folder`` has it. Exits on a wrong hash."""
    path = folder / source.archive
    if not path.exists():
        subprocess.run(
            ["npm", "pack", "--silent", f"{source.name}@{source.version}"], cwd=folder, check=True, capture_output=True
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != source.sha256:
        raise SystemExit(f"{source.archive}: sha256 is {found}, expected {source.sha256}")
    return tarfile.open(path)


def read_json(archive: tarfile.TarFile, path: str) -> Any:
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise SystemExit(f"{path} is not in {archive.name!r}")
    return json.load(member)


def names_from_emojibase(archive: tarfile.TarFile) -> dict[str, dict[str, tuple[str, list[str]]]]:
    """hexcode -> language -> (label, tags)."""
    found: dict[str, dict[str, tuple[str, list[str]]]] = defaultdict(dict)
    for language in FROM_EMOJIBASE:
        for entry in read_json(archive, f"{language}/data.json"):
            found[entry["hexcode"]][language] = (entry["label"], entry.get("tags", []))
    return found


def names_from_cldr(archive: tarfile.TarFile) -> dict[str, dict[str, list[str]]]:
    """emoji without variation selectors -> language -> names and keywords, the name first."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pair in FROM_CLDR:
        language, _, folder = pair.partition(":")
        data = read_json(archive, f"annotations/{folder or language}/annotations.json")
        for emoji, entry in data["annotations"]["annotations"].items():
            found[emoji.replace("\ufe0f", "")][language] += [*entry.get("tts", []), *entry.get("default", [])]
    return found


def things(archives: dict[str, tarfile.TarFile]) -> list[Thing]:
    """Every object kept, in Unicode's order, and then our own drawings."""
    icons = read_json(archives[NOTO.name], "icons.json")
    by_code: dict[str, str] = read_json(archives[NOTO.name], "chars.json")
    groups = read_json(archives[EMOJIBASE.name], "meta/groups.json")
    labels = names_from_emojibase(archives[EMOJIBASE.name])
    keywords = names_from_cldr(archives[CLDR.name])
    found: list[Thing] = []
    entries = read_json(archives[EMOJIBASE.name], "en/data.json")
    for entry in sorted(entries, key=lambda one: one.get("order", 0)):
        group = groups["groups"].get(str(entry.get("group")), "none")
        subgroup = groups["subgroups"].get(str(entry.get("subgroup")), "none")
        if group in {"none", "component", "symbols", "flags"} or subgroup in DROPPED_SUBGROUPS:
            continue
        if "facing right" in entry["label"]:
            continue
        code = entry["hexcode"].lower()
        name = by_code.get(code) or by_code[code.replace("-fe0f", "")]
        icon = icons["icons"].get(name) or icons["icons"][icons["aliases"][name]["parent"]]
        emoji = entry["emoji"].replace("\ufe0f", "")
        words: dict[str, tuple[str, tuple[str, ...]]] = {}
        for language in sorted({*labels[entry["hexcode"]], *keywords.get(emoji, {})}):
            label, tags = labels[entry["hexcode"]].get(language, ("", []))
            more = keywords.get(emoji, {}).get(language, [])
            label = label or (more[0] if more else "")
            if label:
                words[language] = (label, tuple(dict.fromkeys([*tags, *more])))
        found.append(
            Thing(
                id=name,
                title=entry["label"],
                emoji=emoji,
                group=group,
                subgroup=subgroup,
                svg=whole(name, subgroup, icon["body"]),
                words=words,
            )
        )
    return found + own_drawings()


def own_drawings() -> list[Thing]:
    """The drawings in ``drawings/``; their words come from the lexicon only."""
    return [
        Thing(
            id=path.stem,
            title=path.stem.replace("-", " "),
            emoji="",
            group="own",
            subgroup="own",
            svg=path.read_text(encoding="utf-8").strip(),
            words={"en": (path.stem.replace("-", " "), ())},
        )
        for path in sorted((PACKAGE / "drawings").glob("*.svg"))
    ]


def whole(name: str, subgroup: str, body: str) -> str:
    """The drawing as a full SVG document, with a body where upstream has only a head or a bust."""
    if name in bodies.ANIMALS:
        return bodies.sitting_animal(body, bodies.ANIMALS[name])
    if name in bodies.HEADS:
        return bodies.standing_person(body, *bodies.HEADS[name])
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">{body}</svg>'
    if bodies.has_shoulders(subgroup, name):
        return bodies.standing_bust(body, cloth_colour(svg))
    return svg


def cloth_colour(svg: str) -> str:
    """The commonest colour in the lowest rows of a bust."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=128, skip_system_fonts=True)
    picture = Image.open(io.BytesIO(png)).convert("RGBA").crop((38, 112, 90, 122))
    counts: dict[tuple[int, ...], int] = defaultdict(int)
    for red, green, blue, alpha in picture.get_flattened_data():
        if alpha == 255:
            counts[(red, green, blue)] += 1
    best = max(sorted(counts), key=lambda colour: counts[colour]) if counts else (90, 100, 120)
    return "#{:02x}{:02x}{:02x}".format(*best)


def indexes(found: list[Thing]) -> dict[str, dict[str, list[list[int]]]]:
    """language -> term -> the few best ``[object number, weight]``, best first."""
    raw: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for number, thing in enumerate(found):
        damping = min(
            (f for key, f in DAMPED.items() if thing.group == key or thing.subgroup.startswith(key)), default=1
        )
        if thing.title.endswith(" face"):
            damping *= 0.6
        for language, (label, tags) in thing.words.items():
            for term, weight in weigh(label, tags):
                known = raw[language][term]
                known[number] = max(known.get(number, 0), weight * damping)
    return {language: {term: best(raw[language][term]) for term in sorted(raw[language])} for language in sorted(raw)}


def weigh(label: str, tags: tuple[str, ...]) -> list[tuple[str, float]]:
    """Terms of one object with how strongly each names it: the name, its words, then the tags in order."""
    name = fold(label)
    weighed = [(name, 100.0)]
    parts = [] if any(is_unspaced(character) for character in name) else name.split(" ")
    if len(parts) > 1:
        weighed += [(part, 18.0) for part in parts[:-1] if len(part) > 2]
        weighed.append((parts[-1], 40.0 if len(parts[-1]) > 2 else 5.0))
    weighed += [(fold(tag), 34.0 - min(place, 12)) for place, tag in enumerate(tags)]
    return [(term, weight) for term, weight in weighed if term and len(term) <= LONGEST_TERM]


def best(known: dict[int, float]) -> list[list[int]]:
    """The five best objects of a term; a term that many share says little of each."""
    shared = 1 + 0.06 * max(0, len(known) - 3)
    ranked = sorted(known.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
    return [[number, round(weight if weight >= 60 else weight / shared)] for number, weight in ranked]


def write_zip(path: Path, members: dict[str, str]) -> None:
    """A zip whose bytes depend on its members only."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name], compresslevel=9)


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pack(found: list[Thing]) -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    write_zip(DATA / "shapes.zip", {f"{thing.id}.svg": thing.svg for thing in found})
    words = {f"{language}.json": compact(index) for language, index in indexes(found).items()}
    rows = [[thing.id, thing.title, thing.emoji, thing.group, thing.subgroup] for thing in found]
    titles = {thing.id: thing.words["zh-hant"][0] for thing in found if "zh-hant" in thing.words}
    write_zip(DATA / "words.zip", {**words, "objects.json": compact(rows), "titles.zh-hant.json": compact(titles)})


def carry_licences(archives: dict[str, tarfile.TarFile]) -> None:
    folder = DATA / "licences"
    folder.mkdir(exist_ok=True)
    for source in (EMOJIBASE, CLDR):
        member = archives[source.name].extractfile("package/LICENSE")
        if member is None:
            raise SystemExit(f"{source.name} carries no licence")
        (folder / f"{source.licence}.txt").write_bytes(member.read())
    (folder / "Apache-2.0.txt").write_bytes((ROOT / "LICENSE").read_bytes())


def write_manifest(count: int) -> None:
    files = sorted(path for path in DATA.rglob("*") if path.is_file() and path.name != "manifest.json")
    manifest = {
        "made_by": "python -m tools.gen.objects",
        "objects": count,
        "sources": [
            {
                "package": one.name,
                "version": one.version,
                "sha256": one.sha256,
                "licence": one.licence,
                "gives": one.gives,
                "home": one.home,
            }
            for one in SOURCES
        ],
        "files": {
            path.relative_to(DATA).as_posix(): {
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "size_bytes": path.stat().st_size,
            }
            for path in files
        },
    }
    (DATA / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Pack the illustrator's object library.")
    parser.add_argument("--archives", type=Path, help="a folder that keeps the downloaded packages")
    chosen = parser.parse_args().archives
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = chosen or Path(scratch)
        archives = {source.name: fetch(source, folder) for source in SOURCES}
        found = things(archives)
        pack(found)
        carry_licences(archives)
    write_manifest(len(found))
    print(f"{len(found)} objects in {DATA.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
