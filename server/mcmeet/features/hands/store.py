"""Every SQL statement about raised hands. All are the room's own, as in `live.store`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mcmeet.features.hands.tables import RaisedHand


def hands_of_run(session: Session, run: UUID) -> tuple[int, ...]:
    statement = select(RaisedHand.seat).where(RaisedHand.run_id == run).order_by(RaisedHand.place)
    return tuple(session.scalars(statement))


def replace_hands(session: Session, run: UUID, raised: Iterable[int]) -> None:
    session.execute(delete(RaisedHand).where(RaisedHand.run_id == run))
    session.add_all(RaisedHand(run_id=run, seat=seat, place=place) for place, seat in enumerate(raised, 1))
