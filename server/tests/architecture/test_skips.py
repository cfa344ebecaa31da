"""What proves a row of a document is not skipped unseen where nothing may be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.skips import DOCUMENTS, SWITCH

SERVER = Path(__file__).parents[2]
TESTS = """import pytest

@pytest.mark.parametrize("kind", ["net", "mount"])
def test_proof(kind): pytest.skip("no namespace can be made here")

@pytest.mark.skipif(True, reason="no IPv6")
def test_marked_proof(): ...

def test_other(): pytest.skip("of no document")
"""


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder)]
    command += ["-p", "no:cacheprovider", "-p", "tests.fixtures.skips", str(folder)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", SWITCH))}
    kept |= {"PYTHONPATH": str(SERVER)} | environment
    return subprocess.run(command, capture_output=True, text=True, env=kept, cwd=folder)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_where_nothing_may_be_skipped_a_skipped_test_that_a_document_names_is_red(
    tmp_path: Path, document: str
) -> None:
    (tmp_path / "docs").mkdir()
    for path in DOCUMENTS:
        (tmp_path / path).write_text("")
    (tmp_path / document).write_text("V1,`test_it.py::test_proof` test_it.py::test_marked_proof\n")
    (tmp_path / "test_it.py").write_text(TESTS)
    assert "4 skipped" in run_pytest(tmp_path, **{SWITCH: ""}).stdout
    strict = run_pytest(tmp_path, **{SWITCH: "1"})
    assert strict.returncode == 1
    assert f"{document} names it as proof, and it was skipped" in strict.stdout
    assert "no namespace can be made here" in strict.stdout
    assert "1 skipped" in strict.stdout
    # What a mark skips never begins: the runner counts that as an error of its set-up.
    assert "2 failed, 1 skipped, 1 error" in strict.stdout
