"""One holding of a meeting, the seats in it, and who was there when.

History and rights read these three, never the mutable `meeting`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, TenantColumn, UtcDateTime, column
from mcmeet.core.declare import PD, Basis, Ctl, Erase, Exp, Keep, NoPD, Purpose
from mcmeet.core.ids import Tenant

NAME_MOST = 64
TOPIC_MOST = 100


def _run(cat: str, *, erase: Erase = Erase.STAY) -> PD:
    """Clause 1.14: number, topic, start and end, for the creator.

    It stays without the way to the host when that one is erased: others were there, and that is theirs.
    """
    return PD(
        cat=cat,
        clause=("1.14",),
        purpose=Purpose.MEETING_RECORD,
        basis=Basis.CONTRACT,
        subject=("host_account_id",),
        ctl=Ctl.ROW,
        keep=Keep.MEETING_RECORD,
        erase=erase,
    )


def _attendance(cat: str, *subject: str, erase: Erase = Erase.STAY) -> PD:
    """Clause 1.14: who was there and when, for the creator; it stays without the name when one is erased."""
    return PD(
        cat=cat,
        clause=("1.14",),
        purpose=Purpose.MEETING_RECORD,
        basis=Basis.CONTRACT,
        subject=subject,
        ctl=Ctl.ROW,
        keep=Keep.MEETING_RECORD,
        erase=erase,
    )


def _seat(cat: str, *, erase: Erase = Erase.STAY) -> PD:
    return _attendance(cat, "account_id", "guest_id", erase=erase)


def _stay(cat: str, *, erase: Erase = Erase.STAY) -> PD:
    return _attendance(cat, "seat.account_id", "seat.guest_id", erase=erase)


def in_meeting(cat: str, *subject: str) -> PD:
    """Clause 1.7: what the meeting itself needs to know of somebody in it; features' tables use it too."""
    return PD(
        cat=cat,
        clause=("1.7",),
        purpose=Purpose.HOLD_MEETING,
        basis=Basis.CONTRACT,
        subject=subject,
        ctl=Ctl.ROW,
        keep=Keep.MEETING_RECORD,
        erase=Erase.STAY,
    )


OF_SEAT = in_meeting("user.meeting", "seat.account_id", "seat.guest_id")
"""Of tables that say something about a seat while the meeting runs."""


def _in_meeting(cat: str) -> PD:
    return in_meeting(cat, "account_id", "guest_id")


def _credential(keep: Keep) -> PD:
    return PD(
        cat="user.credentials",
        clause=("1.16",),
        purpose=Purpose.SESSION_SECURITY,
        basis=Basis.CONTRACT,
        subject=("account_id", "guest_id"),
        keep=keep,
        export=Exp.OMIT,
        erase=Erase.NULL,
        why="a hash that only serves to recognise a secret; it tells its owner nothing",
    )


def _ticket(cat: str) -> PD:
    """Clause 1.7: what somebody who comes asks for; gone once they are in, or do not come in time."""
    return PD(
        cat=cat,
        clause=("1.1", "1.7"),
        purpose=Purpose.IDENTIFY_IN_MEETING,
        basis=Basis.CONTRACT,
        subject=("account_id", "guest_id"),
        ctl=Ctl.ROW,
        keep=Keep.ONE_TIME_CODE,
        erase=Erase.NULL,
    )


class MeetingRun(Base):
    __tablename__ = "meeting_run"

    id: Mapped[UUID] = column(Uuid, _run("user.meeting"), primary_key=True)
    meeting_id: Mapped[UUID] = column(Uuid, _run("user.meeting"), ForeignKey("meeting.id"), index=True)
    tenant: Mapped[Tenant] = column(TenantColumn, _run("user.unique_id", erase=Erase.SURROGATE), index=True)
    number: Mapped[str] = column(String(11), _run("user.meeting.number"), index=True)
    topic: Mapped[str] = column(String(TOPIC_MOST), _run("user.meeting.topic", erase=Erase.SURROGATE))
    host_account_id: Mapped[UUID | None] = column(
        Uuid,
        _run("user.unique_id", erase=Erase.NULL),
        ForeignKey("account.id"),
        index=True,
    )
    created_at: Mapped[datetime] = column(UtcDateTime, _run("user.meeting.time"))
    started_at: Mapped[datetime | None] = column(UtcDateTime, _run("user.meeting.time"))
    ended_at: Mapped[datetime | None] = column(UtcDateTime, _run("user.meeting.time"), index=True)
    end_reason: Mapped[str | None] = column(String(20), NoPD("one of a fixed set of words"))
    term: Mapped[int] = column(Integer, NoPD("counts the tasks that have owned this run"), default=0)
    # Counts those deleted too: a number is one person's for as long as the run is told of.
    seats_given: Mapped[int] = column(Integer, NoPD("the highest number of a seat so far"), default=0)
    media_room: Mapped[str] = column(String(43), NoPD("a random name of the media room"), unique=True)


class Seat(Base):
    __tablename__ = "seat"

    run_id: Mapped[UUID] = column(Uuid, _seat("user.meeting"), ForeignKey("meeting_run.id"), primary_key=True)
    number: Mapped[int] = column(Integer, _seat("user.unique_id.pseudonymous"), primary_key=True)
    kind: Mapped[str] = column(String(10), NoPD("web, app, phone, api or service"))
    account_id: Mapped[UUID | None] = column(
        Uuid, _seat("user.unique_id", erase=Erase.NULL), ForeignKey("account.id")
    )
    guest_id: Mapped[UUID | None] = column(Uuid, _seat("user.cookie_id", erase=Erase.SURROGATE))
    name: Mapped[str] = column(
        String(NAME_MOST),
        PD(
            cat="user.name",
            clause=("1.1", "1.11"),
            purpose=Purpose.IDENTIFY_IN_MEETING,
            basis=Basis.CONTRACT,
            subject=("account_id", "guest_id"),
            ctl=Ctl.ROW,
            keep=Keep.MEETING_RECORD,
            erase=Erase.SURROGATE,
        ),
    )
    role: Mapped[str] = column(String(12), _in_meeting("user.meeting.role"))
    space: Mapped[str] = column(String(20), _in_meeting("user.meeting.space"))
    media: Mapped[str] = column(String(43), _in_meeting("user.unique_id.pseudonymous"), unique=True)
    ticket_hash: Mapped[bytes | None] = column(LargeBinary, _credential(Keep.ONE_TIME_CODE), unique=True)
    ticket_expires_at: Mapped[datetime | None] = column(UtcDateTime, _ticket("user.meeting.time"))
    ticket_name: Mapped[str | None] = column(String(NAME_MOST), _ticket("user.name"))
    ticket_role: Mapped[str | None] = column(String(12), _ticket("user.meeting.role"))
    ticket_space: Mapped[str | None] = column(String(20), _ticket("user.meeting.space"))
    # A seat's credentials expire a while after its removal or the end (`live/purge.py`).
    resume_hash: Mapped[bytes | None] = column(LargeBinary, _credential(Keep.LOGIN_SESSION), unique=True)
    # Kept until the new one is used: the answer that carried it may have been lost with the socket.
    former_resume_hash: Mapped[bytes | None] = column(LargeBinary, _credential(Keep.LOGIN_SESSION))
    last_seen_at: Mapped[datetime | None] = column(UtcDateTime, _seat("user.meeting.time"))
    removed_at: Mapped[datetime | None] = column(UtcDateTime, _seat("user.meeting.time"))

    __table_args__ = (
        Index("ix_seat_account", "account_id"),
        Index("ix_seat_guest", "guest_id"),
        Index("ix_seat_former_resume_hash", "former_resume_hash"),
    )


class Participation(Base):
    __tablename__ = "participation"

    id: Mapped[UUID] = column(Uuid, _stay("user.unique_id.pseudonymous"), primary_key=True)
    run_id: Mapped[UUID] = column(Uuid, _stay("user.meeting"))
    seat: Mapped[int] = column(Integer, _stay("user.meeting"))
    name: Mapped[str] = column(String(NAME_MOST), _stay("user.name", erase=Erase.SURROGATE))
    role: Mapped[str] = column(String(12), _stay("user.meeting.role"))
    joined_at: Mapped[datetime] = column(UtcDateTime, _stay("user.meeting.time"))
    left_at: Mapped[datetime | None] = column(UtcDateTime, _stay("user.meeting.time"))

    __table_args__ = (
        ForeignKeyConstraint(["run_id", "seat"], ["seat.run_id", "seat.number"]),
        Index("ix_participation_run_seat", "run_id", "seat"),
    )
