"""The consent ledger (append-only) and the texts that it points to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, UtcDateTime, column
from mcmeet.core.declare import PD, Basis, Erase, Keep, NoPD, Purpose

HASH_LENGTH: Final = 64


class State(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Surface(StrEnum):
    """Where the box was ticked."""

    WEB_SIGN_UP = "web_sign_up"
    WEB_SIGN_IN = "web_sign_in"
    WEB_JOIN = "web_join"


def _evidence(cat: str) -> PD:
    return PD(
        cat=cat,
        clause=("0", "2.1", "6"),
        purpose=Purpose.CONSENT_EVIDENCE,
        basis=Basis.LEGAL_DUTY,
        subject=("account_id", "guest_id"),
        keep=Keep.CONSENT_EVIDENCE,
        erase=Erase.HOLD,
        why="that consent was given has to be provable afterwards (PIPL 14, 69)",
    )


class PolicyText(Base):
    """A text that somebody agreed to, word for word as it was shown."""

    __tablename__ = "policy_text"

    hash: Mapped[str] = column(String(HASH_LENGTH), NoPD("SHA-256 of a published text"), primary_key=True)
    kind: Mapped[str] = column(String(16), NoPD("which of our texts"))
    version: Mapped[str] = column(String(16), NoPD("number of a published text"))
    lang: Mapped[str] = column(String(8), NoPD("language of a published text"))
    body: Mapped[str] = column(Text, NoPD("a published text; it names the operator only"))


class Consent(Base):
    """One decision of one person about one text. No foreign key to the person: evidence outlives it."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (guest_id IS NULL)", name="one_subject"),
        CheckConstraint("guest_id IS NULL OR run_id IS NOT NULL", name="guest_in_run"),
        Index("ix_consent_account_id", "account_id", "kind", "at"),
        Index("ix_consent_guest_id", "guest_id", "run_id", "kind", "at"),
    )

    id: Mapped[UUID] = column(Uuid, _evidence("user.behavior.consent"), primary_key=True)
    account_id: Mapped[UUID | None] = column(Uuid, _evidence("user.unique_id"))
    guest_id: Mapped[UUID | None] = column(Uuid, _evidence("user.unique_id.pseudonymous"))
    run_id: Mapped[UUID | None] = column(Uuid, _evidence("user.behavior.meeting"))
    kind: Mapped[str] = column(String(16), _evidence("user.behavior.consent"))
    version: Mapped[str] = column(String(16), _evidence("user.behavior.consent"))
    text_hash: Mapped[str] = column(String(HASH_LENGTH), _evidence("user.behavior.consent"))
    lang: Mapped[str] = column(String(8), _evidence("user.behavior.consent"))
    surface: Mapped[str] = column(String(32), _evidence("user.behavior.consent"))
    state: Mapped[str] = column(String(16), _evidence("user.behavior.consent"))
    at: Mapped[datetime] = column(UtcDateTime, _evidence("user.behavior.consent"))
