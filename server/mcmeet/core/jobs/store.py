"""Every SQL statement about jobs and schedules. Called with a session inside `Db.read` or `Db.write`.

Whatever ends a claim asks for the claim itself, owner and attempt: a worker that lost its lease changes
nothing, even when it took the same job again meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CursorResult, Uuid, and_, case, delete, exists, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mcmeet.core.db import UtcDateTime, insert_into
from mcmeet.core.ids import Tenant
from mcmeet.core.jobs.tables import JobState, Schedule, StoredJob

FORGOTTEN_AT_ONCE: Final = 500
LEASE_MOST: Final = timedelta(minutes=5)
"""Several times what a worker asks for: a longer lease was taken while the clock was ahead."""
LEASE_LOST: Final = "lease_lost"
"""Why a job is dead whose every worker died with it."""
UNKNOWN_KIND: Final = "unknown_kind"
"""Why a job is dead that no server of the installation took for long."""

JOB: Final = StoredJob.metadata.tables[StoredJob.__tablename__]
READY, RUNNING, DONE, DEAD = (state.value for state in JobState)
NO_CLAIM: Final[dict[str, None]] = {"owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True)
class NewJob:
    id: UUID
    kind: str
    tenant: Tenant
    args: str
    run_at: datetime
    attempts_most: int
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that one worker has, for its `attempt`-th try."""

    id: UUID
    kind: str
    tenant: Tenant
    args: str
    attempt: int
    attempts_most: int
    owner: UUID

    @property
    def is_last(self) -> bool:
        return self.attempt >= self.attempts_most


@dataclass(frozen=True, slots=True)
class DeadJob:
    id: UUID
    kind: str
    attempt: int
    error: str
    finished_at: datetime


def add(tx: Session, job: NewJob) -> None:
    """Adds nothing when an unfinished job has the same kind, tenant and key."""
    values = {
        "id": job.id,
        "kind": job.kind,
        "tenant": job.tenant,
        "args": job.args,
        "key": job.key,
        "state": READY,
        "run_at": job.run_at,
        "attempt": 0,
        "attempts_most": job.attempts_most,
    }
    tx.execute(insert_into(tx, JOB).values(values).on_conflict_do_nothing())


def _due(kinds: Collection[str], now: datetime) -> Any:
    """Of these kinds: in the middle of an upgrade another node promises some that this one does not know."""
    is_lease_over = or_(JOB.c.lease_until <= now, JOB.c.lease_until > now + LEASE_MOST)
    is_over = or_(
        and_(JOB.c.state == READY, JOB.c.run_at <= now),
        and_(JOB.c.state == RUNNING, is_lease_over),
    )
    return and_(is_over, JOB.c.kind.in_(kinds))


def has_due(tx: Session, kinds: Collection[str], now: datetime) -> bool:
    """Whether there is anything for `claim`."""
    return bool(tx.scalar(select(exists().where(_due(kinds, now)))))


def claim(
    tx: Session, owner: UUID, kinds: Collection[str], now: datetime, lease_until: datetime, most: int
) -> list[Claim]:
    """What is due of these kinds, and what a worker had whose lease is over; the oldest first.

    One that has used up its attempts without an answer is dead: it may be what kills its workers.
    """
    due = (
        select(JOB.c.id)
        .where(_due(kinds, now))
        .order_by(JOB.c.run_at, JOB.c.id)  # ids rise with time: of those due together, the first promised
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    is_over = JOB.c.attempt >= JOB.c.attempts_most
    taken = (
        update(JOB)
        .where(JOB.c.id.in_(select(due.c.id)))
        .values(
            state=case((is_over, DEAD), else_=RUNNING),
            owner=case((is_over, None), else_=literal(owner, Uuid())),
            lease_until=case((is_over, None), else_=literal(lease_until, UtcDateTime())),
            attempt=case((is_over, JOB.c.attempt), else_=JOB.c.attempt + 1),
            finished_at=case((is_over, literal(now, UtcDateTime())), else_=None),
            error=case((is_over, LEASE_LOST), else_=JOB.c.error),
        )
        .returning(*(JOB.c[name] for name in Claim.__slots__), JOB.c.state, JOB.c.run_at)
    )
    rows = sorted(tx.execute(taken).all(), key=lambda row: (row.run_at, row.id))  # RETURNING has no order
    return [Claim(*row[:-2]) for row in rows if row.state == RUNNING]


def extend(tx: Session, owner: UUID, running: Collection[UUID], lease_until: datetime) -> set[UUID]:
    """Which of the jobs that run there this worker still has; their leases last longer now.

    What it has and does not run, because the database refused its end, is due again when its lease is over.
    """
    mine = and_(JOB.c.state == RUNNING, JOB.c.owner == owner, JOB.c.id.in_(running))
    extended = update(JOB).where(mine).values(lease_until=lease_until).returning(JOB.c.id)
    return set(tx.scalars(extended))


def finish(tx: Session, claim: Claim, now: datetime) -> bool:
    """False when the claim is not this worker's any more."""
    return _leave(tx, claim, state=DONE, finished_at=now, error=None)


def put_off(tx: Session, claim: Claim, run_at: datetime, error: str) -> bool:
    return _leave(tx, claim, state=READY, run_at=run_at, error=error)


def bury(tx: Session, claim: Claim, now: datetime, error: str) -> bool:
    return _leave(tx, claim, state=DEAD, finished_at=now, error=error)


def _unknown(kinds: Collection[str], due_before: datetime) -> Any:
    return and_(JOB.c.state == READY, JOB.c.run_at <= due_before, JOB.c.kind.not_in(kinds))


def has_unknown(tx: Session, kinds: Collection[str], due_before: datetime) -> bool:
    """Whether there is anything for `bury_unknown`."""
    return bool(tx.scalar(select(exists().where(_unknown(kinds, due_before)))))


def bury_unknown(tx: Session, kinds: Collection[str], due_before: datetime, now: datetime) -> int:
    """Some of those of other kinds than these that have waited since then; how many."""
    unknown = select(JOB.c.id).where(_unknown(kinds, due_before)).limit(FORGOTTEN_AT_ONCE)
    some = unknown.with_for_update(skip_locked=True)  # a node that knows the kind may claim it right now
    buried = update(JOB).where(JOB.c.id.in_(some)).values(state=DEAD, finished_at=now, error=UNKNOWN_KIND)
    return _changed(tx, buried)


def give_back(tx: Session, owner: UUID) -> int:
    """Of a worker that ends in order: what it had not finished is anybody's at once, and no try of it."""
    mine = and_(JOB.c.state == RUNNING, JOB.c.owner == owner)
    returned = update(JOB).where(mine).values(state=READY, attempt=JOB.c.attempt - 1, **NO_CLAIM)
    return _changed(tx, returned)


def _leave(tx: Session, claim: Claim, **values: Any) -> bool:
    its = and_(JOB.c.id == claim.id, JOB.c.owner == claim.owner, JOB.c.attempt == claim.attempt)
    return _changed(tx, update(JOB).where(its).values(**values, **NO_CLAIM)) == 1


def _changed(tx: Session, statement: Any) -> int:
    result = tx.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def _old(done_before: datetime, dead_before: datetime) -> Any:
    return or_(
        and_(JOB.c.state == DONE, JOB.c.finished_at <= done_before),
        and_(JOB.c.state == DEAD, JOB.c.finished_at <= dead_before),
    )


def dead_jobs(tx: Session, kinds: Collection[str] = (), ids: Collection[UUID] = ()) -> list[DeadJob]:
    """Of these kinds and ids, or all; the first to die first. What they were told stays unread."""
    chosen = select(*(JOB.c[name] for name in DeadJob.__slots__)).where(JOB.c.state == DEAD)
    if kinds:
        chosen = chosen.where(JOB.c.kind.in_(kinds))
    if ids:
        chosen = chosen.where(JOB.c.id.in_(ids))
    return [DeadJob(*row) for row in tx.execute(chosen.order_by(JOB.c.finished_at, JOB.c.id))]


def revive_dead(tx: Session, id_: UUID, now: datetime) -> bool:
    """False: it is not dead any more, or the same work was promised again meanwhile and is unfinished."""
    ready = (
        update(JOB)
        .where(JOB.c.id == id_, JOB.c.state == DEAD)
        .values(state=READY, run_at=now, attempt=0, finished_at=None, error=None)
    )
    try:
        with tx.begin_nested():
            return _changed(tx, ready) == 1
    except IntegrityError:
        return False


def forget_dead(tx: Session, id_: UUID) -> bool:
    """False: it is not dead any more."""
    return _changed(tx, delete(JOB).where(JOB.c.id == id_, JOB.c.state == DEAD)) == 1


def has_old(tx: Session, done_before: datetime, dead_before: datetime) -> bool:
    """Whether there is anything for `forget_old`."""
    return bool(tx.scalar(select(exists().where(_old(done_before, dead_before)))))


def forget_old(tx: Session, done_before: datetime, dead_before: datetime) -> int:
    """Some of those that finished so long ago; how many."""
    some = select(JOB.c.id).where(_old(done_before, dead_before)).limit(FORGOTTEN_AT_ONCE)
    return _changed(tx, delete(JOB).where(JOB.c.id.in_(some)))


def add_schedules(tx: Session, kinds: Iterable[str], now: datetime) -> None:
    """Those that are new are due at once; the others keep their time."""
    rows = [{"kind": kind, "next_at": now} for kind in kinds]
    if rows:
        tx.execute(insert_into(tx, Schedule).values(rows).on_conflict_do_nothing())


def schedules(tx: Session) -> dict[str, datetime]:
    """When each kind is due next."""
    return {row.kind: row.next_at for row in tx.execute(select(Schedule.kind, Schedule.next_at))}


def take_turn(tx: Session, kind: str, seen: datetime, next_at: datetime) -> bool:
    """Of all workers that saw the same turn, one takes it."""
    turn = and_(Schedule.kind == kind, Schedule.next_at == seen)
    return _changed(tx, update(Schedule).where(turn).values(next_at=next_at)) == 1


def next_turn(next_at: datetime, now: datetime, every: timedelta) -> datetime | None:
    """None when it is not due. Turns that nobody was there for are not made up for.

    A turn further away than two periods is none: the clock was set back, or the period became shorter.
    """
    is_due = next_at <= now or next_at - now > 2 * every
    return now + every if is_due else None
