"""What SQLite and PostgreSQL each have to be told: pragmas, limits on time, what their refusals mean."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from mcmeet.core.db import sqlite_driver
from mcmeet.core.errors import NotSaved

POSTGRES_THREADS: Final = 8
BUSY_TIMEOUT_MS: Final = 5_000
WRITER_WAITS_MOST_S: Final = 0.1
STATEMENT_TIMEOUT_STALE_S: Final = 0.1
POSTGRES_LIMITS: Final = {
    "connect_timeout": 5,
    "options": "-c statement_timeout=10s",
    # A host that has vanished answers nothing at all; the kernel would wait for it for hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""`statement_timeout` is for reads: a write's deadline is told before its statements. The URL's own win."""
SERIALIZATION_FAILURES: Final = frozenset({"40001", "40P01"})
SQLITE_BUSY: Final = 5
LIMIT: Final = "mcmeet_limit"


@dataclass(slots=True)
class Limit:
    """Until when a transaction may run (monotonic), the seconds PostgreSQL was last told, what ran so far."""

    deadline: float
    told: float = math.inf
    statements: int = 0


def limited(connection: Connection, limit: Limit) -> Connection:
    return connection.execution_options(**{LIMIT: limit})


def is_serialization_failure(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in SERIALIZATION_FAILURES


def is_busy(error: DBAPIError) -> bool:
    """SQLite's primary result code, in the low byte: another process holds the lock."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == SQLITE_BUSY


def is_no_answer(error: DBAPIError) -> bool:
    """Of a read: given up after its time, the connection lost, or, with SQLite, locked by another process.

    What psycopg calls an OperationalError is the server's affair; SQLite calls a missing table that too.
    """
    of_postgres = hasattr(error.orig, "sqlstate")
    return is_busy(error) or (of_postgres and isinstance(error, OperationalError))


def open_engine(url: str, *, begin: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            pool_size=POSTGRES_THREADS,
            max_overflow=0,
            hide_parameters=True,
            connect_args=POSTGRES_LIMITS | dict(make_url(url).query),
        )
        event.listen(engine, "before_cursor_execute", _limit_statement)
        event.listen(engine, "before_cursor_execute", _count_statement)
        return engine
    # Values of statements are personal data: an error that is logged must not carry them.
    engine = create_engine(url, module=sqlite_driver.driver, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "before_cursor_execute", _count_statement)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def insert_into(tx: Session, table: type[DeclarativeBase] | Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, which each engine's dialect has for itself."""
    adding = sqlite.insert if tx.get_bind().dialect.name == "sqlite" else postgresql.insert
    return adding(table)


def _count_statement(connection: Connection, *_: Any) -> None:
    limit: Limit | None = connection.get_execution_options().get(LIMIT)
    if limit is not None:
        limit.statements += 1


def _limit_statement(connection: Connection, _: Any, statement: str, *__: Any) -> None:
    """PostgreSQL itself gives up at the deadline, whatever the statement waits for. Raises NotSaved."""
    limit: Limit | None = connection.get_execution_options().get(LIMIT)
    if limit is None:
        return
    if statement.startswith("ROLLBACK TO"):  # takes the setting back; until then nothing else is taken
        limit.told = math.inf
        return
    left = limit.deadline - time.monotonic()
    if left <= 0:
        raise NotSaved
    if limit.told - left > STATEMENT_TIMEOUT_STALE_S:
        limit.told = left
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {math.ceil(left * 1000)}")


def set_busy_timeout(connection: Connection, deadline: float) -> None:
    """How long SQLite waits for its lock; said past SQLAlchemy, which would begin a transaction first."""
    wait_s = min(WRITER_WAITS_MOST_S, max(0.0, deadline - time.monotonic()))
    connection.connection.cursor().execute(f"PRAGMA busy_timeout={math.ceil(wait_s * 1000)}")


def _set_pragmas(connection: Any, _: Any) -> None:
    """WAL with NORMAL: a power cut may lose the last transactions, it never corrupts."""
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
