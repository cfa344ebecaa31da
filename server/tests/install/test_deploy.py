"""The files of deploy/: read by those programs that are here, else for their syntax."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from mcmeet.cli import app as cli

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_takes_the_unit_where_systemd_analyze_is_here(tmp_path: Path) -> None:
    text = (DEPLOY / "mcmeet.service").read_text()
    unit = tmp_path / "mcmeet.service"
    unit.write_text(text.replace("/opt/mcmeet/bin/mcmeet", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_starts_a_command_that_exists_and_gives_away_no_rights() -> None:
    text = (DEPLOY / "mcmeet.service").read_text()
    settings = dict(re.findall(r"^(\w+)=(.*)$", text, re.M))
    program, command = settings["ExecStart"].split()
    assert program.endswith("/bin/mcmeet")
    assert command in get_command(cli).commands  # type: ignore[attr-defined]
    for setting, value in {"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict"}.items():
        assert settings[setting] == value
    assert "Untried" in text


def test_the_compose_file_is_yaml_whose_paths_exist() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    composed = yaml.safe_load(text)
    (service,) = composed["services"].values()
    build = service["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert service["command"][0] in get_command(cli).commands  # type: ignore[attr-defined]
    assert {volume.partition(":")[0] for volume in service["volumes"]} == set(composed["volumes"])
    assert "Untried" in text


def test_the_image_copies_what_the_tree_has() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    (copied,) = re.findall(r"^COPY (.*) \S+$", text, re.M)
    assert copied.split() == ["requirements/run.txt", "dist/*.whl"]
    assert (ROOT / "requirements" / "run.txt").exists()
    assert "Untried" in text
