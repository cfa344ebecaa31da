"""What a line of the network log says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from mcmeet.core.endpoints import Endpoint

DONE: Final = "done"


class Act(StrEnum):
    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    JOIN = "join"
    RETURN = "return"  # the same stay goes on over another connection
    LEAVE = "leave"
    REMOVE = "remove"
    END = "end"
    ADMIN_CREATE_MEETING = "admin.create_meeting"
    ADMIN_RETRY_JOBS = "admin.retry_jobs"
    ADMIN_FORGET_JOBS = "admin.forget_jobs"
    ADMIN_READ_LOG = "admin.read_log"
    ADMIN_UNMASK_LOG = "admin.unmask_log"  # read with whole addresses


@dataclass(frozen=True, slots=True)
class Entry:
    """`who` (see the functions below) is never stored: the log holds a pseudonym made from it.

    `target` is the run of a meeting; `result` is `done`, a word that says how, or the code of a refusal;
    `reason` is why the log was read.
    """

    act: Act
    at: datetime
    who: str | None
    endpoint: Endpoint
    target: UUID | None = None
    result: str = DONE
    reason: str | None = None


def person(account: UUID | None, guest: UUID | None = None) -> str | None:
    """Somebody with an account, else the guest whom a browser's cookie names."""
    if account is not None:
        return f"account:{account}"
    return None if guest is None else f"guest:{guest}"


def operator(uid: int) -> str:
    """Whoever works at the server itself, by their user id there."""
    return f"operator:{uid}"
