"""Signing in by a code, registering, and the login sessions of browsers.

A number that has an account and one that has none get the same answer for the same work; only who
proves to own it learns which it is.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mcmeet.core import auth, ids
from mcmeet.core.contacts import Email, EmailInvalid, normal_email, normal_phone
from mcmeet.core.db import Lane
from mcmeet.core.endpoints import Endpoint
from mcmeet.core.errors import McmeetError, NotSaved, TooManyRequests
from mcmeet.core.jobs import emit
from mcmeet.core.names import clean_name
from mcmeet.core.rates import site_of
from mcmeet.core.secrets import new_credential
from mcmeet.core.services import Core
from mcmeet.features.accounts import store
from mcmeet.features.accounts.errors import CodeWornOut, CodeWrong, RegistrationExpired
from mcmeet.features.accounts.schemas import AccountRegistered
from mcmeet.features.accounts.store import Challenge, Profile
from mcmeet.features.accounts.tables import IdentityKind
from mcmeet.privacy import ledger
from mcmeet.privacy.ledger import AccountSubject, Shown
from mcmeet.privacy.network_log.entries import DONE, Act, Entry, person
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.privacy.schemas import ConsentGiven
from mcmeet.privacy.tables import Surface

# ASVS 6.5.1 to 6.5.5 and 6.6.2 to 6.6.3.
CODE_DIGITS: Final = 6
CODE_LASTS: Final = timedelta(minutes=5)
TRIES_MOST: Final = 5
CODE_PAUSE: Final = timedelta(minutes=1)
CODES_PER_DAY: Final = 10
DAY: Final = timedelta(days=1)
REGISTRATION_LASTS: Final = timedelta(minutes=10)
SEEN_EVERY: Final = timedelta(minutes=1)

# Text messages cost money: per source, because an office shares one address, and for everybody together.
# What is refused counts for its source and site, but only what is sent counts for everybody.
CODES_PER_SOURCE: Final = ("30/minute", "300/day")
CODES_PER_SITE: Final = ("100/minute", "1000/day")
CODES_IN_ALL: Final = ("300/minute", "20000/day")
WRONG_CODES_PER_SOURCE: Final = "60/hour"

REPLACED: Final = "replaced"
"""How somebody was logged out in whose browser somebody logged in, in the network log."""


@dataclass(frozen=True, slots=True)
class CameFrom:
    """For limits on rates, and for the network log."""

    source: str
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`credential` is for the browser's cookie; only its hash is stored.

    `replaced` is whose session ended in this browser with the beginning of this one.
    """

    profile: Profile
    credential: str
    replaced: UUID | None


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The number is proven and has no account; `registration` opens one."""

    registration: str


@dataclass(frozen=True, slots=True)
class WrongCode:
    """`account` is whose number it was tried with."""

    account: UUID | None
    refusal: CodeWrong | CodeWornOut


async def send_code(core: Core, source: str, phone: str, consent: ConsentGiven | None) -> int:
    """Sends a code; returns the seconds until the next may be asked for.

    Raises ConsentRequired, PhoneInvalid, TooManyRequests.
    """
    given = ledger.check_versions(consent)
    number = normal_phone(phone)
    for rule in CODES_PER_SOURCE:
        core.rates.hit(rule, "accounts.code", source)
    if (site := site_of(source)) is not None:
        for rule in CODES_PER_SITE:
            core.rates.hit(rule, "accounts.code", site)
    for rule in CODES_IN_ALL:
        core.rates.hit(rule, "accounts.code")
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    pause = int(CODE_PAUSE.total_seconds())
    try:
        await core.db.write(lambda tx: _issue(tx, core, number, code, given))
    except (IntegrityError, McmeetError) as error:
        for rule in CODES_IN_ALL:
            core.rates.give_back(rule, "accounts.code")
        if isinstance(error, IntegrityError):  # another request for this number was faster
            raise TooManyRequests(pause) from None
        raise
    await core.sms.send_code(number, code)
    return pause


def _issue(tx: Session, core: Core, phone: str, code: str, consent: ConsentGiven) -> None:
    now = core.clock.now()
    lookup = _phone_lookup(core, phone)
    # Retired before the pace is read: a request beside this one has then either committed, and is counted
    # here, or has not, and the index on good codes lets only one of the two in.
    store.retire_codes(tx, lookup)
    _check_pace(store.code_times(tx, lookup, now - DAY, now), now)
    id_ = ids.new_id(now)
    store.add_code(tx, id_, lookup, _code_hash(core, id_, code), now, now + CODE_LASTS, consent)


def _check_pace(times: list[datetime], now: datetime) -> None:
    """`times` are those of the last day, oldest first. Raises TooManyRequests."""
    free_at = now
    if times:
        free_at = times[-1] + CODE_PAUSE
    if len(times) >= CODES_PER_DAY:
        free_at = times[-CODES_PER_DAY] + DAY
    if free_at > now:
        raise TooManyRequests(max(1, round((free_at - now).total_seconds())))


async def purge(core: Core) -> None:
    """What opens nothing any more: codes, registrations, sessions; and requests that no limit counts."""
    now = core.clock.now()
    idle_since = _idle_since(core, now)
    if await core.db.read(lambda tx: store.has_old(tx, now, idle_since)):
        await core.db.write_batches(lambda tx: store.forget_old(tx, now, idle_since))


async def sign_in(
    core: Core, came_from: CameFrom, phone: str, code: str, former: str | None
) -> SignedIn | Unregistered:
    """Answers a code; the session of the credential `former` ends when a new one begins.

    Raises PhoneInvalid, CodeWrong, CodeWornOut, TooManyRequests, and
    ConsentRequired when the texts changed meanwhile.
    """
    number, source = normal_phone(phone), came_from.source
    # Counted beforehand, or many at once would all pass; given back unless the code was wrong.
    core.rates.hit(WRONG_CODES_PER_SOURCE, "accounts.wrong_code", source)
    # A wrong try must be stored, so it comes back as a value: an exception would undo the count.
    try:
        outcome = await core.db.write(lambda tx: _answer_code(tx, core, number, _typed_code(code), former))
    except McmeetError as error:
        core.rates.give_back(WRONG_CODES_PER_SOURCE, "accounts.wrong_code", source)
        _log(core, Act.LOG_IN, None, came_from.endpoint, error.code)
        raise
    if isinstance(outcome, WrongCode):
        _log(core, Act.LOG_IN, outcome.account, came_from.endpoint, outcome.refusal.code)
        raise outcome.refusal
    core.rates.give_back(WRONG_CODES_PER_SOURCE, "accounts.wrong_code", source)
    if isinstance(outcome, SignedIn):
        _log_signed_in(core, outcome, came_from.endpoint)
    return outcome


def _answer_code(
    tx: Session, core: Core, phone: str, code: str, former: str | None
) -> SignedIn | Unregistered | WrongCode:
    now = core.clock.now()
    lookup = _phone_lookup(core, phone)
    challenge = store.take_try(tx, lookup, now)
    account = store.account_by_credential(tx, IdentityKind.PHONE, lookup)
    if not _is_answered(core, challenge, code):
        if challenge and challenge.tries >= TRIES_MOST:
            store.spend_code(tx, challenge.id)
        worn_out = store.is_worn_out(tx, lookup, now, TRIES_MOST)
        return WrongCode(account, CodeWornOut() if worn_out else CodeWrong())
    assert challenge is not None
    store.use_code(tx, challenge.id)
    consent = ledger.check_versions(challenge.consent)
    if account is None:
        registration = new_credential()
        hash_ = core.secrets.credential_hash(registration)
        store.add_registration(tx, hash_, phone, now + REGISTRATION_LASTS)
        return Unregistered(registration)
    shown = Shown(Surface.WEB_SIGN_IN, consent.lang, core.config.operator)
    ledger.record(tx, AccountSubject(account), shown, now)
    return _open_session(tx, core, account, former)


def _is_answered(core: Core, challenge: Challenge | None, code: str) -> bool:
    """Takes as long without a challenge as with one."""
    id_ = challenge.id if challenge else UUID(int=0)
    expected = challenge.code_hash if challenge else b""
    return hmac.compare_digest(_code_hash(core, id_, code), expected)


async def register(
    core: Core,
    endpoint: Endpoint,
    registration: str,
    name: str,
    email: str | None,
    consent: ConsentGiven | None,
    former: str | None,
) -> SignedIn:
    """Opens the account of a proven number and signs in. Bad input leaves the registration as it was.

    Raises ConsentRequired, NameInvalid, EmailInvalid, RegistrationExpired.
    """
    given = ledger.check_versions(consent)
    shown_name = clean_name(name)
    address = _address(core, email)

    def open_account(tx: Session) -> SignedIn:
        now = core.clock.now()
        hash_ = core.secrets.credential_hash(registration)
        phone = store.take_registration(tx, hash_, now, REGISTRATION_LASTS)
        if phone is None:
            raise RegistrationExpired
        lookup = _phone_lookup(core, phone)
        # Two codes may have been answered before one of them registered: still one account.
        account = store.account_by_credential(tx, IdentityKind.PHONE, lookup)
        if account is None:
            account = ids.new_id(now)
            owner = ids.Person(account)
            store.create_account(tx, owner, shown_name, given.lang, now)
            store.add_phone(tx, owner, phone, lookup, now)
            if address:
                store.add_email(tx, owner, address.shown, _email_lookup(core, address), now)
            emit(tx, AccountRegistered(tenant=owner, account=account, registered_at=now))
        shown = Shown(Surface.WEB_SIGN_UP, given.lang, core.config.operator)
        ledger.record(tx, AccountSubject(account), shown, now)
        return _open_session(tx, core, account, former)

    try:
        signed_in = await core.db.write(open_account)
    except IntegrityError:  # the same number, registered in the same moment by another request
        raise RegistrationExpired from None
    _log_signed_in(core, signed_in, endpoint)
    return signed_in


def _address(core: Core, email: str | None) -> Email | None:
    if email is not None and email.strip():
        return normal_email(email)
    if core.config.accounts.strict_necessary:
        return None
    raise EmailInvalid(reason="missing")


def _open_session(tx: Session, core: Core, account: UUID, former: str | None) -> SignedIn:
    """A new credential at each sign-in: one that was planted before it is worth nothing after."""
    now = core.clock.now()
    replaced = None
    if former:
        replaced = store.end_session_by_credential(tx, core.secrets.credential_hash(former))
    credential = new_credential()
    expires_at = now + timedelta(days=core.config.accounts.session_days)
    owner = ids.Person(account)
    store.open_session(tx, owner, core.secrets.credential_hash(credential), now, expires_at)
    profile = store.profile(tx, owner)
    assert profile is not None
    return SignedIn(profile, credential, replaced)


async def sign_out(core: Core, endpoint: Endpoint, credential: str) -> None:
    hash_ = core.secrets.credential_hash(credential)
    account = await core.db.write(lambda tx: store.end_session_by_credential(tx, hash_))
    if account is not None:
        _log(core, Act.LOG_OUT, account, endpoint)


def _log_signed_in(core: Core, signed_in: SignedIn, endpoint: Endpoint) -> None:
    if signed_in.replaced is not None:
        _log(core, Act.LOG_OUT, signed_in.replaced, endpoint, REPLACED)
    _log(core, Act.LOG_IN, signed_in.profile.id, endpoint)


def _log(core: Core, act: Act, account: UUID | None, endpoint: Endpoint, result: str = DONE) -> None:
    core.the(NetworkLog).record(Entry(act, core.clock.now(), person(account), endpoint, result=result))


async def authenticate(core: Core, credential: str) -> store.StoredSession | None:
    """The session of a credential, neither ended nor expired nor idle for too long."""
    now = core.clock.now()
    hash_ = core.secrets.credential_hash(credential)
    return await core.db.read(lambda tx: store.session_by_credential(tx, hash_, now, _idle_since(core, now)))


def _idle_since(core: Core, now: datetime) -> datetime:
    return now - timedelta(days=core.config.accounts.session_idle_days)


async def stamp(core: Core, found: store.StoredSession) -> None:
    """Notes that the session is in use. Losing one note does no harm, so a failure is no error."""
    now = core.clock.now()
    try:
        await core.db.write(lambda tx: store.stamp_session(tx, found.tenant, found.id, now), lane=Lane.BATCH)
    except NotSaved:
        return


def is_stamp_due(core: Core, found: store.StoredSession) -> bool:
    return core.clock.now() - found.seen_at >= SEEN_EVERY


async def profile_of(core: Core, person: auth.Person) -> Profile | None:
    return await core.db.read(lambda tx: store.profile(tx, ids.Person(person.account)))


def _typed_code(text: str) -> str:
    """Full-width digits and blanks come from phones' keyboards and from copying."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _phone_lookup(core: Core, phone: str) -> bytes:
    return core.secrets.lookup("identity", f"{IdentityKind.PHONE}:{phone}")


def _email_lookup(core: Core, email: Email) -> bytes:
    return core.secrets.lookup("identity", f"{IdentityKind.EMAIL}:{email.lookup}")


def _code_hash(core: Core, id_: UUID, code: str) -> bytes:
    """Bound to its request: the same digits answer no other one."""
    return core.secrets.lookup("one-time-code", f"{id_}:{code}")
