"""The log's databases, apart from the main one: on SQLite a file, on PostgreSQL a table for each period."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Index, MetaData, Table, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from mcmeet.core.config import Config
from mcmeet.core.db import Db, Lane
from mcmeet.core.errors import NotRead, NotSaved
from mcmeet.privacy.network_log import chain
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.tables import LogLine

FOLDER: Final = "network-log"
FILE_END: Final = ".db"
SQLITE_FILES: Final = ("", "-wal", "-shm")
TABLE_OF_PERIOD: Final = re.compile(r"network_log_(\d{4})(\d{2})(\d{2})")
LINES: Final = LogLine.metadata.tables[LogLine.__tablename__]

UNREADABLE: Final = (DBAPIError, NotRead, NotSaved)
"""What `Partitions.read` raises of a period that gives no answer, or not in time."""

Row = Mapping[str, Any]


T = TypeVar("T")


class Partitions(Protocol):
    """One part for each period, with a writer of its own."""

    async def append(self, period: Period, rows: Sequence[Row]) -> None:
        """All or none, at the end of its chain; a row that is there already is not added twice."""
        ...

    async def read(self, period: Period, fn: Callable[[Session, Table], T]) -> T:
        """What `fn` makes of a period that is stored; or one of UNREADABLE."""
        ...

    async def periods(self) -> list[Period]: ...
    async def drop(self, period: Period) -> None: ...
    async def close(self) -> None: ...


def open_partitions(config: Config) -> Partitions:
    if config.database_url.startswith("sqlite"):
        return FilePartitions(config.data / FOLDER)
    return TablePartitions(config.database_url)


class FilePartitions:
    """SQLite: a period's file is unlinked, and nothing of it is left in pages of another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: tuple[Period, Db, Table] | None = None

    async def append(self, period: Period, rows: Sequence[Row]) -> None:
        db, table = await self._db(period)
        await db.write(lambda tx: _append(tx, table, rows))

    async def read(self, period: Period, fn: Callable[[Session, Table], T]) -> T:
        db, table = Db(self._url(period)), LINES.to_metadata(MetaData())
        try:
            await db.write(lambda tx: _prepare(tx, table))
            return await db.read(lambda tx: fn(tx, table))
        finally:
            await asyncio.to_thread(db.close)

    async def periods(self) -> list[Period]:
        found = (Period.parse(path.name.removesuffix(FILE_END)) for path in self._folder.glob(f"*{FILE_END}"))
        return sorted(period for period in found if period is not None)

    async def drop(self, period: Period) -> None:
        if self._open is not None and self._open[0] == period:
            await self.close()
        path = self._path(period)
        # The log ahead first: a crash in between must not leave lines that nothing finds any more.
        for end in reversed(SQLITE_FILES):
            path.with_name(path.name + end).unlink(missing_ok=True)

    async def close(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            await asyncio.to_thread(opened[1].close)

    async def _db(self, period: Period) -> tuple[Db, Table]:
        if self._open is None or self._open[0] != period:
            await self.close()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            db, table = Db(self._url(period)), LINES.to_metadata(MetaData())
            try:
                await db.write(lambda tx: _prepare(tx, table))
            except BaseException:
                await asyncio.to_thread(db.close)
                raise
            self._open = (period, db, table)
        return self._open[1:]

    def _path(self, period: Period) -> Path:
        return self._folder / f"{period}{FILE_END}"

    def _url(self, period: Period) -> str:
        return f"sqlite:///{self._path(period)}"


class TablePartitions:
    """PostgreSQL: a period's table is dropped, which frees its space at once."""

    def __init__(self, url: str) -> None:
        self._db = Db(url)
        self._prepared: dict[Period, Table] = {}

    async def append(self, period: Period, rows: Sequence[Row]) -> None:
        table = await self._table(period)
        try:
            await self._db.write(lambda tx: _append(tx, table, rows))
        except BaseException:
            self._prepared.pop(period, None)  # somebody may have dropped it: the next try makes it anew
            raise

    async def read(self, period: Period, fn: Callable[[Session, Table], T]) -> T:
        table = await self._table(period)
        return await self._db.read(lambda tx: fn(tx, table))

    async def periods(self) -> list[Period]:
        names = await self._db.read(lambda tx: inspect(tx.connection()).get_table_names())
        found = (TABLE_OF_PERIOD.fullmatch(name) for name in names)
        periods = (Period.parse("-".join(match.groups())) for match in found if match)
        return sorted(period for period in periods if period is not None)

    async def drop(self, period: Period) -> None:
        self._prepared.pop(period, None)
        drop = DropTable(_named(period), if_exists=True)
        await self._db.write(lambda tx: tx.execute(drop), lane=Lane.BATCH)

    async def close(self) -> None:
        await asyncio.to_thread(self._db.close)

    async def _table(self, period: Period) -> Table:
        if period not in self._prepared:
            table = _named(period)
            await self._db.write(lambda tx: _prepare(tx, table))
            self._prepared[period] = table
        return self._prepared[period]


def _named(period: Period) -> Table:
    return LINES.to_metadata(MetaData(), name=f"{LINES.name}_{period.monday:%Y%m%d}")


def _prepare(tx: Session, table: Table) -> None:
    """Makes the table; one that an earlier version made gets what it lacks."""
    tx.execute(CreateTable(table, if_not_exists=True))
    there = {found["name"] for found in inspect(tx.connection()).get_columns(table.name)}
    for column in table.columns:
        if column.name not in there:
            kind = column.type.compile(tx.get_bind().dialect)
            tx.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"))
    places = Index(f"ix_{table.name}_seq", table.c.seq, unique=True)
    tx.execute(CreateIndex(places, if_not_exists=True))


def _append(tx: Session, table: Table, rows: Sequence[Row]) -> None:
    """One writer at a time, also of another process: a chain has one end."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(text(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE"))
    known = set(tx.scalars(select(table.c.id).where(table.c.id.in_([row["id"] for row in rows]))))
    fresh = [row for row in rows if row["id"] not in known]
    if fresh:
        tx.execute(table.insert(), chain.chained(chain.head(tx, table), fresh))
