"""Two wheels in an empty environment, away from this tree, without Node and Rust: the same call."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import People
from tests.fixtures.meeting import Meeting, audio_energy, frames_decoded, rises, tile
from tests.fixtures.server import Server

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]
BUILD_TIMEOUT = 900


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=BUILD_TIMEOUT, **options
    )  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    text: str = done.stdout
    return text


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Quick where the engine and the page are built, as `make test` has them.

    dist/ is one, and a worker may take over tests of this file while another one runs some of them.
    """
    own = tmp_path_factory.mktemp("dist")
    with (ROOT / ".cache" / "test_wheels.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run("make", "--no-print-directory", "wheels", cwd=ROOT)
        for wheel in (ROOT / "dist").glob("*.whl"):
            shutil.copy(wheel, own)
    return sorted(own.iterdir())


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment's `bin`, as docs/guides/install.en.md has it; uv only is quicker with the pins."""
    venv = tmp_path_factory.mktemp("install") / "venv"
    run(sys.executable, "-m", "venv", venv)
    pip, pins = venv / "bin" / "pip", ROOT / "requirements" / "run.txt"
    uv = (Path(sys.executable).with_name("uv"), "pip", "install", "-q", "--python", venv / "bin" / "python")
    run(*uv, "--require-hashes", "--only-binary", ":all:", "-r", pins)
    run(pip, "install", "-q", "--no-index", "--no-deps", *wheels)
    run(pip, "check")  # what the wheels themselves say that they need
    return venv / "bin"


@pytest.fixture
def bare(installed: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which neither this tree nor a tool of it can be found."""
    path = str(installed)
    assert not any(shutil.which(tool, path=path) for tool in ("node", "cargo", "rustc", "maturin"))
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": path, "HOME": str(tmp_path)}


def test_two_wheels_are_built_and_the_first_has_the_page_inside(wheels: list[Path]) -> None:
    server, engine = wheels
    assert (server.name.split("-")[0], engine.name.split("-")[0]) == ("mcmeet", "mcmeet_sfu")
    names = run(sys.executable, "-m", "zipfile", "-l", server)
    for name in ("mcmeet/_web/index.html", "mcmeet/core/serving/trust/zh.html", "mcmeet/migrations/env.py"):
        assert name in names
    assert "/tests/" not in names


def test_python_m_mcmeet_and_the_program_are_the_same(
    installed: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    helps = [
        run(*program, "serve", "--help", env=bare | {"COLUMNS": "120"}, cwd=tmp_path)
        for program in ([installed / "mcmeet"], [installed / "python", "-m", "mcmeet"])
    ]
    first, second = (text.partition("[OPTIONS]")[2].split() for text in helps)
    assert first == second != []


@pytest.fixture
def served(installed: Path, bare: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data", bare, program=str(installed / "mcmeet"), inherits=False)
    server.start()
    yield server
    server.stop()


def test_what_pip_installed_is_what_runs(installed: Path, bare: dict[str, str], tmp_path: Path) -> None:
    where = "from mcmeet import app; print(app.page_folder(), app.__file__)"
    for path in run(installed / "python", "-c", where, env=bare, cwd=tmp_path).split():
        assert Path(path).is_relative_to(installed.parent)


def test_two_people_meet_on_what_pip_installed(served: Server, people: People) -> None:
    meeting = Meeting(served, people)
    host, guest = meeting.host("林晓").page, meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    for page in (host, guest):
        rises(lambda page=page: frames_decoded(page), 20)  # type: ignore[misc]
        rises(lambda page=page: audio_energy(page), 1e-6)  # type: ignore[misc]
