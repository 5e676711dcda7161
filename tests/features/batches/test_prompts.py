"""The prompt grammar in plans: previewed, counted, drawn, kept with the batch, and sent as the model takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.studio import OPENAI, Studio

LOCAL = "illustrator/scene-1"


def plan(**prompts: Any) -> dict[str, Any]:
    return {"models": [LOCAL], "sizes": ["64x64"], "prompts": prompts}


async def preview(studio: Studio, prompts: list[str], *, status: int = 200, page: Any = None, **rule: Any) -> Any:
    body = {"prompts": prompts, "plan": plan(**rule), **(page or {})}
    return await studio.call("POST", "/api/plans/preview", status=status, json=body)


def wildcard(studio: Studio, name: str, content: str | bytes) -> Path:
    path = studio.settings.wildcard_folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def items(studio: Studio, batch: Any) -> list[Any]:
    return (await studio.get(f"/api/batches/{batch['id']}/items", limit=500))["items"]


async def test_a_plan_of_a_million_millions_is_counted_and_shown_at_any_place(studio: Studio) -> None:
    prompt = " ".join("{" + "|".join(f"{letter}{n}" for n in range(1_000)) + "}" for letter in "abcd")
    shown = await preview(studio, ["one", prompt], mode="all", page={"offset": 123_456_789_013, "limit": 2})
    assert shown["count"] == str(10**12 + 1)
    assert [item["prompt"] for item in shown["items"]] == ["a123 b456 c789 d12", "a123 b456 c789 d13"]
    assert shown["items"][0]["row_number"] == 2
    assert shown["next"] == 123_456_789_015
    last = await preview(studio, ["one", prompt], mode="all", page={"offset": 10**12, "limit": 5})
    assert [item["position"] for item in last["items"]] == [10**12]
    assert last["next"] is None
    assert (await preview(studio, ["one"], page={"offset": 5}))["items"] == []
    body = {"prompts": [prompt], "plan": plan(mode="all")}
    refused = await studio.call("POST", "/api/batches", status=400, json=body)
    assert refused["code"] == "plan_too_large"
    assert refused["total"] == 10**12


async def test_items_remember_template_choices_and_prompt(studio: Studio) -> None:
    wildcard(studio, "animals/wild.txt", "# wild\nfox\n\nwolf\n")
    wildcard(studio, "more.yaml", "moods: [calm, 2::merry]\n")
    body = {
        "prompts": ["a {red|blue} __animals/*__, ${mood=!__moods__}${mood}"],
        "plan": plan(draws=3, wildcard_seed=9),
    }
    shown = (await studio.post("/api/plans/preview", body))["items"]
    batch = await studio.finished((await studio.post("/api/batches", body))["id"])
    made = await items(studio, batch)
    assert [item["prompt"] for item in made] == [item["prompt"] for item in shown]
    assert len({item["prompt"] for item in made}) == 3
    assert [item["fields"]["seed"] for item in made] == [item["fields"]["seed"] for item in shown]
    words = made[0]["prompt"].replace(",", "").split()
    assert made[0]["choices"] == [
        {"token": "{red|blue}", "value": words[1], "wildcard": None},
        {"token": "__animals/*__", "value": words[2], "wildcard": "animals/*"},
        {"token": "__moods__", "value": words[3], "wildcard": "moods"},
    ]
    assert made[0]["row"] == {"prompt": body["prompts"][0]}
    names = (await studio.get(f"/api/batches/{batch['id']}/files", names="[wildcard:moods]/[index]"))["items"]
    assert names[0]["path"].split("/")[0] == words[3]


async def test_a_batch_keeps_the_values_it_was_accepted_with(studio: Studio) -> None:
    path = wildcard(studio, "hue.txt", "red\nblue\ngreen\n")
    studio.settings.plans.__dict__.update(inline_items=5, page_items=4)
    given = {"size": ["2::big", "small"]}
    body = {"prompts": ["a __size__ __hue__ cat"] * 20, "plan": plan(wildcards=given, draws=2)}
    shown = (await studio.post("/api/plans/preview", {**body, "limit": 200}))["items"]
    batch = await studio.post("/api/batches", body)
    path.write_text("changed\n")
    batch = await studio.finished(batch["id"])
    assert [item["prompt"] for item in await items(studio, batch)] == [item["prompt"] for item in shown]
    assert set(batch["plan"]["prompts"]["wildcards"]) == {"size", "hue"}
    (changed,) = (await preview(studio, ["__hue__"]))["items"]
    assert changed["prompt"] == "changed"


async def test_models_without_weights_are_sent_the_words_alone(studio: Studio) -> None:
    await studio.add_key()
    batch = await studio.made(["a (red:1.3) cat # for the wall"], plan={"prompts": {}})
    (item,) = await items(studio, batch)
    assert item["model"] == OPENAI.partition("/")[2]
    assert item["prompt"] == "a (red:1.3) cat"
    assert item["fields"]["prompt"] == "a red cat"
    assert [(entry["field"], entry["value"]) for entry in item["not_sent"]] == [
        ("remark", "# for the wall"),
        ("weight", "(red:1.3)"),
    ]
    (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{item['id']}/attempts")
    assert attempt["sent"]["json"]["prompt"] == "a red cat"
    assert any("weight" in warning for warning in batch["warnings"])


async def test_remarks_in_a_wildcard_are_listed_as_not_sent(studio: Studio) -> None:
    rule = {"mode": "all", "wildcards": {"wild": ["fox # a note", "wolf"]}}
    fox, wolf = (await preview(studio, ["a __wild__ at night"], **rule))["items"]
    assert (fox["sent"], fox["choices"][0]["value"]) == ("a fox at night", "fox")
    assert [(entry["field"], entry["value"]) for entry in fox["not_sent"]] == [("remark", "# a note")]
    assert wolf["not_sent"] == []


async def test_prompts_as_written_are_sent_as_they_are(studio: Studio) -> None:
    text = "a {red|blue} (big:1.3) __thing__ # here"
    (item,) = (await preview(studio, [text], mode="as_written"))["items"]
    assert (item["prompt"], item["sent"], item["choices"], item["not_sent"]) == (text, text, [], [])


async def test_a_column_in_a_cell_is_not_filled_in_and_said(studio: Studio) -> None:
    batch = await studio.submit(["a {{colour}} fox"], model=LOCAL)
    (warning,) = batch["warnings"]
    assert warning.startswith("{{colour}} in a prompt is sent as it stands")


async def test_more_draws_than_prompts_are_said(studio: Studio) -> None:
    batch = await studio.submit(["{a|b}"], model=LOCAL, plan=plan(draws=3))
    assert any("come again" in warning for warning in batch["warnings"])
    found = await items(studio, batch)
    assert [len({item["prompt"] for item in found}), len({item["fields"]["seed"] for item in found})] == [2, 3]


REFUSED: dict[str, tuple[list[str], dict[str, Any], str, str]] = {
    "an unknown wildcard": (["a", "a __nimal__"], {}, "prompt_bad", "unknown_wildcard"),
    "an empty wildcard": (["a", "a __none__"], {}, "prompt_bad", "empty_wildcard"),
    "an empty wildcard of the plan": (["a", "__x__"], {"wildcards": {"x": ["", "# a"]}}, "prompt_bad", "empty_wildcard"),
    "a way out of the folder": (["a", "a __../secret__"], {}, "prompt_bad", "wildcard_name"),
    "an absolute name": (["a", "a __/etc/passwd__"], {}, "prompt_bad", "unknown_wildcard"),
    "a link that leads out": (["a", "a __linked__"], {}, "prompt_bad", "unknown_wildcard"),
    "a cycle": (["a", "__x__"], {"wildcards": {"x": ["__y__"], "y": ["__x__"]}}, "prompt_bad", "cycle"),
    "a brace that is open": (["a", "a {b|c"], {}, "prompt_bad", "unclosed"),
    "a bomb": (["a", "{a|b}" * 9_000], {}, "prompt_bad", "too_many"),
    "a wildcard with a bad name": (["a", "b"], {"wildcards": {"../x": ["a"]}}, "wildcard_bad", "name"),
    "a weight of nothing": (["a", "__w__"], {}, "wildcard_bad", "weight"),
    "a file that is no text": (["a", "__bytes__"], {}, "wildcard_bad", "file"),
}  # fmt: skip


async def test_what_cannot_be_resolved_is_refused_before_anything_is_made(studio: Studio, tmp_path: Path) -> None:
    wildcard(studio, "animal.txt", "cat")
    wildcard(studio, "none.txt", "# nothing\n\n")
    wildcard(studio, "w.txt", "0::never")
    wildcard(studio, "bytes.txt", b"\x00\x01\x02" * 50)
    (tmp_path / "outside.txt").write_text("secret")
    (studio.settings.wildcard_folder / "linked.txt").symlink_to(tmp_path / "outside.txt")
    for case, (prompts, rule, code, rule_name) in REFUSED.items():
        problem = await preview(studio, prompts, status=400, **rule)
        assert (problem["code"], problem["rule"]) == (code, rule_name), (case, problem)
        assert problem["hint"], case
        if rule_name != "name":
            assert (problem["row"], problem["detail"][:5]) == (2, "Row 2"), case
        if code == "prompt_bad":
            assert problem["position"] >= 1, case
        assert (await studio.call("POST", "/api/batches", status=400, json={"prompts": prompts, "plan": plan(**rule)}))[
            "code"
        ] == code
    assert (await studio.get("/api/batches"))["items"] == []


async def test_a_tree_that_cannot_be_read_stops_those_who_may_mean_what_is_in_it(studio: Studio) -> None:
    tree = wildcard(studio, "tree.yaml", "x: &a [b]\ny: *a\n")
    wildcard(studio, "animal.txt", "cat")
    assert (await preview(studio, ["a __animal__"]))["count"] == "1"
    for prompt in ("a __x__", "a __a*__"):
        problem = await preview(studio, [prompt], status=400)
        assert (problem["code"], problem["rule"], problem["row"]) == ("wildcard_bad", "file", 1)
        assert "tree.yaml cannot be read: Line 2: aliases" in problem["detail"]
    tree.write_text("x: [" * 40)
    assert "nested too deeply" in (await preview(studio, ["a __x__"], status=400))["detail"]
    tree.write_text("- " * 3_000_000)
    assert "5000000" in (await preview(studio, ["a __x__"], status=400))["detail"]
    tree.with_suffix(".json").write_text('{"x": ["b", {"c": 3}]}')
    tree.unlink()
    assert (await preview(studio, ["a __x__"], mode="all"))["count"] == "2"


async def test_draws_belong_to_drawing(studio: Studio) -> None:
    problem = await preview(studio, ["a"], status=422, mode="all", draws=2)
    assert "draws" in problem["detail"]


async def test_a_wildcard_of_a_million_lines_is_drawn_from(studio: Studio) -> None:
    wildcard(studio, "many.txt", "\n".join(f"value {number}" for number in range(1_000_000)))
    shown = await preview(studio, ["__many__ and __many__"], draws=5)
    assert len({item["prompt"] for item in shown["items"]}) == 5
    assert (await preview(studio, ["__many__ and __many__"], mode="all"))["count"] == str(10**12)
