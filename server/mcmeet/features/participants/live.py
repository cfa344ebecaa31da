"""Who is heard and seen, and what hosts do about it.

The engine is the truth for microphone, camera and screen: its events are passed on here, no client
reports its own. A host's mute takes the right to publish; it stays taken until a host returns it, or
nobody is left who could.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.core.auth import HOSTS, Action, Actor, Refusal, Role, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.errors import Forbidden
from mcmeet.core.names import clean_name
from mcmeet.core.rates import Bucket
from mcmeet.features.participants import store
from mcmeet.features.participants.errors import AboveYou, HostMustHandOver, SeatAway, UseLeave
from mcmeet.features.participants.schemas import (
    Mute,
    ParticipantsSnapshot,
    Remove,
    Rename,
    SeatMediaChanged,
    SetRole,
    Speakers,
)
from mcmeet.features.participants.store import Bars
from mcmeet.live.errors import NoSuchSeat, WrongSpace
from mcmeet.live.feature import NOTHING, PUBLISH_ACTIONS, Change, Event, LiveFeature, command, message
from mcmeet.live.seats import LOBBY, Occupant, may_see
from mcmeet.media.port import MediaEngine, SpeakersChanged, TrackEnded, TrackMuted, TrackPublished

RANK: Final = {Role.PARTICIPANT: 0, Role.CO_HOST: 1, Role.HOST: 2}
SPEAKERS_PER_S: Final = 5
ACTION_SOURCES: Final = {action: source for source, action in PUBLISH_ACTIONS.items()}

# Of one seat: track → (source, muted)
Tracks = dict[str, tuple[str, bool]]

_SEAT: Final = frozenset({Seat})
RENAME: Final = Action("participants.rename", Purpose.IDENTIFY_IN_MEETING, _SEAT)
MUTE: Final = Action("participants.mute", Purpose.HOLD_MEETING, _SEAT, HOSTS)
UNMUTE: Final = Action("participants.unmute", Purpose.HOLD_MEETING, _SEAT, HOSTS)
SET_ROLE: Final = Action("participants.set_role", Purpose.HOLD_MEETING, _SEAT, frozenset({Role.HOST}))
REMOVE: Final = Action("participants.remove", Purpose.HOLD_MEETING, _SEAT, HOSTS)


def restrict(actor: Actor, action: str, object_: Any) -> Refusal | None:
    """What a host has muted cannot be published; `object_` is the room."""
    source = ACTION_SOURCES.get(action)
    if source is None or not isinstance(actor, Seat) or object_ is None:
        return None
    participants = object_.feature(ParticipantsLive.name)
    return Refusal("muted_by_host") if source in participants.barred(actor.number) else None


def _person(occupant: Occupant) -> UUID | None:
    return occupant.account or occupant.guest


class ParticipantsLive(LiveFeature):
    name = "participants"
    shapes = (ParticipantsSnapshot, SeatMediaChanged, Speakers)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._bars: dict[int, Bars] = {}
        self._found: set[int] = set()
        """Seats that were in the room when it opened and have not been back since."""
        self._tracks: dict[str, Tracks] = {}
        """By media identity: a snapshot of a large meeting looks at each seat's own tracks alone."""
        # The engine speaks five times a second too; the burst forgives that the two clocks differ.
        self._speaking = Bucket(self.core.clock, SPEAKERS_PER_S, SPEAKERS_PER_S)

    async def on_open(self) -> None:
        """What hosts have taken is in the database; what is published, the engine knows."""
        run = self.room.run.id
        self._found = {occupant.seat for occupant in self.room.roster}
        self._bars = await self.core.db.read(lambda session: store.bars_of_run(session, run))
        engine: MediaEngine = self.core.the(MediaEngine)
        self._tracks = {
            seat.seat: {track.track: (track.source.value, track.muted) for track in seat.tracks}
            for seat in await engine.list(self.room.run.media_room)
        }

    def barred(self, seat: int) -> frozenset[str]:
        bars = self._bars.get(seat)
        return frozenset() if bars is None else bars.sources

    def snapshot(self, viewer: Occupant) -> dict[str, Any]:
        seen = (occupant for occupant in self.room.roster if may_see(viewer, occupant))
        return {"media": {str(occupant.seat): self._media(occupant) for occupant in seen}}

    async def on_join(self, occupant: Occupant) -> Change:
        """A mute holds for the person: whoever joins again in another seat brings it along."""
        if not self._has_host():  # and a kill may have come before all was returned
            return self._all_returned()
        sources = self._taken(occupant)
        return self._stored_bars({occupant.seat: sources}, occupant, None) if sources else NOTHING

    async def on_back(self, occupant: Occupant) -> Change:
        """A kill may have come between the stay and what `on_join` stores. Asked once: what a host returns
        after that stays returned."""
        if occupant.seat not in self._found:
            return NOTHING
        if not self._has_host():
            return self._all_returned()
        if self._taken(occupant) == self.barred(occupant.seat):
            return Change(apply=lambda: self._found.discard(occupant.seat))
        return await self.on_join(occupant)

    async def on_move(self, occupant: Occupant, came_from: str) -> Change:
        """Whoever saw it go has forgotten what hosts have taken from it."""
        return Change(events=(self._announcement(occupant),))

    async def on_leave(self, occupant: Occupant) -> Change:
        self._tracks.pop(occupant.media, None)
        self._found.discard(occupant.seat)
        return NOTHING if self._has_host() else self._all_returned()

    async def on_close(self, reason: str) -> Change:
        run = self.room.run.id
        return Change(lambda session: store.delete_bars(session, run))

    @command(RENAME, Rename, seldom=True)
    async def rename(self, by: Occupant, data: Rename) -> Change:
        occupant = by
        if data.seat not in (None, by.seat):
            if by.role not in HOSTS:
                raise Forbidden("role_too_low")
            occupant = self._seen(by, data.seat)
            self._require_not_above(by, occupant)
        return self.room.renamed(occupant, clean_name(data.name), by.seat)

    @command(MUTE, Mute)
    async def mute(self, by: Occupant, data: Mute) -> Change:
        occupant = self._seen(by, data.seat)
        self._require_not_above(by, occupant)
        return self._with_bars({data.seat: self.barred(data.seat) | frozenset(data.sources)}, occupant, by)

    @command(UNMUTE, Mute)
    async def unmute(self, by: Occupant, data: Mute) -> Change:
        """For good: from a seat of this person that is gone, the next one would bring the mute along."""
        occupant = self._seen(by, data.seat)
        self._require_not_above(by, occupant)
        gone = (seat for seat in self._others(occupant) if seat not in self.room.roster)
        kept = {seat: self.barred(seat) - frozenset(data.sources) for seat in (data.seat, *gone)}
        return self._with_bars(kept, occupant, by)

    @command(SET_ROLE, SetRole)
    async def set_role(self, by: Occupant, data: SetRole) -> Change:
        occupant = self._seen(by, data.seat)
        if occupant.role is data.role:
            return Change(rights=frozenset({occupant.seat}))
        if occupant.seat == by.seat:
            raise HostMustHandOver
        if occupant.space == LOBBY:
            raise WrongSpace
        if data.role is Role.HOST:
            if not occupant.present:
                raise SeatAway
            return self.room.with_roles({occupant.seat: Role.HOST, by.seat: Role.PARTICIPANT}, by.seat)
        return self.room.with_roles({occupant.seat: data.role}, by.seat)

    @command(REMOVE, Remove)
    async def remove(self, by: Occupant, data: Remove) -> Change:
        occupant = self._seen(by, data.seat)
        if occupant.seat == by.seat:
            raise UseLeave
        self._require_not_above(by, occupant)
        return self.room.removed(occupant, by.seat)

    @message(TrackPublished)
    async def track_published(self, track: TrackPublished) -> Change:
        tracks = {**self._tracks_of(track.seat), track.track: (track.source.value, track.muted)}
        return self._with_tracks(track.seat, tracks)

    @message(TrackMuted)
    async def track_muted(self, track: TrackMuted) -> Change:
        before = self._tracks_of(track.seat)
        known = before.get(track.track)
        if known is None:
            return NOTHING
        return self._with_tracks(track.seat, {**before, track.track: (known[0], track.muted)})

    @message(TrackEnded)
    async def track_ended(self, track: TrackEnded) -> Change:
        before = self._tracks_of(track.seat)
        tracks = {name: state for name, state in before.items() if name != track.track}
        return self._with_tracks(track.seat, tracks)

    @message(SpeakersChanged)
    async def speakers_changed(self, changed: SpeakersChanged) -> Change:
        """At most five times a second, but silence always: a ring must not stay."""
        if not self._speaking.take() and changed.speakers:
            return NOTHING
        speakers = [
            {"seat": occupant.seat, "level": round(level, 3)}
            for media, level in changed.speakers
            if (occupant := self.room.roster.by_media(media)) is not None
        ]
        inside = self.room.roster.inside()
        data = {"speakers": speakers}
        return Change(events=(Event("participants.speakers", data, seats=inside, transient=True),))

    def _seen(self, by: Occupant, seat: int) -> Occupant:
        """Raises NoSuchSeat, for a seat that is hidden from `by` as well."""
        occupant = self.room.roster.require(seat)
        if not may_see(by, occupant):
            raise NoSuchSeat
        return occupant

    def _require_not_above(self, by: Occupant, occupant: Occupant) -> None:
        if RANK[occupant.role] > RANK[by.role]:
            raise AboveYou

    def _taken(self, occupant: Occupant) -> frozenset[str]:
        """What hosts have taken from this person, in whatever seat."""
        return self.barred(occupant.seat).union(*self._others(occupant).values())

    def _others(self, occupant: Occupant) -> dict[int, frozenset[str]]:
        """What hosts have taken from this person in other seats, by seat."""
        person = _person(occupant)
        return {
            seat: bars.sources
            for seat, bars in self._bars.items()
            if seat != occupant.seat and bars.sources and person is not None and bars.person == person
        }

    def _with_bars(self, bars: dict[int, frozenset[str]], occupant: Occupant, by: Occupant) -> Change:
        """What is stored already may not be in force yet: whoever repeats it asks for that."""
        is_stored = all(sources == self.barred(seat) for seat, sources in bars.items())
        change = NOTHING if is_stored else self._stored_bars(bars, occupant, by.seat)
        return replace(change, rights=frozenset({occupant.seat}))

    def _stored_bars(self, changed: dict[int, frozenset[str]], occupant: Occupant, by: int | None) -> Change:
        """`changed` are bars of this occupant's seats; everybody hears of those of the present one."""
        run, person = self.room.run.id, _person(occupant)

        def write(session: Session) -> None:
            for seat, sources in changed.items():
                store.replace_bars(session, run, seat, sorted(sources))

        def apply() -> None:
            for seat, sources in changed.items():
                self._bars[seat] = Bars(person, sources)
                self._found.discard(seat)

        barred = sorted(changed[occupant.seat])
        data = {**self._media(occupant), "seat": occupant.seat, "barred": barred}
        viewers = self.room.roster.viewers_of(occupant)
        return Change(write, apply, (Event("participants.media", data, seats=viewers, by=by),))

    def _has_host(self) -> bool:
        return any(occupant.role in HOSTS for occupant in self.room.roster)

    def _all_returned(self) -> Change:
        """Everybody may publish again, also whoever joins again later."""
        run, roster = self.room.run.id, self.room.roster
        muted = [occupant for occupant in roster if self.barred(occupant.seat)]

        def write(session: Session) -> None:
            store.delete_bars(session, run)

        def apply() -> None:
            self._bars = {}
            self._found.clear()

        events = tuple(
            Event(
                "participants.media",
                {**self._media(occupant), "seat": occupant.seat, "barred": []},
                seats=roster.viewers_of(occupant),
            )
            for occupant in muted
        )
        rights = frozenset(occupant.seat for occupant in muted)
        return Change(write if self._bars else None, apply, events, rights)

    def _tracks_of(self, media: str) -> Tracks:
        return self._tracks.get(media, {})

    def _media(self, occupant: Occupant, tracks: Tracks | None = None) -> dict[str, Any]:
        sources: dict[str, str] = {}
        for source, muted in (self._tracks_of(occupant.media) if tracks is None else tracks).values():
            # A track may return under a new id before its old one has ended: one that is on decides.
            if sources.get(source) != "on":
                sources[source] = "muted" if muted else "on"
        return {"sources": sources, "barred": sorted(self.barred(occupant.seat))}

    def _with_tracks(self, media: str, tracks: Tracks) -> Change:
        occupant = self.room.roster.by_media(media)
        if occupant is None:
            return NOTHING

        def apply() -> None:
            self._tracks[media] = tracks

        if self._media(occupant, tracks) == self._media(occupant):
            return Change(apply=apply)
        return Change(apply=apply, events=(self._announcement(occupant, tracks),))

    def _announcement(self, occupant: Occupant, tracks: Tracks | None = None) -> Event:
        data = {"seat": occupant.seat, **self._media(occupant, tracks)}
        return Event("participants.media", data, seats=self.room.roster.viewers_of(occupant))
