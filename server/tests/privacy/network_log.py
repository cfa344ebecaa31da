"""The network log as it is stored, read past the code that writes it; on either engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from mcmeet.core.config import Config
from mcmeet.core.db import migrate
from mcmeet.privacy.network_log.partitions import FOLDER
from mcmeet.privacy.network_log.periods import Period

WAIT_S: Final = 20.0
STEP_S: Final = 0.02

Line = dict[str, Any]


def stored(config: Config) -> dict[str, list[Line]]:
    """Lines by the name of their file or table, oldest first."""
    if config.database.url is not None:
        return _tables(config.database.url, lambda name: name.startswith("network_log_2"))
    files = sorted((config.data / FOLDER).glob("*.db"))
    return {file.name: _file(file) for file in files}


@contextmanager
def connection_of(config: Config, period: Period) -> Iterator[tuple[Connection, str]]:
    """For whoever gets at the database past the server, and the name of that week's table."""
    url, table = config.database.url, f"network_log_{period.monday:%Y%m%d}"
    if url is None:
        url, table = f"sqlite:///{config.data / FOLDER / f'{period}.db'}", "network_log"
    with migrate.connection(url) as connection, connection.begin():
        yield connection, table


def lines(config: Config) -> list[Line]:
    return [line for part in stored(config).values() for line in part]


async def becomes(config: Config, acts: Sequence[tuple[str, str]]) -> list[Line]:
    """Once exactly these acts, with their results, are in the log: its lines in this order.

    What happens in one millisecond has no order in the log, and a test's clock stands still.
    """
    found: list[Line] = []
    for _ in range(round(WAIT_S / STEP_S)):
        found = lines(config)
        if sorted(map(act_of, found)) == sorted(acts):
            return [_take(found, act) for act in acts]
        await asyncio.sleep(STEP_S)
    raise AssertionError([act_of(line) for line in found])


def _take(found: list[Line], act: tuple[str, str]) -> Line:
    return found.pop(next(index for index, line in enumerate(found) if act_of(line) == act))


def act_of(line: Line) -> tuple[str, str]:
    return line["act"], line["result"]


def _file(file: Path) -> list[Line]:
    return next(iter(_tables(f"sqlite:///{file}", lambda _: True).values()), [])


def _tables(url: str, is_wanted: Callable[[str], bool]) -> dict[str, list[Line]]:
    with migrate.connection(url) as connection:
        names = sorted(filter(is_wanted, inspect(connection).get_table_names()))
        return {
            name: [
                dict(row)
                for row in connection.execute(text(f"SELECT * FROM {name} ORDER BY at, id")).mappings()
            ]
            for name in names
        }
