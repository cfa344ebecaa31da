"""`kill -9` while a server starts for the first time, or on the database of an older version."""

import os
import random
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from mcmeet.core.db import migrate, sqlite_driver
from mcmeet.core.secrets import KEY_FILE
from tests.fixtures.lives import Lives, lives_in

KILLS: Final = 10
FIRST_RELEASE: Final = Path(__file__).parents[1] / "core/schemas/20261124_privacy_deletes.sqlite.sql"
KEY: Final = b"k" * 32
"""Of the database of the first release."""


def nothing(data: Path) -> None:
    data.mkdir()


def first_release(data: Path) -> None:
    data.mkdir()
    (data / KEY_FILE).parent.mkdir()
    (data / KEY_FILE).write_bytes(KEY)
    connection = sqlite3.connect(data / "mcmeet.db")
    connection.executescript(FIRST_RELEASE.read_text())
    connection.close()


def start(lives: Lives, data: Path) -> float:
    """Until it listens; how many seconds that took."""
    began = time.monotonic()
    lives.begin(data)
    lives.until_listening()
    return time.monotonic() - began


@pytest.mark.parametrize("before", [nothing, first_release])
def test_a_start_killed_at_10_moments_is_made_up_for_by_the_next_one_on_sqlite(
    before: Callable[[Path], None], tmp_path: Path
) -> None:
    seed = int(os.environ.get("KILLED_SEED") or secrets.randbits(32))
    print(f"KILLED_SEED={seed}")
    rng = random.Random(seed)
    with lives_in(tmp_path / "data") as lives:
        before(tmp_path / "whole")
        usual = start(lives, tmp_path / "whole")
        lives.kill()
        for number in range(KILLS):
            data = tmp_path / f"data{number}"
            before(data)
            lives.begin(data)
            time.sleep(usual * rng.uniform(number, number + 1) / KILLS)
            lives.kill()
            usual = min(usual, start(lives, data))
            assert httpx.get(f"{lives.url}/healthz").json()["status"] == "ok"
            lives.kill()
            check_whole(data)
            shutil.rmtree(data)
        assert lives.starts_killed, "no start was killed"
        assert lives.complaints() == []


def check_whole(data: Path) -> None:
    assert not migrate.is_behind(f"sqlite:///{data / 'mcmeet.db'}")
    connection = sqlite_driver.driver.connect(data / "mcmeet.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    assert [path.name for path in (data / KEY_FILE).parent.iterdir() if path.suffix != ".draft"] == [
        KEY_FILE.name
    ]
