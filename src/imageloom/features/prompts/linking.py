"""From a tree to the space of its texts: wildcards found, variables bound, and everything without end refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import accumulate, chain

from imageloom.features.prompts import syntax
from imageloom.features.prompts.errors import PromptBad, prompt_error
from imageloom.features.prompts.limits import (
    CHARACTERS_MAX,
    COUNT_BITS_MAX,
    DEPTH_MAX,
    PARTS_MAX,
    PICK_MAX,
    PICK_WORK_MAX,
)
from imageloom.features.prompts.parsing import is_plain, parse
from imageloom.features.prompts.spaces import Bound, Echo, Fixed, One, Options, Part, Remarked, Row, Several, Space
from imageloom.features.prompts.streams import name_key
from imageloom.features.prompts.wildcards import Values, Wildcards

TOKEN_SHOWN = 200
VALUES_PER_PART = 50
"""Values of a wildcard that are gone through in the time that one part takes."""


@dataclass(frozen=True)
class _Later:
    """A variable whose uses each choose: its value, and the names that were known where it stands."""

    value: syntax.Sequence
    names: _Names


@dataclass
class _Slot:
    """A variable that is chosen once."""

    number: int
    longest: int
    is_used: bool = False


_Names = Mapping[str, _Later | _Slot]


@dataclass(frozen=True)
class _Linked:
    """A wildcard's options, and how deep they go. ``names`` keeps alive what the key tells apart by identity."""

    options: Options
    depth: int
    names: _Names


class Linker:
    """Links prompts over the same wildcards; remembers what it linked of them."""

    def __init__(self, wildcards: Wildcards) -> None:
        self._wildcards = wildcards
        self.linked: dict[tuple[object, ...], _Linked] = {}
        self.plain: dict[str, One] = {}
        """By how they are written: wildcards without arguments, all of whose values are nothing but text."""
        self.used: dict[str, Values] = {}
        self.slots = 0
        self._merged: dict[str, Values] = {}

    def link(self, parsed: syntax.Parsed) -> Space:
        """Raises :class:`PromptBad`, and :class:`WildcardBad` for a file."""
        return _Link(self, parsed.text).row(parsed.tree, {})

    def values(self, pattern: str) -> Values | None:
        """The values of every wildcard that the pattern means, together."""
        known = self._merged.get(pattern)
        if known is None:
            found = self._wildcards.find(pattern)
            if not found:
                return None
            self.used.update(found)
            known = found[0][1] if len(found) == 1 else _together(found)
            self._merged[pattern] = known
        return known

    def near(self, pattern: str) -> str | None:
        near = get_close_matches(pattern, self._wildcards.names(), n=3, cutoff=0.5)
        return f"Did you mean {' or '.join(f'__{name}__' for name in near)}?" if near else None


class _Link:
    """One prompt on its way to a space."""

    def __init__(self, linker: Linker, text: str) -> None:
        self.linker = linker
        self.text = text
        self.wildcard: str | None = None
        self.open: list[str] = []
        self.depth = 0
        self.deepest = 0
        self.parts = 0
        self.linked: dict[tuple[object, ...], _Linked] = {}

    def bad(self, rule: str, detail: str, at: int, *, hint: str | None = None) -> PromptBad:
        return prompt_error(rule, detail, text=self.text, at=at, wildcard=self.wildcard, hint=hint)

    def row(self, tree: syntax.Sequence, names: _Names) -> Space:
        """A variable holds from where it is set to the end of the row that it is set in."""
        self._enter(1)
        spaces: list[tuple[Space | str, int, _Slot | None]] = []
        twins: dict[str, int] = {}
        self._count(len(tree.parts), 0)
        for node in tree.parts:
            if isinstance(node, syntax.Text):
                spaces.append((node.text, 0, None))
                continue
            source = "" if isinstance(node, syntax.Sequence) else node.source
            twin = twins.get(source, 0)
            twins[source] = twin + 1
            salt = name_key(source, twin)
            if isinstance(node, syntax.Assign):
                held: _Later | _Slot = _Later(node.value, names)
                if node.at_once:
                    made, held = self._bound(node, names)
                    spaces.append((made, salt, held))
                names = {**names, node.name: held}
            else:
                spaces.append((self._token(node, names), salt, None))
        self.depth -= 1
        # What is chosen for a variable that nobody uses would only be counted.
        return self._joined([(space, salt) for space, salt, slot in spaces if slot is None or slot.is_used])

    def _enter(self, levels: int) -> None:
        self.depth += levels
        self.deepest = max(self.deepest, self.depth)
        if self.depth > DEPTH_MAX:
            raise self.bad("too_deep", f"braces, variables and wildcards are nested more than {DEPTH_MAX} deep.", 0)

    def _count(self, parts: int, at: int) -> None:
        self.parts += parts
        if self.parts > PARTS_MAX:
            raise self.bad("too_large", f"the prompt and its wildcards have more than {PARTS_MAX} parts.", at)

    def _joined(self, spaces: Sequence[tuple[Space | str, int]]) -> Space:
        if len(spaces) == 1:
            only = spaces[0][0]
            if isinstance(only, str):
                return Fixed(only)
            if isinstance(only, Fixed):
                return only
        count, longest = 1, 0
        parts: list[Part | str] = []
        moving: list[Part] = []
        for space, salt in reversed(spaces):
            if isinstance(space, str):
                longest += len(space)
                parts.append(space)
                continue
            part = Part(space, count, salt)
            parts.append(part)
            longest += space.longest
            if (several := space.count) > 1:
                moving.append(part)
                count *= several
                self._must_be_countable(count, 0)
        self._must_be_short(longest, 0)
        return Row(tuple(reversed(parts)), tuple(moving), count, longest)

    def _must_be_countable(self, count: int, at: int) -> None:
        if count.bit_length() > COUNT_BITS_MAX:
            raise self.bad("too_many", "there are more combinations than 10 to the power of 1,233.", at)

    def _must_be_short(self, longest: int, at: int) -> None:
        if longest > CHARACTERS_MAX:
            shown = longest if longest < 10**18 else "more than 10^18"
            raise self.bad("too_long", f"this can come to {shown} characters; a prompt has {CHARACTERS_MAX}.", at)

    # --- tokens ----------------------------------------------------------------------------------------------

    def _token(self, node: syntax.Sequence | syntax.Choice | syntax.Reference | syntax.Use, names: _Names) -> Space:
        match node:
            case syntax.Sequence():
                return self.row(node, names)
            case syntax.Choice():
                return self._choice(node, names)
            case syntax.Reference():
                return self.linker.plain.get(node.source) or self._reference(node, names)
            case syntax.Use():
                return self._use(node, names)

    def _reference(self, node: syntax.Reference, names: _Names) -> One:
        one = One(self._referenced(node, names), _shown(node.source), node.pattern)
        if not (one.options.nested or node.arguments or node.excluded):
            self.linker.plain[node.source] = one
        return one

    def _choice(self, node: syntax.Choice, names: _Names) -> Space:
        only = node.options[0].node.parts if len(node.options) == 1 else ()
        wildcard = None
        if len(only) == 1 and isinstance(only[0], syntax.Reference):
            # Several of one wildcard are different values of it.
            wildcard = only[0].pattern
            options = self._referenced(only[0], names, sampler=node.sampler)
        else:
            options = self._options(node, names)
        high = min(node.high, len(options.texts))
        low = min(node.low, high)
        if (low, high) == (1, 1):
            return One(options, _shown(node.source), wildcard)
        self._must_be_short(high * options.longest, node.at)
        if high > PICK_MAX:
            raise self.bad(
                "too_large", f"{high} options at once are more than {PICK_MAX}.", node.at, hint="Take fewer."
            )
        if options.nested and high * len(options.texts) > PICK_WORK_MAX:
            raise self.bad(
                "too_large",
                f"{high} of {len(options.texts)} options that have choices of their own are too many.",
                node.at,
                hint="Take fewer.",
            )
        made = Several.of(options, low, high, node.separator, token=_shown(node.source), wildcard=wildcard)
        self._must_be_countable(made.count, node.at)
        return made

    def _options(self, node: syntax.Choice, names: _Names) -> Options:
        found: dict[object, tuple[Space, float]] = {}
        for option in node.options:
            space = self.row(option.node, names)
            # The same text twice is one option with both weights: it would only be made twice.
            key = space.text if isinstance(space, Fixed) else id(option)
            known = found.get(key)
            found[key] = (space, option.weight + (known[1] if known else 0.0))
        return _options(
            [space.text if isinstance(space, Fixed) else "" for space, _weight in found.values()],
            {i: space for i, (space, _weight) in enumerate(found.values()) if not isinstance(space, Fixed)},
            [weight for _space, weight in found.values()],
            is_cyclical=node.sampler == "cyclical",
        )

    def _use(self, node: syntax.Use, names: _Names) -> Space:
        known = names.get(node.name)
        if isinstance(known, _Slot):
            known.is_used = True
            return Echo(known.number, known.longest)
        if known is not None:
            return self.row(known.value, known.names)
        if node.default is not None:
            return self.row(node.default, names)
        near = get_close_matches(node.name, names, n=1)
        raise self.bad(
            "unknown_variable",
            f"the variable {node.name!r} has no value here.",
            node.at,
            hint=f"Did you mean ${{{near[0]}}}?" if near else f"Give it one: ${{{node.name}:a value}}.",
        )

    def _bound(self, node: syntax.Assign, names: _Names) -> tuple[Space, _Slot]:
        space = self.row(node.value, names)
        self.linker.slots += 1
        slot = _Slot(self.linker.slots, space.longest, is_used=node.shown)
        return Bound(slot.number, space, node.shown), slot

    # --- wildcards -------------------------------------------------------------------------------------------

    def _referenced(self, node: syntax.Reference, names: _Names, *, sampler: str | None = None) -> Options:
        pattern = node.pattern.strip("/")
        if pattern in self.open:
            circle = " in ".join(f"__{name}__" for name in reversed([*self.open[self.open.index(pattern) :], pattern]))
            raise self.bad("cycle", f"the wildcard is a part of itself: {circle}.", node.at)
        if ".." in pattern or not pattern:
            raise self.bad(
                "wildcard_name",
                f"__{node.pattern}__ is no name of a wildcard.",
                node.at,
                hint="Letters, digits, spaces and -_. with / between folders, and * for anything.",
            )
        values = self.linker.values(pattern)
        if values is None:
            raise self.bad(
                "unknown_wildcard",
                f"there is no wildcard __{node.pattern[:TOKEN_SHOWN]}__.",
                node.at,
                hint=self.linker.near(pattern)
                or "Put NAME.txt with a value a line into the folder of wildcards, or send it in "
                "plan.prompts.wildcards. Underscores that are meant as text: \\__",
            )
        if node.excluded:
            self._count(len(values.texts) // VALUES_PER_PART, node.at)
        texts = [text for text in values.texts if text not in node.excluded] if node.excluded else values.texts
        if not texts:
            raise self.bad(
                "empty_wildcard",
                f"the wildcard __{node.pattern}__ holds no value.",
                node.at,
                hint="Write one a line into it, or exclude less of it.",
            )
        sampler = sampler if node.sampler == "random" and sampler else node.sampler
        given = {name: _Later(value, names) for name, value in node.arguments}
        return self._values(node, values, texts, {**names, **given}, sampler=sampler)

    def _values(
        self, node: syntax.Reference, values: Values, texts: Sequence[str], names: _Names, *, sampler: str
    ) -> Options:
        """The options of a wildcard, from memory where they were linked before with the same variables."""
        shared = (node.pattern, node.excluded, sampler)
        key = (*shared, *sorted((name, id(value)) for name, value in names.items()))
        known = self.linker.linked.get(shared)
        if known is None or (known.options.nested and names):
            known = self.linked.get(key)
        if known is not None:
            self._enter(known.depth)
            self.depth -= known.depth
            return known.options
        self._count(len(texts) // VALUES_PER_PART, node.at)
        deepest, self.deepest = self.deepest, self.depth
        outside = self.text, self.wildcard
        self.open.append(node.pattern.strip("/"))
        nested: dict[int, Space] = {}
        for index, text in enumerate(texts):
            if not is_plain(text):
                self.text, self.wildcard = text, node.pattern
                value = parse(text, wildcard=node.pattern)
                space = self.row(value.tree, names)
                nested[index] = Remarked(space, value.remarks) if value.remarks else space
        self.open.pop()
        self.text, self.wildcard = outside
        weights = values.weights
        if weights is not None and len(texts) < len(values.texts):
            weights = [weight for text, weight in zip(values.texts, weights, strict=True) if text not in node.excluded]
        options = _options(texts, nested, weights, is_cyclical=sampler == "cyclical")
        self._must_be_short(options.longest, node.at)
        linked = _Linked(options, self.deepest - self.depth, names if nested else {})
        if not nested or not names:
            self.linker.linked[shared] = linked
        else:
            self.linked[key] = linked
        self.deepest = max(deepest, self.deepest)
        return options


def _options(
    texts: Sequence[str], nested: Mapping[int, Space], weights: Sequence[float] | None, *, is_cyclical: bool
) -> Options:
    starts, count = None, len(texts)
    if nested:
        sizes = [nested[index].count if index in nested else 1 for index in range(len(texts))]
        starts = [0, *accumulate(sizes)]
        count = starts.pop()
    alike = weights is None or all(weight == weights[0] for weight in weights)
    return Options(
        texts=texts,
        nested=nested,
        starts=starts,
        heavy=None if alike or weights is None else list(accumulate(weights)),
        is_cyclical=is_cyclical,
        count=count,
        longest=max(chain(map(len, texts), (space.longest for space in nested.values()))),
    )


def _together(found: Sequence[tuple[str, Values]]) -> Values:
    return Values.of(
        (
            (text, values.weights[index] if values.weights is not None else 1.0)
            for _name, values in found
            for index, text in enumerate(values.texts)
        ),
        source=found[0][0],
    )


def _shown(source: str) -> str:
    return source if len(source) <= TOKEN_SHOWN else source[: TOKEN_SHOWN - 1] + "…"
