"""Everything that a prompt can come to, counted exactly, and never made before it is asked for.

Each space numbers its texts from 0. :meth:`Space.say` makes the text of a number; :meth:`Space.draw` gives the number
that a draw comes to. Of parts that stand in a row, the last moves fastest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import factorial, perm
from typing import NamedTuple, Protocol

from imageloom.features.prompts.streams import below, mix, shuffled, weighted

TRIES = 64


class Chosen(NamedTuple):
    """One choice: the token as it was written, and what it came to. ``wildcard`` is its name, if it has one."""

    token: str
    value: str
    wildcard: str | None


class Draw(NamedTuple):
    """Which draw of the stream, and which try: later tries are for draws that came to a text that was there before."""

    number: int
    attempt: int = 0


@dataclass(slots=True)
class Saying:
    """A text in the making. ``remarks`` are those of the wildcards' values that it holds."""

    remarks: list[str] = field(default_factory=list)
    chosen: list[Chosen] = field(default_factory=list)
    bound: dict[int, str] = field(default_factory=dict)


class Space(Protocol):
    """``count`` is how many texts, and ``longest`` how long one of them can be at most."""

    @property
    def count(self) -> int: ...

    @property
    def longest(self) -> int: ...

    def say(self, number: int, saying: Saying) -> str: ...

    def draw(self, key: int, draw: Draw) -> int: ...


@dataclass(frozen=True, slots=True)
class Fixed:
    text: str
    count: int = 1

    @property
    def longest(self) -> int:
        return len(self.text)

    def say(self, number: int, saying: Saying) -> str:
        return self.text

    def draw(self, key: int, draw: Draw) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Remarked:
    """A value of a wildcard of which remarks were left out."""

    space: Space
    remarks: tuple[str, ...]

    @property
    def count(self) -> int:
        return self.space.count

    @property
    def longest(self) -> int:
        return self.space.longest

    def say(self, number: int, saying: Saying) -> str:
        saying.remarks += self.remarks
        return self.space.say(number, saying)

    def draw(self, key: int, draw: Draw) -> int:
        return self.space.draw(key, draw)


class Part(NamedTuple):
    """``stride`` is how many numbers of the row one step of this part takes. ``salt`` makes its stream its own."""

    space: Space
    stride: int
    salt: int


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one behind the other, and texts between them. ``moving`` are those that come to more than one text."""

    parts: tuple[Part | str, ...]
    moving: tuple[Part, ...]
    count: int
    longest: int

    def say(self, number: int, saying: Saying) -> str:
        said = []
        for part in self.parts:
            if isinstance(part, str):
                said.append(part)
            else:
                step, number = divmod(number, part.stride) if number else (0, 0)
                said.append(part.space.say(step, saying))
        return "".join(said)

    def draw(self, key: int, draw: Draw) -> int:
        number = 0
        for space, stride, salt in self.moving:
            number += space.draw(mix(key ^ salt), draw) * stride
        return number


@dataclass(frozen=True, slots=True)
class Options:
    """One of several: texts, some of which are spaces of their own.

    ``starts`` are the first numbers of each, where any is such a space; ``heavy`` the running sums of the weights,
    where they differ.
    """

    texts: Sequence[str]
    nested: Mapping[int, Space]
    starts: Sequence[int] | None
    heavy: Sequence[float] | None
    is_cyclical: bool
    count: int
    longest: int

    def split(self, number: int) -> tuple[int, int]:
        """The option, and the number within it."""
        if self.starts is None:
            return number, 0
        index = bisect_right(self.starts, number) - 1
        return index, number - self.starts[index]

    def word(self, index: int, number: int, saying: Saying) -> str:
        space = self.nested.get(index) if self.nested else None
        return self.texts[index] if space is None else space.say(number, saying)

    def one(self, key: int, draw: Draw) -> int:
        """The index of one option."""
        size = len(self.texts)
        if self.is_cyclical:
            return draw.number % size
        if self.heavy is not None:
            return weighted(mix(key ^ mix(draw.number) ^ draw.attempt), self.heavy)
        if draw.attempt:
            return below(mix(key ^ mix(draw.number) ^ draw.attempt), size)
        # Everything once before anything comes again.
        turn, place = divmod(draw.number, size)
        return shuffled(place, size, mix(key ^ turn))

    def within(self, index: int, key: int, draw: Draw) -> int:
        space = self.nested.get(index) if self.nested else None
        return 0 if space is None else space.draw(mix(key ^ index), draw)

    def size(self, index: int) -> int:
        space = self.nested.get(index) if self.nested else None
        return 1 if space is None else space.count


@dataclass(frozen=True, slots=True)
class One:
    """Takes one option."""

    options: Options
    token: str
    wildcard: str | None

    @property
    def count(self) -> int:
        return self.options.count

    @property
    def longest(self) -> int:
        return self.options.longest

    def say(self, number: int, saying: Saying) -> str:
        options = self.options
        if options.starts is None:
            text = options.texts[number]
            saying.chosen.append(Chosen(self.token, text, self.wildcard))
            return text
        place = len(saying.chosen)
        text = options.word(*options.split(number), saying)
        saying.chosen.insert(place, Chosen(self.token, text, self.wildcard))
        return text

    def draw(self, key: int, draw: Draw) -> int:
        index = self.options.one(key, draw)
        if self.options.starts is None:
            return index
        return self.options.starts[index] + self.options.within(index, key, draw)


@dataclass(frozen=True, slots=True)
class Several:
    """Takes ``low`` to ``high`` different options in any order. ``ends`` are running sums of the counts of each."""

    options: Options
    low: int
    high: int
    separator: str
    token: str
    wildcard: str | None
    ends: tuple[int, ...]
    longest: int

    @classmethod
    def of(cls, options: Options, low: int, high: int, separator: str, *, token: str, wildcard: str | None) -> Several:
        ends: list[int] = []
        sums = None if not options.nested else _elementary([options.size(i) for i in range(len(options.texts))], high)
        for taken in range(low, high + 1):
            ways = perm(len(options.texts), taken) if sums is None else factorial(taken) * sums[taken]
            ends.append(ways + (ends[-1] if ends else 0))
        longest = high * options.longest + max(high - 1, 0) * len(separator)
        return cls(options, low, high, separator, token, wildcard, tuple(ends), longest)

    @property
    def count(self) -> int:
        return self.ends[-1]

    def say(self, number: int, saying: Saying) -> str:
        place = len(saying.chosen)
        step = bisect_right(self.ends, number)
        number -= self.ends[step - 1] if step else 0
        picks = self._plain_picks(number, self.low + step) if not self.options.nested else self._picks(number, step)
        text = self.separator.join(self.options.word(index, inner, saying) for index, inner in picks)
        saying.chosen.insert(place, Chosen(self.token, text, self.wildcard))
        return text

    def _plain_picks(self, number: int, taken: int) -> list[tuple[int, int]]:
        used: list[int] = []
        for step in range(taken):
            place, number = divmod(number, perm(len(self.options.texts) - step - 1, taken - step - 1))
            for index in sorted(used):
                place += index <= place
            used.append(place)
        return [(index, 0) for index in used]

    def _picks(self, number: int, step: int) -> list[tuple[int, int]]:
        walk = _Walk(self.options, self.low + step)
        picks: list[tuple[int, int]] = []
        while walk.left:
            for index, size, ways in walk.offers():
                if number < size * ways:
                    inner, number = divmod(number, ways)
                    picks.append((index, inner))
                    walk.take(index)
                    break
                number -= size * ways
        return picks

    def draw(self, key: int, draw: Draw) -> int:
        spread = self.high - self.low + 1
        taken = self.low + (below(mix(key ^ mix(draw.number + 1) ^ draw.attempt), spread) if spread > 1 else 0)
        picks = [(index, self.options.within(index, key, draw)) for index in self._drawn(taken, key, draw)]
        start = self.ends[taken - self.low - 1] if taken > self.low else 0
        if not self.options.nested:
            size, rank = len(self.options.texts), 0
            for step, (index, _inner) in enumerate(picks):
                place = index - sum(1 for other, _ in picks[:step] if other < index)
                rank += place * perm(size - step - 1, taken - step - 1)
            return start + rank
        walk, rank = _Walk(self.options, taken), 0
        for index, inner in picks:
            for other, size, ways in walk.offers():
                if other == index:
                    rank += inner * ways
                    break
                rank += size * ways
            walk.take(index)
        return start + rank

    def _drawn(self, taken: int, key: int, draw: Draw) -> list[int]:
        used: dict[int, None] = {}
        size = len(self.options.texts)
        for step in range(taken):
            own = mix(key ^ (step << 32))
            for turn in range(TRIES):
                index = (draw.number + step) % size if self.options.is_cyclical else self._try(own, draw, turn)
                if index not in used:
                    break
            else:
                rest = [index for index in range(size) if index not in used]
                index = rest[below(mix(own ^ draw.number), len(rest))]
            used[index] = None
        return list(used)

    def _try(self, key: int, draw: Draw, turn: int) -> int:
        number = mix(key ^ mix(draw.number) ^ draw.attempt ^ (turn << 16))
        heavy = self.options.heavy
        return below(number, len(self.options.texts)) if heavy is None else weighted(number, heavy)


class _Walk:
    """Takes options one after the other, and knows in how many ways it can go on."""

    def __init__(self, options: Options, taken: int) -> None:
        self.left = taken
        self._sizes = {index: options.size(index) for index in range(len(options.texts))}
        self._sums = _elementary(list(self._sizes.values()), taken)

    def offers(self) -> list[tuple[int, int, int]]:
        """Each option that is left, its own count, and the ways of all that follow it."""
        rest = self.left - 1
        ways = {size: factorial(rest) * _without(self._sums, size, rest)[rest] for size in set(self._sizes.values())}
        return [(index, size, ways[size]) for index, size in self._sizes.items()]

    def take(self, index: int) -> None:
        self.left -= 1
        self._sums = _without(self._sums, self._sizes.pop(index), self.left)


def _elementary(counts: Sequence[int], degree: int) -> list[int]:
    """Sums of products of every so many different counts."""
    sums = [1] + [0] * degree
    for count in counts:
        for taken in range(degree, 0, -1):
            sums[taken] += count * sums[taken - 1]
    return sums


def _without(sums: Sequence[int], count: int, degree: int) -> list[int]:
    """The same sums without one of the counts."""
    less = [1]
    for taken in range(1, degree + 1):
        less.append(sums[taken] - count * less[taken - 1])
    return less


@dataclass(frozen=True, slots=True)
class Bound:
    """Chooses once for a variable. ``slot`` is where its uses find the text."""

    slot: int
    space: Space
    shown: bool

    @property
    def count(self) -> int:
        return self.space.count

    @property
    def longest(self) -> int:
        return self.space.longest if self.shown else 0

    def say(self, number: int, saying: Saying) -> str:
        text = self.space.say(number, saying)
        saying.bound[self.slot] = text
        return text if self.shown else ""

    def draw(self, key: int, draw: Draw) -> int:
        return self.space.draw(key, draw)


@dataclass(frozen=True, slots=True)
class Echo:
    """Says what a variable was bound to."""

    slot: int
    longest: int
    count: int = 1

    def say(self, number: int, saying: Saying) -> str:
        return saying.bound[self.slot]

    def draw(self, key: int, draw: Draw) -> int:
        return 0
