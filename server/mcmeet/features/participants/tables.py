"""What a host has taken from a seat: kept, so that a room that opens again still knows it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Integer, String, Uuid
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, column
from mcmeet.live.tables import OF_SEAT


class SeatBar(Base):
    """This seat may not publish this source until a host returns the right."""

    __tablename__ = "seat_bar"

    run_id: Mapped[UUID] = column(Uuid, OF_SEAT, primary_key=True)
    seat: Mapped[int] = column(Integer, OF_SEAT, primary_key=True)
    source: Mapped[str] = column(String(20), OF_SEAT, primary_key=True)

    __table_args__ = (ForeignKeyConstraint(["run_id", "seat"], ["seat.run_id", "seat.number"]),)
