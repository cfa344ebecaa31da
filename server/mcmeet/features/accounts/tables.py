"""Accounts, how they are found, and what proves that a browser belongs to one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped

from mcmeet.core.db import Base, EmailAddress, PhoneNumber, TenantColumn, UtcDateTime, column
from mcmeet.core.declare import PD, Basis, Exp, Keep, NoPD, Purpose
from mcmeet.core.ids import Tenant
from mcmeet.core.names import NAME_MOST

HASH_BYTES: Final = 32
HASH_IS_NO_COPY: Final = "a hash that only serves to recognise a value; it tells its owner nothing"


class AccountState(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"


class IdentityKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


def _account(cat: str, subject: str) -> PD:
    """Clause 1.2: number, name and e-mail, to set up the account that the person asked for."""
    return PD(
        cat=cat,
        clause=("1.2",),
        purpose=Purpose.ACCOUNT,
        basis=Basis.CONTRACT,
        subject=(subject,),
        keep=Keep.ACCOUNT,
    )


def _security(cat: str, subject: str, keep: Keep, *, export: Exp = Exp.VALUE) -> PD:
    """Clause 1.16: what keeps an account its owner's."""
    return PD(
        cat=cat,
        clause=("1.2", "1.16"),
        purpose=Purpose.SESSION_SECURITY,
        basis=Basis.CONTRACT,
        subject=(subject,),
        keep=keep,
        export=export,
        why=HASH_IS_NO_COPY if export is Exp.OMIT else "",
    )


class Account(Base):
    __tablename__ = "account"

    id: Mapped[UUID] = column(Uuid, _account("user.unique_id", "id"), primary_key=True)
    tenant: Mapped[Tenant] = column(TenantColumn, _account("user.unique_id", "id"), unique=True)
    name: Mapped[str] = column(String(NAME_MOST), _account("user.name", "id"))
    locale: Mapped[str] = column(String(8), _account("user.language", "id"))
    state: Mapped[str] = column(String(16), _account("user.account.state", "id"))
    created_at: Mapped[datetime] = column(UtcDateTime, _account("user.account.time", "id"))


class Identity(Base):
    """What an account is found through. One that was never proven finds nobody, so it need not be unique."""

    __tablename__ = "identity"
    __table_args__ = (
        CheckConstraint("(kind = 'phone') = (phone IS NOT NULL)", name="phone_of_its_kind"),
        CheckConstraint("(kind = 'email') = (email IS NOT NULL)", name="email_of_its_kind"),
    )

    id: Mapped[UUID] = column(Uuid, _account("user.unique_id", "account_id"), primary_key=True)
    account_id: Mapped[UUID] = column(
        Uuid,
        _account("user.unique_id", "account_id"),
        ForeignKey("account.id", ondelete="CASCADE"),
        index=True,
    )
    kind: Mapped[str] = column(String(16), NoPD("which kind of address this is"))
    lookup: Mapped[bytes] = column(
        LargeBinary(HASH_BYTES),
        _security("user.unique_id.pseudonymous", "account_id", Keep.ACCOUNT, export=Exp.OMIT),
    )
    phone: Mapped[str | None] = column(PhoneNumber, _account("user.contact.phone_number", "account_id"))
    email: Mapped[str | None] = column(EmailAddress, _account("user.contact.email", "account_id"))
    created_at: Mapped[datetime] = column(UtcDateTime, _account("user.account.time", "account_id"))
    verified_at: Mapped[datetime | None] = column(UtcDateTime, _account("user.account.time", "account_id"))


Index(
    "uq_identity_verified",
    Identity.kind,
    Identity.lookup,
    unique=True,
    sqlite_where=Identity.verified_at.is_not(None),
    postgresql_where=Identity.verified_at.is_not(None),
)


class LoginSession(Base):
    __tablename__ = "login_session"

    id: Mapped[UUID] = column(
        Uuid, _security("user.unique_id", "account_id", Keep.LOGIN_SESSION), primary_key=True
    )
    account_id: Mapped[UUID] = column(
        Uuid,
        _security("user.unique_id", "account_id", Keep.LOGIN_SESSION),
        ForeignKey("account.id", ondelete="CASCADE"),
        index=True,
    )
    credential_hash: Mapped[bytes] = column(
        LargeBinary(HASH_BYTES),
        _security("user.credentials", "account_id", Keep.LOGIN_SESSION, export=Exp.OMIT),
        unique=True,
    )
    created_at: Mapped[datetime] = column(
        UtcDateTime, _security("user.behavior.sign_in", "account_id", Keep.LOGIN_SESSION)
    )
    seen_at: Mapped[datetime] = column(
        UtcDateTime, _security("user.behavior.sign_in", "account_id", Keep.LOGIN_SESSION), index=True
    )
    expires_at: Mapped[datetime] = column(
        UtcDateTime, _security("user.behavior.sign_in", "account_id", Keep.LOGIN_SESSION), index=True
    )


def _request(cat: str) -> PD:
    """Of one request for a code: it stays as long as its row, when the code itself has long gone."""
    return _security(cat, "phone_lookup", Keep.CODE_REQUEST)


class OneTimeCode(Base):
    """One request for a code. `code_hash` goes as soon as the code opens nothing; the row stays a day,
    because the requests of a day are counted.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_phone_lookup", "phone_lookup", "issued_at"),)

    id: Mapped[UUID] = column(Uuid, _request("user.behavior.sign_in"), primary_key=True)
    phone_lookup: Mapped[bytes] = column(
        LargeBinary(HASH_BYTES),
        _security("user.unique_id.pseudonymous", "phone_lookup", Keep.CODE_REQUEST, export=Exp.OMIT),
    )
    code_hash: Mapped[bytes | None] = column(
        LargeBinary(HASH_BYTES),
        _security("user.credentials", "phone_lookup", Keep.ONE_TIME_CODE, export=Exp.OMIT),
    )
    tries: Mapped[int] = column(Integer, _request("user.behavior.sign_in"))
    issued_at: Mapped[datetime] = column(UtcDateTime, _request("user.behavior.sign_in"), index=True)
    expires_at: Mapped[datetime] = column(UtcDateTime, _request("user.behavior.sign_in"), index=True)
    consent_privacy: Mapped[str] = column(String(16), _request("user.behavior.consent"))
    consent_terms: Mapped[str] = column(String(16), _request("user.behavior.consent"))
    consent_lang: Mapped[str] = column(String(8), _request("user.language"))


# Of one number a single code is good at a time: that of the newest request (ASVS 6.6.2).
Index(
    "uq_one_time_code_good",
    OneTimeCode.phone_lookup,
    unique=True,
    sqlite_where=OneTimeCode.code_hash.is_not(None),
    postgresql_where=OneTimeCode.code_hash.is_not(None),
)


class Registration(Base):
    """A number that was proven, until its owner has said who they are."""

    __tablename__ = "registration"

    credential_hash: Mapped[bytes] = column(
        LargeBinary(HASH_BYTES),
        _security("user.credentials", "phone", Keep.ONE_TIME_CODE, export=Exp.OMIT),
        primary_key=True,
    )
    phone: Mapped[str] = column(
        PhoneNumber, _security("user.contact.phone_number", "phone", Keep.ONE_TIME_CODE)
    )
    expires_at: Mapped[datetime] = column(
        UtcDateTime, _security("user.behavior.sign_in", "phone", Keep.ONE_TIME_CODE), index=True
    )
