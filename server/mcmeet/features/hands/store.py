"""Every SQL statement about raised hands. All are the room's own, as in `live.store`."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mcmeet.features.hands.tables import RaisedHand


def hands_of_run(session: Session, run: UUID) -> dict[int, int]:
    """Places by seat, in their order."""
    hands = select(RaisedHand.seat, RaisedHand.place).where(RaisedHand.run_id == run)
    return dict(session.execute(hands.order_by(RaisedHand.place)).all())


def replace_hands(session: Session, run: UUID, raised: tuple[int, ...]) -> None:
    """Mostly one comes or goes: the rows of all others stay as they are."""
    stored = hands_of_run(session, run)
    gone = stored.keys() - {*raised}
    session.execute(delete(RaisedHand).where(RaisedHand.run_id == run, RaisedHand.seat.in_(gone)))
    new = enumerate((seat for seat in raised if seat not in stored), max(stored.values(), default=0) + 1)
    session.add_all(RaisedHand(run_id=run, seat=seat, place=place) for place, seat in new)
