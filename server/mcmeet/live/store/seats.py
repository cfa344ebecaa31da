"""Seats and stays: who sits where under which name, and from when to when."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from mcmeet.core.auth import Role
from mcmeet.core.ids import new_id
from mcmeet.live.seats import Occupant, StoredSeat, Ticket
from mcmeet.live.store.rows import NO_TICKET, not_before, seated, ticket_columns
from mcmeet.live.store.runs import require_running
from mcmeet.live.tables import MeetingRun, Participation, Seat

HIGHEST_SEAT: Final = select(func.max(Seat.number)).where(Seat.run_id == bindparam("run"))
ADD_SEAT: Final = insert(Seat.metadata.tables[Seat.__tablename__])


def seats_of_run(session: Session, run: UUID) -> list[StoredSeat]:
    here = select(Participation.seat).where(Participation.run_id == run, Participation.left_at.is_(None))
    there = set(session.scalars(here))
    rows = session.scalars(select(Seat).where(Seat.run_id == run).order_by(Seat.number))
    return [StoredSeat(seated(row), row.last_seen_at, row.number in there) for row in rows]


def seats_of_person(
    session: Session, run: UUID, *, account: UUID | None, guest: UUID | None
) -> list[Occupant]:
    """This account's or guest's seats in the run, newest first; one that was removed is nobody's."""
    if account is None and guest is None:
        return []
    mine = Seat.account_id == account if account else Seat.guest_id == guest
    statement = select(Seat).where(Seat.run_id == run, mine, Seat.removed_at.is_(None))
    return [seated(row) for row in session.scalars(statement.order_by(Seat.number.desc()))]


def host_name(session: Session, run: UUID) -> str | None:
    """Of the seat that came last among those with the role."""
    hosts = select(Seat.name).where(Seat.run_id == run, Seat.role == Role.HOST)
    return session.scalar(hosts.order_by(Seat.number.desc()).limit(1))


def occupant_of(session: Session, run: UUID, seat: int) -> Occupant | None:
    """Who has this seat now; None when it was removed or never was."""
    row = session.get(Seat, (run, seat))
    return None if row is None or row.removed_at is not None else seated(row)


def next_seat(session: Session, run: UUID) -> int:
    """The number for `create_seat`, in the same transaction: others wait for theirs. Raises RunEnded."""
    require_running(session, run, alone=True)
    return (session.scalar(HIGHEST_SEAT, {"run": run}) or 0) + 1


def create_seat(session: Session, run: UUID, occupant: Occupant, ticket: Ticket) -> None:
    """In one statement, for hundreds come at once when a meeting starts."""
    columns = {
        "run_id": run,
        "number": occupant.seat,
        "kind": occupant.kind,
        "account_id": occupant.account,
        "guest_id": occupant.guest,
        "name": occupant.name,
        "role": occupant.role,
        "space": occupant.space,
        "media": occupant.media,
    }
    session.execute(ADD_SEAT, columns | ticket_columns(ticket))


def has_open_stay(session: Session, run: UUID, seat: int) -> bool:
    """Whether the seat is here or in its grace time."""
    statement = select(Participation.id).where(
        Participation.run_id == run, Participation.seat == seat, Participation.left_at.is_(None)
    )
    return session.scalar(statement) is not None


def open_stay(session: Session, run: UUID, occupant: Occupant, now: datetime) -> None:
    """One row of participation, unless one is open already (a return within the grace time)."""
    if has_open_stay(session, run, occupant.seat):
        return
    session.add(
        Participation(
            id=new_id(now),
            run_id=run,
            seat=occupant.seat,
            name=occupant.name,
            role=occupant.role,
            joined_at=now,
        )
    )
    session.execute(
        update(MeetingRun).where(MeetingRun.id == run, MeetingRun.started_at.is_(None)).values(started_at=now)
    )


def close_stay(session: Session, run: UUID, seat: int, left_at: datetime) -> None:
    session.execute(
        update(Participation)
        .where(Participation.run_id == run, Participation.seat == seat, Participation.left_at.is_(None))
        .values(left_at=not_before(Participation.joined_at, left_at))
    )


def stamp_seen(session: Session, run: UUID, seats: list[int], now: datetime) -> None:
    session.execute(update(Seat).where(Seat.run_id == run, Seat.number.in_(seats)).values(last_seen_at=now))


def rename_seat(session: Session, run: UUID, seat: int, name: str) -> None:
    session.execute(update(Seat).where(Seat.run_id == run, Seat.number == seat).values(name=name))


def set_seat_role(session: Session, run: UUID, seat: int, role: Role) -> None:
    session.execute(update(Seat).where(Seat.run_id == run, Seat.number == seat).values(role=role.value))


def move_seat(session: Session, run: UUID, seat: int, space: str) -> None:
    session.execute(update(Seat).where(Seat.run_id == run, Seat.number == seat).values(space=space))


def remove_seat(session: Session, run: UUID, seat: int, now: datetime) -> None:
    """Its resume credential opens nothing any more, but tells who was offline of it until a purge."""
    session.execute(
        update(Seat).where(Seat.run_id == run, Seat.number == seat).values(removed_at=now, **NO_TICKET)
    )
    close_stay(session, run, seat, now)
