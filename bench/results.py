"""One table of figures: what was measured, on which machine, when. A run replaces its own rows."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "RESULTS.md"
HEAD: Final = """# Figures

Written by `make bench`; a run replaces the rows of its own benchmark. Min, median and max of n runs.
A goal is for the worst of them, unless it names the median; where that misses it, the row says so.

| benchmark | figure | unit | min | median | max | n | goal | machine | date |
|---|---|---|---|---|---|---|---|---|---|
"""
GOAL: Final = re.compile(r"(median )?([≤≥] )?([\d.]+)")


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    unit: str
    values: Sequence[float]
    goal: str = "–"


def machine() -> str:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} CPUs, Linux {platform.release().split('-')[0]}"


def judged(goal: str, ordered: Sequence[float]) -> str:
    """The goal, and whether the worst value, or the median where it names that, misses it."""
    found = GOAL.fullmatch(goal)
    if found is None:
        return goal
    middle, sign, bound = found[1], found[2], float(found[3])
    least, most = (statistics.median(ordered),) * 2 if middle else (ordered[0], ordered[-1])
    too_much, too_little = sign != "≥ " and most > bound, sign != "≤ " and least < bound
    return f"{goal}, missed" if too_much or too_little else goal


def row(benchmark: str, figure: Figure) -> str:
    ordered = sorted(figure.values)
    shown = [f"{value:.4g}" for value in (ordered[0], statistics.median(ordered), ordered[-1])]
    day = datetime.now(UTC).date()
    return (
        f"| {benchmark} | {figure.name} | {figure.unit} | {' | '.join(shown)} | {len(ordered)} "
        f"| {judged(figure.goal, [float(value) for value in shown])} | {machine()} | {day} |"
    )


def record(benchmark: str, figures: Sequence[Figure]) -> None:
    """Prints the rows and puts them into RESULTS.md in place of the benchmark's earlier ones."""
    rows = [row(benchmark, figure) for figure in figures]
    for line in rows:
        print(line)
    kept = RESULTS.read_text().splitlines() if RESULTS.exists() else HEAD.splitlines()
    kept = [line for line in kept if not line.startswith(f"| {benchmark} |")]
    RESULTS.write_text("\n".join([*kept, *rows]) + "\n")
