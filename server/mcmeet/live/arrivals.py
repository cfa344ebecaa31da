"""How a seat comes in: its credential is used, its stay opens or goes on, and it is told where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from mcmeet.core.clock import iso
from mcmeet.core.errors import InternalError, McmeetError, NotSaved, socket_error
from mcmeet.core.secrets import new_credential
from mcmeet.core.services import Core
from mcmeet.live import store
from mcmeet.live.commit import CommittingRoom, Member
from mcmeet.live.errors import HelloRefused, LeaseLost, SeatRemoved, StayOver
from mcmeet.live.feature import NOTHING, LiveFactory, MediaAssignment, SeatRights
from mcmeet.live.protocol import Hello, Link, encode, media_wire
from mcmeet.live.seats import Close, Occupant
from mcmeet.live.store import Run
from mcmeet.privacy.network_log.entries import Act

CLOSES: Final[dict[type[BaseException], Close]] = {
    HelloRefused: Close.HELLO_REFUSED,
    SeatRemoved: Close.REMOVED,
    StayOver: Close.REJOIN,
    LeaseLost: Close.MOVED,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """`at`: when it came, on the clock that does not jump."""

    link: Link
    hello: Hello
    seat: int
    credential_hash: bytes
    at: float


class ArrivingRoom(CommittingRoom):
    def __init__(self, core: Core, run: Run, factories: Sequence[LiveFactory]) -> None:
        super().__init__(core, run, factories)
        self._started_at = run.started_at
        self._empty_since: float | None = core.clock.monotonic()

    async def _arrive(self, arrival: Arrival) -> None:
        if arrival.link.is_closing:
            return
        if self._is_late(arrival.at):
            _turn_away(arrival.link, NotSaved())
            return
        resume = new_credential()
        found: list[Occupant] = []

        def write(session: Session) -> None:
            now, run, seat = self.core.clock.now(), self.run.id, arrival.seat
            if arrival.hello.ticket is not None:
                occupant = store.use_ticket(session, run, seat, arrival.credential_hash, now)
                used = None
            else:
                occupant = store.use_resume(session, run, seat, arrival.credential_hash)
                used = arrival.credential_hash
            store.rotate_resume(session, run, seat, used, self.core.secrets.credential_hash(resume))
            store.open_stay(session, run, occupant, now)
            store.stamp_seen(session, run, [seat], now)
            found[:] = [occupant]

        try:
            await self._commit(write)
        except BaseException as error:
            _turn_away(arrival.link, error)
            raise
        try:
            await self._seat(arrival, found[0], resume)
        except BaseException as error:
            _turn_away(arrival.link, error)
            await self._keep_as_lost(arrival.seat)
            raise

    async def _keep_as_lost(self, seat: int) -> None:
        """Stored, but not let in: as if the socket had broken."""
        occupant, member = self.roster.get(seat), self._members.get(seat)
        if occupant is not None and member is not None:
            await self._set_away(occupant, member)

    async def _set_away(self, occupant: Occupant, member: Member) -> None:
        """The grace time begins, and everybody sees it."""
        member.link = None
        member.away_since = self.core.clock.monotonic()
        member.lost_at = self.core.clock.now()
        away = replace(occupant, present=False)
        self.roster.put(away)
        for event in self.appeared(occupant, away):
            self._announce(event)
        for feature in self.features.values():
            await self._followed(feature.on_away(away))

    async def _seat(self, arrival: Arrival, occupant: Occupant, resume: str) -> None:
        self._started_at = self._started_at or self.core.clock.now()
        self.addresses[occupant.seat] = arrival.link.address
        self.endpoints[occupant.seat] = arrival.link.endpoint
        before = self.roster.get(occupant.seat)
        self._log([self.act(Act.JOIN if before is None else Act.RETURN, occupant)])
        member = self._member(occupant)
        if member.link is not None and member.link is not arrival.link:
            member.link.close(Close.REPLACED)
        member.link = None
        self.roster.put(occupant)
        for event in self.appeared(before, occupant):
            self._announce(event)
        joins = before is None or not member.has_joined
        for feature in self.features.values():
            hook = feature.on_join if joins else feature.on_back
            await self._perform(await self._hooked(hook(occupant), NOTHING))
        member.has_joined = True
        member.rights = self.rights(occupant)
        assigned = await self._assign_media(occupant, member.rights)
        member.in_force = assigned is not None
        media = assigned or MediaAssignment(occupant.space, "none")
        member.away_since = member.lost_at = self._empty_since = None
        member.link = arrival.link
        # Events of a time in which the seat was not in the roster were not meant for it.
        missed = None if before is None else self._missed(arrival)
        self._greet(arrival, occupant, resume, media, missed)

    def _missed(self, arrival: Arrival) -> list[str] | None:
        hello = arrival.hello
        if hello.resume is None or hello.epoch != self.epoch or hello.seq is None:
            return None
        return self._replay.after(arrival.seat, hello.seq)

    def _greet(
        self,
        arrival: Arrival,
        occupant: Occupant,
        resume: str,
        media: MediaAssignment,
        missed: list[str] | None,
    ) -> None:
        head = {
            "epoch": self.epoch,
            "seq": self._replay.seq,
            "resume": resume,
            "media": media_wire(media, arrival.link.address),
        }
        if missed is not None:
            arrival.link.send(encode({"type": "resumed"} | head))
            for frame in missed:
                arrival.link.send(frame)
            return
        # A fresh page counts its commands from 1 again.
        member = self._member(occupant)
        member.highest_id = 0
        member.answers.clear()
        you = {
            "seat": occupant.seat,
            "role": occupant.role.value,
            "space": occupant.space,
            "rights": member.rights.wire(),
        }
        meeting = {
            "number": self.run.number,
            "topic": self.run.topic,
            "started_at": iso(self._started_at or self.core.clock.now()),
        }
        welcome = {"type": "welcome", "you": you, "meeting": meeting, "snapshot": self.snapshot(occupant)}
        arrival.link.send(encode(welcome | head))

    async def _assign_media(self, occupant: Occupant, rights: SeatRights) -> MediaAssignment | None:
        """None: no feature could."""
        for feature in self.features.values():
            found = await self._hooked(feature.assign_media(occupant, rights), None)
            if found is not None:
                return found
        return None


def _turn_away(link: Link, error: BaseException) -> None:
    """Whoever is not let in hears why; an open socket without a welcome would wait for one for ever."""
    told = error if isinstance(error, McmeetError) else InternalError()
    link.send(encode(socket_error(told, None)))
    link.close(CLOSES.get(type(error), Close.RESUME))
