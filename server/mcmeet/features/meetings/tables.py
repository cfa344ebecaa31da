"""A meeting as it can be found: its number and what opens it. What was held is in `meeting_run`."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, TypeDecorator, Uuid
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, TenantColumn, UtcDateTime, column
from mcmeet.core.declare import PD, Basis, Ctl, Erase, Exp, Keep, NoPD, Purpose
from mcmeet.core.ids import Tenant
from mcmeet.live.tables import TOPIC_MOST

NUMBER_MOST: Final = 11


class Passcode(TypeDecorator[str]):
    """Readable, for the host's invitation repeats it; encryption slots in here without touching a caller."""

    impl = String(6)
    cache_ok = True


def _record(cat: str, *, erase: Erase = Erase.STAY) -> PD:
    """Clause 1.14: number and topic, for the creator; it stays as its runs do, and leads to nobody then."""
    return PD(
        cat=cat,
        clause=("1.14",),
        purpose=Purpose.MEETING_RECORD,
        basis=Basis.CONTRACT,
        subject=("creator_account_id",),
        ctl=Ctl.ROW,
        keep=Keep.MEETING_RECORD,
        erase=erase,
    )


def _credential(cat: str, why: str) -> PD:
    return PD(
        cat=cat,
        clause=("1.7", "3.1"),
        purpose=Purpose.HOLD_MEETING,
        basis=Basis.CONTRACT,
        subject=("creator_account_id",),
        keep=Keep.MEETING_RECORD,
        export=Exp.OMIT,
        erase=Erase.NULL,
        why=why,
    )


class Meeting(Base):
    """A number belongs to one meeting until it is released; then it opens nothing and may be drawn again."""

    __tablename__ = "meeting"

    id: Mapped[UUID] = column(Uuid, _record("user.meeting"), primary_key=True)
    number: Mapped[str] = column(String(NUMBER_MOST), _record("user.meeting.number"))
    creator_account_id: Mapped[UUID | None] = column(
        Uuid, _record("user.unique_id", erase=Erase.NULL), ForeignKey("account.id"), index=True
    )
    tenant: Mapped[Tenant] = column(
        TenantColumn, _record("user.unique_id", erase=Erase.SURROGATE), index=True
    )
    kind: Mapped[str] = column(String(12), NoPD("instant: the one kind so far"))
    topic: Mapped[str] = column(String(TOPIC_MOST), _record("user.meeting.topic", erase=Erase.SURROGATE))
    passcode: Mapped[str | None] = column(
        Passcode,
        _credential("user.meeting.passcode", "opens a meeting that others are in; gone with its end"),
    )
    host_key_hash: Mapped[bytes | None] = column(
        LargeBinary, _credential("user.credentials", "a hash that only serves to recognise a secret")
    )
    host_key_used_at: Mapped[datetime | None] = column(UtcDateTime, _record("user.meeting.time"))
    host_key_seat: Mapped[int | None] = column(Integer, _record("user.meeting.role"))
    created_at: Mapped[datetime] = column(UtcDateTime, _record("user.meeting.time"))
    released_at: Mapped[datetime | None] = column(UtcDateTime, _record("user.meeting.time"))


Index(
    "uq_meeting_number_held",
    Meeting.number,
    unique=True,
    sqlite_where=Meeting.released_at.is_(None),
    postgresql_where=Meeting.released_at.is_(None),
)
