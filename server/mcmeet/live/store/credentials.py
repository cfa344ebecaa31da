"""What opens a seat: tickets for the first time, resume credentials for every other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from mcmeet.live.errors import HelloRefused, SeatRemoved, StayOver
from mcmeet.live.seats import Occupant, Ticket
from mcmeet.live.store.rows import NEVER_TAKEN, NO_CREDENTIALS, NO_TICKET, seated, ticket_columns
from mcmeet.live.store.seats import has_open_stay
from mcmeet.live.tables import MeetingRun, Seat

FORGOTTEN_AT_ONCE: Final = 100
"""Seats of one transaction, so that a long backlog does not keep the writer from meetings."""


def issue_ticket(session: Session, run: UUID, seat: int, ticket: Ticket) -> None:
    """The seat stays as it is until the ticket is used: a join that is thrown away changes nothing."""
    session.execute(
        update(Seat).where(Seat.run_id == run, Seat.number == seat).values(**ticket_columns(ticket))
    )


def ticket_by_credential(session: Session, ticket_hash: bytes, now: datetime) -> tuple[UUID, int] | None:
    """Run and seat that this ticket opens."""
    row = session.execute(
        select(Seat.run_id, Seat.number).where(Seat.ticket_hash == ticket_hash, Seat.ticket_expires_at > now)
    ).first()
    return None if row is None else (row[0], row[1])


def seat_by_credential(session: Session, resume_hash: bytes) -> tuple[UUID, int] | None:
    """Run and seat that this resume credential continues, or did until a removal or the end."""
    known = or_(Seat.resume_hash == resume_hash, Seat.former_resume_hash == resume_hash)
    row = session.execute(select(Seat.run_id, Seat.number).where(known)).first()
    return None if row is None else (row[0], row[1])


def use_ticket(session: Session, run: UUID, seat: int, ticket_hash: bytes, now: datetime) -> Occupant:
    """What the ticket brought comes into force.

    Raises HelloRefused when somebody used it first (only one of two can win), and StayOver when it
    continues a stay that has ended meanwhile: admission has to look again.
    """
    row = session.get(Seat, (run, seat), with_for_update=True, populate_existing=True)
    if row is None:  # deleted with its ticket, since that was found
        raise HelloRefused
    expired = row.ticket_expires_at is None or row.ticket_expires_at <= now
    if row.ticket_hash != ticket_hash or expired or row.removed_at is not None:
        raise HelloRefused
    if row.ticket_space is None and not has_open_stay(session, run, seat):
        raise StayOver
    row.name = row.ticket_name or row.name
    row.role = row.ticket_role or row.role
    row.space = row.ticket_space or row.space
    for name, value in NO_TICKET.items():
        setattr(row, name, value)
    session.flush()
    return seated(row)


def use_resume(session: Session, run: UUID, seat: int, resume_hash: bytes) -> Occupant:
    """Raises HelloRefused, SeatRemoved, StayOver."""
    row = session.get_one(Seat, (run, seat))
    if resume_hash not in (row.resume_hash, row.former_resume_hash):
        raise HelloRefused
    if row.removed_at is not None:
        raise SeatRemoved
    if not has_open_stay(session, run, seat):
        raise StayOver
    return seated(row)


def rotate_resume(session: Session, run: UUID, seat: int, used: bytes | None, new: bytes) -> None:
    """The credential just used stays valid until its successor is."""
    session.execute(
        update(Seat)
        .where(Seat.run_id == run, Seat.number == seat)
        .values(resume_hash=new, former_resume_hash=used)
    )


def forget_credentials(session: Session, run: UUID, seat: int) -> None:
    """Who leaves on purpose comes back through admission, not by an old credential."""
    session.execute(update(Seat).where(Seat.run_id == run, Seat.number == seat).values(NO_CREDENTIALS))


def _old_credentials(now: datetime, before: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Which seats have a ticket, and which have a credential, that opens nothing any more."""
    # Hashes are compared with nothing at all: SQLite looks that up in their index, but not IS NOT NULL.
    over = exists().where(MeetingRun.id == Seat.run_id, MeetingRun.ended_at <= before)
    spent = and_(Seat.resume_hash > b"", or_(Seat.removed_at <= before, over))
    late = and_(Seat.ticket_hash > b"", Seat.ticket_expires_at <= now)
    return late, spent


def has_old_credentials(session: Session, now: datetime, before: datetime) -> bool:
    """Whether there is anything for `forget_old_credentials`."""
    return any(session.scalar(select(exists().where(old))) for old in _old_credentials(now, before))


def forget_old_credentials(session: Session, now: datetime, before: datetime) -> int:
    """Tickets that expired unused, and credentials of seats removed or runs ended `before`; of how many.

    With its ticket goes a seat that nobody has ever come to, and the name that was asked for it.
    """
    late, spent = (_some(session, old) for old in _old_credentials(now, before))
    session.execute(delete(Seat).where(Seat.media.in_(late), NEVER_TAKEN))
    session.execute(update(Seat).where(Seat.media.in_(late)).values(NO_TICKET))
    session.execute(update(Seat).where(Seat.media.in_(spent)).values(NO_CREDENTIALS))
    return len(late) + len(spent)


def _some(session: Session, old: ColumnElement[bool]) -> Sequence[str]:
    """A seat that is being written to is skipped: it may be getting a new ticket, or somebody may come."""
    some = select(Seat.media).where(old).limit(FORGOTTEN_AT_ONCE)
    return session.scalars(some.with_for_update(of=Seat, skip_locked=True)).all()
