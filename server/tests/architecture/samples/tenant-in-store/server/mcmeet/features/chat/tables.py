from uuid import UUID

from mcmeet.core.db import Base, column
from mcmeet.live.tables import OF_SEAT, in_meeting
from sqlalchemy import Integer, Text, Uuid
from sqlalchemy.orm import Mapped


class Typing(Base):
    __tablename__ = "typing"
    run_id: Mapped[UUID] = column(Uuid, OF_SEAT, primary_key=True)
    seat: Mapped[int] = column(Integer, OF_SEAT, primary_key=True)


class Message(Base):
    __tablename__ = "message"
    run_id: Mapped[UUID] = column(Uuid, OF_SEAT, primary_key=True)
    text: Mapped[str] = column(Text, in_meeting("user.content", "seat.account_id"))
