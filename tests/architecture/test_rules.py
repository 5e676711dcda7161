"""The house's own lints find what they look for, and leave alone what is right."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.lint.rules import RULES, Source

ROOT = Path(__file__).resolve().parents[2]
P = "src/imageloom/"
SAMPLES = [
    ("two-committers", P + "features/x/service.py", "session.commit()", "session.flush()"),
    ("queries-have-a-home", P + "features/x/service.py", "select(A)", "repository.all()"),
    ("projects-are-asked", P + "features/x/repository.py", "q.where(Asset.team_id.in_(t))", "visible(q, actor)"),
    ("providers-are-equal", P + "features/x/a.py", "if provider.id == 'openai': pass", "if provider.open_models: pass"),
    ("time-is-injected", P + "features/x/a.py", "uuid.uuid4()", "scope.ports.ids.new()"),
    (
        "broad-excepts-have-reasons",
        P + "features/x/a.py",
        "try:\n    f()\nexcept Exception:\n    pass",
        "try:\n    f()\nexcept ValueError:\n    pass",
    ),
    ("log-events-are-words", P + "features/x/a.py", "log.info('It ran')", "log.info('it_ran', n=1)"),
    (
        "answers-have-no-defaults",
        P + "features/x/schemas.py",
        "class ARead:\n    a: int = 1",
        "class ARead:\n    a: int",
    ),
    ("importing-does-nothing", P + "features/x/a.py", "A = open('x')", "def f(): return open('x')"),
    ("sizes-are-bounded", P + "features/x/a.py", "def f():\n" + "    a = 1\n" * 70, "def f():\n    a = 1\n"),
    ("names-say-something", P + "features/x/utils.py", "a = 1", None),
    ("speaks-of-itself", P + "features/x/a.py", "# see /root/x", "# see the page"),
    ("times-have-zones", P + "runtime/a.py", "datetime.now()", "datetime.now(UTC)"),
]


def faults(rule_name: str, name: str, text: str) -> list[str]:
    (rule,) = [rule for rule in RULES if rule.name == rule_name]
    return list(rule.check(Source(name=name, text=text, tree=ast.parse(text))))


@pytest.mark.parametrize(("rule", "name", "bad", "good"), SAMPLES)
def test_a_rule_finds_the_bad_and_leaves_the_good(rule: str, name: str, bad: str, good: str | None) -> None:
    assert faults(rule, name, bad)
    if good is not None:
        assert not faults(rule, name, good)


def test_every_rule_has_a_sample() -> None:
    assert {rule.name for rule in RULES} <= {sample[0] for sample in SAMPLES}


def test_the_gates_see_the_whole_house() -> None:
    assert len(list((ROOT / "src" / "imageloom").rglob("*.py"))) > 120
    contracts = (ROOT / "pyproject.toml").read_text().count("[[tool.importlinter.contracts]]")
    assert contracts >= 7
