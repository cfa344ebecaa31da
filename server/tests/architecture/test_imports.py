"""import-linter's contracts in pyproject.toml: each refuses a line that breaks it, in a copy of the tree."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LINT_IMPORTS = str(Path(sys.executable).parent / "lint-imports")

BROKEN_BY = [
    ("layers", "core/clock.py", "import mcmeet.privacy"),
    ("layers", "privacy/__init__.py", "import mcmeet.live"),
    ("layers", "live/__init__.py", "import mcmeet.media.port"),
    ("layers", "media/port.py", "import mcmeet.live"),
    ("layers", "live/__init__.py", "import mcmeet.features"),
    ("layers", "features/__init__.py", "import mcmeet.app"),
    ("layers", "registry.py", "import mcmeet.app"),
    ("core-folders", "app.py", "import mcmeet.core.jobs.store"),
    ("base-features", "features/accounts/__init__.py", "import mcmeet.features.meetings"),
    ("inside-a-feature", "features/meetings/service/entrance.py", "import mcmeet.features.meetings.api"),
    ("inside-a-feature", "features/meetings/store.py", "import mcmeet.features.meetings.service"),
    ("inside-a-feature", "features/meetings/tables.py", "import mcmeet.features.meetings.store"),
    ("media-port", "features/meetings/live.py", "import mcmeet.media.embedded"),
    ("media-port", "features/meetings/live.py", "import mcmeet.media.fake"),
    ("engine-binding", "live/__init__.py", "import mcmeet_sfu"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "server" / "mcmeet", tmp_path / "mcmeet", ignore=shutil.ignore_patterns("tests"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [LINT_IMPORTS, "--no-cache", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(("contract", "name", "line"), BROKEN_BY)
def test_a_contract_refuses_the_line_that_breaks_it(copy: Path, contract: str, name: str, line: str) -> None:
    path = copy / "mcmeet" / name
    with path.open("a") as file:
        file.write(f"\n{line}\n")
    answer = lint(copy, "--contract", contract)
    assert answer.returncode == 1, answer.stdout
    assert "BROKEN" in answer.stdout


def test_the_tree_keeps_every_contract(copy: Path) -> None:
    answer = lint(copy)
    assert answer.returncode == 0, answer.stdout
