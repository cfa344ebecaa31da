"""The task that owns one running meeting.

Everything comes through its inbox and is handled in sequence: arrivals, commands, losses, messages from
outside, ticks. What a handler returns is committed, then applied, then announced.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy.orm import Session

from mcmeet.core import logs
from mcmeet.core.errors import (
    InternalError,
    InvalidInput,
    McmeetError,
    NotSaved,
    TooManyRequests,
    socket_error,
)
from mcmeet.core.rates import Bucket
from mcmeet.core.services import Core
from mcmeet.live import store
from mcmeet.live.arrivals import Arrival, ArrivingRoom
from mcmeet.live.commit import HOOK_DEADLINE_S, Member
from mcmeet.live.errors import LeaseLost, NotInForce, RunEnded, StaleCommand
from mcmeet.live.feature import NOTHING, SELDOM_BURST, SELDOM_PER_S, Change, LiveFactory
from mcmeet.live.protocol import SILENCE_S, CommandFrame, Link, ack_frame, encode
from mcmeet.live.seats import Close, Occupant, StoredSeat
from mcmeet.live.state import LEFT_LOST
from mcmeet.live.store import Run
from mcmeet.privacy.network_log.entries import Act

ANSWERS_KEPT: Final = 64
WAITING_MOST: Final = 64
"""Commands and arrivals of one seat."""
TICK_S: Final = 1.0
SEEN_EVERY_S: Final = 10.0

log = logs.get("live.room")


@dataclass(frozen=True, slots=True)
class Said:
    """`at`: when it came, on the clock that does not jump."""

    link: Link
    seat: int
    frame: CommandFrame
    at: float


@dataclass(frozen=True, slots=True)
class Lost:
    link: Link
    seat: int


@dataclass(slots=True)
class Told:
    """`done` hears of the outcome. Once `begun` that is what became of it, however long it takes."""

    message: Any
    done: asyncio.Future[None] | None
    begun: bool = False

    def give_up(self) -> None:
        """Unless it has begun, it is not carried out, and whoever waits for it is told."""
        if not self.begun and self.done is not None and not self.done.done():
            self.done.set_exception(NotSaved())

    @property
    def is_given_up(self) -> bool:
        """Not for who has gone: what they asked for is still wanted."""
        return self.done is not None and self.done.done() and not self.done.cancelled()


@dataclass(frozen=True, slots=True)
class Tick:
    pass


Item = Arrival | Said | Lost | Told | Tick


class Room(ArrivingRoom):
    def __init__(
        self, core: Core, run: Run, factories: Sequence[LiveFactory], closed: Callable[[Room], None]
    ) -> None:
        super().__init__(core, run, factories)
        self.inbox: asyncio.Queue[Item] = asyncio.Queue()
        self._waiting: Counter[int] = Counter()
        """Of each seat, so many commands and arrivals are in the inbox."""
        self._tick_waits = False
        self._closed = closed
        self._finished = False
        self._seen_at = core.clock.monotonic()

    def receive(self, item: Item) -> None:
        if self._finished:
            self._refuse(item)
            return
        if isinstance(item, Arrival | Said):
            if self._waiting[item.seat] >= WAITING_MOST:
                item.link.close(Close.FLOODING)
                return
            self._waiting[item.seat] += 1
        self.inbox.put_nowait(item)

    async def _next(self) -> Item:
        item = await self.inbox.get()
        if isinstance(item, Arrival | Said):
            self._waiting[item.seat] -= 1
            if not self._waiting[item.seat]:
                del self._waiting[item.seat]
        elif isinstance(item, Tick):
            self._tick_waits = False
        return item

    def stop(self) -> None:
        """The server stops: what is being done is finished, everybody is told to come back."""
        self.disconnect_all(Close.RESUME)
        self.receive(Tick())

    async def run_forever(self, seats: Sequence[StoredSeat], opened: asyncio.Future[None]) -> None:
        ticker: asyncio.Task[None] | None = None
        try:
            await self._open(seats)
            opened.set_result(None)
            ticker = asyncio.create_task(self._tick_forever())
            while self.stopped is None:
                await self._handle(await self._next())
        except Exception as error:
            if not opened.done():
                opened.set_exception(error)
            else:
                raise
        finally:
            if ticker:
                ticker.cancel()
            self._finished = True
            if not opened.done():  # cancelled while it opened: whoever waits for the room is told
                opened.set_exception(NotSaved())
            self._closed(self)
            while not self.inbox.empty():
                self._refuse(self.inbox.get_nowait())

    async def _open(self, seats: Sequence[StoredSeat]) -> None:
        """Whoever was here is away now, lost when last seen; rights follow the features' own state."""
        here = [stored for stored in seats if stored.present]
        for stored in here:
            self.roster.put(replace(stored.occupant, present=False))
        for feature in self.features.values():
            await asyncio.wait_for(feature.on_open(), HOOK_DEADLINE_S)
        for stored in here:
            member = self._member(self.roster.require(stored.occupant.seat))
            member.away_since = self.core.clock.monotonic()
            member.lost_at = stored.last_seen_at or self.core.clock.now()
            member.in_force = False  # nobody knows what a task before this one did not get to
            member.has_joined = True
        await self._bring_into_force()

    async def _tick_forever(self) -> None:
        while True:
            await self.core.clock.sleep(TICK_S)
            if not self._tick_waits:
                self._tick_waits = True
                self.inbox.put_nowait(Tick())

    async def _handle(self, item: Item) -> None:
        try:
            match item:
                case Arrival():
                    await self._arrive(item)
                case Said():
                    await self._said(item)
                case Lost():
                    await self._lost(item)
                case Told():
                    await self._told(item)
                case Tick():
                    await self._tick()
        except LeaseLost:
            self.disconnect_all(Close.MOVED)
        except McmeetError as error:
            log.warning("not done", code=error.code)
        except Exception as error:
            # One meeting's bug must not take the meeting with it; the sender was answered below.
            log.exception("handler failed", error=type(error).__name__)

    async def _said(self, said: Said) -> None:
        member = self._members.get(said.seat)
        if member is None or member.link is not said.link:
            return
        command_id = said.frame.id
        if command_id in member.answers:
            said.link.send(member.answers[command_id])
            return
        stored = NOTHING
        try:
            if command_id <= member.highest_id:
                raise StaleCommand
            member.highest_id = command_id
            if self._is_late(said.at):
                raise NotSaved
            change = await self._handled(said, member)
            ack = ack_frame(command_id, change.answer)
            stored = await self._store(change)
            await self._follow_up(stored)
            self._answer(said, member, ack)
        except LeaseLost:
            raise
        except McmeetError as error:
            self._answer(said, member, encode(socket_error(error, command_id)))
        except Exception as error:
            log.exception("command failed", error=type(error).__name__)
            self._answer(said, member, encode(socket_error(InternalError(), command_id)))
        finally:
            await self._conclude(stored)

    def _answer(self, said: Said, member: Member, answer: str) -> None:
        member.answers[said.frame.id] = answer
        while len(member.answers) > ANSWERS_KEPT:
            member.answers.popitem(last=False)
        said.link.send(answer)

    async def _handled(self, said: Said, member: Member) -> Change:
        if not member.bucket.take():
            raise TooManyRequests(1)
        by = self.roster.require(said.seat)
        feature, command = self.find_command(said.frame.type, by)
        try:
            data = command.data.model_validate(said.frame.data)
        except ValidationError as error:
            fields = {".".join(map(str, item["loc"])): item["msg"] for item in error.errors()}
            raise InvalidInput(fields=fields) from error
        if command.seldom:
            bucket = Bucket(self.core.clock, SELDOM_PER_S, SELDOM_BURST)
            if not member.seldom.setdefault(command.action.name, bucket).take():
                raise TooManyRequests(1)
        return await command.handler(feature, by, data)

    async def _lost(self, lost: Lost) -> None:
        member = self._members.get(lost.seat)
        occupant = self.roster.get(lost.seat)
        if member is not None and occupant is not None and member.link is lost.link:
            await self._set_away(occupant, member)

    async def _told(self, told: Told) -> None:
        if told.is_given_up:
            return
        told.begun = True
        try:
            for feature in tuple(self.features.values()):
                handler = feature.messages.get(type(told.message))
                if handler is not None:
                    await self._carry_out(await handler(feature, told.message))
        except BaseException as error:
            if told.done is None or told.done.done():
                raise
            told.done.set_exception(error if isinstance(error, Exception) else NotSaved())
            if isinstance(error, LeaseLost) or not isinstance(error, Exception):
                raise
            return
        if told.done is not None and not told.done.done():
            told.done.set_result(None)

    async def _tick(self) -> None:
        now = self.core.clock.monotonic()
        for seat, link in [(seat, member.link) for seat, member in self._members.items()]:
            if link is not None and now - link.heard_at > SILENCE_S:
                link.close(Close.RESUME)
                await self._lost(Lost(link, seat))
        await self._ask_again(now)
        await self._release_lost(now)
        await self._stamp_seen(now)
        if any(member.link for member in self._members.values()):
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = now
        elif now - self._empty_since >= self.core.config.live.empty_seconds:
            await self._close_empty()

    async def _close_empty(self) -> None:
        """A meeting that nobody has entered is not over: whoever comes opens another room for it."""
        if await self.core.db.read(lambda session: store.was_held(session, self.run.id)):
            await self._carry_out(self.ended("empty"))
            return
        await self._let_go()
        self.disconnect_all(Close.RESUME)

    async def _release_lost(self, now: float) -> None:
        grace = self.core.config.live.grace_seconds
        late = [
            (self.roster.require(seat), member.lost_at or self.core.clock.now())
            for seat, member in self._members.items()
            if member.away_since is not None and now - member.away_since >= grace
        ]
        for occupant, left_at in late:
            try:
                await self._carry_out(self._lost_for_good(occupant, left_at))
            except NotInForce as error:
                log.warning("not done", code=error.code)  # and asked for again; others are late too

    def _lost_for_good(self, occupant: Occupant, left_at: datetime) -> Change:
        def write(session: Session) -> None:
            store.close_stay(session, self.run.id, occupant.seat, left_at)

        acts = (self.act(Act.LEAVE, occupant, LEFT_LOST, left_at),)
        return replace(self.left(occupant), write=write, acts=acts)

    async def _stamp_seen(self, now: float) -> None:
        if now - self._seen_at < SEEN_EVERY_S:
            return
        self._seen_at = now
        seats = [seat for seat, member in self._members.items() if member.link]
        if seats:
            at = self.core.clock.now()
            await self._commit(lambda session: store.stamp_seen(session, self.run.id, seats, at))

    def _refuse(self, item: Item) -> None:
        """For what this task does not get to any more; only an end that is stored is called one."""
        if isinstance(item, Arrival):
            item.link.close(self.stopped or Close.RESUME)
        elif isinstance(item, Told) and item.done is not None and not item.done.done():
            item.done.set_exception(RunEnded() if self.stopped is Close.ENDED else NotSaved())
