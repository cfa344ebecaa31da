"""Brings a database to the newest schema. Alembic's steps live in `mcmeet.migrations`.

SQLite's batch mode recreates tables, and `ON DELETE CASCADE` would then delete the children: so a
migration runs on its own connection with foreign keys off, and `foreign_key_check` looks afterwards.
All steps of one upgrade are one transaction: a start that is killed leaves the database as it was.
Importing Alembic takes a fifth of a start, so a database that is at the newest revision goes without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, column, create_engine, event, inspect, make_url, select, table

from mcmeet.core.db import sqlite_driver

SCRIPTS: Final = "mcmeet:migrations"
VERSIONS: Final = Path(__file__).parents[2] / "migrations" / "versions"
REVISION: Final = re.compile(r"""^(revision|down_revision) = ["'](\w+)["']$""", re.MULTILINE)
LOCK_TIMEOUT: Final = "5s"
VERSION_TABLE: Final = "alembic_version"  # Alembic's own default


class BrokenForeignKeys(Exception):
    """A migration left rows that point nowhere; it was rolled back."""


class NewerDatabase(Exception):
    """A later version of MCMeet has changed the schema; the message names its revision."""


@contextmanager
def connection(url: str) -> Iterator[Connection]:
    """For the start alone, before there is a `Db`."""
    engine = _engine(url)
    try:
        with engine.connect() as opened:
            yield opened
    finally:
        engine.dispose()


def has_schema(url: str) -> bool:
    """Whether a server has used this database before; makes no SQLite file."""
    database = make_url(url).database
    if _is_sqlite(url) and not (database and Path(database).exists()):
        return False
    with connection(url) as opened:
        return inspect(opened).has_table(VERSION_TABLE)


def is_behind(url: str) -> bool:
    """Whether `upgrade` has anything to do. Raises NewerDatabase."""
    known, newest = _revisions()
    with connection(url) as opened:
        found = _revision_of(opened)
    if found is not None and found not in known:
        raise NewerDatabase(found)
    return found != newest


def upgrade(url: str) -> str | None:
    """The revision that the database was brought to; None when it was there.

    Raises BrokenForeignKeys, NewerDatabase.
    """
    if not is_behind(url):
        return None
    with connection(url) as opened:
        _run(opened, sqlite=_is_sqlite(url))
    return _revisions()[1]


def _revisions() -> tuple[set[str], str]:
    """All, and the one that no other follows: the history is linear."""
    named = [found for path in VERSIONS.glob("*.py") for found in REVISION.findall(path.read_text("utf-8"))]
    known = {name for kind, name in named if kind == "revision"}
    (newest,) = known - {name for kind, name in named if kind == "down_revision"}
    return known, newest


def _revision_of(opened: Connection) -> str | None:
    with opened.begin():
        if not inspect(opened).has_table(VERSION_TABLE):
            return None
        return opened.scalar(select(table(VERSION_TABLE, column("version_num")).c.version_num))


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _engine(url: str) -> Engine:
    # Values of statements are personal data: an error that is logged must not carry them.
    if not _is_sqlite(url):
        return create_engine(url, hide_parameters=True)
    engine = create_engine(url, module=sqlite_driver.driver, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    """Neither can be set inside a transaction."""
    connection.isolation_level = None  # the driver itself would begin none before a CREATE TABLE
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=OFF")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _run(connection: Connection, *, sqlite: bool) -> None:
    from alembic import command
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes["connection"] = connection
    with connection.begin():
        if not sqlite:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        command.upgrade(config, "head")
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise BrokenForeignKeys(f"{len(broken)} rows, first in table {broken[0][0]}")
