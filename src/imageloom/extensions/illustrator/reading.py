"""From a prompt to a scene: what is in it, how many, in which colour, where, when, and in what weather."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from imageloom.contracts.provider import Json
from imageloom.extensions.illustrator.folding import fold, is_unspaced, singulars
from imageloom.extensions.illustrator.lexicon import (
    COLOUR_OF,
    HOME_OF,
    NUMBER_OF,
    SETTING_OF,
    STOP,
    THING_OF,
    TIME_OF,
    WEATHER_OF,
)
from imageloom.extensions.illustrator.library import Thing, things, words

PROMPT_CHARACTERS = 2_000
SUBJECTS_MAX = 4
PHRASE_WORDS = 4
PHRASE_CHARACTERS = 8
WEIGHT_MIN = 26
SINGLE_WEIGHT_MIN = 60
"""One Chinese character means much by itself only when it names the thing."""
_POSTCARDS = frozenset(
    [
        "night-with-stars",
        "cityscape",
        "cityscape-at-dusk",
        "sunrise",
        "sunrise-over-mountains",
        "sunset",
        "bridge-at-night",
        "foggy",
        "national-park",
        "milky-way",
        "beach-with-umbrella",
        "desert",
        "desert-island",
        "mountain",
        "snow-capped-mountain",
        "love-hotel",
        "japanese-post-office",
    ]
)
_DULL_GROUPS = frozenset({"smileys-emotion", "symbols", "flags"})
_PLEASANT = [
    "deciduous-tree",
    "hot-air-balloon",
    "windmill",
    "lighthouse",
    "fox",
    "bird",
    "butterfly",
    "sailboat",
    "sky-lantern",
    "paper-boat",
    "rabbit",
    "kite",
]
_LATIN = ("en", "es", "fr", "de", "pt", "it", "nl", "sv", "da", "pl", "cs", "fi", "tr", "id", "vi", "ms", "hu", "ro")
_HAN = ("zh-hant", "zh", "yue", "ja")
_SCRIPTS = {
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "CYRILLIC": ("ru", "uk", "bg", "sr"),
    "GREEK": ("el",),
    "THAI": ("th",),
    "ARABIC": ("ar", "fa", "ur"),
    "HEBREW": ("he",),
    "DEVANAGARI": ("hi",),
    "BENGALI": ("bn",),
    "TAMIL": ("ta",),
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    thing: Thing
    count: int = 1
    colour: str | None = None


@dataclass
class Scene:
    setting: str = "field"
    time: str = "day"
    weather: str = "clear"
    subjects: list[Subject] = field(default_factory=list)

    def document(self) -> dict[str, Json]:
        """The scene as JSON, for the picture's provenance."""
        subjects: list[Json] = [
            {"object": subject.thing.id, "name": subject.thing.title, "count": subject.count, "colour": subject.colour}
            for subject in self.subjects
        ]
        return {"setting": self.setting, "time": self.time, "weather": self.weather, "subjects": subjects}


def read(prompt: str, chance: np.random.Generator) -> Scene:
    """Never empty: a prompt that names nothing known gets a pleasant scene chosen by chance from its own words."""
    found: list[tuple[float, int, Subject]] = []
    scene: dict[str, str] = {}
    count, colour = 1, None
    for place, phrase in enumerate(_phrases(prompt[:PROMPT_CHARACTERS])):
        is_setting = False
        for kind, table in (("setting", SETTING_OF), ("time", TIME_OF), ("weather", WEATHER_OF)):
            if phrase in table:
                scene.setdefault(kind, table[phrase])
                is_setting = True
        if phrase in NUMBER_OF:
            count = NUMBER_OF[phrase]
            continue
        if phrase in COLOUR_OF:
            colour = COLOUR_OF[phrase]
            continue
        match = None if phrase in STOP else _look_up(phrase)
        if match is None:
            continue
        thing, weight = match
        found.append(
            (
                weight * (0.3 if is_setting and phrase not in THING_OF else 1.0),
                place,
                Subject(thing=thing, count=count, colour=colour),
            )
        )
        count, colour = 1, None
    chosen = _choose(found)
    if not chosen:
        chosen = [Subject(thing=_named(str(name))) for name in chance.choice(_PLEASANT, size=2, replace=False)]
    return Scene(
        setting=scene.get("setting") or _home(chosen) or _anywhere(chance, is_known=bool(scene or found)),
        time=scene.get("time")
        or ("day" if scene or found else str(chance.choice(["day", "sunset", "sunrise", "night"]))),
        weather=scene.get("weather", "clear"),
        subjects=chosen,
    )


def _home(subjects: list[Subject]) -> str | None:
    return next((HOME_OF[subject.thing.id] for subject in subjects if subject.thing.id in HOME_OF), None)


def _anywhere(chance: np.random.Generator, *, is_known: bool) -> str:
    options = ["field", "forest", "field", "mountain"] if is_known else ["field", "sea", "mountain", "desert", "space"]
    return str(chance.choice(options))


def _choose(found: list[tuple[float, int, Subject]]) -> list[Subject]:
    """The heaviest, each thing once, in the order in which the prompt names them."""
    good = [entry for entry in found if entry[0] >= WEIGHT_MIN]
    ranked = sorted(good or found, key=lambda entry: (-entry[0], entry[1]))
    kept: dict[str, tuple[int, Subject]] = {}
    for _weight, place, subject in ranked:
        if len(kept) < SUBJECTS_MAX:
            kept.setdefault(subject.thing.id, (place, subject))
    return [subject for _place, subject in sorted(kept.values(), key=lambda pair: pair[0])]


def _named(thing_id: str) -> Thing:
    return next(thing for thing in things() if thing.id == thing_id)


def _look_up(phrase: str) -> tuple[Thing, float] | None:
    for form in (phrase, *singulars(phrase)):
        if form in THING_OF:
            return _named(THING_OF[form]), 100.0
    for language in _languages(phrase):
        table = words(language)
        for form in (phrase, *singulars(phrase)):
            best = _best(table.get(form, []))
            least = SINGLE_WEIGHT_MIN if len(phrase) == 1 or language not in ("en", *_HAN) else WEIGHT_MIN
            if best is not None and best[1] >= least:
                return best
    return None


def _best(candidates: list[list[int]]) -> tuple[Thing, float] | None:
    best: tuple[Thing, float] | None = None
    for number, weight in candidates:
        thing = things()[number]
        if thing.id in _POSTCARDS:
            continue
        value = weight * (0.5 if thing.group in _DULL_GROUPS else 1.0)
        if best is None or value > best[1]:
            best = (thing, value)
    return best


def _languages(phrase: str) -> tuple[str, ...]:
    name = unicodedata.name(phrase[0], "")
    if name.startswith("CJK"):
        return _HAN
    return next((languages for script, languages in _SCRIPTS.items() if name.startswith(script)), _LATIN)


def _phrases(prompt: str) -> Iterator[str]:
    """The prompt cut into the longest phrases that mean something, else into words."""
    for run, unspaced in _runs(fold(prompt)):
        yield from _cut(run) if unspaced else _group(run.split())


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or is_unspaced(text[place]) != is_unspaced(text[start]):
            yield text[start:place], is_unspaced(text[start])
            start = place


def _is_known(phrase: str) -> bool:
    tables = (SETTING_OF, TIME_OF, WEATHER_OF, COLOUR_OF, NUMBER_OF)
    return any(phrase in table for table in tables) or _look_up(phrase) is not None


def _cut(run: str) -> Iterator[str]:
    """Chinese and Japanese: the longest known word at each place."""
    place = 0
    while place < len(run):
        for length in range(min(PHRASE_CHARACTERS, len(run) - place), 0, -1):
            phrase = run[place : place + length]
            if length == 1 or _is_known(phrase):
                yield phrase
                place += length
                break


def _group(tokens: list[str]) -> Iterator[str]:
    place = 0
    while place < len(tokens):
        for length in range(min(PHRASE_WORDS, len(tokens) - place), 0, -1):
            phrase = " ".join(tokens[place : place + length])
            if length == 1 or (_look_up(phrase) is not None and phrase not in STOP):
                yield phrase
                place += length
                break
