"""How the LiveKit server that measurements use is found, and what happens when there is none."""

from pathlib import Path

import pytest
from bench.engines import engines


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """What `livekit-server --version` prints."""
    path = tmp_path / "livekit-server"
    path.write_text("#!/bin/sh\necho livekit-server version 1.13.5\n")
    path.chmod(0o755)
    return path


def test_a_livekit_server_that_the_environment_names_is_measured_beside_ours(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVEKIT_SERVER", str(program))
    assert [engine.name for engine in engines()] == ["MCMeet", "LiveKit 1.13.5"]


def test_a_livekit_server_on_the_path_is_measured_beside_ours(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEKIT_SERVER", raising=False)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    assert [engine.name for engine in engines()] == ["MCMeet", "LiveKit 1.13.5"]


def test_without_a_livekit_server_ours_is_measured_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_SERVER", "/nonexistent/livekit-server")
    assert [engine.name for engine in engines()] == ["MCMeet"]
