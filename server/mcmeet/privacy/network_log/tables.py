"""The log's lines, in databases of their own; in the main one what makes them pseudonyms, and receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, LargeBinary, MetaData, String, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped

from mcmeet.core.db import Base, UtcDateTime, column
from mcmeet.core.declare import PD, Basis, Erase, Keep, NoPD, Purpose

PERIOD_LENGTH: Final = 10
PSEUDONYM_LENGTH: Final = 32
ADDRESS_MOST: Final = 45
WORD_MOST: Final = 40
REASON_MOST: Final = 200
PERIOD: Final = NoPD("the first day of a week")


def _line(cat: str) -> PD:
    return PD(
        cat=cat,
        clause=("2.1",),
        purpose=Purpose.NETWORK_LOG,
        basis=Basis.LEGAL_DUTY,
        subject=("pseudonym",),
        keep=Keep.NETWORK_LOG,
        erase=Erase.HOLD,
        why="network logs are kept for six months at least by law, whoever closes an account meanwhile",
    )


class LogBase(DeclarativeBase):
    """Without rules for names: on PostgreSQL each period's table has indexes, whose names are its own."""

    metadata = MetaData()


class LogLine(LogBase):
    """One act. Of each period there is one such table, alone in a file or under a name of its own."""

    __tablename__ = "network_log"

    id: Mapped[UUID] = column(Uuid, _line("user.behavior"), primary_key=True)
    at: Mapped[datetime] = column(UtcDateTime, _line("user.behavior"))
    pseudonym: Mapped[str | None] = column(String(PSEUDONYM_LENGTH), _line("user.unique_id.pseudonymous"))
    ip: Mapped[str | None] = column(String(ADDRESS_MOST), _line("user.device.ip_address"))
    port: Mapped[int | None] = column(Integer, _line("user.device.ip_address"))
    act: Mapped[str] = column(String(WORD_MOST), _line("user.behavior"))
    target: Mapped[UUID | None] = column(Uuid, _line("user.meeting"))
    result: Mapped[str] = column(String(WORD_MOST), _line("user.behavior"))
    # Why the log was read: what the operator wrote, which may be about somebody.
    reason: Mapped[str | None] = column(String(REASON_MOST), _line("user.content"))
    # Its place in the chain of its period; None in a line of a version that had no chain.
    seq: Mapped[int | None] = column(Integer, _line("user.behavior"))
    hash: Mapped[bytes | None] = column(LargeBinary, _line("user.behavior"))


class NetworkLogKey(Base):
    """What pseudonyms of one period are made with, besides the master key; destroyed with its lines."""

    __tablename__ = "network_log_key"

    period: Mapped[str] = column(String(PERIOD_LENGTH), PERIOD, primary_key=True)
    key: Mapped[bytes] = column(LargeBinary, NoPD("random; says nothing about anybody"))


class RetentionReceipt(Base):
    """That data were deleted when their time had passed."""

    __tablename__ = "retention_receipt"

    id: Mapped[UUID] = column(Uuid, NoPD("of a receipt, which is about nobody"), primary_key=True)
    store: Mapped[str] = column(String(WORD_MOST), NoPD("which of our stores"))
    period: Mapped[str] = column(String(PERIOD_LENGTH), PERIOD)
    # None: the server stopped between the deletion and its receipt.
    lines: Mapped[int | None] = column(Integer, NoPD("a number of lines"))
    deleted_at: Mapped[datetime] = column(UtcDateTime, NoPD("when our own rule was carried out"))
