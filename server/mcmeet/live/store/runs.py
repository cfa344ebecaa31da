"""Runs: made, found, owned by one node at a time, ended."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.orm import Session

from mcmeet.core.ids import Tenant
from mcmeet.live.errors import LeaseLost, RunEnded
from mcmeet.live.store.rows import NEVER_TAKEN, NO_TICKET, Run, not_before, run_of
from mcmeet.live.tables import MeetingRun, Participation, Seat

ENDED_AT_ONCE: Final = 100
"""Runs of one transaction, so that a long backlog does not keep the writer from meetings."""

# Built once: hundreds join at once when a meeting starts, and building takes longer than the database does.

RUNNING: Final = select(MeetingRun.id).where(MeetingRun.id == bindparam("run"), MeetingRun.ended_at.is_(None))


def create_run(session: Session, tenant: Tenant, run: Run) -> None:
    session.add(
        MeetingRun(
            id=run.id,
            meeting_id=run.meeting_id,
            tenant=tenant,
            number=run.number,
            topic=run.topic,
            host_account_id=run.host_account,
            created_at=run.created_at,
            media_room=run.media_room,
            term=0,
        )
    )


def run_by_id(session: Session, run: UUID) -> Run | None:
    row = session.get(MeetingRun, run)
    return None if row is None else run_of(row)


def run_by_number(session: Session, number: str) -> Run | None:
    """The newest run under this number, running or not. Crosses tenants: a number is how people find it."""
    statement = select(MeetingRun).where(MeetingRun.number == number).order_by(MeetingRun.created_at.desc())
    row = session.scalars(statement.limit(1)).first()
    return None if row is None else run_of(row)


def runs_of_host(session: Session, tenant: Tenant, account: UUID, limit: int) -> list[Run]:
    """Newest first, without those that nobody entered before they were over."""
    statement = (
        select(MeetingRun)
        .where(MeetingRun.tenant == tenant, MeetingRun.host_account_id == account)
        .where(MeetingRun.started_at.is_not(None) | MeetingRun.ended_at.is_(None))
        .order_by(MeetingRun.created_at.desc())
        .limit(limit)
    )
    return [run_of(row) for row in session.scalars(statement)]


def runs_left_open(session: Session) -> list[UUID]:
    """Runs that were held and had not ended when the server stopped. Platform work, at start."""
    statement = select(MeetingRun.id).where(MeetingRun.ended_at.is_(None), MeetingRun.started_at.is_not(None))
    return list(session.scalars(statement))


def take_lease(session: Session, run: UUID) -> Run | None:
    """Makes the caller the owner: its term outdates every earlier owner's. None when the run is over."""
    taken = session.execute(
        update(MeetingRun)
        .where(MeetingRun.id == run, MeetingRun.ended_at.is_(None))
        .values(term=MeetingRun.term + 1)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return run_of(session.get_one(MeetingRun, run, populate_existing=True))


def check_lease(session: Session, run: UUID, term: int) -> None:
    """Inside the same transaction as the write it protects. Raises LeaseLost.

    The lock lets no other owner take the run before this transaction is over.
    """
    held = select(MeetingRun.term).where(MeetingRun.id == run, MeetingRun.ended_at.is_(None))
    if session.scalar(held.with_for_update(read=True)) != term:
        raise LeaseLost


def require_running(session: Session, run: UUID) -> None:
    """Raises RunEnded."""
    if session.scalar(RUNNING, {"run": run}) is None:
        raise RunEnded


def was_held(session: Session, run: UUID) -> bool:
    """Whether anybody has ever entered it."""
    held = select(MeetingRun.id).where(MeetingRun.id == run, MeetingRun.started_at.is_not(None))
    return session.scalar(held) is not None


def end_run(session: Session, run: UUID, reason: str, now: datetime) -> None:
    """One conditional update: a second end changes nothing. Stays that are open close with it.

    Seats that somebody asked for, and never came to, are gone like what they asked for.
    Resume credentials stay until a purge: they open nothing any more, but tell who was offline of the end.
    """
    session.execute(
        update(MeetingRun)
        .where(MeetingRun.id == run, MeetingRun.ended_at.is_(None))
        .values(ended_at=not_before(MeetingRun.started_at, now), end_reason=reason)
    )
    session.execute(
        update(Participation)
        .where(Participation.run_id == run, Participation.left_at.is_(None))
        .values(left_at=not_before(Participation.joined_at, now))
    )
    session.execute(delete(Seat).where(Seat.run_id == run, NEVER_TAKEN))
    session.execute(update(Seat).where(Seat.run_id == run).values(NO_TICKET))


def has_runs_never_held(session: Session, before: datetime) -> bool:
    """Whether there is anything for `end_runs_never_held`."""
    return session.scalar(_never_held(before).limit(1)) is not None


def end_runs_never_held(session: Session, before: datetime, now: datetime) -> int:
    """Runs that were made and never entered, ENDED_AT_ONCE at most; of how many."""
    some = _never_held(before).limit(ENDED_AT_ONCE).with_for_update(skip_locked=True)
    found = session.scalars(some).all()
    session.execute(
        update(MeetingRun).where(MeetingRun.id.in_(found)).values(ended_at=now, end_reason="never_held")
    )
    return len(found)


def _never_held(before: datetime) -> Select[UUID]:
    return select(MeetingRun.id).where(
        MeetingRun.ended_at.is_(None), MeetingRun.started_at.is_(None), MeetingRun.created_at < before
    )
