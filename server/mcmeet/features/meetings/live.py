"""A meeting's life and its media room: opened, assigned, limited and closed together with the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from mcmeet.core.auth import Action, Actor, Person, Role, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.jobs import emit
from mcmeet.features.meetings import store
from mcmeet.features.meetings.schemas import EndMeeting, MeetingEnded
from mcmeet.live import store as live_store
from mcmeet.live.feature import (
    NOTHING,
    PUBLISH_ACTIONS,
    Change,
    Event,
    LiveFeature,
    MediaAssignment,
    NoData,
    SeatRights,
    command,
    message,
)
from mcmeet.live.protocol import media_wire
from mcmeet.live.seats import LOBBY, Occupant
from mcmeet.media.port import GoneReason, MediaEngine, Rights, Source
from mcmeet.privacy.network_log.entries import Act, Entry, person

ENDED_BY_HOST: Final = "host"

END_MEETING: Final = Action(
    "meetings.end", Purpose.HOLD_MEETING, frozenset({Person, Seat}), roles=frozenset({Role.HOST})
)
RENEW: Final = Action("media.renew", Purpose.HOLD_MEETING, frozenset({Seat}))
MEDIA: Final[tuple[Action, ...]] = tuple(
    Action(name, Purpose.HOLD_MEETING, frozenset({Seat}))
    for name in (*PUBLISH_ACTIONS.values(), "media.subscribe", "media.data")
)


class MeetingsLive(LiveFeature):
    name = "meetings"

    def snapshot(self, viewer: Occupant) -> dict[str, Any]:
        return {
            "number": self.room.run.number,
            "topic": self.room.run.topic,
            "host": None if viewer.space == LOBBY else self._host(),
        }

    async def on_open(self) -> None:
        """No room opens with somebody in it whom a task before this one could not let go."""
        await self._engine.open(self._media_room)
        for admitted in await self._engine.list(self._media_room):
            occupant = self.room.roster.by_media(admitted.seat)
            if occupant is None or occupant.space == LOBBY:
                await self._engine.remove(self._media_room, admitted.seat, GoneReason.REMOVED)

    async def on_join(self, occupant: Occupant) -> Change:
        return self._only_host(occupant)

    async def on_back(self, occupant: Occupant) -> Change:
        return self._only_host(occupant)

    async def on_move(self, occupant: Occupant, came_from: str) -> Change:
        """Media follows the space; the rights have been set before."""
        if occupant.space == LOBBY:
            await self._engine.remove(self._media_room, occupant.media, GoneReason.REMOVED)
        assignment = await self.assign_media(occupant, self.room.rights(occupant))
        wire = media_wire(assignment, self.room.address(occupant.seat))
        return Change(events=(Event("media.assigned", wire, seats=frozenset({occupant.seat})),))

    async def on_rights(self, occupant: Occupant, rights: SeatRights) -> None:
        await self._engine.set_rights(self._media_room, occupant.media, _engine_rights(rights))

    async def on_leave(self, occupant: Occupant) -> Change:
        await self._engine.remove(self._media_room, occupant.media, GoneReason.REMOVED)
        return NOTHING

    async def on_close(self, reason: str) -> Change:
        run, now = self.room.run, self.core.clock.now()

        def write(session: Session) -> None:
            store.release(session, run.tenant, run.meeting_id, now)
            if live_store.was_held(session, run.id):
                emit(session, MeetingEnded(tenant=run.tenant, run=run.id, ended_at=now, reason=reason))

        return Change(write, events=(Event("meetings.ended", {}),))

    async def on_closed(self) -> None:
        await self._engine.close(self._media_room, GoneReason.ROOM_CLOSED)

    async def assign_media(self, occupant: Occupant, rights: SeatRights) -> MediaAssignment:
        if occupant.space == LOBBY:
            return MediaAssignment(occupant.space, "none")
        admission = await self._engine.admit(self._media_room, occupant.media, _engine_rights(rights))
        return MediaAssignment(
            occupant.space, "rtc", admission.url, admission.token, admission.expires_at, admission.port
        )

    @command(RENEW)
    async def renew(self, by: Occupant, _: NoData) -> Change:
        assignment = await self.assign_media(by, self.room.rights(by))
        return Change(answer=media_wire(assignment, self.room.address(by.seat)))

    @command(END_MEETING)
    async def end(self, by: Occupant, _: NoData) -> Change:
        return replace(self.room.ended(ENDED_BY_HOST), acts=(self.room.act(Act.END, by),))

    @message(EndMeeting)
    async def on_end(self, told: EndMeeting) -> Change:
        """A seat has the role of now: it may have changed since the request read it. Raises NoSuchSeat."""
        by: Actor = told.by
        if isinstance(by, Seat):
            by = self.room.actor(self.room.roster.require(by.number))
        self.core.rights.require(by, END_MEETING.name, self.room)
        return replace(self.room.ended(ENDED_BY_HOST), acts=(self._end_told(told),))

    def _end_told(self, told: EndMeeting) -> Entry:
        by, guest = told.by, None
        if isinstance(by, Seat):
            guest = self.room.roster.require(by.number).guest
        who = person(by.account, guest)
        return Entry(Act.END, self.core.clock.now(), who, told.endpoint, self.room.run.id)

    @property
    def _engine(self) -> MediaEngine:
        engine: MediaEngine = self.core.the(MediaEngine)
        return engine

    @property
    def _media_room(self) -> str:
        return self.room.run.media_room

    def _host(self) -> int | None:
        hosts = (occupant.seat for occupant in self.room.roster if occupant.role is Role.HOST)
        return next(hosts, None)

    def _only_host(self, arrived: Occupant) -> Change:
        """One host at a time: when the host of record returns, whoever held the role gives it back."""
        if arrived.role is not Role.HOST:
            return NOTHING
        others = {
            occupant.seat: Role.PARTICIPANT
            for occupant in self.room.roster
            if occupant.role is Role.HOST and occupant.seat != arrived.seat
        }
        return self.room.with_roles(others, arrived.seat) if others else NOTHING


def _engine_rights(rights: SeatRights) -> Rights:
    publish = frozenset(Source(source) for source in rights.publish)
    return Rights(publish=publish, subscribe=rights.subscribe, data=rights.data)
