"""The database: columns, and the one way to read and to commit."""

from mcmeet.core.db.columns import Base, EmailAddress, PhoneNumber, TenantColumn, UtcDateTime, column
from mcmeet.core.db.database import LIVE_DEADLINE_S, Db, Held, Lane, after_commit
from mcmeet.core.db.dialects import insert_into

__all__ = [
    "LIVE_DEADLINE_S",
    "Base",
    "Db",
    "EmailAddress",
    "Held",
    "Lane",
    "PhoneNumber",
    "TenantColumn",
    "UtcDateTime",
    "after_commit",
    "column",
    "insert_into",
]
