"""One suite for every media engine behind the port: the fake must keep the rules that the real one keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from livekit.protocol import rtc as protocol
from websockets.exceptions import InvalidStatus

from mcmeet.core.clock import SystemClock
from mcmeet.media import fake
from mcmeet.media.embedded import engine as embedded
from mcmeet.media.fake import FakeEngine
from mcmeet.media.port import (
    Admission,
    GoneReason,
    MediaEngine,
    MediaEvent,
    Rights,
    RoomNotOpen,
    SeatConnected,
    SeatGone,
    SeatState,
    Source,
    SpeakersChanged,
    TapNotAvailable,
    TrackEnded,
    TrackMuted,
    TrackPublished,
    TrackState,
)
from tests.contract.harness import Rtc, serving
from tests.contract.scripted_client import ScriptedClient, TrackRefused

pytestmark = pytest.mark.anyio

ROOM = "room-7f3a"
EVERYTHING = Rights()
NO_MICROPHONE = Rights(publish=frozenset(Source) - {Source.MICROPHONE})


class Refused(Exception):
    """The client was not let in, or may not do this."""


class SteppedClock(SystemClock):
    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


class Driver(Protocol):
    """An engine and the clients of its seats."""

    clock: SteppedClock

    @property
    def engine(self) -> MediaEngine: ...
    @property
    def media_port(self) -> int: ...

    async def connect(self, room: str, seat: str, admission: Admission) -> None: ...
    async def publish(self, room: str, seat: str, source: Source, *, muted: bool = False) -> str: ...
    async def mute(self, room: str, seat: str, track: str, muted: bool) -> None: ...
    async def unpublish(self, room: str, seat: str, track: str) -> None: ...
    async def disconnect(self, room: str, seat: str) -> None: ...
    async def fail(self, room: str, seat: str) -> None: ...
    async def speak(self, room: str, levels: dict[str, float]) -> None: ...


class FakeDriver:
    media_port = fake.PORT

    def __init__(self, engine: FakeEngine, clock: SteppedClock) -> None:
        self.engine = engine
        self.clock = clock

    async def connect(self, room: str, seat: str, admission: Admission) -> None:
        try:
            self.engine.connect(admission.token)
        except fake.Refused as refusal:
            raise Refused from refusal

    async def publish(self, room: str, seat: str, source: Source, *, muted: bool = False) -> str:
        try:
            return self.engine.publish(room, seat, source, muted=muted)
        except fake.Refused as refusal:
            raise Refused from refusal

    async def mute(self, room: str, seat: str, track: str, muted: bool) -> None:
        self.engine.mute(room, seat, track, muted)

    async def unpublish(self, room: str, seat: str, track: str) -> None:
        self.engine.unpublish(room, seat, track)

    async def disconnect(self, room: str, seat: str) -> None:
        self.engine.disconnect(room, seat)

    async def fail(self, room: str, seat: str) -> None:
        self.engine.fail(room, seat)

    async def speak(self, room: str, levels: dict[str, float]) -> None:
        self.engine.speak(room, levels)


class EmbeddedDriver:
    """Over a real socket: what a client hears is what it may do."""

    def __init__(self, rtc: Rtc, clock: SteppedClock) -> None:
        self.rtc = rtc
        self.engine = rtc.engine
        self.media_port = rtc.sfu.port
        self.clock = clock
        self.clients: dict[tuple[str, str], ScriptedClient] = {}
        self.cids: dict[str, str] = {}
        self.publishers: dict[str, int] = {}

    async def connect(self, room: str, seat: str, admission: Admission) -> None:
        try:
            self.clients[room, seat] = await self.rtc.connect(admission.token)
        except InvalidStatus as refusal:
            raise Refused from refusal
        self.publishers[seat] = list(self.rtc.sfu.transports)[-2]
        await self.rtc.settle()

    async def publish(self, room: str, seat: str, source: Source, *, muted: bool = False) -> str:
        client = self.clients[room, seat]
        try:
            track = await client.announce(source, muted=muted)
        except TrackRefused as refusal:
            raise Refused from refusal
        self.cids[track.sid] = client.sections[-1].track
        await client.offer()
        await self.rtc.settle()
        return track.sid

    async def mute(self, room: str, seat: str, track: str, muted: bool) -> None:
        await self.clients[room, seat].send(mute=protocol.MuteTrackRequest(sid=track, muted=muted))
        await self.rtc.settle()

    async def unpublish(self, room: str, seat: str, track: str) -> None:
        await self.clients[room, seat].unpublish(self.cids[track])
        await self.rtc.settle()

    async def disconnect(self, room: str, seat: str) -> None:
        await self.clients[room, seat].send(leave=protocol.LeaveRequest())
        await self.clients[room, seat].wait_closed()

    async def fail(self, room: str, seat: str) -> None:
        self.rtc.sfu.emit("failed", self.publishers[seat], "DTLS alert")
        await self.clients[room, seat].wait_closed()

    async def speak(self, room: str, levels: dict[str, float]) -> None:
        producers = {
            seat: producer
            for seat, transport in self.publishers.items()
            for producer, held in self.rtc.sfu.producers.items()
            if held.transport == transport
        }
        [router] = self.rtc.sfu.routers
        self.rtc.sfu.emit("levels", router, [(producers[seat], level) for seat, level in levels.items()])
        await self.rtc.settle()


@asynccontextmanager
async def driving(kind: str) -> AsyncIterator[Driver]:
    clock = SteppedClock()
    if kind == "fake":
        async with FakeEngine(clock) as engine:
            yield FakeDriver(engine, clock)
    else:
        async with serving(auto_create=False, clock=clock, collect=False) as rtc:
            yield EmbeddedDriver(rtc, clock)


@pytest.fixture(params=["fake", "embedded"])
async def driver(request: pytest.FixtureRequest) -> AsyncIterator[Driver]:
    async with driving(request.param) as started:
        await started.engine.open(ROOM)
        yield started


async def enter(driver: Driver, seat: str, rights: Rights = EVERYTHING, *, hidden: bool = False) -> None:
    await driver.connect(ROOM, seat, await driver.engine.admit(ROOM, seat, rights, hidden))


async def heard(driver: Driver, count: int) -> list[MediaEvent]:
    """The next events."""
    stream = driver.engine.events()
    return [await anext(stream) for _ in range(count)]


async def test_nobody_is_admitted_to_a_room_that_is_not_open(driver: Driver) -> None:
    with pytest.raises(RoomNotOpen):
        await driver.engine.admit("elsewhere", "zhou", EVERYTHING)
    with pytest.raises(RoomNotOpen):
        await driver.engine.list("elsewhere")


async def test_an_admission_names_the_udp_port_of_the_media(driver: Driver) -> None:
    assert (await driver.engine.admit(ROOM, "zhou", EVERYTHING)).port == driver.media_port


async def test_an_admitted_seat_connects_publishes_and_leaves(driver: Driver) -> None:
    await enter(driver, "zhou")
    track = await driver.publish(ROOM, "zhou", Source.CAMERA)
    await driver.disconnect(ROOM, "zhou")
    assert await heard(driver, 4) == [
        SeatConnected(ROOM, "zhou"),
        TrackPublished(ROOM, "zhou", track, Source.CAMERA, muted=False),
        TrackEnded(ROOM, "zhou", track),
        SeatGone(ROOM, "zhou", GoneReason.LEFT),
    ]


async def test_muting_unmuting_and_unpublishing_are_told_once_each(driver: Driver) -> None:
    await enter(driver, "zhou")
    track = await driver.publish(ROOM, "zhou", Source.MICROPHONE, muted=True)
    for muted in (False, False, True):
        await driver.mute(ROOM, "zhou", track, muted)
    await driver.unpublish(ROOM, "zhou", track)
    assert (await heard(driver, 5))[1:] == [
        TrackPublished(ROOM, "zhou", track, Source.MICROPHONE, muted=True),
        TrackMuted(ROOM, "zhou", track, muted=False),
        TrackMuted(ROOM, "zhou", track, muted=True),
        TrackEnded(ROOM, "zhou", track),
    ]


async def test_opening_again_changes_nothing(driver: Driver) -> None:
    await enter(driver, "zhou")
    await driver.engine.open(ROOM)
    [seat] = await driver.engine.list(ROOM)
    assert seat.connected


async def test_closing_ends_everybody_and_may_be_repeated(driver: Driver) -> None:
    await enter(driver, "zhou")
    admission = await driver.engine.admit(ROOM, "lin", EVERYTHING)
    await driver.engine.close(ROOM, GoneReason.ROOM_CLOSED)
    await driver.engine.close(ROOM, GoneReason.ROOM_CLOSED)
    assert (await heard(driver, 2))[1] == SeatGone(ROOM, "zhou", GoneReason.ROOM_CLOSED)
    with pytest.raises(Refused):
        await driver.connect(ROOM, "lin", admission)


async def test_list_is_the_whole_state(driver: Driver) -> None:
    await enter(driver, "zhou", NO_MICROPHONE)
    await driver.engine.admit(ROOM, "recorder", EVERYTHING, hidden=True)
    track = await driver.publish(ROOM, "zhou", Source.CAMERA, muted=True)
    shown = (TrackState(track, Source.CAMERA, muted=True),)
    assert await driver.engine.list(ROOM) == (
        SeatState("zhou", NO_MICROPHONE, hidden=False, connected=True, tracks=shown),
        SeatState("recorder", EVERYTHING, hidden=True, connected=False, tracks=()),
    )


async def test_a_source_without_its_right_is_refused(driver: Driver) -> None:
    await enter(driver, "zhou", NO_MICROPHONE)
    with pytest.raises(Refused):
        await driver.publish(ROOM, "zhou", Source.MICROPHONE)
    await driver.publish(ROOM, "zhou", Source.CAMERA)


async def test_a_withdrawn_right_ends_the_track_and_a_returned_one_allows_a_new_one(driver: Driver) -> None:
    await enter(driver, "zhou")
    first = await driver.publish(ROOM, "zhou", Source.MICROPHONE)
    for _ in range(2):
        await driver.engine.set_rights(ROOM, "zhou", NO_MICROPHONE)
    with pytest.raises(Refused):
        await driver.publish(ROOM, "zhou", Source.MICROPHONE)
    await driver.engine.set_rights(ROOM, "zhou", EVERYTHING)
    second = await driver.publish(ROOM, "zhou", Source.MICROPHONE)
    assert (await heard(driver, 4))[1:] == [
        TrackPublished(ROOM, "zhou", first, Source.MICROPHONE, muted=False),
        TrackEnded(ROOM, "zhou", first),
        TrackPublished(ROOM, "zhou", second, Source.MICROPHONE, muted=False),
    ]


async def test_admitting_again_renews_the_token_and_sets_the_rights(driver: Driver) -> None:
    await enter(driver, "zhou")
    await driver.publish(ROOM, "zhou", Source.MICROPHONE)
    driver.clock.ahead = timedelta(seconds=1)
    renewed = await driver.engine.admit(ROOM, "zhou", NO_MICROPHONE)
    [seat] = await driver.engine.list(ROOM)
    assert (seat.rights, seat.connected, seat.tracks) == (NO_MICROPHONE, True, ())
    assert renewed.expires_at > datetime.now(UTC)
    await driver.connect(ROOM, "zhou", renewed)


async def test_rights_of_somebody_unknown_are_left_alone(driver: Driver) -> None:
    await driver.engine.set_rights(ROOM, "nobody", NO_MICROPHONE)
    await driver.engine.set_rights("elsewhere", "nobody", NO_MICROPHONE)
    await driver.engine.remove(ROOM, "nobody", GoneReason.REMOVED)
    await driver.engine.remove("elsewhere", "nobody", GoneReason.REMOVED)
    assert await driver.engine.list(ROOM) == ()


async def test_a_removed_seat_is_gone_and_its_token_is_worth_nothing(driver: Driver) -> None:
    admission = await driver.engine.admit(ROOM, "zhou", EVERYTHING)
    await driver.connect(ROOM, "zhou", admission)
    for _ in range(2):
        await driver.engine.remove(ROOM, "zhou", GoneReason.REMOVED)
    assert (await heard(driver, 2))[1] == SeatGone(ROOM, "zhou", GoneReason.REMOVED)
    assert await driver.engine.list(ROOM) == ()
    with pytest.raises(Refused):
        await driver.connect(ROOM, "zhou", admission)


async def test_a_token_expires(driver: Driver) -> None:
    admission = await driver.engine.admit(ROOM, "zhou", EVERYTHING)
    driver.clock.ahead = timedelta(minutes=11)
    with pytest.raises(Refused):
        await driver.connect(ROOM, "zhou", admission)


@pytest.mark.parametrize("days", [1, -1, 400, -400])
async def test_a_jump_of_the_clock_cuts_nobody_off_and_a_token_of_afterwards_lets_in(
    driver: Driver, days: int
) -> None:
    await enter(driver, "zhou")
    track = await driver.publish(ROOM, "zhou", Source.MICROPHONE)
    driver.clock.ahead = timedelta(days=days)
    renewed = await driver.engine.admit(ROOM, "zhou", EVERYTHING)
    [seat] = await driver.engine.list(ROOM)
    assert (seat.connected, [known.track for known in seat.tracks]) == (True, [track])
    await driver.connect(ROOM, "zhou", renewed)


async def test_a_second_connection_of_a_seat_replaces_the_first(driver: Driver) -> None:
    await enter(driver, "zhou")
    await enter(driver, "zhou")
    assert await heard(driver, 3) == [
        SeatConnected(ROOM, "zhou"),
        SeatGone(ROOM, "zhou", GoneReason.REPLACED),
        SeatConnected(ROOM, "zhou"),
    ]


async def test_a_failed_media_path_ends_the_connection_not_the_admission(driver: Driver) -> None:
    await enter(driver, "zhou")
    track = await driver.publish(ROOM, "zhou", Source.CAMERA)
    await driver.fail(ROOM, "zhou")
    assert (await heard(driver, 4))[2:] == [
        TrackEnded(ROOM, "zhou", track),
        SeatGone(ROOM, "zhou", GoneReason.FAILED),
    ]
    [seat] = await driver.engine.list(ROOM)
    assert not seat.connected


async def test_a_hidden_seat_publishes_nothing(driver: Driver) -> None:
    await enter(driver, "recorder", hidden=True)
    with pytest.raises(Refused):
        await driver.publish(ROOM, "recorder", Source.MICROPHONE)


async def test_speakers_come_loudest_first_and_silence_is_told(driver: Driver) -> None:
    for seat in ("lin", "zhou"):
        await enter(driver, seat)
        await driver.publish(ROOM, seat, Source.MICROPHONE)
    await driver.speak(ROOM, {"zhou": 0.75, "lin": 0.25})
    await driver.speak(ROOM, {})
    assert (await heard(driver, 6))[4:] == [
        SpeakersChanged(ROOM, (("zhou", 0.75), ("lin", 0.25))),
        SpeakersChanged(ROOM, ()),
    ]


async def test_nothing_is_handed_to_a_recorder_yet(driver: Driver) -> None:
    with pytest.raises(TapNotAvailable):
        await driver.engine.tap(ROOM, frozenset({"zhou"}))


@pytest.mark.parametrize("kind", ["fake", "embedded"])
async def test_events_end_with_the_engine(kind: str) -> None:
    async with driving(kind) as driver:
        await driver.engine.open(ROOM)
        await enter(driver, "zhou")
    assert [event async for event in driver.engine.events()] == [
        SeatConnected(ROOM, "zhou"),
        SeatGone(ROOM, "zhou", GoneReason.SHUTDOWN),
    ]


def test_both_engines_hand_out_tokens_for_the_same_time() -> None:
    assert fake.TOKEN_LIFETIME == embedded.TOKEN_LIFETIME
