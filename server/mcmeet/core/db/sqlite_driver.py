"""SQLite is that of pysqlite3, a current one; where it has no wheel, that of the standard library."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

LEAST: Final = (3, 35, 0)
"""The first with RETURNING, by which a code and a registration are used once."""
SAFE: Final = (3, 51, 3)
"""Before it, since 3.7.0, a checkpoint beside another process that writes could lose pages of the log."""


class SqliteTooOld(Exception):
    """The message says which there is and which is needed."""


def _newest() -> Any:
    try:
        import pysqlite3.dbapi2
    except ImportError:
        return sqlite3
    return pysqlite3.dbapi2


driver: Any = _newest()


def require_usable() -> None:
    """Raises SqliteTooOld."""
    if driver.sqlite_version_info < LEAST:
        raise SqliteTooOld(
            f"SQLite {driver.sqlite_version} is too old, {dotted(LEAST)} or later is needed: "
            "use a newer Python, or PostgreSQL (database.url)"
        )


def is_safe() -> bool:
    return bool(driver.sqlite_version_info >= SAFE)


def dotted(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))
