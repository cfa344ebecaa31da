"""The second half of a room: a change is committed, then applied, then announced.

The lease term is checked inside each transaction, so a task that lost its run cannot write to it.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from mcmeet.core import logs
from mcmeet.core.db import LIVE_DEADLINE_S
from mcmeet.core.ids import random_id
from mcmeet.core.rates import Bucket
from mcmeet.core.services import Core
from mcmeet.live import store
from mcmeet.live.errors import LeaseLost, NotInForce
from mcmeet.live.feature import NOTHING, Change, Event, LiveFactory, LiveFeature, SeatRights
from mcmeet.live.protocol import Link, event_frame
from mcmeet.live.replay import Replay
from mcmeet.live.seats import Close, Occupant, Roster
from mcmeet.live.state import LEFT_ENDED, LEFT_LOST, RoomState
from mcmeet.live.store import Run
from mcmeet.privacy.network_log.entries import Act, Entry
from mcmeet.privacy.network_log.log import NetworkLog

COMMANDS_PER_S: Final = 20
COMMAND_BURST: Final = 40
HOOK_DEADLINE_S: Final = 5.0
ASK_AGAIN_EVERY_S: Final = 10.0
"""Twice the deadline: a feature that hangs leaves the meeting half of its time."""

_NOT_IN_FORCE: Final = "not in force"

log = logs.get("live.commit")
R = TypeVar("R")


@dataclass(slots=True)
class Member:
    """The running side of a seat: its socket, its answers, its rates, since when it is away.

    `in_force`: every feature is known to obey `rights`. `outdated`: these may not be those of now.
    `has_joined`: what features do about that is done.
    """

    link: Link | None
    rights: SeatRights
    bucket: Bucket
    in_force: bool = True
    outdated: bool = False
    has_joined: bool = False
    away_since: float | None = None
    lost_at: datetime | None = None
    highest_id: int = 0
    answers: OrderedDict[int, str] = field(default_factory=OrderedDict)
    seldom: dict[str, Bucket] = field(default_factory=dict)
    """By command."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a feature has to do because a seat left, or moved from `came_from`.

    As long as it failed to, somebody who is gone may still be seen and heard.
    """

    feature: LiveFeature
    occupant: Occupant
    came_from: str | None = None

    def hook(self) -> Awaitable[Change]:
        if self.came_from is None:
            return self.feature.on_leave(self.occupant)
        return self.feature.on_move(self.occupant, self.came_from)

    def is_void(self, roster: Roster) -> bool:
        """Whoever left is back and admitted anew; whoever moved is somewhere else again."""
        now = roster.get(self.occupant.seat)
        if self.came_from is None:
            return now is not None
        return now is None or now.space != self.occupant.space


class ConcludesNothing(Exception):
    """A hook has let somebody go, or ended the meeting: commands, messages and the room itself may."""


class CommittingRoom(RoomState):
    def __init__(self, core: Core, run: Run, factories: Sequence[LiveFactory]) -> None:
        super().__init__(core, run, factories)
        self.epoch = str(random_id())
        self.stopped: Close | None = None
        self._members: dict[int, Member] = {}
        self._replay = Replay()
        self._owed: list[Owed] = []
        self._failed_at: dict[int | Owed, float] = {}
        self._asked_at = core.clock.monotonic()

    def disconnect_all(self, code: Close) -> None:
        """The task ends after what it does now; `code` is why. Stays remain open."""
        self.stopped = self.stopped or code
        for member in self._members.values():
            if member.link:
                member.link.close(code)

    def _is_late(self, at: float) -> bool:
        """Whoever asked then has been told, or has given up: nothing is carried out for them any more."""
        return self.core.clock.monotonic() - at > LIVE_DEADLINE_S

    def _member(self, occupant: Occupant) -> Member:
        member = self._members.get(occupant.seat)
        if member is None:
            bucket = Bucket(self.core.clock, COMMANDS_PER_S, COMMAND_BURST)
            member = Member(None, self.rights(occupant), bucket)
            self._members[occupant.seat] = member
        return member

    async def _perform(self, change: Change) -> None:
        """Commit, apply, announce; returns once all of it is in force. What is stored is never NotSaved.

        For a change that lets nobody go: `_carry_out` concludes a departure or an end.
        """
        if change.departures or change.ends is not None:
            raise ConcludesNothing
        await self._follow_up(await self._store(change))

    async def _carry_out(self, change: Change) -> None:
        """Without anybody who waits for an answer in between."""
        stored = await self._store(change)
        try:
            await self._follow_up(stored)
        finally:
            await self._conclude(stored)

    async def _store(self, change: Change) -> Change:
        """Commits and applies; returns what is to follow and to be concluded, whatever fails from here on.

        Raises when nothing of it is stored; `apply` only assigns, and raises nothing.
        """
        if change.ends is not None:
            change = await self._with_end(change, change.ends)
        if change.write is not None:
            await self._commit(change.write)
        change.apply()
        self._owe(change)
        return change

    def _owe(self, change: Change) -> None:
        """What features have to do because of it: what nobody gets to is asked for again."""
        for seat in change.rights & self._members.keys():
            self._members[seat].outdated = True
        owed: list[tuple[Occupant, str | None]] = [(occupant, None) for occupant, _ in change.departures]
        owed += [(self.roster.require(seat), space) for seat, space in change.came_from.items()]
        self._owed += [
            Owed(feature, occupant, came_from)
            for occupant, came_from in owed
            for feature in self.features.values()
        ]

    async def _follow_up(self, change: Change) -> None:
        """Everybody hears of it, and the features do what they have to. Raises NotInForce."""
        for event in change.events:
            self._announce(event)
        self._log(change.acts)
        done = [await self._refresh_rights(seat) for seat in sorted(change.rights)]
        seats = {occupant.seat for occupant, _ in change.departures} | change.came_from.keys()
        for owed in [owed for owed in self._owed if owed.occupant.seat in seats]:
            done.append(await self._paid(owed))
        for seat in sorted(change.replaced):
            viewer = self.roster.get(seat)
            if viewer is not None:
                self._announce(Event("state.replaced", self.snapshot(viewer), seats=frozenset({seat})))
        if not all(done):
            raise NotInForce

    async def _conclude(self, change: Change) -> None:
        """What comes after the answer: sockets of those who left, and of all when the meeting has ended."""
        for occupant, code in change.departures:
            member = self._members.pop(occupant.seat, None)
            self.addresses.pop(occupant.seat, None)
            self.endpoints.pop(occupant.seat, None)
            if member is not None and member.link is not None:
                member.link.close(code)
        if change.ends is not None:
            self.disconnect_all(Close.ENDED)
            await self._let_go()

    async def _let_go(self) -> None:
        for feature in self.features.values():
            await self._hooked(feature.on_closed(), None)

    async def _paid(self, owed: Owed) -> bool:
        """Whether nothing of it is owed any more."""
        if not (owed.is_void(self.roster) or await self._followed(owed.hook())):
            return False
        self._owed.remove(owed)
        return True

    async def _followed(self, hook: Awaitable[Change]) -> bool:
        """Whether a hook has answered and its change is in force. Raises LeaseLost."""
        change = await self._hooked(hook, None)
        if change is None:
            return False
        try:
            await self._perform(change)
        except LeaseLost:
            raise
        except Exception as error:
            log.exception("follow-up failed", error=type(error).__name__)
            return False
        return True

    async def _refresh_rights(self, seat: int) -> bool:
        """Whether the rights are in force now; features that failed before are asked again."""
        occupant, member = self.roster.get(seat), self._members.get(seat)
        if occupant is None or member is None:
            return True
        rights = self.rights(occupant)
        member.outdated, is_new = False, rights != member.rights
        if member.in_force and not is_new:
            return True
        member.rights, member.in_force = rights, False
        obeyed = [
            await self._hooked(feature.on_rights(occupant, rights), _NOT_IN_FORCE) is None
            for feature in self.features.values()
        ]
        member.in_force = all(obeyed)
        if is_new:
            you = {"role": occupant.role.value, "space": occupant.space, "rights": rights.wire()}
            self._announce(Event("you.changed", you, seats=frozenset({seat})))
        return member.in_force

    async def _ask_again(self, now: float) -> None:
        if now - self._asked_at >= ASK_AGAIN_EVERY_S:
            self._asked_at = now
            await self._bring_into_force()

    async def _bring_into_force(self) -> None:
        """What was stored and is not in force: seats by their number, and what is owed.

        After one failure the rest waits for the next time and comes first then: what always fails keeps
        nothing else from being done.
        """
        members = self._members.items()
        waiting: list[int | Owed] = [
            seat for seat, member in members if member.outdated or not member.in_force
        ]
        waiting += self._owed
        self._failed_at = {item: at for item, at in self._failed_at.items() if item in waiting}
        for item in sorted(waiting, key=lambda item: self._failed_at.get(item, -math.inf)):
            if not await (self._refresh_rights(item) if isinstance(item, int) else self._paid(item)):
                self._failed_at[item] = self.core.clock.monotonic()
                return

    async def _with_end(self, change: Change, reason: str) -> Change:
        """All of an end in one transaction; the sockets close after the answer to whoever ended it."""
        parts = [change]
        for feature in self.features.values():
            parts.append(await self._hooked(feature.on_close(reason), NOTHING))
        now = self.core.clock.now()

        def write(session: Session) -> None:
            for part in parts:
                if part.write is not None:
                    part.write(session)
            for seat, member in self._members.items():
                if member.lost_at is not None:
                    store.close_stay(session, self.run.id, seat, member.lost_at)
            store.end_run(session, self.run.id, reason, now)

        def apply() -> None:
            for part in parts:
                part.apply()

        events = tuple(event for part in parts for event in part.events)
        acts = (*(self._ended_at(occupant, now) for occupant in self.roster), *change.acts)
        return replace(change, write=write, apply=apply, events=events, acts=acts)

    def _ended_at(self, occupant: Occupant, now: datetime) -> Entry:
        member = self._members.get(occupant.seat)
        lost_at = None if member is None else member.lost_at
        return self.act(Act.LEAVE, occupant, LEFT_ENDED if lost_at is None else LEFT_LOST, lost_at or now)

    def _log(self, acts: Iterable[Entry]) -> None:
        for entry in acts:
            self.core.the(NetworkLog).record(entry)

    def _announce(self, event: Event) -> None:
        seq = None if event.transient else self._replay.next_seq()
        frame = event_frame(event, seq, self.core.clock.now())
        seats = frozenset(self._members) if event.seats is None else event.seats
        if seq is not None:
            self._replay.keep(seq, event.seats, frame)
        for seat in seats:
            member = self._members.get(seat)
            if member is None or member.link is None:
                continue
            if event.transient:
                member.link.send_transient(frame)
            else:
                member.link.send(frame)

    async def _commit(self, write: Callable[[Session], None]) -> None:
        run, term = self.run.id, self.run.term

        def guarded(session: Session) -> None:
            store.check_lease(session, run, term)
            write(session)

        await self.core.db.write(guarded)

    async def _hooked(self, hook: Awaitable[R], otherwise: R) -> R:
        """A hook that fails or hangs costs its feature, not the meeting."""
        try:
            return await asyncio.wait_for(hook, HOOK_DEADLINE_S)
        except Exception as error:
            log.exception("hook failed", error=type(error).__name__)
            return otherwise
