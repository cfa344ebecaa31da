"""/rtc over the real engine: whatever one client sends, the others, the room and the threads go on."""

import contextlib
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import mcmeet_sfu
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from livekit.protocol import models
from livekit.protocol import rtc as protocol
from websockets.exceptions import ConnectionClosed

from mcmeet.core.serving import MESSAGE_TOO_BIG
from mcmeet.media.embedded import participant, signalling
from mcmeet.media.port import SeatState, Source
from tests.contract.fake_sfu import FakeSfu
from tests.contract.harness import ROOM, Rtc, serving

pytestmark = [pytest.mark.anyio, pytest.mark.media]

EXAMPLES = 60
FRAMES_MOST = 10
ENDS = (
    participant.NORMAL_CLOSURE,
    signalling.INVALID_PAYLOAD,
    signalling.POLICY_VIOLATION,
    MESSAGE_TOO_BIG,
)
"""1011 would say that we have failed."""
GOLDEN = [path.read_text() for path in sorted((Path(__file__).parents[3] / "sfu/tests/golden").glob("*.sdp"))]
LINES = sorted({line for text in GOLDEN for line in text.splitlines()})
ODD = ["", "a=mid:", "a=mid:0", "m=video 9 UDP/TLS/RTP/SAVPF", "m=audio 0 x 999", "a=ssrc:4294967296 cname:x"]
ODD += ["a=rid:" + "f" * 300, "a=fingerprint:sha-256 00", "a=ice-ufrag:", "a=extmap:0 x", "a=setup:holdconn"]
ODD += [
    "a=rtpmap:300 VP8/90000",
    "a=candidate:1 1 udp 1 ::1 99999 typ host",
    "s=\0",
    "盟畅",
    "a=" + "x" * 9000,
]
ANNOUNCED = [
    protocol.SignalRequest(add_track=protocol.AddTrackRequest(cid=cid, type=kind.upper())).SerializeToString()
    for text in GOLDEN
    for kind, cid in re.findall(r"^m=(audio|video)(?:(?!^m=)[^\0])*?^a=msid:\S+ (\S+)", text, re.MULTILINE)
]
"""`add_track` for each track that the real descriptions name."""

patiently = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def edited(text: str, seed: int) -> str:
    """Lines of a real description lost, cut, doubled, of another one, or such as nobody writes."""
    chance, lines = random.Random(seed), text.splitlines()
    for _ in range(chance.randint(0, 8)):
        at = chance.randrange(len(lines))
        line = lines[at]
        cut = line[: chance.randrange(len(line) + 1)]
        lines[at : at + 1] = chance.choice(
            [[], [cut], [line, line], [line, chance.choice(LINES)], [line, chance.choice(ODD)]]
        )
        lines = lines or [line]
    return "\r\n".join(lines) + "\r\n"


def mutated(frame: bytes, seed: int) -> bytes:
    chance, data = random.Random(seed), bytearray(frame or b"\0")
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randint(1, len(data))]) if chance.random() < 0.3 else bytes(data)


numbers = st.sampled_from([0, 1, 2, 7, 2**31 - 1])
sids = st.sampled_from(["", "TR_unknown", "TR_" + "x" * 300, "PA_unknown", "0"])


def descriptions(kind: str) -> st.SearchStrategy[bytes]:
    """A request; `kind` is which of the two that carry a description, not what it says of itself."""

    def request(text: str, seed: int, type_: str, number: int) -> bytes:
        said = protocol.SessionDescription(type=type_, sdp=edited(text, seed), id=number)
        request = protocol.SignalRequest()
        getattr(request, kind).CopyFrom(said)
        return request.SerializeToString()

    types = st.sampled_from([kind, "pranswer", "rollback", ""])
    return st.builds(request, st.sampled_from(GOLDEN), st.integers(0, 2**32), types, numbers)


tracks = st.builds(
    lambda cid, kind, source, sid, width: protocol.AddTrackRequest(
        cid=cid, type=kind, source=source, sid=sid, width=width, layers=[models.VideoLayer(width=width)]
    ),
    st.text(max_size=6) | st.sampled_from(["c" * 257, "a b", "\r\na=x"]),
    numbers.map(lambda number: number % 5),
    numbers.map(lambda number: number % 7),
    sids,
    numbers,
)
others = st.one_of(
    tracks.map(lambda track: protocol.SignalRequest(add_track=track)),
    sids.map(lambda sid: protocol.SignalRequest(mute=protocol.MuteTrackRequest(sid=sid, muted=True))),
    sids.map(
        lambda sid: protocol.SignalRequest(
            subscription=protocol.UpdateSubscription(track_sids=[sid, sid], subscribe=True)
        )
    ),
    st.integers(-(2**63), 2**63 - 1).map(
        lambda at: protocol.SignalRequest(ping_req=protocol.Ping(timestamp=at, rtt=at))
    ),
).map(lambda request: request.SerializeToString())
requests = others | descriptions("offer") | descriptions("answer")
frames = requests | st.builds(mutated, requests, st.integers(0, 2**32)) | st.binary(max_size=200)


@pytest.fixture
async def real_rtc() -> AsyncIterator[Rtc]:
    engine = mcmeet_sfu.Engine("127.0.0.1", 0)
    async with serving(sfu=cast(FakeSfu, engine)) as served:
        yield served
    engine.close()


async def known(rtc: Rtc, seat: str) -> SeatState:
    [state] = [state for state in await rtc.engine.list(ROOM) if state.seat == seat]
    return state


async def misbehave(rtc: Rtc, sent: list[bytes]) -> None:
    """As a stranger, while 周航 is in the room; he, his microphone, the room and the media thread go on."""
    name = f"zhou-{len(rtc.clients)}"
    zhou = await rtc.join(name, answers=False)
    await zhou.publish_like_chromium()
    before = await known(rtc, name)
    assert [track.source for track in before.tracks] == [Source.MICROPHONE]
    stranger = await rtc.join(f"stranger-{len(rtc.clients)}", answers=False)
    with contextlib.suppress(ConnectionClosed):
        for frame in sent:
            await stranger.socket.send(frame)
        await stranger.is_through()
        await stranger.socket.close()
    assert await stranger.wait_closed() in ENDS
    await zhou.settle()
    assert await known(rtc, name) == before
    assert cast(mcmeet_sfu.Engine, rtc.sfu).stats()["socket"]["sessions_panicked"] == 0
    await zhou.socket.close()


@patiently
@given(sent=st.lists(frames, min_size=1, max_size=FRAMES_MOST))
async def test_no_frames_hurt_anybody_else(real_rtc: Rtc, sent: list[bytes]) -> None:
    await misbehave(real_rtc, sent)


@patiently
@given(sent=st.tuples(descriptions("offer"), descriptions("answer")))
async def test_no_description_of_tracks_that_are_announced_hurts_anybody_else(
    real_rtc: Rtc, sent: tuple[bytes, bytes]
) -> None:
    await misbehave(real_rtc, [*ANNOUNCED, *sent])
