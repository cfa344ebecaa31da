"""What no file of the repository may hold, and pins that agree."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "requirements"

REGISTRIES = re.compile(r"(pypi|pythonhosted|npmjs|crates)\.(org|com|io)/")
LINK = re.compile(r"\]\(([^)#\s][^)\s]*)\)")
OUTSIDE = re.compile(r"\.\./" + r"shared\b")


def tracked_texts() -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    texts = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        data = path.read_bytes() if path.is_file() else b""
        if b"\0" not in data:
            texts[name] = data.decode()
    return texts


def pins(text: str) -> dict[str, str]:
    """Package → exact version, extras and markers left out."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\\n]+)", text, re.MULTILINE)
    return {name.lower(): version for name, version in found}


def test_no_file_records_the_address_of_a_registry() -> None:
    texts = tracked_texts()
    texts.pop("Cargo.lock", None)  # cargo writes the source of each package there
    assert [name for name, text in texts.items() if REGISTRIES.search(text)] == []


def test_nothing_points_outside_the_repository() -> None:
    assert [name for name, text in tracked_texts().items() if OUTSIDE.search(text)] == []


def test_every_link_of_the_documents_leads_somewhere() -> None:
    broken = []
    for name, text in tracked_texts().items():
        if not name.endswith(".md"):
            continue
        for target in LINK.findall(text):
            if "://" not in target and not ((ROOT / name).parent / target.split("#")[0]).exists():
                broken.append(f"{name}: {target}")
    assert broken == []


def test_the_hashed_requirements_hold_the_versions_that_were_asked_for() -> None:
    for name in ("bootstrap", "run", "dev"):
        locked = pins((REQUIREMENTS / f"{name}.txt").read_text())
        asked = pins((REQUIREMENTS / f"{name}.in").read_text())
        assert asked.items() <= locked.items()


def test_development_uses_the_versions_that_run() -> None:
    run = pins((REQUIREMENTS / "run.txt").read_text())
    assert run.items() <= pins((REQUIREMENTS / "dev.txt").read_text()).items()


def test_every_locked_package_has_a_hash() -> None:
    for path in REQUIREMENTS.glob("*.txt"):
        blocks = re.split(r"\n(?=\S)", path.read_text().strip())
        assert [block for block in blocks if "--hash=sha256:" not in block] == []


EXAMPLES = ("reactions", "hands")
EXAMPLE_MOST_LINES = 300


def lines_of(folder: Path) -> int:
    """Of a feature, its tests and their recordings aside."""
    files = (path for path in folder.rglob("*.*") if path.suffix in {".py", ".ts", ".tsx", ".json"})
    own = (path for path in files if not {"tests", "recorded"} & {*path.relative_to(folder).parts})
    return sum(path.read_text().count("\n") for path in own if ".test." not in path.name)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_two_examples_of_the_guide_are_as_small_as_it_says(language: str) -> None:
    parts = (ROOT / "server/mcmeet/features", ROOT / "web/src/features")
    lines = [[lines_of(part / name) for name in EXAMPLES] for part in parts]
    together = [sum(counted) for counted in zip(*lines, strict=True)]
    assert max(together) <= EXAMPLE_MOST_LINES
    rows = re.findall(
        r"^\| .*\|$", (ROOT / f"docs/guides/add-a-feature.{language}.md").read_text(), re.MULTILINE
    )
    said = [[int(number) for number in re.findall(r"(\d+)(?= lines| 行|\*\*)", row)] for row in rows[1:4]]
    assert said == [*lines, together]
