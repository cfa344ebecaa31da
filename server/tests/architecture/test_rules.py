"""The rules of tools/architecture: the tree keeps them, and each finds its failing sample."""

from pathlib import Path

import pytest
from tools.architecture import RULES, check, tenant_rules
from tools.architecture.breach import MAX_FILE_LINES, MAX_FUNCTION_LINES, Breach

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = Path(__file__).parent / "samples"

EXPECTED_LINES = {
    "feature-file-names": [1, 1, 1],
    "feature-imports": [1, 2, 3],
    "sql-in-store": [2, 6, 1],
    "network-in-egress": [2, 3, 5, 9],
    "tenant-in-store": [15, 19, 23, 27, 35, 39, 8],
    "rust-unsafe": [4],
    "rust-inline-tests": [1, 3],
    "web-imports": [1, 2, 3, 4, 1],
    "web-words": [2],
}
"""Lines that a rule must name, where its sample has more than one case or one that is allowed."""

LONG_FILES = [
    ("python-file-length", "server/mcmeet/core/clock.py"),
    ("python-file-length", "tools/bootstrap/build.py"),
    ("python-file-length", "bench/page.py"),
    ("rust-file-length", "sfu/src/rtp.rs"),
    ("web-file-length", "web/src/ui/Button.tsx"),
]


def breaches(root: Path, rule: str) -> list[Breach]:
    return [breach for breach in check(root) if breach.rule == rule]


def test_the_tree_keeps_every_rule() -> None:
    assert [str(breach) for breach in check(ROOT)] == []


def test_every_rule_has_a_failing_sample() -> None:
    samples = {folder.name for folder in SAMPLES.iterdir()}
    assert samples | {rule for rule, _ in LONG_FILES} | {"python-function-length"} == RULES.keys()


@pytest.mark.parametrize("rule", sorted(folder.name for folder in SAMPLES.iterdir()))
def test_a_sample_breaks_the_rule_it_is_named_after(rule: str) -> None:
    found = breaches(SAMPLES / rule, rule)
    assert [breach.line for breach in found] == EXPECTED_LINES.get(
        rule, [breach.line for breach in found[:1]] or [1]
    )


def test_what_the_tenant_rule_lists_is_there() -> None:
    """A name that is listed and gone would excuse the next function that takes it."""
    for known_as in tenant_rules.CROSSING | tenant_rules.UPKEEP:
        path, _, name = known_as.partition(":")
        assert f"\ndef {name}(" in (ROOT / "server" / "mcmeet" / path).read_text(), known_as
    tables = "".join(path.read_text() for path in (ROOT / "server" / "mcmeet").rglob("tables.py"))
    for name in tenant_rules.RUN_TABLES | tenant_rules.TABLES_WITHOUT_TENANT:
        assert f"class {name}(Base)" in tables, name


@pytest.mark.parametrize(("rule", "name"), LONG_FILES)
def test_a_file_may_have_400_lines_and_not_one_more(tmp_path: Path, rule: str, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("\n" * MAX_FILE_LINES)
    assert breaches(tmp_path, rule) == []
    path.write_text("\n" * (MAX_FILE_LINES + 1))
    assert len(breaches(tmp_path, rule)) == 1


@pytest.mark.parametrize("name", ["server/mcmeet/core/clock.py", "tools/generated.py", "bench/page.py"])
def test_a_function_may_have_60_lines_and_not_one_more(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("def tick():\n" + "    x = 1\n" * (MAX_FUNCTION_LINES - 1))
    assert breaches(tmp_path, "python-function-length") == []
    path.write_text("async def tick():\n" + "    x = 1\n" * MAX_FUNCTION_LINES)
    assert len(breaches(tmp_path, "python-function-length")) == 1
