"""Every SQL statement about meetings. Called with a session inside `Db.read` or `Db.write`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mcmeet.core.auth import Role
from mcmeet.core.ids import Tenant, new_id
from mcmeet.features.meetings.tables import Meeting
from mcmeet.live import store as live_store
from mcmeet.live.seats import Occupant
from mcmeet.live.store import Run
from mcmeet.live.tables import MeetingRun, Participation, Seat

KIND_INSTANT: Final = "instant"
RELEASED_AT_ONCE: Final = 100
"""Meetings of one transaction, so that a long backlog does not keep the writer from those that run."""
NO_RUN: Final = UUID(int=0)
RELEASED: Final[dict[str, object]] = {"passcode": None, "host_key_hash": None}
"""What a meeting loses with its number: nothing may open it any more."""


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    id: UUID
    tenant: Tenant
    number: str
    creator: UUID | None
    topic: str
    passcode: str | None
    host_key_hash: bytes | None
    host_key_seat: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sitting:
    """A seat of the visitor in this run; `here` while it is connected or in its grace time."""

    occupant: Occupant
    here: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """A meeting that can be joined, and what the visitor is in it."""

    meeting: StoredMeeting
    run: Run
    sittings: tuple[Sitting, ...]
    is_host: bool


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    run: Run
    passcode: str | None


def _meeting(row: Meeting) -> StoredMeeting:
    return StoredMeeting(
        id=row.id,
        tenant=row.tenant,
        number=row.number,
        creator=row.creator_account_id,
        topic=row.topic,
        passcode=row.passcode,
        host_key_hash=row.host_key_hash,
        host_key_seat=row.host_key_seat,
        created_at=row.created_at,
    )


def create_meeting(session: Session, tenant: Tenant, meeting: StoredMeeting) -> bool:
    """False when another meeting holds the number: then nothing is stored."""
    row = Meeting(
        id=meeting.id,
        tenant=tenant,
        number=meeting.number,
        creator_account_id=meeting.creator,
        kind=KIND_INSTANT,
        topic=meeting.topic,
        passcode=meeting.passcode,
        host_key_hash=meeting.host_key_hash,
        created_at=meeting.created_at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def first_run(meeting: StoredMeeting, media_room: str) -> Run:
    return Run(
        id=new_id(meeting.created_at),
        meeting_id=meeting.id,
        tenant=meeting.tenant,
        number=meeting.number,
        topic=meeting.topic,
        host_account=meeting.creator,
        created_at=meeting.created_at,
        started_at=None,
        ended_at=None,
        media_room=media_room,
        term=0,
    )


def by_number(session: Session, number: str) -> StoredMeeting | None:
    """The meeting that holds this number. Crosses tenants: a number is how people find it."""
    row = session.scalar(select(Meeting).where(Meeting.number == number, Meeting.released_at.is_(None)))
    return None if row is None else _meeting(row)


def never_entered(
    session: Session, tenant: Tenant, account: UUID, topic: str, since: datetime
) -> StoredMeeting | None:
    """The newest instant meeting of this account and topic that still waits for somebody."""
    statement = (
        select(Meeting)
        .join(MeetingRun, MeetingRun.meeting_id == Meeting.id)
        .where(Meeting.tenant == tenant, Meeting.kind == KIND_INSTANT, Meeting.topic == topic)
        .where(Meeting.creator_account_id == account, Meeting.created_at > since)
        .where(MeetingRun.started_at.is_(None), MeetingRun.ended_at.is_(None))
        .order_by(Meeting.created_at.desc())
    )
    row = session.scalars(statement.limit(1)).first()
    return None if row is None else _meeting(row)


def passcodes(session: Session, tenant: Tenant, meetings: Collection[UUID]) -> dict[UUID, str]:
    """Of those that still have one."""
    statement = select(Meeting.id, Meeting.passcode).where(
        Meeting.tenant == tenant, Meeting.id.in_(meetings), Meeting.passcode.is_not(None)
    )
    return {row.id: row.passcode for row in session.execute(statement)}


def held_by(session: Session, tenant: Tenant, account: UUID, limit: int) -> list[HeldMeeting]:
    """The runs that this account hosts, newest first; those that are over show no passcode."""
    runs = live_store.runs_of_host(session, tenant, account, limit)
    known = passcodes(session, tenant, [run.meeting_id for run in runs])
    return [HeldMeeting(run, known.get(run.meeting_id) if run.ended_at is None else None) for run in runs]


def holding_by_number(
    session: Session, number: str, *, account: UUID | None, guest: UUID | None
) -> Holding | None:
    """The run that can be joined under this number, and what this account or guest is in it.

    The same questions whether or not there is such a meeting, so that the time tells nothing.
    """
    meeting = by_number(session, number)
    run = live_store.run_by_number(session, number)
    asked = NO_RUN if run is None else run.id
    mine = live_store.seats_of_person(session, asked, account=account, guest=guest)
    if meeting is None or run is None or run.ended_at is not None:
        return None
    sittings = tuple(Sitting(seat, live_store.has_open_stay(session, run.id, seat.seat)) for seat in mine)
    is_creator = account is not None and account == run.host_account
    redeemed = meeting.host_key_seat in {sitting.occupant.seat for sitting in sittings}
    return Holding(meeting, run, sittings, is_creator or redeemed)


def redeem_host_key(
    session: Session, tenant: Tenant, meeting: UUID, run: UUID, key_hash: bytes, seat: int, now: datetime
) -> bool:
    """False when somebody was first: only one of two can win.

    A seat that nobody came to has not won: the answer with its ticket may be lost, and the cookie with it.
    """
    mine = (Meeting.id == meeting, Meeting.tenant == tenant, Meeting.host_key_hash == key_hash)
    found = session.execute(select(Meeting.host_key_seat).where(*mine).with_for_update()).one_or_none()
    if found is None:
        return False
    former = found.host_key_seat
    if former not in (None, seat) and not live_store.drop_never_taken(session, run, former):
        return False
    session.execute(update(Meeting).where(*mine).values(host_key_used_at=now, host_key_seat=seat))
    return True


def has_host(session: Session, run: UUID) -> bool:
    """Whether somebody who is here or in their grace time is host."""
    hosts = (
        select(Seat.number)
        .join(Participation, (Participation.run_id == Seat.run_id) & (Participation.seat == Seat.number))
        .where(Seat.run_id == run, Seat.role == Role.HOST, Participation.left_at.is_(None))
    )
    return session.scalar(hosts.limit(1)) is not None


def release(session: Session, tenant: Tenant, meeting: UUID, now: datetime) -> None:
    session.execute(
        update(Meeting)
        .where(Meeting.id == meeting, Meeting.tenant == tenant, Meeting.released_at.is_(None))
        .values(released_at=now, **RELEASED)
    )


def has_over(session: Session, day_ago: datetime) -> bool:
    """Whether there is anything for `release_over`."""
    is_over = session.scalar(_over().limit(1)) is not None
    return is_over or live_store.has_runs_never_held(session, day_ago)


def release_over(session: Session, now: datetime, day_ago: datetime) -> int:
    """Instant meetings that have no run any more; one that nobody has entered since then has none either.

    Of both kinds so many at once at most; returns how many in all.
    """
    ended = live_store.end_runs_never_held(session, day_ago, now)
    some = _over().limit(RELEASED_AT_ONCE).with_for_update(of=Meeting, skip_locked=True)
    found = session.scalars(some).all()
    session.execute(update(Meeting).where(Meeting.id.in_(found)).values(released_at=now, **RELEASED))
    return ended + len(found)


def _over() -> Select[UUID]:
    running = select(MeetingRun.id).where(MeetingRun.meeting_id == Meeting.id, MeetingRun.ended_at.is_(None))
    return select(Meeting.id).where(
        Meeting.released_at.is_(None), Meeting.kind == KIND_INSTANT, ~running.exists()
    )
