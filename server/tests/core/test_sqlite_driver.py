"""SQLite of the standard library serves where pysqlite3 has no wheel; test_db holds its contract."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mcmeet.core.config import Config, Database
from mcmeet.core.db import migrate, sqlite_driver
from mcmeet.serve import preparing
from tests.fixtures.app import AppStarter

WITHOUT_PYSQLITE3 = """
import sys
sys.modules["pysqlite3"] = None
from mcmeet.core.db import sqlite_driver
print(sqlite_driver.driver.__name__)
"""


def test_where_pysqlite3_is_not_installed_the_standard_library_serves() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYSQLITE3], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "sqlite3"


@pytest.mark.anyio
async def test_two_people_meet_on_the_standard_librarys_sqlite(
    app_starter: AppStarter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_driver, "driver", sqlite3)
    url = f"sqlite:///{tmp_path / 'standard.db'}"
    migrate.upgrade(url)
    async with app_starter.run(database=Database(url=url)) as app:
        host = await app.person("林晓")
        meeting = await host.create_meeting()
        one = await host.enter(meeting, "林晓")
        two = await app.visitor().enter(meeting, "周航")
        await one.command("participants.remove", seat=two.seat)
        assert "ack" in await one.command("meetings.end")


def of_version(*version: int) -> SimpleNamespace:
    """As Python was built with what the machine had."""
    return SimpleNamespace(sqlite_version_info=version, sqlite_version=".".join(map(str, version)))


def test_a_sqlite_that_is_too_old_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_driver, "driver", of_version(3, 34, 1))
    words = "SQLite 3.34.1 is too old, 3.35.0 or later is needed"
    with pytest.raises(preparing.NotReady, match=words), preparing.usable_database(Config(data=tmp_path)):
        pass


def test_a_sqlite_with_a_known_fault_is_named_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sqlite_driver, "driver", of_version(3, 40, 1))
    with preparing.usable_database(Config(data=tmp_path)):
        pass
    assert "SQLite 3.40.1 has a known fault: 3.51.3 or later is better" in capsys.readouterr().err
