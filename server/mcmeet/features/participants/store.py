"""Every SQL statement about what hosts have taken from seats. All are the room's own, as in `live.store`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mcmeet.features.participants.tables import SeatBar
from mcmeet.live.tables import Seat


@dataclass(frozen=True, slots=True)
class Bars:
    """Sources that hosts have taken from a seat; `person` is its account or guest, None without either."""

    person: UUID | None
    sources: frozenset[str]


def bars_of_run(session: Session, run: UUID) -> dict[int, Bars]:
    """By seat."""
    statement = (
        select(SeatBar.seat, SeatBar.source, Seat.account_id, Seat.guest_id)
        .join(Seat, (Seat.run_id == SeatBar.run_id) & (Seat.number == SeatBar.seat))
        .where(SeatBar.run_id == run)
    )
    found: dict[int, Bars] = {}
    for seat, source, account, guest in session.execute(statement):
        known = found.get(seat, Bars(account or guest, frozenset()))
        found[seat] = Bars(known.person, known.sources | {source})
    return found


def replace_bars(session: Session, run: UUID, seat: int, sources: Iterable[str]) -> None:
    session.execute(delete(SeatBar).where(SeatBar.run_id == run, SeatBar.seat == seat))
    session.add_all(SeatBar(run_id=run, seat=seat, source=source) for source in sources)


def delete_bars(session: Session, run: UUID) -> None:
    """They mean nothing once the run is over."""
    session.execute(delete(SeatBar).where(SeatBar.run_id == run))
