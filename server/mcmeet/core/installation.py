"""The database knows its master key by one keyed hash, so that another key is noticed before it does harm.

Under a wrong key every phone number, cookie and ticket would be unknown, and people would register anew.
"""

from __future__ import annotations

import hmac
from typing import Final

from sqlalchemy import CheckConstraint, Integer, LargeBinary, inspect, select, text
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, column, migrate
from mcmeet.core.declare import NoPD
from mcmeet.core.secrets import KEY_FILE, Secrets, SecretsError

THE_ROW: Final = 1
# A conflict means that another process wrote the row just now; both dialects know this form.
REMEMBER: Final = text(
    "INSERT INTO installation (id, key_check) VALUES (:id, :key_check) ON CONFLICT DO NOTHING"
)


class Installation(Base):
    """One row: whose database this is."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint(f"id = {THE_ROW}", name="one_row"),)

    id: Mapped[int] = column(
        Integer, NoPD("always 1: there is one installation"), primary_key=True, autoincrement=False
    )
    key_check: Mapped[bytes] = column(
        LargeBinary, NoPD("keyed hash of a constant: recognises the master key, says nothing about anybody")
    )


def check_key(url: str, keys: Secrets) -> None:
    """Compares the key with the one that this database was made with.

    A database without schema, or older than the check, has nothing to compare with. Raises SecretsError.
    """
    with migrate.connection(url) as connection:
        if not inspect(connection).has_table(Installation.__tablename__):
            return
        stored = connection.scalar(select(Installation.key_check))
    if stored is not None and not hmac.compare_digest(stored, _key_check(keys)):
        raise SecretsError(
            f"The key in {KEY_FILE} of the data directory is not the one that this database was made with: "
            "put that key back, or use the database that belongs to this key"
        )


def remember_key(url: str, keys: Secrets) -> None:
    """Binds a database to its key, once. Raises SecretsError when another key was first."""
    with migrate.connection(url) as connection, connection.begin():
        connection.execute(REMEMBER, {"id": THE_ROW, "key_check": _key_check(keys)})
    check_key(url, keys)


def _key_check(keys: Secrets) -> bytes:
    return keys.lookup("installation", "check")
