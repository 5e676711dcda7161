"""The rules. A line may opt out of one with ``# lint-skip: rule-name reason``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

PRODUCT = "src/imageloom/"
FEATURES = "src/imageloom/features/"
ADAPTERS = "src/imageloom/extensions/providers/"
FILE_LINES = 600
FUNCTION_LINES = 60
_COMMITTERS = ("runtime/scope.py", "features/generation/writer.py", "runtime/engine/", "runtime/db/", "migrations/")
_READERS = (
    "repository.py",
    "feeds.py",
    "verifying.py",
    "cancelled.py",
    "claims.py",
    "holding.py",
    "tallies.py",
    "counting.py",
    "spending.py",
    "late.py",
    "taking.py",
    "apply.py",
    "finding.py",
)
_OF_PROJECTS = frozenset(
    {
        "Asset",
        "AssetLabel",
        "Batch",
        "BatchEdit",
        "Board",
        "Project",
        "Recipe",
        "Run",
        "Schedule",
        "Sheet",
        "Vote",
        "WildcardFile",
    }
)
"""Tables whose rows belong to a project of a team."""
_EDGES = (
    "doors/",
    "runtime/engine/",
    "runtime/pixels/local.py",
    "runtime/watches.py",
    "runtime/threads.py",
    "runtime/db/together.py",
    "contracts/discovery.py",
    "features/generation/writer.py",
    "runtime/egress/answers.py",
)
_VAGUE = frozenset({"utils", "helpers", "manager", "common", "base", "misc"})
_TALK = re.compile(r"\b(issue|ticket)\s*#?\d+\b|\bsession \d+\b|(?<![\w.])/(work|root)/", re.IGNORECASE)
_SNAKE = re.compile(r"[a-z][a-z0-9_]*")
_LOG_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


@dataclass(frozen=True)
class Source:
    name: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def inside(self, *places: str) -> bool:
        """Whether the file lies in the product, at one of these places."""
        return any(self.name.startswith(PRODUCT + place) or self.name.endswith("/" + place) for place in places)


@dataclass(frozen=True)
class Rule:
    name: str
    find: Callable[[Source], Iterator[tuple[int, str]]]

    def check(self, source: Source) -> Iterator[str]:
        lines = source.lines
        for number, message in self.find(source):
            line = lines[number - 1] if 0 < number <= len(lines) else ""
            if f"lint-skip: {self.name} " not in line:
                yield f"{source.name}:{number}: {self.name}: {message}"


def _calls(source: Source) -> Iterator[ast.Call]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def two_committers(source: Source) -> Iterator[tuple[int, str]]:
    """Only the scope's edge and the ledger writer commit."""
    if not source.name.startswith(PRODUCT) or source.inside(*_COMMITTERS):
        return
    for call in _calls(source):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("commit", "rollback", "begin"):
            yield call.lineno, f"{call.func.attr}() belongs to the scope's edge and the ledger writer"


def queries_have_a_home(source: Source) -> Iterator[tuple[int, str]]:
    """Queries live in repositories and in the ledger's own modules."""
    if not source.name.startswith(FEATURES) or source.name.rpartition("/")[2] in _READERS:
        return
    for call in _calls(source):
        if _dotted(call.func) in ("select", "sa.select", "sqlalchemy.select"):
            yield call.lineno, "select() belongs in a repository"


def projects_are_asked(source: Source) -> Iterator[tuple[int, str]]:
    """What belongs to a project is found by ``runtime/db/visibility``, which knows of roles in projects."""
    if not source.name.startswith(FEATURES):
        return
    for call in _calls(source):
        model, _, rest = _dotted(call.func).partition(".")
        if model in _OF_PROJECTS and rest == "team_id.in_":
            yield call.lineno, f"rows of {model} are found with visible() or allowed(), not by their team alone"


def providers_are_equal(source: Source) -> Iterator[tuple[int, str]]:
    """Behaviour asks a provider's facts, never its name."""
    if not source.name.startswith(PRODUCT) or source.inside("extensions/providers/"):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn):
            continue
        sides = [node.left, *node.comparators]
        named = any(_dotted(side).endswith(("provider.id", "provider_id", "provider")) for side in sides)
        if named and any(_is_text(side) for side in sides):
            yield node.lineno, "compare a capability, not a provider's id"


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(_is_text(element) for element in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def time_is_injected(source: Source) -> Iterator[tuple[int, str]]:
    """Features take the clock, ids and chance from their scope; adapters have none at all."""
    if not source.name.startswith((FEATURES, ADAPTERS)):
        return
    for call in _calls(source):
        name = _dotted(call.func)
        stateful = name.startswith(("random.", "uuid."))
        timely = name.endswith(("datetime.today", "date.today", "utcnow", "time.time", "uuid4"))
        if stateful or timely or (name.endswith("datetime.now") and "operations/" not in source.name):
            yield call.lineno, f"{name}() comes from the scope's ports"


def broad_excepts_have_reasons(source: Source) -> Iterator[tuple[int, str]]:
    """Catching everything is for the edges of the process, and says why."""
    if not source.name.startswith(PRODUCT):
        return
    lines = source.lines
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler) or not _is_broad(node.type):
            continue
        above = lines[node.lineno - 2].strip() if node.lineno >= 2 else ""
        if not source.inside(*_EDGES):
            yield node.lineno, "catching Exception is for the process's edges"
        elif not above.startswith("#") and "  # " not in lines[node.lineno - 1]:
            yield node.lineno, "say in a comment, above or beside, why everything is caught"


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_broad(element) for element in kind.elts)
    return kind is None or _dotted(kind) in ("Exception", "BaseException")


def log_events_are_words(source: Source) -> Iterator[tuple[int, str]]:
    """A log line is a constant snake_case event with fields."""
    if not source.name.startswith(PRODUCT):
        return
    for call in _calls(source):
        function = call.func
        if not (
            isinstance(function, ast.Attribute) and function.attr in _LOG_METHODS and _dotted(function.value) == "log"
        ):
            continue
        event = call.args[0] if call.args else None
        constant = isinstance(event, ast.Constant) and isinstance(event.value, str) and _SNAKE.fullmatch(event.value)
        if not constant:
            yield call.lineno, "the event is a constant word_with_underscores"


def answers_have_no_defaults(source: Source) -> Iterator[tuple[int, str]]:
    """A shape that goes out always says everything."""
    if not source.name.startswith(PRODUCT):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith("Read"):
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign) and _is_default(statement.value):
                    yield statement.lineno, f"{node.name} is an answer: its members have no defaults"


def _is_default(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call) and _dotted(value.func) == "Field":
        return bool(value.args) or any(word.arg in ("default", "default_factory") for word in value.keywords)
    return value is not None


def importing_does_nothing(source: Source) -> Iterator[tuple[int, str]]:
    """Importing a module opens nothing, reads nothing and starts nothing."""
    if not source.name.startswith(PRODUCT) or source.inside("migrations/"):
        return
    for node in _run_at_import(source.tree.body):
        if isinstance(node, ast.Call) and _is_effect(_dotted(node.func)):
            yield node.lineno, f"{_dotted(node.func)}() at import"
        if isinstance(node, ast.Subscript) and _dotted(node.value) == "os.environ":
            yield node.lineno, "os.environ[...] at import"


_EFFECTS = frozenset({"open", "print", "create_engine", "create_async_engine", "os.getenv", "os.environ.get"})
_EFFECT_ENDINGS = (".read_text", ".read_bytes", ".write_text", ".mkdir", ".basicConfig", "subprocess.run", ".start")


def _is_effect(name: str) -> bool:
    return name in _EFFECTS or name.endswith(_EFFECT_ENDINGS)


def _run_at_import(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: not what lies inside functions or ``if __name__``."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _run_at_import(statement.body)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in statement.decorator_list:
                yield from ast.walk(decorator)
        elif not _is_main_guard(statement):
            yield from _outside_lambdas(statement)


def _is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id in ("__name__", "TYPE_CHECKING") for node in ast.walk(statement.test)
    )


def _outside_lambdas(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Lambda):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _outside_lambdas(child)


def sizes_are_bounded(source: Source) -> Iterator[tuple[int, str]]:
    """Files and functions stay small enough to read."""
    if "migrations/versions" in source.name:
        return
    if len(source.lines) > FILE_LINES:
        yield 1, f"{len(source.lines)} lines; {FILE_LINES} are allowed"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            allowed = FUNCTION_LINES * (2 if source.name.startswith("tests/") else 1)
            if size > allowed and not _is_declaration(source, node):
                yield node.lineno, f"{node.name} has {size} lines; {allowed} are allowed"


def _is_declaration(source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command's or a route's signature is a form that people fill in; its lines are fields."""
    body = (node.end_lineno or 0) - node.body[0].lineno + 1
    return source.inside("doors/cli/", "routes.py") and body <= FUNCTION_LINES


def names_say_something(source: Source) -> Iterator[tuple[int, str]]:
    """A module is named by its noun."""
    stem = source.name.rpartition("/")[2].removesuffix(".py")
    if stem in _VAGUE:
        yield 1, f"{stem} says nothing about what is inside"


def speaks_of_itself(source: Source) -> Iterator[tuple[int, str]]:
    """No word of how or where the project is made."""
    for number in talk(source.name, source.text):
        yield number, TALK


TALK = "this speaks of the making, or of one machine"


def talk(name: str, text: str) -> Iterator[int]:
    """The lines of any text file that break the rule; the rule's own examples are exempt."""
    if name.startswith(("tools/lint/", "tests/architecture/")):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if _TALK.search(line):
            yield number


def times_have_zones(source: Source) -> Iterator[tuple[int, str]]:
    """No naive time is ever made."""
    if not source.name.startswith(PRODUCT):
        return
    for call in _calls(source):
        name = _dotted(call.func)
        if name.endswith(("utcnow", "datetime.today", "utcfromtimestamp")):
            yield call.lineno, f"{name}() has no zone"
        if name.endswith("datetime.now") and not call.args and not call.keywords:
            yield call.lineno, "datetime.now() without a zone"
        if name.endswith("fromtimestamp") and len(call.args) + len(call.keywords) < 2:
            yield call.lineno, f"{name}() without a zone"


RULES = tuple(
    Rule(find.__name__.replace("_", "-"), find)
    for find in (
        two_committers,
        queries_have_a_home,
        projects_are_asked,
        providers_are_equal,
        time_is_injected,
        broad_excepts_have_reasons,
        log_events_are_words,
        answers_have_no_defaults,
        importing_does_nothing,
        sizes_are_bounded,
        names_say_something,
        speaks_of_itself,
        times_have_zones,
    )
)
