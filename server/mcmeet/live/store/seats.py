"""Seats and stays: who sits where under which name, and from when to when."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from mcmeet.core.auth import Role
from mcmeet.core.ids import new_id
from mcmeet.live.errors import RunEnded
from mcmeet.live.seats import Occupant, StoredSeat, Ticket
from mcmeet.live.store.rows import NEVER_TAKEN, NO_TICKET, not_before, seated, ticket_columns
from mcmeet.live.tables import MeetingRun, Participation, Seat

RUN: Final = MeetingRun.metadata.tables[MeetingRun.__tablename__]
GIVE_NUMBER: Final = (
    update(RUN)
    .where(RUN.c.id == bindparam("run"), RUN.c.ended_at.is_(None))
    .values(seats_given=RUN.c.seats_given + 1)
    .returning(RUN.c.seats_given)
)
HOW_MANY: Final = select(func.count()).where(Seat.run_id == bindparam("run"))
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
    """Of whoever is here with the role; else of the one who left last with it, which their seat keeps."""
    stay = (Participation.run_id == Seat.run_id) & (Participation.seat == Seat.number)
    hosts = select(Seat.name).join(Participation, stay).where(Seat.run_id == run, Seat.role == Role.HOST)
    newest = hosts.order_by(Participation.left_at.desc().nulls_first(), Participation.joined_at.desc())
    return session.scalar(newest.limit(1))


def occupant_of(session: Session, run: UUID, seat: int) -> Occupant | None:
    """Who has this seat now; None when it was removed or never was."""
    row = session.get(Seat, (run, seat))
    return None if row is None or row.removed_at is not None else seated(row)


def next_seat(session: Session, run: UUID) -> int:
    """The number for `create_seat`, in the same transaction: others wait for theirs. Raises RunEnded.

    It is counted, so that none comes twice when seats are deleted.
    """
    number: int | None = session.scalar(GIVE_NUMBER, {"run": run})
    if number is None:
        raise RunEnded
    return number


def how_many_seats(session: Session, run: UUID) -> int:
    """Those of people who have left, or were removed, are among them."""
    return session.scalar(HOW_MANY, {"run": run}) or 0


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


def drop_never_taken(session: Session, run: UUID, seat: int) -> bool:
    """Whether nobody has ever come to this seat; then it is gone, and a ticket for it opens nothing.

    Locked before that is asked: somebody may be coming, who is waited for.
    """
    this = (Seat.run_id == run, Seat.number == seat)
    session.scalar(select(Seat.number).where(*this).with_for_update())
    session.execute(delete(Seat).where(*this, NEVER_TAKEN))
    return session.scalar(select(Seat.number).where(*this)) is None


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
