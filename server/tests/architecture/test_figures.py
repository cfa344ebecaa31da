"""bench/RESULTS.md says of a goal that was missed that it was."""

from pathlib import Path

import pytest
from bench.results import RESULTS, Figure, judged, row

COLUMNS = 10


def rows(table: Path) -> list[list[str]]:
    lines = table.read_text().splitlines()
    return [cells for line in lines if len(cells := line.strip("| ").split(" | ")) == COLUMNS][1:]


def test_no_figure_is_shown_with_a_goal_that_it_misses() -> None:
    assert len(rows(RESULTS)) > 1
    for _, figure, _, least, median, most, _, goal, *_ in rows(RESULTS):
        values = [float(least), float(median), float(most)]
        assert judged(goal.removesuffix(", missed"), values) == goal, figure


@pytest.mark.parametrize(
    ("goal", "values", "shown"),
    [
        ("≤ 1000", [477, 698, 1000], "≤ 1000"),
        ("≤ 1000", [477, 698, 1008], "≤ 1000, missed"),
        ("median ≤ 60", [30, 50, 90], "median ≤ 60"),
        ("median ≤ 60", [30, 61, 90], "median ≤ 60, missed"),
        ("≥ 95", [93, 98, 98], "≥ 95, missed"),
        ("median ≥ 95", [93, 98, 98], "median ≥ 95"),
        ("100", [99, 100, 100], "100, missed"),
        ("0", [0, 0, 1], "0, missed"),
        ("–", [1, 2, 3], "–"),
    ],
)
def test_the_worst_run_is_judged_unless_the_goal_names_the_median(
    goal: str, values: list[float], shown: str
) -> None:
    assert judged(goal, values) == shown


def test_what_is_shown_is_what_is_judged() -> None:
    assert " | 1000 | 1 | ≤ 1000 | " in row("page", Figure("first paint", "ms", [1000.4], "≤ 1000"))
    assert " | 1001 | 1 | ≤ 1000, missed | " in row("page", Figure("first paint", "ms", [1000.6], "≤ 1000"))
