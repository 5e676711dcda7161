"""What the server says to people, by its source: keeps the page's translations complete, or checks that they are.

``web/src/app/said`` has a file for each language but English: sentences, with named gaps, and how they are said there.
Without ``--check`` the files are written anew: what nobody says any more is dropped, what is new stands there empty.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from pydantic_core._pydantic_core import list_all_errors

from tools.gen.borrowed import ANSWERS, PASSWORDS, RULES, TITLES, WORDS
from tools.gen.writing import ROOT

SOURCE = ROOT / "src" / "imageloom"
FOLDER = ROOT / "web" / "src" / "app" / "said"
LANGUAGES = ("zh-TW", "ja")

UNSEEN = (
    "doors/cli",
    "doors/bootstrap",
    "doors/http/app.py",
    "doors/http/document.py",
    "extensions/illustrator",
    "contracts/discovery.py",
    "extensions/storage",
    "features/batches/verifying.py",
    "features/catalog/price_",
    "features/gateway",
    "features/generation/bills.py",
    "features/identity/letters.py",
    "features/operations",
    "kit/money.py",
    "migrations",
    "runtime/cipher.py",
    "runtime/db",
    "runtime/engine",
    "runtime/mail.py",
    "runtime/settings.py",
    "runtime/watches.py",
)
"""What is said there is heard on the command line, in logs, in letters and by programs, and never on the page."""

SPEAKERS = {
    "DamagedPicture",
    "NoYaml",
    "NotConverted",
    "NotSent",
    "PromptBad",
    "SheetRowBad",
    "UnknownPrice",
    "ValueError",
    "_bad_size",
    "_damaged",
    "_lost",
    "_none",
    "_not_sent",
    "_refused",
    "_row_error",
    "bad",
    "row_error",
    "tell_trouble",
    "until",
}
"""What they are given is a part of a sentence, and is said whatever it looks like. So is what a problem is given."""

PARTS = {
    "features/batch_edits/capping.py": {"told"},
    "features/batch_edits/rewriting.py": {"warnings_of"},
    "features/batches/drafts.py": {"weigh"},
    "features/batches/planning.py": {"find"},
    "features/budgets/purses.py": {"named"},
    "features/catalog/fitting.py": {"_check_life"},
    "features/catalog/prices.py": {"_why"},
    "features/generation/claims.py": {"_afford"},
    "features/generation/storing.py": {"_provenance"},
    "features/prompts/errors.py": {"prompt_error"},
    "kit/plain_yaml.py": {"__init__"},
    "features/quotas/tallies.py": {"told"},
    "runtime/disk.py": {"PAID"},
    "runtime/egress/client.py": {"_MESSAGES", "_no_answer"},
}
"""Functions and tables whose strings are parts of sentences."""

QUIET_NAMES = {"code", "description", "example", "examples", "field", "json_schema_extra", "response_description"}
QUIET_NAMES |= {"responses", "rule", "summary"}
QUIET_CALLS = {"MasterKeyUnreadable", "RemoteProtocolError", "SecretUnreadable", "SentRead", "re.compile", "text"}
ROUTES = {"get", "post", "put", "patch", "delete"}
GAP = re.compile(r"\{(\w+)\}")
SHORTEST = 2
"""Letters that a template needs beside its gaps: with none it would be found in everything."""


@dataclass(frozen=True)
class Sentence:
    text: str
    place: str


def problems(trees: Mapping[str, ast.Module]) -> set[str]:
    """The names of all classes that are problems, however far down."""
    bases = {
        node.name: {ast.unparse(base).split(".")[-1] for base in node.bases}
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"Problem"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def sentences(source: Path = SOURCE) -> list[Sentence]:
    """Everything that is said, in the order of the source, each once."""
    trees = {
        str(path.relative_to(source)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(source.rglob("*.py"))
    }
    speakers = SPEAKERS | problems(trees)
    found: dict[str, Sentence] = {}
    for name, tree in trees.items():
        if name.startswith(UNSEEN):
            continue
        for text, line in Listener(name, speakers).said_in(tree):
            found.setdefault(text, Sentence(text, f"src/imageloom/{name}:{line}"))
    return list(found.values())


def all_said() -> list[Sentence]:
    """Those of the source, and the few that are not written there as sentences."""
    known: dict[str, str] = {error["type"]: error["message_template_python"] for error in list_all_errors()}
    rules = [
        Sentence(known[rule].replace("{expected_plural}", plural), f"pydantic: {rule}")
        for rule in RULES
        for plural in ("", "s")
    ]
    others = [Sentence(text, "tools/gen/borrowed.py") for text in (*ANSWERS, *PASSWORDS, *TITLES, *WORDS)]
    return list({one.text: one for one in [*sentences(), *rules, *others]}.values())


class Listener:
    """Hears what one file says."""

    def __init__(self, name: str, speakers: set[str]) -> None:
        self.parts = next((names for path, names in PARTS.items() if name == path), set())
        self.speakers = speakers

    def said_in(self, node: ast.AST, *, speaks: bool = False) -> Iterator[tuple[str, int]]:
        for child in shown_parts(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if isinstance(child, ast.Constant | ast.JoinedStr):
                for text in spellings(child):
                    if counts(text, speaks=speaks):
                        yield text, child.lineno
                if isinstance(child, ast.Constant):
                    continue
                yield from self._in_gaps(child)
                continue
            if is_quiet(child):
                continue
            yield from self.said_in(child, speaks=speaks or self._speaks(child))

    def _in_gaps(self, node: ast.JoinedStr) -> Iterator[tuple[str, int]]:
        for value in node.values:
            if isinstance(value, ast.FormattedValue) and not isinstance(value.value, ast.IfExp):
                yield from self.said_in(value)

    def _speaks(self, node: ast.AST) -> bool:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return node.name in self.parts
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return any(isinstance(target, ast.Name) and target.id in self.parts for target in targets)
        return isinstance(node, ast.Call) and called(node) in self.speakers


def shown_parts(node: ast.AST) -> Iterator[ast.AST]:
    """What a node is made of, without the values that a dictionary gives to a quiet name."""
    if not isinstance(node, ast.Dict):
        yield from ast.iter_child_nodes(node)
        return
    for key, value in zip(node.keys, node.values, strict=True):
        if not (isinstance(key, ast.Constant) and key.value in QUIET_NAMES):
            yield value


def called(node: ast.Call) -> str:
    return ast.unparse(node.func).split(".")[-1]


def is_quiet(node: ast.AST) -> bool:
    """Whether nothing in there is said to people on the page."""
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.keyword):
        return node.arg in QUIET_NAMES
    if not isinstance(node, ast.Call):
        return False
    whole = ast.unparse(node.func)
    is_route = called(node) in ROUTES and whole.split(".")[0] in ("router", "app")
    return is_route or whole.startswith("log.") or called(node) in QUIET_CALLS or whole in QUIET_CALLS


def counts(text: str, *, speaks: bool) -> bool:
    """Whether it is a sentence, or a part of one."""
    bare = GAP.sub("", text)
    if len(re.sub(r"[^A-Za-z]", "", bare)) < SHORTEST or " " not in text.strip() or "<!" in text:
        return False
    stripped = text.strip()
    return speaks or (stripped[-1] in ".?!…" and (stripped[0].isupper() or stripped[0] == "{"))


def spellings(node: ast.Constant | ast.JoinedStr) -> list[str]:
    """The templates of a string: of one that chooses between words, one for each."""
    if isinstance(node, ast.Constant):
        return [node.value.strip()] if isinstance(node.value, str) else []
    names: Counter[str] = Counter()
    choices = [alternatives(value, names) for value in node.values]
    return ["".join(parts).strip() for parts in product(*choices)]


def alternatives(node: ast.expr, names: Counter[str]) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    assert isinstance(node, ast.FormattedValue)
    value = node.value
    if isinstance(value, ast.IfExp):
        ends = (value.body, value.orelse)
        if all(isinstance(end, ast.Constant) and isinstance(end.value, str) for end in ends):
            return [str(end.value) for end in ends if isinstance(end, ast.Constant)]
    name = gap(value)
    names[name] += 1
    return [f"{{{name if names[name] == 1 else f'{name}{names[name]}'}}}"]


def gap(node: ast.expr) -> str:
    """A name for what is put there, from the expression."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id.isupper():
        return "word"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return name_of(node.slice.value)
    if isinstance(node, ast.Call):
        return gap(node.args[0]) if node.args else gap(node.func)
    if isinstance(node, ast.Subscript | ast.Starred):
        return gap(node.value)
    if isinstance(node, ast.Attribute):
        return (
            gap(node.value)
            if node.attr in ("name", "id", "title") and isinstance(node.value, ast.Name)
            else name_of(node.attr)
        )
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return gap(node.generators[0].iter)
    if isinstance(node, ast.BinOp):
        return gap(node.left)
    if isinstance(node, ast.BoolOp):
        return gap(node.values[0])
    if isinstance(node, ast.IfExp):
        return gap(node.body)
    return name_of(node.id) if isinstance(node, ast.Name) else "value"


def name_of(word: str) -> str:
    return word.strip("_").lower()


def faults(said: Iterable[Sentence], words: Mapping[str, str], language: str) -> Iterator[str]:
    """What is wrong with the file of one language."""
    known = {one.text: one.place for one in said}
    for text, place in known.items():
        if not words.get(text):
            yield f"{language}: no translation of {text!r} ({place})"
        elif sorted(GAP.findall(text)) != sorted(GAP.findall(words[text])):
            yield f"{language}: other gaps in the translation of {text!r} ({place})"
    yield from (f"{language}: nobody says {text!r} any more" for text in words.keys() - known.keys())


def read(path: Path) -> dict[str, str]:
    words: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return words


def main(words: list[str]) -> int:
    said = all_said()
    wrong: list[str] = []
    for language in LANGUAGES:
        path = FOLDER / f"{language}.json"
        kept = read(path)
        if "--check" not in words:
            kept = {one.text: kept.get(one.text, "") for one in said}
            path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        wrong += faults(said, kept, language)
    for fault in wrong:
        print(fault)
    print(f"{len(said)} sentences in {len(LANGUAGES)} languages, {len(wrong)} faults.")
    return 1 if wrong or not said else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
