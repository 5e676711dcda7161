"""Ten thousand cells, counted, checked and priced: from rows to a price range by model and in sum."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench.measuring import Bar, Finding, Spread
from imageloom.doors.bootstrap import discover_providers
from imageloom.features.batches.drafts import Draft
from imageloom.features.batches.estimates import estimate
from imageloom.features.batches.plan import Plan
from imageloom.features.batches.planning import Planner
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.sheets.reading import SheetRow
from imageloom.features.catalog.price_files import load
from imageloom.features.teams.models import Project

CELLS = 10_000
MODELS = ("openai/gpt-image-2", "openai/gpt-image-2.5-flare", "openai/gpt-image-2.6-sunburst", "illustrator/scene-1")
SIZES = ("1024x1024", "1536x1024")
TODAY = date(2026, 11, 22)


def rows(count: int) -> Iterator[SheetRow]:
    for number in range(1, count + 1):
        yield SheetRow(number=number, values={"prompt": f"a lighthouse at dusk, light rain, number {number} 燈塔"})


def draft(plan: Plan, row_count: int) -> Draft:
    """With nothing remembered from a plan before."""
    providers, _broken = discover_providers()
    planner = Planner(providers=providers, prices=load(Path("no/prices/of/its/own")), today=TODAY)
    return Draft(project=Project(), sheet=None, rows=lambda: rows(row_count), plan=plan, planner=planner)


def seconds(plan: Plan, row_count: int) -> float:
    made = draft(plan, row_count)
    used = time.process_time()
    assert made.count(PlanProblems(), limit=CELLS) == CELLS
    assert estimate(made, today=TODAY, stale_days=90).items == CELLS
    return time.process_time() - used


def run(*, rounds: int) -> list[Finding]:
    alone = Plan.of(template=None, columns=["prompt"], models=MODELS[:1], sizes=SIZES[:1])
    matrix = Plan.of(template=None, columns=["prompt"], models=MODELS, sizes=SIZES)
    across = len(MODELS) * len(SIZES)
    one, many = ([seconds(plan, CELLS // each) for _ in range(rounds)] for plan, each in ((alone, 1), (matrix, across)))
    names = (
        ("CPU, 10,000 prompts counted and priced", "CPU，10,000 個提示詞計數並估價"),
        ("CPU, 1,250 prompts x 4 models x 2 sizes", "CPU，1,250 個提示詞 x 4 模型 x 2 尺寸"),
    )
    return [
        Finding(name=name, name_zh=name_zh, spread=Spread.of(*values), unit=" s", bar=Bar(limit=1.0, aim=0.5))
        for (name, name_zh), values in zip(names, (one, many), strict=True)
    ]
