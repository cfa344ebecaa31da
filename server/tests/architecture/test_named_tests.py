"""docs/asvs.csv and docs/bad-inputs.md say what is held, each by tests that there are."""

import csv
import io
import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.named_tests import existing

ROOT = Path(__file__).resolve().parents[3]
HEADER = ["id", "level", "chapter", "requirement", "status", "because", "tests"]
STATUSES = ("covered", "not yet", "not applicable")
ID = re.compile(r"V[1-9]\d?(\.[1-9]\d?){0,2}")
LEVELS = ("1", "2", "3")
CHAPTERS = 17
REQUIREMENT_DEPTH = 3

INPUT_ROW = re.compile(r"^\| (?P<input>[^|]+) \| (?P<held>[^|]+) \|$")
TEST = re.compile(r"`([^`]+::[^`]+)`")
LATER = "later: "


@cache
def known() -> set[str]:
    return existing(ROOT)


def problems_of_baseline(text: str) -> list[str]:
    """What is wrong with the table of ASVS 5 requirements, row by row."""
    rows = list(csv.reader(io.StringIO(text)))
    if rows[:1] != [HEADER]:
        return [f"the first row is not {','.join(HEADER)}"]
    problems, seen = [], set[str]()
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(HEADER):
            problems.append(f"row {number} has {len(row)} fields")
            continue
        problems += [f"{row[0] or f'row {number}'}: {problem}" for problem in problems_of(row, seen)]
        seen.add(row[0])
    ids = [row[0] for row in rows[1:]]
    if ids != sorted(ids, key=_order):
        problems.append("the rows are not in the order of their ids")
    missing = {f"V{number}" for number in range(1, CHAPTERS + 1)} - {id_.partition(".")[0] for id_ in ids}
    return problems + [f"no row of {chapter}" for chapter in sorted(missing, key=_order)]


def problems_of(row: list[str], seen: set[str]) -> list[str]:
    id_, level, chapter, requirement, status, because, named = row
    missing = sorted(set(named.split()) - known())
    is_part = id_.count(".") < REQUIREMENT_DEPTH - 1
    wrong = {
        "is no id": not ID.fullmatch(id_),
        "is there twice": id_ in seen,
        "is told of by a row of its section or chapter": any(id_.startswith(f"{one}.") for one in seen),
        "has no level": not re.fullmatch("[123]", level)
        if id_.count(".") == REQUIREMENT_DEPTH - 1
        else level,
        "has no chapter or requirement": not (chapter and requirement),
        f"has none of the statuses {STATUSES}": status not in STATUSES,
        "is covered by no test": status == STATUSES[0] and not named,
        "does not say why, or what will bring it": status != STATUSES[0] and not because,
        "is not applicable and has a test": status == STATUSES[2] and bool(named),
        "is a whole section and covered": status == STATUSES[0] and is_part,
        f"names no test: {missing}": bool(missing),
    }
    return [problem for problem, is_wrong in wrong.items() if is_wrong]


def problems_of_inputs(text: str) -> list[str]:
    """Each row names tests that there are, or what will bring them."""
    rows = [match for match in map(INPUT_ROW.match, text.splitlines()) if match]
    rows = [row for row in rows if row["input"] != "input" and not row["input"].startswith("---")]
    problems = [] if rows else ["no row"]
    for row in rows:
        named = TEST.findall(row["held"])
        if not named and not row["held"].startswith(LATER):
            problems.append(f"{row['input']}: no test and nothing that will bring it")
        problems += [f"{row['input']}: no test {name}" for name in named if name not in known()]
    inputs = [row["input"] for row in rows]
    return problems + [f"{one}: twice" for one in sorted(set(inputs)) if inputs.count(one) > 1]


def _order(id_: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", id_)]


def test_every_row_of_the_baseline_is_whole_and_names_tests_that_there_are() -> None:
    assert problems_of_baseline((ROOT / "docs" / "asvs.csv").read_text()) == []


GOOD = ["V3.3.1", "1", "Frontend", "cookies are Secure", "covered", "", ""]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tests": "server/tests/core/test_http.py::test_nothing"}, "names no test"),
        ({"tests": ""}, "is covered by no test"),
        ({"id": "3.3.1"}, "is no id"),
        ({"level": "4"}, "has no level"),
        ({"requirement": ""}, "has no chapter or requirement"),
        ({"status": "done"}, "has none of the statuses"),
        ({"status": "not yet"}, "does not say why"),
        ({"status": "not applicable", "because": "no cookies"}, "is not applicable and has a test"),
        ({"id": "V3.3", "level": ""}, "is a whole section and covered"),
    ],
)
def test_a_row_that_says_too_little_or_too_much_is_red(change: dict[str, str], problem: str) -> None:
    good = dict(zip(HEADER, [*GOOD[:-1], min(known())], strict=True))
    assert problems_of(list(good.values()), set()) == []
    assert any(found.startswith(problem) for found in problems_of(list((good | change).values()), set()))


@pytest.mark.parametrize("seen", ["V3.3.1", "V3.3", "V3"])
def test_an_id_that_was_told_of_already_is_red(seen: str) -> None:
    assert len(problems_of([*GOOD[:-1], min(known())], {seen})) == 1


def test_a_table_with_other_columns_without_a_chapter_or_in_disorder_is_red() -> None:
    text = (ROOT / "docs" / "asvs.csv").read_text()
    first, *rows = text.splitlines(keepends=True)
    assert problems_of_baseline(text.replace("because,", "")) != []
    assert problems_of_baseline(first + "".join(reversed(rows))) != []
    assert problems_of_baseline(first + "".join(row for row in rows if not row.startswith("V7."))) == [
        "no row of V7"
    ]
    assert problems_of_baseline(text + "V99\n") != []


def test_every_bad_input_has_its_test() -> None:
    assert problems_of_inputs((ROOT / "docs" / "bad-inputs.md").read_text()) == []


@pytest.mark.parametrize(
    "row",
    [
        "| an empty name | `server/tests/core/test_names.py::test_nothing` |",
        "| an empty name | we think of it |",
        "| an empty name | later: with files |\n| an empty name | later: with files |",
        "",
    ],
)
def test_a_bad_input_without_a_test_is_red(row: str) -> None:
    table = f"| input | held by |\n| --- | --- |\n{row}"
    assert problems_of_inputs(table) != []


def test_tests_of_all_three_languages_are_known() -> None:
    ends = {name.partition("::")[0].rpartition(".")[2] for name in known()}
    assert ends == {"py", "rs", "ts"}
