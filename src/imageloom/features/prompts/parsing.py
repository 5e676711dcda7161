"""From text to tree, in one pass. What does not look like grammar is text; what begins like it must be right.

``{...}`` is a choice when it holds ``|`` or ``$$``, or nothing but one other token. Other braces, and signs that
nothing belongs to, stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from imageloom.features.prompts.errors import PromptBad, prompt_error
from imageloom.features.prompts.limits import DEPTH_MAX, NUMBERS_MAX
from imageloom.features.prompts.syntax import (
    Assign,
    Choice,
    Node,
    Option,
    Parsed,
    Reference,
    Sampler,
    Sequence,
    Text,
    Use,
)

_BEGINS = r"\\\\*|\$\{|%\{|\{|__|<(?=(?:random|wildcard|setvar|var)[\[:])|\[\[|\#(?<!\S\#)(?=\s|$)"
"""Each begins with the sign itself: where all do, a search passes over everything else many times faster."""
_SIGNS = "{}|$%#_<>[],:~@="
_HEAD = re.compile(
    r"(?P<sampler>[~@])?"
    r"(?:\s*(?:(?P<low>\d{1,6})(?:\s*(?P<dash>-)(?:\s*(?P<high>\d{1,6}))?)?|-\s*(?P<most>\d{1,6}))\s*\$\$"
    r"(?:(?P<separator>(?:(?!\$\$)[^{}|\\])*)\$\$)?)?"
)
_BAD_HEAD = re.compile(r"[\s.,-]*\d[\d\s.,-]*\$\$")
"""Numbers that are none of options, such as ``{1.5$$a|b}``."""
_WEIGHT = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})\s*::")
_REFERENCE = re.compile(
    r"__(?P<sampler>[~@])?(?P<name>(?:[^\W_]|[./*])(?:[\w\-./*]|(?<=\S) (?=\S))*?)(?<! )(?:__|(?=\())"
)
_ARGUMENT = re.compile(r"\s*([^\W\d]\w*)\s*=\s*")
_VARIABLE = re.compile(r"\$\{\s*([^\W\d]\w*)\s*(=\s*!|=|:|\})")
_IMPORT = re.compile(r"<(random|wildcard|setvar|var)(?:\[([^\[\]<>:]{0,60})\])?:")
_COUNTED = re.compile(r"\s*(\d{1,6})(?:-(\d{1,6}))?\s*(,?)\s*")
_NUMBERS = re.compile(r"\s*(-?\d{1,9})-(-?\d{1,9})\s*")
_HOLE = re.compile(r"\.\.\.|…")
_ENCLOSING = re.compile(r"[<>{}]")
_OPENS = {">": "<", "}": "{"}
_BRACKETS = re.compile(r"<(?=[^\W\d])|>")

SAMPLERS: dict[str | None, Sampler] = {None: "random", "~": "random", "@": "cyclical"}
_WEIGHT_MAX = 1e9
_NOTHING: frozenset[str] = frozenset()
PICK_UNBOUNDED = 10**6
"""As many as there are."""


def parse(text: str, *, wildcard: str | None = None) -> Parsed:
    """Raises :class:`PromptBad` with the position. ``wildcard`` is whose value this is."""
    reader = _Reader(text, wildcard)
    parts, _stop = reader.parts(())
    if reader.remarks and wildcard is not None:
        # What parted a value from its remarks is no part of it.
        while parts and _is_blank(parts[0]):
            del parts[0]
        while parts and _is_blank(parts[-1]):
            del parts[-1]
        parts = _stripped(parts)
    return Parsed(text, Sequence(tuple(parts)), tuple(reader.remarks))


def is_plain(text: str) -> bool:
    """Whether the text is nothing but text."""
    return _events(()).search(text) is None


@lru_cache(maxsize=64)
def _events(stops: tuple[str, ...]) -> re.Pattern[str]:
    # Where > ends something, a bracket such as <lora:x:1> is passed over whole.
    brackets = [r"<(?=[^\W\d])"] if ">" in stops else []
    return re.compile("|".join([*map(re.escape, stops), _BEGINS, *brackets]))


class _Reader:
    def __init__(self, text: str, wildcard: str | None) -> None:
        self.text = text
        self.wildcard = wildcard
        self.at = 0
        self.depth = 0
        self.remarks: list[str] = []

    def bad(self, rule: str, detail: str, at: int, *, hint: str | None = None) -> PromptBad:
        return prompt_error(rule, detail, text=self.text, at=at, wildcard=self.wildcard, hint=hint)

    def parts(self, stops: tuple[str, ...]) -> tuple[list[Node], str | None]:
        """Reads up to a stop or the end, and passes over the stop. Says which it was; ``None`` for the end."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self.bad("too_deep", f"nested more than {DEPTH_MAX} deep.", self.at)
        parts: list[Node] = []
        search, text = _events(stops).search, self.text
        while event := search(text, self.at):
            sign = event.group()
            start, end = event.span()
            if start > self.at:
                parts.append(Text(text[self.at : start]))
            self.at = end
            if sign in stops:
                self.depth -= 1
                return parts, sign
            if sign == "<" and ">" in stops and not _IMPORT.match(text, start):
                parts += self._bracket()
                continue
            parts += self._token(sign, start)
        if self.at < len(text):
            parts.append(Text(text[self.at :]))
        self.at = len(text)
        self.depth -= 1
        return parts, None

    def _token(self, sign: str, at: int) -> list[Node]:
        match sign[0]:
            case "_":
                return self._reference(at)
            case "\\":
                return [Text(self._escaped(len(sign)))]
            case "{":
                return self._choice(at)
            case "$":
                return self._variable(at)
            case "%":
                return self._wrap(at)
            case "<":
                return self._import(at)
            case "[":
                return self._array(at)
            case _:
                end = self.text.find("\n", at)
                self.at = len(self.text) if end < 0 else end
                self.remarks.append(self.text[at : self.at])
                return []

    def _escaped(self, backslashes: int) -> str:
        """Backslashes mean something before a sign of the grammar alone: of other texts they are a part."""
        following = self.text[self.at : self.at + 1]
        if not following or following not in _SIGNS:
            return "\\" * backslashes
        if backslashes % 2 == 0:
            return "\\" * (backslashes // 2)
        # Two signs that are one together are escaped together.
        pair = self.text[self.at : self.at + 2]
        taken = pair if pair in ("__", "[[", "$$", "::", "]]", "${", "%{") else following
        self.at += len(taken)
        return "\\" * (backslashes // 2) + taken

    # --- choices ---------------------------------------------------------------------------------------------

    def _choice(self, at: int) -> list[Node]:
        head = _HEAD.match(self.text, self.at)
        assert head is not None
        is_counted = head["low"] is not None or head["most"] is not None
        if not is_counted and _BAD_HEAD.match(self.text, head.end()):
            raise self.bad("range", "what stands before $$ counts no options.", at, hint="Such as {1-3$$a|b|c}.")
        self.at = head.end()
        options, stop = self._options("|", "}")
        if stop is None and (is_counted or len(options) > 1):
            raise self.bad("unclosed", "this brace is not closed.", at, hint="Write } behind the last option.")
        if not is_counted and len(options) == 1:
            return self._braces(options[0], head.group(), at, stop)
        low, high = self._bounds(head, at)
        return [
            Choice(
                options=tuple(options),
                low=low,
                high=high,
                separator=", " if head["separator"] is None else head["separator"],
                sampler=SAMPLERS[head["sampler"]],
                at=at,
                source=self.text[at : self.at],
            )
        ]

    def _braces(self, option: Option, head: str, at: int, stop: str | None) -> list[Node]:
        """Braces around one thing: a token alone needs none, and around text they are text."""
        inner = option.node.parts
        tokens: list[Node] = [part for part in inner if not isinstance(part, Text)]
        rest = "".join(part.text for part in inner if isinstance(part, Text))
        if stop is not None and not head and len(tokens) == 1 and not rest.strip():
            return tokens
        weight = _WEIGHT.match(self.text, at + 1 + len(head))
        opened = "{" + head + (weight.group() if weight else "")
        return [Text(opened), *inner, *([Text("}")] if stop is not None else [])]

    def _bounds(self, head: re.Match[str], at: int) -> tuple[int, int]:
        if head["low"] is None:
            low, high = 1, int(head["most"] or 1)
        else:
            low = int(head["low"])
            high = low if head["dash"] is None else int(head["high"] or PICK_UNBOUNDED)
        if high < max(low, 1):
            raise self.bad("range", f"{low} to {high} options are none.", at, hint="Such as {1-3$$a|b|c}.")
        return low, high

    def _options(self, between: str, end: str) -> tuple[list[Option], str | None]:
        options: list[Option] = []
        while True:
            weight = 1.0
            if match := _WEIGHT.match(self.text, self.at):
                weight = float(match.group(1))
                if not 0 < weight <= _WEIGHT_MAX:
                    raise self.bad(
                        "weight", "a weight is above 0, up to 10^9.", self.at, hint="Leave out what is never chosen."
                    )
                self.at = match.end()
            parts, stop = self.parts((between, end))
            options.append(Option(weight, Sequence(tuple(_trimmed(parts)))))
            if stop != between:
                return options, stop

    # --- wildcards and variables -----------------------------------------------------------------------------

    def _reference(self, at: int) -> list[Node]:
        match = _REFERENCE.match(self.text, at)
        if match is None:
            return [Text("__")]
        self.at = match.end()
        arguments: list[tuple[str, Sequence]] = []
        if not match.group().endswith("__"):
            if not _ARGUMENT.match(self.text, self.at + 1):
                self.at = at + 2
                return [Text("__")]
            arguments = self._arguments(at)
        return [
            Reference(
                pattern=match["name"],
                sampler=SAMPLERS[match["sampler"]],
                arguments=tuple(arguments),
                excluded=_NOTHING,
                at=at,
                source=self.text[at : self.at],
            )
        ]

    def _arguments(self, at: int) -> list[tuple[str, Sequence]]:
        arguments: list[tuple[str, Sequence]] = []
        self.at += 1
        stop: str | None = ","
        while stop == ",":
            match = _ARGUMENT.match(self.text, self.at)
            if match is None:
                raise self.bad(
                    "argument", "an argument is name=value.", self.at, hint="Such as __clothes(season=winter)__."
                )
            self.at = match.end()
            parts, stop = self.parts((",", ")"))
            arguments.append((match.group(1), Sequence(tuple(parts))))
        if stop is None or not self.text.startswith("__", self.at):
            raise self.bad(
                "unclosed",
                "the wildcard's arguments do not end in )__.",
                at,
                hint="A value that holds ) is set before: ${v=(red:1.3)}__clothes(colour=${v})__.",
            )
        self.at += 2
        return arguments

    def _variable(self, at: int) -> list[Node]:
        match = _VARIABLE.match(self.text, at)
        if match is None:
            self.at = at + 1
            return [Text("$")]
        self.at = match.end()
        name, sign = match.groups()
        if sign == "}":
            return [Use(name, None, at, match.group())]
        parts, stop = self.parts(("}",))
        if stop is None:
            raise self.bad("unclosed", "the variable's brace is not closed.", at, hint="Write } behind its value.")
        value, source = Sequence(tuple(_trimmed(parts))), self.text[at : self.at]
        if sign == ":":
            return [Use(name, value, at, source)]
        return [Assign(name, value, at_once=sign.endswith("!"), shown=False, at=at, source=source)]

    def _wrap(self, at: int) -> list[Node]:
        """``%{wrapper with ... $$ what it wraps}``. Behind a number the sign is percent."""
        if at and self.text[at - 1].isdigit():
            self.at = at + 1
            return [Text("%")]
        wrapper, stop = self.parts(("$$", "}"))
        if stop != "$$" or not any(_has_hole(part) for part in wrapper):
            raise self.bad(
                "wrap",
                "%{ begins a wrapper, and its ... or $$ is missing.",
                at,
                hint="Such as %{a photo of ... $$ a cat}.",
            )
        inner, stop = self.parts(("}",))
        if stop is None:
            raise self.bad("unclosed", "the wrapper's brace is not closed.", at, hint="Write } behind what it wraps.")
        filling = Sequence(tuple(_stripped(inner)))
        return [_filled(part, filling) for part in _stripped(wrapper)]

    # --- what other programs write ---------------------------------------------------------------------------

    def _import(self, at: int) -> list[Node]:
        match = _IMPORT.match(self.text, at)
        if match is None:
            self.at = at + 1
            return [Text("<")]
        self.at = match.end()
        kind, argument = match.groups()
        if kind == "random":
            return [self._random(argument, at)]
        if kind == "setvar":
            name, _comma, shown = (argument or "").partition(",")
            parts, stop = self.parts((">",))
            self._closed(stop, at)
            source = self.text[at : self.at]
            return [Assign(name.strip(), Sequence(tuple(parts)), True, shown.strip().lower() != "false", at, source)]
        parts, stop = self.parts((">",))
        self._closed(stop, at)
        body = "".join(part.text for part in parts if isinstance(part, Text)).strip()
        source = self.text[at : self.at]
        if kind == "var":
            return [Use(body, None, at, source)]
        name, _comma, rest = body.partition(",")
        excluded = rest.strip().removeprefix("not=") if rest.strip().startswith("not=") else ""
        names = frozenset(word.strip() for word in excluded.split("|") if word.strip())
        reference = Reference(name.strip(), "random", (), names, at, source)
        return [self._counted(argument, (Option(1.0, Sequence((reference,))),), at, source) if argument else reference]

    def _bracket(self) -> list[Node]:
        """``<lora:x:1>``: no grammar, but its > is its own."""
        inner, stop = self.parts((">",))
        return [Text("<"), *inner, *([Text(">")] if stop is not None else [])]

    def _random(self, argument: str | None, at: int) -> Node:
        end = self._extent(at)
        body = self.text[self.at : end]
        if numbers := _NUMBERS.fullmatch(body):
            self.at = end + 1
            low, high = int(numbers[1]), int(numbers[2])
            if not 0 <= high - low < NUMBERS_MAX:
                raise self.bad("range", f"a range of numbers has 1 to {NUMBERS_MAX}.", at)
            options = [Option(1.0, Sequence((Text(str(number)),))) for number in range(low, high + 1)]
        else:
            own = _outermost(body)
            between = next((sign for sign in ("||", "|") if sign in own), ",")
            options = []
            stop: str | None = between
            while stop == between:
                parts, stop = self.parts((between, ">"))
                options.append(Option(1.0, Sequence(tuple(_stripped(parts)))))
            self._closed(stop, at)
        return self._counted(argument, tuple(options), at, self.text[at : self.at])

    def _counted(self, argument: str | None, options: tuple[Option, ...], at: int, source: str) -> Choice:
        counted = _COUNTED.fullmatch(argument or "1")
        if counted is None:
            raise self.bad("range", "in [ ] stands how many are taken.", at, hint="Such as <random[1-3]:a|b|c>.")
        low = int(counted[1])
        high = int(counted[2]) if counted[2] else low
        if high < max(low, 1):
            raise self.bad("range", f"{low} to {high} options are none.", at, hint="Such as <random[1-3]:a|b|c>.")
        return Choice(options, low, high, ", " if counted[3] else " ", "random", at, source)

    def _extent(self, at: int) -> int:
        """Where the bracket that is open closes."""
        depth = 1
        for match in _BRACKETS.finditer(self.text, self.at):
            depth += 1 if match.group() == "<" else -1
            if depth == 0:
                return match.start()
        raise self.bad("unclosed", "this < is not closed.", at, hint="Write > behind it.")

    def _closed(self, stop: str | None, at: int) -> None:
        if stop is None:
            raise self.bad("unclosed", "this < is not closed.", at, hint="Write > behind it.")

    def _array(self, at: int) -> list[Node]:
        """``[[a, b]]``: one after the other. Without a comma it is text."""
        items: list[list[Node]] = []
        stop: str | None = ","
        while stop == ",":
            parts, stop = self.parts((",", "]]"))
            items.append(parts)
        if stop is None or len(items) == 1:
            joined: list[Node] = [Text("[[")]
            for index, parts in enumerate(items):
                joined += [Text(","), *parts] if index else parts
            return joined if stop is None else [*joined, Text("]]")]
        options = tuple(Option(1.0, Sequence(tuple(_stripped(parts)))) for parts in items)
        return [Choice(options, 1, 1, ", ", "cyclical", at, self.text[at : self.at])]


def _trimmed(parts: list[Node]) -> list[Node]:
    """Without line ends and indents at its edges: they are how a long prompt is laid out. Spaces alone stay."""
    return _edited(_edited(parts, 0, _without_first_line_end), -1, _without_last_line_end)


def _without_first_line_end(text: str) -> str:
    bare = text.lstrip()
    return bare if "\n" in text[: len(text) - len(bare)] else text


def _without_last_line_end(text: str) -> str:
    bare = text.rstrip()
    return bare if "\n" in text[len(bare) :] else text


def _stripped(parts: list[Node]) -> list[Node]:
    return _edited(_edited(parts, 0, str.lstrip), -1, str.rstrip)


def _is_blank(part: Node) -> bool:
    return isinstance(part, Text) and not part.text.strip()


def _edited(parts: list[Node], index: int, edit: Callable[[str], str]) -> list[Node]:
    part = parts[index] if parts else None
    if not isinstance(part, Text):
        return parts
    edited = list(parts)
    edited[index] = Text(edit(part.text))
    return edited


def _outermost(body: str) -> str:
    """Without what stands in brackets and braces of its own, in one go. One that is not closed is text."""
    opened: list[tuple[str, int]] = []
    waiting = Counter[str]()
    spans: list[tuple[int, int]] = []
    for match in _ENCLOSING.finditer(body):
        opens = _OPENS.get(match.group())
        if opens is None:
            opened.append((match.group(), match.start()))
            waiting[match.group()] += 1
        elif waiting[opens]:
            start = _closed_from(opened, waiting, opens)
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, match.end()))
    kept, at = [], 0
    for start, end in spans:
        kept.append(body[at:start])
        at = end
    return "".join((*kept, body[at:]))


def _closed_from(opened: list[tuple[str, int]], waiting: Counter[str], opens: str) -> int:
    """Where the last sign of this kind was opened; those of the other kind behind it are not closed."""
    while True:
        sign, start = opened.pop()
        waiting[sign] -= 1
        if sign == opens:
            return start


def _has_hole(node: Node) -> bool:
    match node:
        case Text(text):
            return _HOLE.search(text) is not None
        case Sequence(parts):
            return any(_has_hole(part) for part in parts)
        case Choice(options=options):
            return any(_has_hole(option.node) for option in options)
        case _:
            return False


def _filled(node: Node, filling: Sequence) -> Node:
    match node:
        case Text(text):
            pieces = _HOLE.split(text)
            filled: list[Node] = [Text(pieces[0])]
            for piece in pieces[1:]:
                filled += [filling, Text(piece)]
            return Sequence(tuple(filled)) if len(filled) > 1 else node
        case Sequence(parts):
            return Sequence(tuple(_filled(part, filling) for part in parts))
        case Choice():
            options = tuple(
                Option(option.weight, Sequence(tuple(_filled(part, filling) for part in option.node.parts)))
                for option in node.options
            )
            return Choice(options, node.low, node.high, node.separator, node.sampler, node.at, node.source)
        case _:
            return node
