"""Work that was promised, and when what comes again is next due."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, Uuid, and_
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, TenantColumn, UtcDateTime, column
from mcmeet.core.declare import PD, Basis, Keep, NoPD, Purpose
from mcmeet.core.ids import Tenant

KIND_MOST: Final = 80
KEY_MOST: Final = 200
ERROR_MOST: Final = 200


class JobState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


def _job(cat: str) -> PD:
    """Of whom the work is about; what the arguments hold is declared by their model, kind by kind."""
    return PD(
        cat=cat,
        clause=("1.6",),
        purpose=Purpose.SERVICE_OPERATION,
        basis=Basis.CONTRACT,
        subject=("tenant",),
        keep=Keep.JOB,
    )


class StoredJob(Base):
    """`key`: of one kind and tenant, at most one job with this key is unfinished."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('ready', 'running', 'done', 'dead')", name="known_state"),
        CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name="owned_while_running"),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="leased_while_running"),
        CheckConstraint(
            "(state IN ('done', 'dead')) = (finished_at IS NOT NULL)", name="finished_at_its_end"
        ),
    )

    id: Mapped[UUID] = column(Uuid, _job("user.unique_id.pseudonymous"), primary_key=True)
    kind: Mapped[str] = column(String(KIND_MOST), NoPD("name of an action"))
    tenant: Mapped[Tenant] = column(TenantColumn, _job("user.unique_id"), index=True)
    args: Mapped[str] = column(Text, _job("user.content"))
    key: Mapped[str | None] = column(String(KEY_MOST), _job("user.unique_id.pseudonymous"))
    state: Mapped[str] = column(String(8), NoPD("one of a fixed set of words"))
    run_at: Mapped[datetime] = column(UtcDateTime, _job("user.behavior"))
    attempt: Mapped[int] = column(Integer, NoPD("counts the workers that took it"), default=0)
    attempts_most: Mapped[int] = column(Integer, NoPD("what its kind declares"))
    owner: Mapped[UUID | None] = column(Uuid, _job("user.unique_id.pseudonymous"))
    lease_until: Mapped[datetime | None] = column(UtcDateTime, _job("user.behavior"))
    finished_at: Mapped[datetime | None] = column(UtcDateTime, _job("user.behavior"))
    error: Mapped[str | None] = column(
        String(ERROR_MOST), NoPD("the class of an exception or a fixed word, never a text")
    )


_READY: Final = StoredJob.state == JobState.READY.value
_RUNNING: Final = StoredJob.state == JobState.RUNNING.value
_FINISHED: Final = StoredJob.finished_at.is_not(None)
_UNFINISHED: Final = and_(StoredJob.key.is_not(None), StoredJob.finished_at.is_(None))

Index("ix_job_ready", StoredJob.run_at, sqlite_where=_READY, postgresql_where=_READY)
Index("ix_job_running", StoredJob.lease_until, sqlite_where=_RUNNING, postgresql_where=_RUNNING)
Index("ix_job_finished", StoredJob.finished_at, sqlite_where=_FINISHED, postgresql_where=_FINISHED)
Index(
    "uq_job_unfinished",
    StoredJob.kind,
    StoredJob.tenant,
    StoredJob.key,
    unique=True,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)


class Schedule(Base):
    """A kind of job that comes again and again. How often says the kind; a row whose kind is gone rests."""

    __tablename__ = "schedule"

    kind: Mapped[str] = column(String(KIND_MOST), NoPD("name of an action"), primary_key=True)
    next_at: Mapped[datetime] = column(UtcDateTime, NoPD("when the installation's own work is due"))
