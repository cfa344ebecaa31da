"""/rtc: what is malformed, oversized or too much ends that socket, and nobody else notices."""

import asyncio
import contextlib
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from livekit.protocol import models
from livekit.protocol import rtc as protocol
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from mcmeet.core.serving.server import FRAGMENTS_MOST
from mcmeet.media.embedded import room, signalling
from mcmeet.media.embedded.signalling import LARGER_MESSAGES
from mcmeet.media.port import Source
from tests.contract.harness import Rtc, serving
from tests.contract.scripted_client import PATIENCE
from tests.fixtures.app import FakeClock

pytestmark = pytest.mark.anyio

UNKNOWN_TYPE = cast("models.TrackType", 99)
UNKNOWN_FIELD_2000 = b"\x82\x7d\x03abc"
"""A request of a later protocol: field 2000 of the oneof's message, three bytes long."""


async def ends_alone(rtc: Rtc, frame: bytes | str) -> int:
    """Sends the frame as 周航, checks that 林晓 goes on, returns 周航's close code."""
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await zhou.socket.send(frame)
    code = await zhou.wait_closed()
    await lin.settle()
    await lin.publish(Source.MICROPHONE)
    assert lin.close_code is None
    return code


async def test_a_malformed_frame_ends_the_socket_with_1007(rtc: Rtc) -> None:
    assert await ends_alone(rtc, b"\xff\xff\xff\xff") == 1007


async def test_a_text_frame_ends_the_socket_with_1003(rtc: Rtc) -> None:
    assert await ends_alone(rtc, '{"offer":{}}') == 1003


async def test_an_oversized_frame_ends_the_socket_with_1009(rtc: Rtc) -> None:
    assert await ends_alone(rtc, bytes(LARGER_MESSAGES["/rtc"] + 1)) == 1009


async def test_a_message_in_too_many_fragments_ends_the_socket_with_1009(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    with contextlib.suppress(ConnectionClosed):
        await zhou.socket.send([b"\xff"] * (FRAGMENTS_MOST + 1))
    assert await zhou.wait_closed() == 1009
    await lin.settle()


async def test_a_frame_of_a_mebibyte_is_read(rtc: Rtc) -> None:
    assert await ends_alone(rtc, b"\xff" * LARGER_MESSAGES["/rtc"]) == 1007


@pytest.mark.parametrize("kind", ["offer", "answer"])
async def test_an_sdp_that_cannot_be_read_ends_the_socket_with_1007(rtc: Rtc, kind: str) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou", answers=False)
    await zhou.send(**{kind: protocol.SessionDescription(type=kind, sdp="nonsense", id=0)})
    assert await zhou.wait_closed() == 1007
    await lin.settle()


async def test_flooding_ends_the_socket_with_1008(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    frame = protocol.SignalRequest(ping=1).SerializeToString()
    with contextlib.suppress(ConnectionClosed):
        for _ in range(2 * signalling.FRAME_BURST):
            await zhou.socket.send(frame)
    assert await zhou.wait_closed() == 1008
    await lin.settle()


async def test_long_frames_use_up_the_allowance_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signalling, "FRAME_BURST", 2 * 65)
    async with serving(clock=FakeClock()) as rtc:
        zhou = await rtc.join("zhou", answers=False)
        long = protocol.SignalRequest(trickle=protocol.TrickleRequest(candidateInit="x" * (1000 << 10)))
        for _ in range(2):
            await zhou.socket.send(long.SerializeToString())
        await zhou.settle()
        await zhou.socket.send(long.SerializeToString())
        assert await zhou.wait_closed() == 1008


async def refused_status(rtc: Rtc, identity: str) -> int:
    with pytest.raises(InvalidStatus) as refused:
        await rtc.join(identity)
    status: int = refused.value.response.status_code
    return status


async def test_who_starts_and_ends_tracks_without_rest_is_let_go_for_a_while_and_nobody_else_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "CHANGES", "6/15seconds")
    clock = FakeClock()
    async with serving(clock=clock) as rtc:
        lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
        with contextlib.suppress(AssertionError, ConnectionClosed):
            for _ in range(7):
                await zhou.publish(Source.SCREEN_SHARE)
                await zhou.unpublish(zhou.sections[-1].track)
        assert await zhou.wait_closed() == 1008
        assert await refused_status(rtc, "zhou") == 429
        await lin.publish(Source.MICROPHONE)
        clock.step(15)
        await (await rtc.join("zhou")).publish(Source.MICROPHONE)


async def test_who_comes_in_without_rest_is_kept_out_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CHANGES", "4/15seconds")
    clock = FakeClock()
    async with serving(clock=clock) as rtc:
        await rtc.join("lin")
        for _ in range(4):
            await rtc.join("zhou")
        assert await refused_status(rtc, "zhou") == 429
        clock.step(15)
        await rtc.join("zhou")


async def test_who_mutes_and_unmutes_without_rest_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MUTES", "10/15seconds")
    async with serving(clock=FakeClock()) as rtc:
        lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
        sid = await zhou.publish(Source.MICROPHONE)
        for number in range(11):
            await zhou.send(mute=protocol.MuteTrackRequest(sid=sid, muted=number % 2 == 0))
        assert await zhou.wait_closed() == 1008
        await lin.settle()


async def test_an_offer_that_changes_no_track_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CHANGES", "2/15seconds")
    async with serving(clock=FakeClock()) as rtc:
        zhou = await rtc.join("zhou")
        await zhou.publish(Source.MICROPHONE)
        for _ in range(3):
            await zhou.offer()
        await zhou.settle()


class StuckSocket:
    """Takes nothing: the client's receive window is full."""

    async def send_bytes(self, frame: bytes) -> None:
        await asyncio.Event().wait()


async def test_a_client_that_does_not_read_is_let_go() -> None:
    connection = signalling.SocketConnection(cast("WebSocket", StuckSocket()))
    writer = asyncio.create_task(connection.write())
    await asyncio.sleep(0)
    for _ in range(signalling.MAX_QUEUED_BYTES // 100_000):
        connection.send(bytes(100_000))
    await asyncio.sleep(0)
    assert not writer.done()
    connection.send(bytes(100_000))
    await asyncio.wait({writer}, timeout=PATIENCE)
    assert writer.cancelled()


async def test_a_request_of_a_later_protocol_is_ignored(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await lin.socket.send(UNKNOWN_FIELD_2000)
    await lin.socket.send(b"")
    await lin.settle()
    assert lin.close_code is None


IGNORED = [
    {"trickle": protocol.TrickleRequest(candidateInit='{"candidate":""}')},
    {"subscription_permission": protocol.SubscriptionPermission(all_participants=False)},
    {"sync_state": protocol.SyncState()},
    {"simulate": protocol.SimulateScenario(node_failure=True)},
    {"update_layers": protocol.UpdateVideoLayers(track_sid="TR_x")},
    {"update_audio_track": protocol.UpdateLocalAudioTrack(track_sid="TR_x")},
    {"mute": protocol.MuteTrackRequest(sid="TR_unknown", muted=True)},
    {"track_setting": protocol.UpdateTrackSettings(track_sids=["TR_unknown"], disabled=True)},
]


@pytest.mark.parametrize("message", IGNORED, ids=lambda message: next(iter(message)))
async def test_requests_without_meaning_here_are_accepted(rtc: Rtc, message: dict[str, object]) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    sid = await lin.publish(Source.CAMERA)
    await zhou.send(**message)
    await lin.send(**message)
    await rtc.settle()
    assert zhou.offered_tracks()[-1] == [sid]


async def test_both_kinds_of_ping_are_answered(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await lin.send(ping=5)
    await lin.send(ping_req=protocol.Ping(timestamp=77))
    assert await lin.wait("pong") > 0
    assert (await lin.wait("pong_resp")).last_ping_timestamp == 77


@pytest.mark.parametrize(
    "request_",
    [
        protocol.AddTrackRequest(cid="", type=models.TrackType.AUDIO),
        protocol.AddTrackRequest(cid="c" * 257, type=models.TrackType.AUDIO),
        protocol.AddTrackRequest(cid="c", name="n" * 257, type=models.TrackType.AUDIO),
        protocol.AddTrackRequest(cid="c", sid="TR_x", type=models.TrackType.VIDEO),
        protocol.AddTrackRequest(cid="c", type=models.TrackType.DATA),
        protocol.AddTrackRequest(cid="c", type=UNKNOWN_TYPE),
    ],
)
async def test_a_track_that_makes_no_sense_is_refused(rtc: Rtc, request_: protocol.AddTrackRequest) -> None:
    lin = await rtc.join("lin")
    await lin.send(add_track=request_)
    assert (await lin.wait("request_response")).reason != protocol.RequestResponse.Reason.OK
    assert lin.all("track_published") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames=st.lists(st.binary(max_size=200), max_size=8))
async def test_no_bytes_hurt_anybody_else(rtc: Rtc, frames: list[bytes]) -> None:
    witness = rtc.clients[0] if rtc.clients else await rtc.join("witness")
    stranger = await rtc.join(f"stranger-{len(rtc.clients)}")
    try:
        for frame in frames:
            await stranger.socket.send(frame)
        await stranger.socket.close()
    except ConnectionClosed:
        pass
    assert await stranger.wait_closed() != 1011
    await witness.settle()


async def test_an_event_that_cannot_be_handled_takes_no_other_with_it(
    rtc: Rtc, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin = await rtc.join("lin")
    await lin.settle()
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    monkeypatch.setattr(room.Room, "speak", lambda *_: 1 // 0)
    [router] = rtc.sfu.routers
    rtc.sfu.emit("levels", router, [])
    rtc.sfu.emit("failed", min(rtc.sfu.transports), "DTLS alert")
    await lin.wait("leave")
