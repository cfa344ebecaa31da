"""The log's databases, apart from the main one: on SQLite a file, on PostgreSQL a table for each period."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import MetaData, Table, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable, DropTable

from mcmeet.core.config import Config
from mcmeet.core.db import Db, Lane
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.tables import LogLine

FOLDER: Final = "network-log"
FILE_END: Final = ".db"
SQLITE_FILES: Final = ("", "-wal", "-shm")
TABLE_OF_PERIOD: Final = re.compile(r"network_log_(\d{4})(\d{2})(\d{2})")
LINES: Final = LogLine.metadata.tables[LogLine.__tablename__]

Row = Mapping[str, Any]


class Partitions(Protocol):
    """One part for each period, with a writer of its own."""

    async def append(self, period: Period, rows: Sequence[Row]) -> None:
        """All or none; a row that is there already is not added twice."""
        ...

    async def periods(self) -> list[Period]: ...
    async def count(self, period: Period) -> int: ...
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
        self._open: tuple[Period, Db] | None = None

    async def append(self, period: Period, rows: Sequence[Row]) -> None:
        db = await self._db(period)
        await db.write(lambda tx: _append(tx, LINES, rows))

    async def periods(self) -> list[Period]:
        found = (Period.parse(path.name.removesuffix(FILE_END)) for path in self._folder.glob(f"*{FILE_END}"))
        return sorted(period for period in found if period is not None)

    async def count(self, period: Period) -> int:
        db = Db(self._url(period))
        try:
            return await db.read(lambda tx: _count(tx, LINES))
        finally:
            await asyncio.to_thread(db.close)

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

    async def _db(self, period: Period) -> Db:
        if self._open is None or self._open[0] != period:
            await self.close()
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._open = (period, Db(self._url(period)))
        return self._open[1]

    def _path(self, period: Period) -> Path:
        return self._folder / f"{period}{FILE_END}"

    def _url(self, period: Period) -> str:
        return f"sqlite:///{self._path(period)}"


class TablePartitions:
    """PostgreSQL: a period's table is dropped, which frees its space at once."""

    def __init__(self, url: str) -> None:
        self._db = Db(url)

    async def append(self, period: Period, rows: Sequence[Row]) -> None:
        await self._db.write(lambda tx: _append(tx, _table(period), rows))

    async def periods(self) -> list[Period]:
        names = await self._db.read(lambda tx: inspect(tx.connection()).get_table_names())
        found = (TABLE_OF_PERIOD.fullmatch(name) for name in names)
        periods = (Period.parse("-".join(match.groups())) for match in found if match)
        return sorted(period for period in periods if period is not None)

    async def count(self, period: Period) -> int:
        return await self._db.read(lambda tx: _count(tx, _table(period)))

    async def drop(self, period: Period) -> None:
        drop = DropTable(_table(period), if_exists=True)
        await self._db.write(lambda tx: tx.execute(drop), lane=Lane.BATCH)

    async def close(self) -> None:
        await asyncio.to_thread(self._db.close)


def _table(period: Period) -> Table:
    return LINES.to_metadata(MetaData(), name=f"{LINES.name}_{period.monday:%Y%m%d}")


def _append(tx: Session, table: Table, rows: Sequence[Row]) -> None:
    tx.execute(CreateTable(table, if_not_exists=True))
    adding = sqlite.insert if tx.get_bind().dialect.name == "sqlite" else postgresql.insert
    tx.execute(adding(table).on_conflict_do_nothing(), list(rows))


def _count(tx: Session, table: Table) -> int:
    return tx.scalar(select(func.count()).select_from(table)) or 0
