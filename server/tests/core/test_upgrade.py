"""A database of the first release comes up to the models of today, and not a row of it is lost."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Row, Table, select, text

from mcmeet import registry  # noqa: F401  (loads every table)
from mcmeet.core import installation
from mcmeet.core.config import Database
from mcmeet.core.db import Base, migrate
from mcmeet.core.secrets import Secrets
from tests.fixtures.app import ANSWER_WITHIN_S, AppStarter
from tests.fixtures.postgres import Postgres

FIRST = "20261124_privacy_deletes"
SCHEMAS = Path(__file__).with_name("schemas")

Rows = dict[str, list[dict[str, Any]]]


def dump_of(engine: str) -> Path:
    return SCHEMAS / f"{FIRST}.{engine}.sql"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as the first release left it."""
    if request.param == "sqlite":
        path = tmp_path / "first.db"
        connection = sqlite3.connect(path)
        connection.executescript(dump_of("sqlite").read_text())
        connection.close()
        return f"sqlite:///{path}"
    postgres: Postgres = request.getfixturevalue("postgres")
    address = postgres.new_database()
    database = address.rsplit("/", 1)[1]
    postgres.run("psql", "--set=ON_ERROR_STOP=1", f"--dbname={database}", f"--file={dump_of('postgres')}")
    return address


def rows(url: str) -> Rows:
    """Of every table, by its name; the revision apart."""
    with migrate.connection(url) as connection, connection.begin():
        found = MetaData()
        found.reflect(connection)
        return {
            table.name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=str)
            for table in found.tables.values()
            if table.name != migrate.VERSION_TABLE
        }


def triggers_and_checks(url: str) -> set[Row[Any]]:
    """What alembic does not compare."""
    sqlite = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    postgres = """
        SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'
    """
    with migrate.connection(url) as connection, connection.begin():
        return set(connection.execute(text(sqlite if url.startswith("sqlite") else postgres)).all())


def is_compared(item: Any, name: str | None, kind: str, *_: Any) -> bool:
    """The network log's tables come and go with their weeks."""
    return kind != "table" or not str(name).startswith("network_log_2")


def test_the_database_of_the_first_release_has_rows_in_every_table(url: str) -> None:
    assert {name for name, found in rows(url).items() if not found} == set()


def test_no_row_is_lost_or_changed_on_the_way_up(url: str) -> None:
    before = rows(url)
    assert migrate.upgrade(url) == migrate._revisions()[1]
    after = rows(url)
    for name, found in before.items():
        kept = [{column: row[column] for column in found[0]} for row in after[name]]
        assert sorted(kept, key=str) == found, name


def test_a_seat_that_nobody_came_to_and_its_name_go_on_the_way_up(url: str) -> None:
    with migrate.connection(url) as connection, connection.begin():
        seat = Table("seat", MetaData(), autoload_with=connection)
        taken = dict(connection.execute(select(seat)).mappings().first() or {})
        unique = {"number": 4_999, "media": "nobody's", "resume_hash": None, "ticket_hash": None}
        connection.execute(seat.insert().values(taken | unique | {"name": "没有来的人"}))
    before = rows(url)
    migrate.upgrade(url)
    assert "没有来的人" in str(before["seat"])
    assert "没有来的人" not in str(rows(url)["seat"])
    assert len(rows(url)["seat"]) == len(before["seat"]) - 1


def test_the_schema_on_the_way_up_ends_as_the_models_are(url: str) -> None:
    migrate.upgrade(url)
    with migrate.connection(url) as connection, connection.begin():
        context = MigrationContext.configure(connection, opts={"include_object": is_compared})
        assert compare_metadata(context, Base.metadata) == []


def test_triggers_and_checks_are_those_of_a_new_database(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    if not url.startswith("sqlite"):
        fresh = request.getfixturevalue("postgres").new_database()
    migrate.upgrade(fresh)
    migrate.upgrade(url)
    assert triggers_and_checks(url) == triggers_and_checks(fresh) != set()
    installation.check_key(url, Secrets(b"k" * 32))


@pytest.mark.anyio
async def test_a_server_starts_on_it_and_the_meeting_goes_on(url: str, app_starter: AppStarter) -> None:
    migrate.upgrade(url)
    async with app_starter.run(database=Database(url=url)) as app:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while not app.rooms.open_rooms():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        [room] = app.rooms.open_rooms()
        assert {occupant.name for occupant in room.roster} == {"Emma", "周航"}
