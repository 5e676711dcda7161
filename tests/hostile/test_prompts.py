"""Prompts: words of every kind come back as they were; what would grow without end is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image

from tests.hostile.house import Case, House, check, refused

MODEL = "illustrator/scene-1"
PLAN = {"models": [MODEL], "sizes": ["64x64"]}

WORDS: Mapping[str, str] = {
    "plain": "a cat",
    "a hundred thousand characters": "貓" * 33_000 + "a" * 1_000,
    "one word of thirty thousand letters": "a" * 30_000,
    "right to left": "قطة سوداء תחת הגשם",
    "turned around": "a \u202etac\u202c cat",
    "isolated": "\u2066a cat\u2069 \u2067tac a\u2069",
    "zero width": "a\u200bc\u200ca\u200dt\ufeff",
    "nothing to be seen": "\u200b\u200d\u2060a",
    "family": "👨‍👩‍👧‍👦 in the rain",
    "flags": "🏴󠁧󠁢󠁳󠁣󠁴󠁿🇹🇼🇺🇳",
    "skins": "👍🏿👍🏻",
    "a thousand accents": "a" + "\u0301" * 1_000,
    "composed and not": "é e\u0301 ﬁ Å Å",
    "beyond the first plane": "𠮷野家 𝔞 𓀀 🜏",
    "noncharacters": "a\ufdd0\ufffeb",
    "private": "\ue000\U000f0000",
    "controls": "a\x01\x02\x07\x1b[31mcat\x7f\x9b",
    "lines": "a cat\nin the rain\r\n\ton a wall",
    "separators": "a\u2028cat\u2029on\u0085a\u00a0wall",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markup": "]]></x:xmpmeta><!-- & < > \" ' -->",
    "sql": "'; DROP TABLE items; --",
    "shell": "$(touch /tmp/owned) `id` ; | && ../../etc/passwd",
    "formula": "=cmd|'/c calc'!A0",
    "format": "%s%n%d {0.__class__} {{7*7}} ${7*7} <%= 7 %>",
    "jinja": "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "log": "${jndi:ldap://127.0.0.1/a}\n2026-01-01 [error] forged",
    "a name template": "[prompt][prompt:words=100] [hash:64] {column:x}",
    "a grammar": "{a|b|{c|{d|e}}} __animals__ {2$$a|b|c} {1-1000000$$a}",
    "a grammar without end": "{" * 500 + "a" + "}" * 500,
    "wildcards of wildcards": "__a__ __b__ __*__ __../../etc/passwd__",
    "columns that are none": "\\{{prompt}} {prompt} {{ }} {{{{}}}}",
    "weights": "(((((a:1.5))))) [a:b:0.5] <lora:x:1>",
    "json": '{"prompt": "x", "n": 1000}',
    "a directive of our own": "--sizes of cats, -- and so on",
    "a device": "CON",
    "dots": "../../../..",
    "half": "½ ² ① Ⅷ ٣",
}


@pytest.fixture(scope="module")
def made(house: House) -> dict[str, Any]:
    """One batch with every prompt; its items by the prompt's name."""
    rows = [{"prompt": prompt, "size": "64x64", "model": MODEL} for prompt in WORDS.values()]
    sheet = house.upload("/api/sheets", json.dumps(rows).encode(), filename="a.json")
    body = {"sheet_id": sheet.json["id"], "plan": {"prompts": {"mode": "as_written"}}}
    batch = house.finished(house.post("/api/batches", body))
    assert batch["counts"]["done"] == len(WORDS), batch
    items = house.get(f"/api/batches/{batch['id']}/items?limit=500")["items"]
    files = house.get(f"/api/batches/{batch['id']}/files?limit=500&names=[index]-[prompt]")["items"]
    paths = {entry["item_id"]: entry["path"] for entry in files}
    return {name: {**item, "path": paths[item["id"]]} for name, item in zip(WORDS, items, strict=True)}


# Names between two underscores are wildcards, and ${name:default} is a variable, wherever they come from.
GRAMMAR = ("a grammar", "a grammar without end", "wildcards of wildcards", "format", "jinja", "log")


def test_words_without_grammar_stay_as_they_are_where_grammar_is_read(house: House) -> None:
    prompts = {name: words for name, words in WORDS.items() if name not in GRAMMAR}
    body = {"prompts": list(prompts.values()), "plan": {**PLAN, "template": "{{prompt}}"}, "limit": 200}
    shown = house.post("/api/plans/preview", body)["items"]
    changed = {name for name, item in zip(prompts, shown, strict=True) if item["prompt"] != prompts[name].strip()}
    assert changed == {"columns that are none"}  # A backslash before a brace.


@pytest.mark.parametrize("name", WORDS)
def test_words_come_back_as_they_were(house: House, made: dict[str, Any], name: str) -> None:
    item = made[name]
    assert item["prompt"] == WORDS[name].strip()
    assert item["state"] == "done"
    path = item["path"]
    assert path.isprintable() or any(ord(character) > 127 for character in path)
    assert not set('<>:"\\|?*\x00\x1b\x07\n') & set(path)
    assert "/" not in path
    assert len(path.encode()) <= 120
    file = house.ask("GET", f"/api/assets/{item['asset_id']}/file?metadata=full")
    with Image.open(io.BytesIO(file.content)) as picture:
        picture.load()
        told = json.loads(picture.info["imageloom"])
    assert told["prompt"] == item["prompt"]


def filled(template: str, **row: str) -> dict[str, Any]:
    return {"rows": [row or {"prompt": "a"}], "plan": {**PLAN, "template": template}}


def circle(prompt: str, **wildcards: list[str]) -> dict[str, Any]:
    return {"prompts": [prompt], "plan": {**PLAN, "prompts": {"wildcards": wildcards}}}


DOUBLING = "${a0=" + "x" * 40 + "}" + "".join(f"${{a{n + 1}=${{a{n}}}${{a{n}}}}}" for n in range(60)) + "${a60}"
TWICE = {f"w{n}": [f"__w{n + 1}____w{n + 1}__"] for n in range(40)} | {"w40": ["a", "b"]}
TRICKS = [
    refused("a column that is none", filled("{{nope}}"), "missing_column", "plan.template"),
    refused("a column of spaces", filled("{{   }}"), "missing_column", "plan.template"),
    refused("an open brace and a hundred thousand spaces", filled("{{" + " " * 99_000), "does_not_fit", None, any=True),
    refused("fifty thousand open braces", filled("{{" * 49_000 + "a"), "prompt_bad", "prompt"),
    refused("ten thousand choices", filled("{a|b}" * 10_000), "prompt_bad", "prompt"),
    refused("a choice without end", filled("{a|" * 30_000), "prompt_bad", "prompt"),
    refused("a variable that doubles", filled(DOUBLING), "prompt_bad", "prompt"),
    refused("wildcards in a circle", circle("__a__", a=["x __b__"], b=["y __a__"]), "prompt_bad", "prompt"),
    refused("a wildcard that doubles", circle("__w0__", **TWICE), "prompt_bad", "prompt"),
    refused(
        "all of ten thousand", circle("{2-$$__many__}", many=[str(n) for n in range(10_000)]), "prompt_bad", "prompt"
    ),
    refused("a way out of the folder", circle("__../../../../etc/passwd__"), "prompt_bad", "prompt"),
    refused("a wildcard of nothing", circle("__none__", none=["", " "]), "prompt_bad", "prompt"),
    refused("a name that climbs", circle("a", **{"../a": ["x"]}), "wildcard_bad", "plan.prompts.wildcards"),
    refused("a thousand stars", circle("__" + "*a" * 1_000 + "__", a=["x"]), "prompt_bad", "prompt"),
    refused("a thousand columns of nothing", filled("{{" + "a" * 90_000 + "}}"), "missing_column", "plan.template"),
    refused("a template times a cell", filled("{{prompt}}" * 9_000, prompt="a" * 90_000), "sheet_row_bad", "file"),
    refused(
        "a template that is empty then",
        filled("{{prompt}}", prompt="a", x="b") | {"rows": [{"prompt": " ", "x": "b"}]},
        "sheet_row_bad",
        "file",
    ),
    refused("an unknown flag", {"prompts": ["a cat --siez 64x64"], "plan": PLAN}, "sheet_row_bad", "file"),
    refused("a flag without a value", {"prompts": ["a cat --seed"], "plan": PLAN}, "sheet_row_bad", "file"),
    refused("a quote in flags", {"prompts": ["a cat --seed '1"], "plan": PLAN}, "sheet_row_bad", "file"),
    refused(
        "a seed of thousands of digits",
        {"prompts": ["a cat --seed " + "9" * 50_000], "plan": PLAN},
        "sheet_row_bad",
        "file",
    ),
    refused(
        "a count of thousands of digits",
        {"prompts": ["a cat --n " + "9" * 50_000], "plan": PLAN},
        "sheet_row_bad",
        "file",
    ),
    refused("a count that is a digit elsewhere", {"prompts": ["a cat --n ²"], "plan": PLAN}, "sheet_row_bad", "file"),
    refused("a size without end", {"prompts": ["a cat --size 99999x99999"], "plan": PLAN}, "does_not_fit", None),
    refused("half a size", {"prompts": ["a cat --width 64"], "plan": PLAN}, "sheet_row_bad", "file"),
    refused("a model that is none", {"prompts": ["a cat --model x/../y"], "plan": PLAN}, "unknown_model", "model"),
    refused(
        "a hundred thousand flags",
        {"prompts": ["a" + " --seed 1" * 11_000], "plan": PLAN},
        "sheet_row_bad",
        None,
        any=True,
    ),
    refused("a prompt of a megabyte", {"prompts": ["a" * 1_000_000], "plan": PLAN}, "sheet_row_bad", "file"),
    refused("nothing but spaces", {"prompts": ["  \t "], "plan": PLAN}, "nothing_to_make", None),
    refused(
        "more than a model takes",
        {"prompts": ["a" * 40_000], "plan": {"models": ["openai/gpt-image-2"]}},
        "does_not_fit",
        "prompt",
    ),
]


@pytest.mark.parametrize("case", TRICKS, ids=str)
def test_tricks_are_refused(house: House, case: Case) -> None:
    body = dict(case.sent)
    if "rows" in body:
        sheet = house.upload("/api/sheets", json.dumps(body.pop("rows")).encode(), filename="a.json")
        body["sheet_id"] = sheet.json["id"]
    answer = house.ask("POST", "/api/plans/preview", json=body)
    if case.more.get("any") and answer.status == 200:
        return
    check(answer, case)
