"""Every SQL statement about runs, seats and stays. Called with a session inside `Db.read` or `Db.write`.

Functions that take a `run` are the room's own (docs/decisions/0010-tenants-in-every-store.md).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from mcmeet.core.auth import Role
from mcmeet.core.ids import Tenant, new_id
from mcmeet.live.errors import HelloRefused, LeaseLost, RunEnded, SeatRemoved, StayOver
from mcmeet.live.seats import Occupant, SeatKind, StoredSeat, Ticket
from mcmeet.live.tables import MeetingRun, Participation, Seat

NO_TICKET: Final[dict[str, None]] = dict.fromkeys(
    ("ticket_hash", "ticket_expires_at", "ticket_name", "ticket_role", "ticket_space")
)
NO_CREDENTIALS: Final[dict[str, None]] = {**NO_TICKET, "resume_hash": None, "former_resume_hash": None}
FORGOTTEN_AT_ONCE: Final = 100
"""Seats of one transaction, so that a long backlog does not keep the writer from meetings."""

# Built once: hundreds join at once when a meeting starts, and building takes longer than the database does.
RUNNING: Final = select(MeetingRun.id).where(MeetingRun.id == bindparam("run"), MeetingRun.ended_at.is_(None))
RUNNING_ALONE: Final = RUNNING.with_for_update()
HIGHEST_SEAT: Final = select(func.max(Seat.number)).where(Seat.run_id == bindparam("run"))
ADD_SEAT: Final = insert(Seat.metadata.tables[Seat.__tablename__])


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    meeting_id: UUID
    tenant: Tenant
    number: str
    topic: str
    host_account: UUID | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    media_room: str
    term: int


def _run(row: MeetingRun) -> Run:
    return Run(
        id=row.id,
        meeting_id=row.meeting_id,
        tenant=row.tenant,
        number=row.number,
        topic=row.topic,
        host_account=row.host_account_id,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        media_room=row.media_room,
        term=row.term,
    )


def _occupant(row: Seat) -> Occupant:
    return Occupant(
        seat=row.number,
        name=row.name,
        role=Role(row.role),
        space=row.space,
        kind=SeatKind(row.kind),
        media=row.media,
        account=row.account_id,
        guest=row.guest_id,
        present=True,
    )


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
    return None if row is None else _run(row)


def run_by_number(session: Session, number: str) -> Run | None:
    """The newest run under this number, running or not. Crosses tenants: a number is how people find it."""
    statement = select(MeetingRun).where(MeetingRun.number == number).order_by(MeetingRun.created_at.desc())
    row = session.scalars(statement.limit(1)).first()
    return None if row is None else _run(row)


def runs_of_host(session: Session, tenant: Tenant, account: UUID, limit: int) -> list[Run]:
    statement = (
        select(MeetingRun)
        .where(MeetingRun.tenant == tenant, MeetingRun.host_account_id == account)
        .order_by(MeetingRun.created_at.desc())
        .limit(limit)
    )
    return [_run(row) for row in session.scalars(statement)]


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
    return _run(session.get_one(MeetingRun, run, populate_existing=True))


def check_lease(session: Session, run: UUID, term: int) -> None:
    """Inside the same transaction as the write it protects. Raises LeaseLost.

    The lock lets no other owner take the run before this transaction is over.
    """
    held = select(MeetingRun.term).where(MeetingRun.id == run, MeetingRun.ended_at.is_(None))
    if session.scalar(held.with_for_update(read=True)) != term:
        raise LeaseLost


def seats_of_run(session: Session, run: UUID) -> list[StoredSeat]:
    here = select(Participation.seat).where(Participation.run_id == run, Participation.left_at.is_(None))
    there = set(session.scalars(here))
    rows = session.scalars(select(Seat).where(Seat.run_id == run).order_by(Seat.number))
    return [StoredSeat(_occupant(row), row.last_seen_at, row.number in there) for row in rows]


def host_name(session: Session, run: UUID) -> str | None:
    """Of the seat that came last among those with the role."""
    hosts = select(Seat.name).where(Seat.run_id == run, Seat.role == Role.HOST)
    return session.scalar(hosts.order_by(Seat.number.desc()).limit(1))


def require_running(session: Session, run: UUID, *, alone: bool = False) -> None:
    """`alone`: no other transaction that asks so gets on before this one is over. Raises RunEnded."""
    if session.scalar(RUNNING_ALONE if alone else RUNNING, {"run": run}) is None:
        raise RunEnded


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
    session.execute(ADD_SEAT, columns | _columns(ticket))


def seats_of_person(
    session: Session, run: UUID, *, account: UUID | None, guest: UUID | None
) -> list[Occupant]:
    """This account's or guest's seats in the run, newest first; one that was removed is nobody's."""
    if account is None and guest is None:
        return []
    mine = Seat.account_id == account if account else Seat.guest_id == guest
    statement = select(Seat).where(Seat.run_id == run, mine, Seat.removed_at.is_(None))
    return [_occupant(row) for row in session.scalars(statement.order_by(Seat.number.desc()))]


def occupant_of(session: Session, run: UUID, seat: int) -> Occupant | None:
    """Who has this seat now; None when it was removed or never was."""
    row = session.get(Seat, (run, seat))
    return None if row is None or row.removed_at is not None else _occupant(row)


def has_open_stay(session: Session, run: UUID, seat: int) -> bool:
    """Whether the seat is here or in its grace time."""
    statement = select(Participation.id).where(
        Participation.run_id == run, Participation.seat == seat, Participation.left_at.is_(None)
    )
    return session.scalar(statement) is not None


def issue_ticket(session: Session, run: UUID, seat: int, ticket: Ticket) -> None:
    """The seat stays as it is until the ticket is used: a join that is thrown away changes nothing."""
    session.execute(update(Seat).where(Seat.run_id == run, Seat.number == seat).values(**_columns(ticket)))


def _columns(ticket: Ticket) -> dict[str, object]:
    return {f"ticket_{name}": value for name, value in asdict(ticket).items()}


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
    row = session.get_one(Seat, (run, seat), with_for_update=True, populate_existing=True)
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
    return _occupant(row)


def use_resume(session: Session, run: UUID, seat: int, resume_hash: bytes) -> Occupant:
    """Raises HelloRefused, SeatRemoved, StayOver."""
    row = session.get_one(Seat, (run, seat))
    if resume_hash not in (row.resume_hash, row.former_resume_hash):
        raise HelloRefused
    if row.removed_at is not None:
        raise SeatRemoved
    if not has_open_stay(session, run, seat):
        raise StayOver
    return _occupant(row)


def rotate_resume(session: Session, run: UUID, seat: int, used: bytes | None, new: bytes) -> None:
    """The credential just used stays valid until its successor is."""
    session.execute(
        update(Seat)
        .where(Seat.run_id == run, Seat.number == seat)
        .values(resume_hash=new, former_resume_hash=used)
    )


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
        .values(left_at=left_at)
    )


def forget_credentials(session: Session, run: UUID, seat: int) -> None:
    """Who leaves on purpose comes back through admission, not by an old credential."""
    session.execute(update(Seat).where(Seat.run_id == run, Seat.number == seat).values(NO_CREDENTIALS))


def _old_credentials(now: datetime, before: datetime) -> list[tuple[ColumnElement[bool], dict[str, None]]]:
    """Which seats have some, and what of theirs is forgotten."""
    # Hashes are compared with nothing at all: SQLite looks that up in their index, but not IS NOT NULL.
    over = exists().where(MeetingRun.id == Seat.run_id, MeetingRun.ended_at <= before)
    spent = and_(Seat.resume_hash > b"", or_(Seat.removed_at <= before, over))
    late = and_(Seat.ticket_hash > b"", Seat.ticket_expires_at <= now)
    return [(late, NO_TICKET), (spent, NO_CREDENTIALS)]


def has_old_credentials(session: Session, now: datetime, before: datetime) -> bool:
    """Whether there is anything for `forget_old_credentials`."""
    return any(session.scalar(select(exists().where(old))) for old, _ in _old_credentials(now, before))


def forget_old_credentials(session: Session, now: datetime, before: datetime) -> int:
    """Tickets that expired unused, and credentials of seats removed or runs ended `before`; of how many.

    A seat that is being written to is skipped: it may be getting a new ticket.
    """
    forgotten = 0
    for old, nothing in _old_credentials(now, before):
        some = select(Seat.media).where(old).limit(FORGOTTEN_AT_ONCE)
        found = session.scalars(some.with_for_update(of=Seat, skip_locked=True)).all()
        session.execute(update(Seat).where(Seat.media.in_(found)).values(nothing))
        forgotten += len(found)
    return forgotten


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


def end_run(session: Session, run: UUID, reason: str, now: datetime) -> None:
    """One conditional update: a second end changes nothing. Stays that are open close with it.

    Resume credentials stay until a purge: they open nothing any more, but tell who was offline of the end.
    """
    session.execute(
        update(MeetingRun)
        .where(MeetingRun.id == run, MeetingRun.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
    )
    session.execute(
        update(Participation)
        .where(Participation.run_id == run, Participation.left_at.is_(None))
        .values(left_at=now)
    )
    session.execute(update(Seat).where(Seat.run_id == run).values(NO_TICKET))


def end_runs_never_held(session: Session, before: datetime, now: datetime) -> int:
    """Runs that were made and never entered give their number back after a while."""
    ended = session.execute(
        update(MeetingRun)
        .where(
            MeetingRun.ended_at.is_(None),
            MeetingRun.started_at.is_(None),
            MeetingRun.created_at < before,
        )
        .values(ended_at=now, end_reason="never_held")
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]
