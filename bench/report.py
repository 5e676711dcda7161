"""What was found, as tables: printed, and written between markers into the document, in both languages."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import Bar, Finding, Spread, Verdict

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "operations" / "performance.md"


@dataclass(frozen=True)
class Language:
    document: Path
    heads: tuple[str, ...]
    verdicts: dict[Verdict | None, str]
    measured: str

    def name_of(self, finding: Finding) -> str:
        return finding.name if self.document == DOCUMENT else finding.name_zh


LANGUAGES = (
    Language(
        DOCUMENT,
        ("what", "median", "quartiles", "bar", "aim", "verdict"),
        {Verdict.met: "met", Verdict.near: "near", Verdict.missed: "**missed**", None: ""},
        "Measured {date}: {cores} cores, Python {python}, load {load}.",
    ),
    Language(
        DOCUMENT.with_suffix(".zh-TW.md"),
        ("項目", "中位數", "四分位", "門檻", "目標", "結果"),
        {Verdict.met: "達到", Verdict.near: "接近", Verdict.missed: "**未達**", None: ""},
        "量測於 {date}：{cores} 核心，Python {python}，負載 {load}。",
    ),
)


def write(name: str, findings: Sequence[Finding]) -> None:
    """Puts a bench's table into its place in the documents."""
    for language in LANGUAGES:
        begin, end = f"<!-- bench {name} -->", f"<!-- /bench {name} -->"
        text = language.document.read_text(encoding="utf-8")
        before, found, rest = text.partition(begin)
        _old, also_found, after = rest.partition(end)
        if not found or not also_found:
            raise RuntimeError(f"{language.document.name} has no place for {name}")
        table = "\n".join((begin, _when(language), "", *rows(findings, language), end))
        language.document.write_text(before + table + after, encoding="utf-8")


def rows(findings: Sequence[Finding], language: Language = LANGUAGES[0]) -> list[str]:
    lines = [_row(language.heads), _row(["---"] * len(language.heads))]
    for finding in findings:
        lines.append(
            _row(
                [
                    language.name_of(finding),
                    f"{_number(finding.spread.median)}{finding.unit}",
                    _quartiles(finding.spread),
                    _limit(finding.bar, finding.unit),
                    _aim(finding.bar, finding.unit),
                    language.verdicts[finding.verdict],
                ]
            )
        )
    return lines


def _when(language: Language) -> str:
    return language.measured.format(
        date=datetime.now(UTC).date().isoformat(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 1),
    )


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _quartiles(spread: Spread) -> str:
    if len(spread.values) < 2:
        return ""
    return " to ".join(_number(value) for value in spread.quartiles)


def _limit(bar: Bar | None, unit: str) -> str:
    return "" if bar is None else f"{'>=' if bar.more_is_better else '<='} {_number(bar.limit)}{unit}"


def _aim(bar: Bar | None, unit: str) -> str:
    return "" if bar is None or bar.aim is None else f"{_number(bar.aim)}{unit}"
