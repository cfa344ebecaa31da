"""Hands that are up, for a room that opens again: their order. Since when is nobody's business."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Integer, Uuid
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, column
from mcmeet.live.tables import OF_SEAT


class RaisedHand(Base):
    __tablename__ = "raised_hand"
    run_id: Mapped[UUID] = column(Uuid, OF_SEAT, primary_key=True)
    seat: Mapped[int] = column(Integer, OF_SEAT, primary_key=True)
    place: Mapped[int] = column(Integer, OF_SEAT)
    __table_args__ = (ForeignKeyConstraint(["run_id", "seat"], ["seat.run_id", "seat.number"]),)
