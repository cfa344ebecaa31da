"""Who gets in, and as whom: the checks at the door and the transaction of a join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.core.admission import Admit, Ask, Refuse, Verdict, Wait, fold
from mcmeet.core.auth import Role
from mcmeet.core.ids import random_id
from mcmeet.core.names import clean_name
from mcmeet.core.secrets import new_credential
from mcmeet.core.services import Core
from mcmeet.features.meetings import store
from mcmeet.features.meetings.errors import HostKeyUsed, MeetingFull, MeetingNotAvailable, SeatInUse
from mcmeet.features.meetings.schemas import JoinMeeting, Takeover
from mcmeet.features.meetings.service.opening import Visitor, count_visit, find_holding, opens, subject_of
from mcmeet.features.meetings.service.sending import sending_of
from mcmeet.features.meetings.store import Holding, Sitting
from mcmeet.live import store as live_store
from mcmeet.live.errors import RunEnded
from mcmeet.live.protocol import TICKET_S
from mcmeet.live.rooms import Rooms
from mcmeet.live.seats import MAIN, Occupant, SeatKind, Ticket
from mcmeet.privacy import ledger
from mcmeet.privacy.errors import ConsentRequired
from mcmeet.privacy.ledger import Shown, Subject
from mcmeet.privacy.schemas import ConsentGiven
from mcmeet.privacy.tables import Surface


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
    """`guest` is to be remembered by the browser; `sending`: of the page that gives the seat up."""

    ticket: str
    seat: int
    guest: UUID | None
    sending: list[str] | None


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
    count_visit(core, visitor)
    holding = await find_holding(core, number, visitor)
    opened = opens(core, number, holding, visitor, wanted)
    is_known = visitor.account is not None or visitor.guest is not None
    if not is_known:
        visitor = replace(visitor, guest=random_id())
    attempt = JoinAttempt(
        core, holding, subject_of(visitor, holding), name, opened, _current_consent(wanted.consent)
    )
    checks = [check for feature in core.features for check in feature.admission]
    verdict = await fold(checks, attempt)
    if holding is None or attempt.subject is None:
        raise MeetingNotAvailable
    old = _seat_to_retake(core, holding, wanted.takeover)
    continues = wanted.takeover is Takeover.CONTINUE
    sending = await sending_of(core, holding.run, old.occupant) if old and continues else None
    entrance = _Entrance(core, holding, visitor, attempt, wanted, verdict, old, is_known, sending)
    return await core.db.write(entrance.write)


@dataclass(frozen=True, slots=True)
class _Entrance:
    """The transaction of a join: consent, seat, role, host key and ticket stand or fall together.

    `is_known`: by account or cookie, so that another page of theirs may come at the same time.
    """

    core: Core
    holding: Holding
    visitor: Visitor
    attempt: JoinAttempt
    wanted: JoinMeeting
    verdict: Admit | Wait
    old: Sitting | None
    is_known: bool
    sending: list[str] | None

    def write(self, session: Session) -> Admitted:
        """Raises MeetingNotAvailable, SeatInUse, MeetingFull, HostKeyUsed."""
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
        return Admitted(secret, seat, self.visitor.guest, self.sending)

    def _seat(self, session: Session) -> int:
        """The one taken again, or a new one. Raises RunEnded, SeatInUse, MeetingFull."""
        run, most = self.holding.run.id, self.core.config.live.seats_most
        if self.old is not None:
            live_store.require_running(session, run)
            return self.old.occupant.seat
        seat = live_store.next_seat(session, run)
        self._require_first(session)
        if live_store.how_many_seats(session, run) >= most:
            raise MeetingFull(seats=most)
        return seat

    def _require_first(self, session: Session) -> None:
        """Of two pages of one person that found no seat of theirs, one gets it. Raises SeatInUse.

        Others wait for `next_seat`, so what is read here is what they have stored.
        """
        if not self.is_known or self.wanted.takeover is Takeover.NEW:
            return
        run, visitor = self.holding.run.id, self.visitor
        taken = live_store.seats_of_person(session, run, account=visitor.account, guest=visitor.guest)
        if taken:
            raise SeatInUse(seat=taken[0].seat, name=taken[0].name)

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
        """The host of record comes back as host, but a second seat beside the first is a participant's.

        An account comes back as the co-host that it was; a guest's cookie is the browser's, whoever uses
        that next.
        """
        if self.holding.is_host and self.wanted.takeover is not Takeover.NEW:
            return Role.HOST
        old = None if self.old is None else self.old.occupant
        was_co_host = old is not None and old.account is not None and old.role is Role.CO_HOST
        return Role.CO_HOST if was_co_host else Role.PARTICIPANT

    def _space(self) -> str:
        return self.verdict.space if isinstance(self.verdict, Wait) else MAIN

    def _redeem_host_key(self, session: Session, seat: int, now: datetime) -> bool:
        """Once. The seat that enters by it is the host's from then on, and so is whoever has that seat."""
        meeting, run = self.holding.meeting, self.holding.run.id
        if self.wanted.host_key is None or self.holding.is_host:
            return False
        key_hash = self.core.secrets.credential_hash(self.wanted.host_key)
        if not store.redeem_host_key(session, meeting.tenant, meeting.id, run, key_hash, seat, now):
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


def _current_consent(given: ConsentGiven | None) -> ConsentGiven | None:
    """None for what names other versions than those in force: that is asked again, not an error here."""
    try:
        return ledger.check_versions(given)
    except ConsentRequired:
        return None
