"""A start that is killed while it makes the tables leaves a database that the next start can use."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mcmeet.core.db import migrate

TIMEOUT_S = 60
KILLED = 9
DIES_BEFORE_ITS_FIFTH_TABLE = f"""
import os, sys
from sqlalchemy import Engine, event
from mcmeet.core.db import migrate

made = []

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *_):
    if "CREATE TABLE" in statement:
        made.append(statement)
    if len(made) == 5:
        os._exit({KILLED})

migrate.upgrade(sys.argv[1])
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'meetings.db'}"
    address: str = request.getfixturevalue("postgres").new_database()
    return address


def tables(url: str) -> set[str]:
    with migrate.connection(url) as connection:
        return set(inspect(connection).get_table_names())


def test_a_start_that_is_killed_between_two_tables_is_made_good_by_the_next(url: str) -> None:
    killed = subprocess.run([sys.executable, "-c", DIES_BEFORE_ITS_FIFTH_TABLE, url], timeout=TIMEOUT_S)
    assert killed.returncode == KILLED
    assert tables(url) == set()
    migrate.upgrade(url)
    assert {"policy_text", "consent", "meeting_run", "seat", migrate.VERSION_TABLE} <= tables(url)


def test_sqlite_keeps_a_log_ahead_of_the_database_after_the_first_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'meetings.db'}"
    migrate.upgrade(url)
    with migrate.connection(url) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", migrate.SCRIPTS)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    assert migrate._revisions() == (known, scripts.get_current_head())


def test_a_database_is_brought_to_the_newest_revision_once(url: str) -> None:
    assert migrate.upgrade(url) == migrate._revisions()[1]
    assert migrate.upgrade(url) is None


def test_a_database_that_a_later_version_has_changed_is_left_alone(url: str) -> None:
    migrate.upgrade(url)
    with migrate.connection(url) as connection, connection.begin():
        connection.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '29991231_telepathy'"))
    with pytest.raises(migrate.NewerDatabase, match="29991231_telepathy"):
        migrate.upgrade(url)
