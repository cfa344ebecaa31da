"""Every SQL statement about accounts. Called with a session inside `Db.read` or `Db.write`.

Codes and registrations come before there is an account, so their tables have no tenant; an account is
the tenant of its own rows. Only functions named `…_by_credential` find one without being told whose;
what has expired is forgotten for everybody at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from mcmeet.core import ids
from mcmeet.features.accounts.tables import (
    Account,
    AccountState,
    Identity,
    IdentityKind,
    LoginSession,
    OneTimeCode,
    Registration,
)
from mcmeet.privacy.schemas import ConsentGiven

DAY: Final = timedelta(days=1)
CLOCKS_DIFFER_MOST: Final = timedelta(minutes=5)
"""What is from further ahead was noted by a clock that has been set back since, and opens nothing."""
FORGOTTEN_AT_ONCE: Final = 100
"""Of each kind in one transaction, so that a long backlog does not keep the writer from meetings."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its owner sees it; `phone` in E.164."""

    id: UUID
    name: str
    locale: str
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Challenge:
    """A code that somebody tries to answer; this try is counted already."""

    id: UUID
    code_hash: bytes
    tries: int
    consent: ConsentGiven


@dataclass(frozen=True, slots=True)
class StoredSession:
    id: UUID
    account: UUID
    tenant: ids.Tenant
    created_at: datetime
    seen_at: datetime


def code_times(session: Session, phone_lookup: bytes, since: datetime, now: datetime) -> list[datetime]:
    """When codes were asked for, oldest first; not what a clock that was ahead meanwhile has noted."""
    return list(
        session.scalars(
            select(OneTimeCode.issued_at)
            .where(OneTimeCode.phone_lookup == phone_lookup, OneTimeCode.issued_at.between(since, now))
            .order_by(OneTimeCode.issued_at)
        )
    )


def _is_dead_code(now: datetime) -> ColumnElement[bool]:
    return and_(OneTimeCode.code_hash.is_not(None), OneTimeCode.expires_at <= now)


def _is_old_request(now: datetime) -> ColumnElement[bool]:
    """Of a day ago; or of more than a day ahead: the clock was set back since."""
    return or_(OneTimeCode.issued_at <= now - DAY, OneTimeCode.issued_at > now + DAY)


def _is_dead_registration(now: datetime) -> ColumnElement[bool]:
    return or_(Registration.expires_at <= now, Registration.expires_at > now + DAY)


def _is_dead_session(now: datetime, idle_since: datetime) -> ColumnElement[bool]:
    return or_(LoginSession.expires_at <= now, LoginSession.seen_at <= idle_since)


def has_old(session: Session, now: datetime, idle_since: datetime) -> bool:
    """Whether there is anything for `forget_old`; asked first, so that the writer is left alone if not."""
    old = (
        _is_dead_code(now),
        _is_old_request(now),
        _is_dead_registration(now),
        _is_dead_session(now, idle_since),
    )
    return any(session.scalar(select(exists().where(condition))) for condition in old)


def forget_old(session: Session, now: datetime, idle_since: datetime) -> int:
    """Platform work: what opens nothing any more, and requests that no limit counts.

    Of each kind FORGOTTEN_AT_ONCE at most; returns how many in all.
    """
    code, registration, login = OneTimeCode.id, Registration.credential_hash, LoginSession.id
    statements = (
        update(OneTimeCode).where(code.in_(_some(code, _is_dead_code(now)))).values(code_hash=None),
        delete(OneTimeCode).where(code.in_(_some(code, _is_old_request(now)))),
        delete(Registration).where(registration.in_(_some(registration, _is_dead_registration(now)))),
        delete(LoginSession).where(login.in_(_some(login, _is_dead_session(now, idle_since)))),
    )
    forgotten = 0
    for statement in statements:
        done = session.execute(statement.execution_options(synchronize_session=False))
        forgotten += done.rowcount  # type: ignore[attr-defined]
    return forgotten


def _some(key: InstrumentedAttribute[Any], old: ColumnElement[bool]) -> Select[Any]:
    return select(key).where(old).limit(FORGOTTEN_AT_ONCE)


def retire_codes(session: Session, phone_lookup: bytes) -> None:
    """The number's good code, if there is one, is good no more."""
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.phone_lookup == phone_lookup, OneTimeCode.code_hash.is_not(None))
        .values(code_hash=None)
    )


def add_code(
    session: Session,
    id_: UUID,
    phone_lookup: bytes,
    code_hash: bytes,
    issued_at: datetime,
    expires_at: datetime,
    consent: ConsentGiven,
) -> None:
    """IntegrityError when the number has a good code already."""
    session.add(
        OneTimeCode(
            id=id_,
            phone_lookup=phone_lookup,
            code_hash=code_hash,
            tries=0,
            issued_at=issued_at,
            expires_at=expires_at,
            consent_privacy=consent.privacy,
            consent_terms=consent.terms,
            consent_lang=consent.lang,
        )
    )
    session.flush()


def take_try(session: Session, phone_lookup: bytes, now: datetime) -> Challenge | None:
    """Counts one try of the number's good code, in one statement so that two cannot be the same try."""
    found = session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.phone_lookup == phone_lookup,
            OneTimeCode.code_hash.is_not(None),
            OneTimeCode.issued_at <= now + CLOCKS_DIFFER_MOST,
            OneTimeCode.expires_at > now,
        )
        .values(tries=OneTimeCode.tries + 1)
        .returning(
            OneTimeCode.id,
            OneTimeCode.code_hash,
            OneTimeCode.tries,
            OneTimeCode.consent_privacy,
            OneTimeCode.consent_terms,
            OneTimeCode.consent_lang,
        )
    ).one_or_none()
    if found is None:
        return None
    id_, code_hash, tries, privacy, terms, lang = found
    assert code_hash is not None
    return Challenge(id_, code_hash, tries, ConsentGiven(privacy=privacy, terms=terms, lang=lang))


def is_worn_out(session: Session, phone_lookup: bytes, now: datetime, tries_most: int) -> bool:
    """Whether the number's newest code, which would still be good otherwise, has had all its tries."""
    newest = session.execute(
        select(OneTimeCode.tries, OneTimeCode.expires_at)
        .where(
            OneTimeCode.phone_lookup == phone_lookup,
            OneTimeCode.issued_at <= now + CLOCKS_DIFFER_MOST,
        )
        .order_by(OneTimeCode.issued_at.desc())
        .limit(1)
    ).one_or_none()
    return newest is not None and newest.tries >= tries_most and newest.expires_at > now


def spend_code(session: Session, id_: UUID) -> None:
    session.execute(update(OneTimeCode).where(OneTimeCode.id == id_).values(code_hash=None))


def use_code(session: Session, id_: UUID) -> None:
    """The try that was right does not wear it out."""
    used = update(OneTimeCode).where(OneTimeCode.id == id_)
    session.execute(used.values(code_hash=None, tries=OneTimeCode.tries - 1))


def add_registration(session: Session, credential_hash: bytes, phone: str, expires_at: datetime) -> None:
    session.add(Registration(credential_hash=credential_hash, phone=phone, expires_at=expires_at))
    session.flush()


def take_registration(
    session: Session, credential_hash: bytes, now: datetime, lasts: timedelta
) -> str | None:
    """The proven number, once; `lasts`: how long a registration is good."""
    return session.execute(
        delete(Registration)
        .where(
            Registration.credential_hash == credential_hash,
            Registration.expires_at > now,
            Registration.expires_at <= now + lasts + CLOCKS_DIFFER_MOST,
        )
        .returning(Registration.phone)
    ).scalar_one_or_none()


def account_by_credential(session: Session, kind: IdentityKind, lookup: bytes) -> UUID | None:
    """The active account that proved to own this number or address."""
    return session.execute(
        select(Account.id)
        .join(Identity, Identity.account_id == Account.id)
        .where(
            Identity.kind == kind,
            Identity.lookup == lookup,
            Identity.verified_at.is_not(None),
            Account.state == AccountState.ACTIVE,
        )
    ).scalar_one_or_none()


def create_account(session: Session, tenant: ids.Person, name: str, locale: str, now: datetime) -> None:
    session.add(
        Account(
            id=tenant.id,
            tenant=tenant,
            name=name,
            locale=locale,
            state=AccountState.ACTIVE,
            created_at=now,
        )
    )
    session.flush()


def add_phone(session: Session, tenant: ids.Person, phone: str, lookup: bytes, now: datetime) -> None:
    """A number that was proven by a code."""
    session.add(
        Identity(
            id=ids.new_id(now),
            account_id=tenant.id,
            kind=IdentityKind.PHONE,
            lookup=lookup,
            phone=phone,
            created_at=now,
            verified_at=now,
        )
    )
    session.flush()


def add_email(session: Session, tenant: ids.Person, email: str, lookup: bytes, now: datetime) -> None:
    """An address that nobody has proven yet: it is shown to its owner and finds no account."""
    session.add(
        Identity(
            id=ids.new_id(now),
            account_id=tenant.id,
            kind=IdentityKind.EMAIL,
            lookup=lookup,
            email=email,
            created_at=now,
        )
    )
    session.flush()


def profile(session: Session, tenant: ids.Person) -> Profile | None:
    account = session.execute(
        select(Account.id, Account.name, Account.locale).where(
            Account.tenant == tenant, Account.state == AccountState.ACTIVE
        )
    ).one_or_none()
    if account is None:
        return None
    identities = session.execute(
        select(Identity.phone, Identity.email)
        .where(Identity.account_id == tenant.id)
        .order_by(Identity.created_at, Identity.id)
    ).all()
    return Profile(
        id=account.id,
        name=account.name,
        locale=account.locale,
        phone=next((row.phone for row in identities if row.phone), None),
        email=next((row.email for row in identities if row.email), None),
    )


def open_session(
    session: Session, tenant: ids.Person, credential_hash: bytes, now: datetime, expires_at: datetime
) -> None:
    session.add(
        LoginSession(
            id=ids.new_id(now),
            account_id=tenant.id,
            credential_hash=credential_hash,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()


def session_by_credential(
    session: Session, credential_hash: bytes, now: datetime, idle_since: datetime
) -> StoredSession | None:
    """A session that is neither too old nor idle since `idle_since`, of an active account."""
    found = session.execute(
        select(
            LoginSession.id,
            LoginSession.account_id,
            Account.tenant,
            LoginSession.created_at,
            LoginSession.seen_at,
        )
        .join(Account, Account.id == LoginSession.account_id)
        .where(
            LoginSession.credential_hash == credential_hash,
            LoginSession.created_at <= now + CLOCKS_DIFFER_MOST,
            LoginSession.expires_at > now,
            LoginSession.seen_at > idle_since,
            Account.state == AccountState.ACTIVE,
        )
    ).one_or_none()
    return StoredSession(*found) if found else None


def stamp_session(session: Session, tenant: ids.Tenant, id_: UUID, now: datetime) -> None:
    owner = select(Account.id).where(Account.tenant == tenant).scalar_subquery()
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == id_, LoginSession.account_id == owner)
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def end_session_by_credential(session: Session, credential_hash: bytes) -> UUID | None:
    """Whose it was; None when it had ended already."""
    return session.execute(
        delete(LoginSession)
        .where(LoginSession.credential_hash == credential_hash)
        .returning(LoginSession.account_id)
    ).scalar_one_or_none()
