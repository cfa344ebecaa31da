"""The rules of meetings: how one is made, who gets in, as whom, and who may end it."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.core.admission import Admit, Ask, Refuse, Verdict, Wait, fold
from mcmeet.core.auth import Person, Role, Seat
from mcmeet.core.errors import NotSaved, Unauthenticated
from mcmeet.core.guesses import count_failure, require_guess
from mcmeet.core.ids import Platform, Tenant, new_id, random_id
from mcmeet.core.names import clean_name
from mcmeet.core.secrets import new_credential
from mcmeet.core.services import Core
from mcmeet.features.accounts import account_of
from mcmeet.features.meetings import store
from mcmeet.features.meetings.errors import HostKeyUsed, MeetingFull, MeetingNotAvailable, SeatInUse
from mcmeet.features.meetings.schemas import (
    NUMBER_DIGITS,
    EndMeeting,
    JoinMeeting,
    Opening,
    Takeover,
    clean_number,
    clean_topic,
    invitation_link,
)
from mcmeet.features.meetings.store import HeldMeeting, Holding, Sitting, StoredMeeting
from mcmeet.live import store as live_store
from mcmeet.live.errors import RunEnded
from mcmeet.live.protocol import TICKET_S
from mcmeet.live.rooms import Rooms
from mcmeet.live.seats import MAIN, Occupant, SeatKind, Ticket
from mcmeet.live.store import Run
from mcmeet.privacy import ledger
from mcmeet.privacy.errors import ConsentRequired
from mcmeet.privacy.ledger import AccountSubject, GuestSubject, Shown, Subject
from mcmeet.privacy.policies import Lang
from mcmeet.privacy.schemas import ConsentGiven
from mcmeet.privacy.tables import Surface

OPERATOR_TOPIC: Final = "快速会议"
QUICK_TOPIC: Final = {Lang.ZH: "{name}的快速会议", Lang.EN: "{name}'s instant meeting"}
"""With a name of any length they fit TOPIC_MOST."""
PASSCODE_DIGITS: Final = 6
NUMBER_DRAWS: Final = 10
PREVIOUS_MOST: Final = 50

CREATES_PER_ACCOUNT: Final = "300/hour"
VISITS_PER_SOURCE: Final = "1200/minute"
"""Previews and joins together: who comes by the page does both."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and from where; `guest` is the id in the browser's cookie."""

    source: str
    account: UUID | None = None
    guest: UUID | None = None


@dataclass(frozen=True, slots=True)
class JoinAttempt:
    """What admission checks look at. `opened` is None when neither passcode nor host key was given.

    `holding` may be None: an unknown number is asked the same questions as a known one.
    """

    core: Core
    holding: Holding | None
    subject: Subject | None
    name: str
    opened: bool | None
    consent: ConsentGiven | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """`guest` is to be remembered by the browser."""

    ticket: str
    seat: int
    guest: UUID | None


@dataclass(frozen=True, slots=True)
class OperatorMeeting:
    number: str
    passcode: str
    link: str
    host_link: str


def draw_number() -> str:
    lowest: int = 10 ** (NUMBER_DIGITS - 1)
    return str(lowest + secrets.randbelow(9 * lowest))


def draw_passcode() -> str:
    return f"{secrets.randbelow(10**PASSCODE_DIGITS):0{PASSCODE_DIGITS}}"


async def create_instant(core: Core, person: Person, topic: str | None) -> StoredMeeting:
    """快速会议: a meeting and its run, hosted by this account. Raises TopicInvalid, TooManyRequests."""
    given = clean_topic(topic)
    core.rates.hit(CREATES_PER_ACCOUNT, "create meeting", str(person.account))
    return await _create(
        core, person.tenant, person.account, given or await _quick_topic(core, person), host_key_hash=None
    )


async def _quick_topic(core: Core, person: Person) -> str:
    """In the host's own name and language."""
    host = await core.db.read(lambda session: account_of(session, person.account))
    if host is None:  # closed a moment ago
        raise Unauthenticated
    return QUICK_TOPIC[Lang(host.locale)].format(name=host.name)


async def create_for_operator(core: Core, topic: str, *, base: str) -> OperatorMeeting:
    """A meeting of the installation itself: whoever redeems the host key, once, is its host."""
    host_key = new_credential()
    key_hash = core.secrets.credential_hash(host_key)
    topic = clean_topic(topic) or OPERATOR_TOPIC
    meeting = await _create(core, Platform(), None, topic, host_key_hash=key_hash)
    number, passcode = meeting.number, meeting.passcode or ""
    link = invitation_link(base, number, passcode)
    return OperatorMeeting(number, passcode, link, invitation_link(base, number, passcode, host_key))


async def _create(
    core: Core, tenant: Tenant, account: UUID | None, topic: str, *, host_key_hash: bytes | None
) -> StoredMeeting:
    now = core.clock.now()
    drawn = StoredMeeting(
        id=new_id(now),
        tenant=tenant,
        number="",
        creator=account,
        topic=topic,
        passcode=draw_passcode(),
        host_key_hash=host_key_hash,
        host_key_seat=None,
        created_at=now,
    )

    def write(session: Session) -> StoredMeeting:
        store.release_over(session, now)
        for _ in range(NUMBER_DRAWS):
            meeting = replace(drawn, number=draw_number())
            if store.create_meeting(session, tenant, meeting):
                live_store.create_run(session, tenant, store.first_run(meeting, new_credential()))
                return meeting
        raise NotSaved

    return await core.db.write(write)


async def previous(core: Core, person: Person) -> list[HeldMeeting]:
    """The meetings that this account hosts or has hosted, newest first."""
    tenant, account = person.tenant, person.account
    return await core.db.read(lambda session: store.held_by(session, tenant, account, PREVIOUS_MOST))


async def preview(core: Core, visitor: Visitor, number: str, opening: Opening) -> tuple[Run, str | None, int]:
    """The run, the name of its host when one has joined, and how many people are there.

    Raises MeetingNotAvailable, TooManyRequests.
    """
    core.rates.hit(VISITS_PER_SOURCE, "visit", visitor.source)
    holding = await _find(core, number, visitor)
    opened = _open(core, number, holding, visitor, opening)
    if holding is None or not (opened or (opened is None and holding.is_host)):
        raise MeetingNotAvailable
    run = holding.run
    host = await core.db.read(lambda session: live_store.host_name(session, run.id))
    return run, host, core.the(Rooms).present(run.id)


async def check_passcode(attempt: JoinAttempt) -> Verdict:
    """The first admission check: right passcode, right host key, or the host's own account."""
    if attempt.opened is None:
        is_host = attempt.holding is not None and attempt.holding.is_host
        return Admit() if is_host else Ask("passcode")
    return Admit() if attempt.opened else Refuse(MeetingNotAvailable())


async def check_consent(attempt: JoinAttempt) -> Verdict:
    """The second: consent to the current texts, given now or on record (PIPL article 14)."""
    if attempt.consent is not None:
        return Admit()
    subject = attempt.subject
    if subject is None:
        return Ask("consent")
    missing = await attempt.core.db.read(lambda session: ledger.missing(session, subject))
    return Ask("consent") if missing else Admit()


async def join(core: Core, visitor: Visitor, number: str, wanted: JoinMeeting) -> Admitted:
    """A seat, and a ticket for its socket.

    Raises NameInvalid, MeetingNotAvailable, AdmissionSteps, SeatInUse, MeetingFull, HostKeyUsed,
    TooManyRequests.
    """
    name = clean_name(wanted.name)
    core.rates.hit(VISITS_PER_SOURCE, "visit", visitor.source)
    holding = await _find(core, number, visitor)
    opened = _open(core, number, holding, visitor, wanted)
    if visitor.account is None and visitor.guest is None:
        visitor = replace(visitor, guest=random_id())
    attempt = JoinAttempt(
        core, holding, _subject(visitor, holding), name, opened, _current_consent(wanted.consent)
    )
    checks = [check for feature in core.features for check in feature.admission]
    verdict = await fold(checks, attempt)
    if holding is None or attempt.subject is None:
        raise MeetingNotAvailable
    old = _seat_to_retake(core, holding, wanted.takeover)
    entrance = _Entrance(core, holding, visitor, attempt, wanted, verdict, old)
    return await core.db.write(entrance.write)


@dataclass(frozen=True, slots=True)
class _Entrance:
    """The transaction of a join: consent, seat, role, host key and ticket stand or fall together."""

    core: Core
    holding: Holding
    visitor: Visitor
    attempt: JoinAttempt
    wanted: JoinMeeting
    verdict: Admit | Wait
    old: Sitting | None

    def write(self, session: Session) -> Admitted:
        """Raises MeetingNotAvailable, MeetingFull, HostKeyUsed."""
        run, now, secret = self.holding.run.id, self.core.clock.now(), new_credential()
        self._record_consent(session, now)
        try:
            seat = self._seat(session)
        except RunEnded:
            raise MeetingNotAvailable from None
        redeemed = self._redeem_host_key(session, seat, now)
        role, space = self._brought(session, seat, redeemed=redeemed)
        expires_at = now + timedelta(seconds=TICKET_S)
        ticket = Ticket(self.core.secrets.credential_hash(secret), expires_at, self.attempt.name, role, space)
        if self.old is None:
            live_store.create_seat(session, run, self._occupant(seat), ticket)
        else:
            live_store.issue_ticket(session, run, seat, ticket)
        return Admitted(secret, seat, self.visitor.guest)

    def _seat(self, session: Session) -> int:
        """The one taken again, or a new one. Raises RunEnded, MeetingFull."""
        run, most = self.holding.run.id, self.core.config.live.seats_most
        if self.old is not None:
            live_store.require_running(session, run)
            return self.old.occupant.seat
        seat = live_store.next_seat(session, run)
        if seat > most:
            raise MeetingFull(seats=most)
        return seat

    def _record_consent(self, session: Session, now: datetime) -> None:
        consent, subject = self.attempt.consent, self.attempt.subject
        if consent is not None and subject is not None:
            shown = Shown(Surface.WEB_JOIN, consent.lang, self.core.config.operator)
            ledger.record(session, subject, shown, now)

    def _occupant(self, seat: int) -> Occupant:
        return Occupant(
            seat=seat,
            name=self.attempt.name,
            role=self._role(),
            space=self._space(),
            kind=SeatKind.WEB,
            media=new_credential(),
            account=self.visitor.account,
            guest=self.visitor.guest,
            present=False,
        )

    def _brought(self, session: Session, seat: int, *, redeemed: bool) -> tuple[Role | None, str | None]:
        """Back in time: role and space as they are. Later, or for the first time: both computed anew."""
        run = self.holding.run.id
        if self.old is not None and live_store.has_open_stay(session, run, seat):
            # A key that was redeemed for a ticket which nobody used has left the meeting without its host.
            is_host = redeemed or (self.holding.is_host and not store.has_host(session, run))
            return Role.HOST if is_host else None, None
        return Role.HOST if redeemed else self._role(), self._space()

    def _role(self) -> Role:
        """The host of record comes back as host, but a second seat beside the first is a participant's."""
        beside = self.wanted.takeover is Takeover.NEW
        return Role.HOST if self.holding.is_host and not beside else Role.PARTICIPANT

    def _space(self) -> str:
        return self.verdict.space if isinstance(self.verdict, Wait) else MAIN

    def _redeem_host_key(self, session: Session, seat: int, now: datetime) -> bool:
        """Once. The seat that redeems it is the host's from then on, and so is whoever has that seat."""
        meeting = self.holding.meeting
        if self.wanted.host_key is None or self.holding.is_host:
            return False
        key_hash = self.core.secrets.credential_hash(self.wanted.host_key)
        if not store.redeem_host_key(session, meeting.tenant, meeting.id, key_hash, seat, now):
            raise HostKeyUsed
        return True


def _seat_to_retake(core: Core, holding: Holding, takeover: Takeover | None) -> Sitting | None:
    """Raises SeatInUse when its owner is connected and has not said what to do."""
    if takeover is Takeover.NEW:
        return None
    mine = holding.sittings
    rooms, run = core.the(Rooms), holding.run.id
    alive = [sitting for sitting in mine if rooms.is_connected(run, sitting.occupant.seat)]
    if alive and takeover is None:
        raise SeatInUse(seat=alive[0].occupant.seat, name=alive[0].occupant.name)
    here = [sitting for sitting in mine if sitting.here]
    return next(iter([*alive, *here, *mine]), None)


async def end(core: Core, actor: Person | Seat, number: str) -> None:
    """For the host of record, or a seat that is host now. Raises MeetingNotAvailable, Forbidden."""
    account = actor.account if isinstance(actor, Person) else None
    holding = await _find(core, number, Visitor("", account))
    if holding is None:
        raise MeetingNotAvailable
    is_mine = holding.run.id == actor.run if isinstance(actor, Seat) else holding.is_host
    if not is_mine:
        raise MeetingNotAvailable
    with suppress(RunEnded):
        await core.the(Rooms).tell(holding.run.id, EndMeeting(actor))


async def _find(core: Core, number: str, visitor: Visitor) -> Holding | None:
    """The run that can be joined under this number now."""
    plain = clean_number(number) or ""
    return await core.db.read(
        lambda session: store.holding_by_number(session, plain, account=visitor.account, guest=visitor.guest)
    )


def _open(
    core: Core, number: str, holding: Holding | None, visitor: Visitor, opening: Opening
) -> bool | None:
    """Whether what was given opens the meeting; None when nothing was given. Raises TooManyRequests.

    Whoever has sat in this meeting or hosts it is not guessing.
    """
    if opening.passcode is None and opening.host_key is None:
        return None
    guessed = clean_number(number) or "malformed"
    known = holding is not None and (holding.is_host or bool(holding.sittings))
    if not known:
        require_guess(core.rates, visitor.source, guessed)
    if _fits(core, holding.meeting if holding else None, opening):
        return True
    count_failure(core.rates, visitor.source, guessed)
    return False


def _fits(core: Core, meeting: StoredMeeting | None, opening: Opening) -> bool:
    """In constant time, and with the same work for a meeting that is not there."""
    passcode = unicodedata.normalize("NFKC", opening.passcode or "").strip().encode()
    key_hash = core.secrets.credential_hash(opening.host_key or "")
    expected = (meeting.passcode if meeting else None) or "-" * PASSCODE_DIGITS
    expected_hash = (meeting.host_key_hash if meeting else None) or bytes(len(key_hash))
    right_passcode = hmac.compare_digest(passcode, expected.encode())
    right_key = hmac.compare_digest(key_hash, expected_hash)
    if meeting is None or meeting.passcode is None:
        return False
    return right_passcode if opening.host_key is None else right_key


def _subject(visitor: Visitor, holding: Holding | None) -> Subject | None:
    """The account first: what is asked of it must not tell whether the number exists."""
    if visitor.account is not None:
        return AccountSubject(visitor.account)
    return None if holding is None or visitor.guest is None else GuestSubject(visitor.guest, holding.run.id)


def _current_consent(given: ConsentGiven | None) -> ConsentGiven | None:
    """None for what names other versions than those in force: that is asked again, not an error here."""
    try:
        return ledger.check_versions(given)
    except ConsentRequired:
        return None
