"""/api/live: whatever somebody sends costs at most their own socket; no room and nobody else notices."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from mcmeet.core.errors import InternalError
from mcmeet.core.serving import MESSAGE_MOST_BYTES
from mcmeet.live.protocol import COMMAND_ID_MOST
from mcmeet.live.seats import Close
from tests.fixtures.app import App, Closed, LiveSocket, Visitor
from tests.live.declared import commands

pytestmark = pytest.mark.anyio

EXAMPLES = 40
FRAMES_MOST = 12
ENDS = (None, Close.MALFORMED, Close.LEFT, Close.ENDED)
"""How a socket ends by what its client says, if it does; RESUME would say that we have failed."""
INVALID_PAYLOAD = 1007  # RFC 6455 §7.4.1

patiently = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD_TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e周航",
    "林晓" * 40,
    "__proto__",
    "1e999",
    "💥",
    "host",
    "microphone",
]
ODD_NUMBERS = [0, -1, 1, 2, 3, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**400, 0.5, 1e308, float("nan")]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(ODD_TEXTS),
    st.sampled_from([*ODD_NUMBERS, float("inf"), float("-inf")]),
)
keys = st.sampled_from(["name", "seat", "role", "sources", "id", "type", "data", "fields", "", "🗝"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from([*sorted(commands()), "no.such", "hello", "ping", "", "x" * 64, "x" * 65])
ids = st.integers(1, 12) | st.sampled_from([COMMAND_ID_MOST, COMMAND_ID_MOST + 1]) | scalars
frames = st.fixed_dictionaries({}, optional={"id": ids, "type": names | values, "data": values})
close_to_right = st.fixed_dictionaries(
    {"id": st.integers(1, 12), "type": names, "data": st.dictionaries(keys, values, max_size=4)}
)
nested = st.builds(
    lambda depth, bracket: bracket[0] * depth + bracket[1] * depth,
    st.integers(1, MESSAGE_MOST_BYTES // 2),
    st.sampled_from(
        ["[]", ('{"data":', "}"), ('{"id":1,"type":"participants.rename","data":{"name":[', "]}}")]
    ),
)


def mutated(frame: Any, seed: int) -> str:
    """One to four characters of the text changed, dropped or doubled."""
    chance, text = random.Random(seed), list(json.dumps(frame))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        text[at] = chance.choice(["", text[at] * 2, '"', "{", "]", "\\", "\\ud800", "9" * 30, "\0"])
    return "".join(text)


messages = st.one_of(
    close_to_right.map(json.dumps),
    frames.map(json.dumps),
    values.map(json.dumps),
    st.builds(mutated, close_to_right, st.integers(0, 2**32)),
    nested,
    st.text(max_size=200),
    st.binary(max_size=200),
)
sendings = st.lists(messages, min_size=1, max_size=FRAMES_MOST)
hellos = st.fixed_dictionaries(
    {"type": st.just("hello")},
    optional={"ticket": values, "resume": values, "epoch": values, "seq": values, "capabilities": values},
)


async def send_all(live: LiveSocket, sent: list[str | bytes]) -> int | None:
    """Sends them and reads every answer; how the server closed, None when it did not."""
    try:
        for message in sent:
            await live.send(message)
        await live.send({"type": "ping"})
        while await live.frame() != {"type": "pong"}:
            pass
    except Closed as closed:
        return closed.code
    except ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code
    return None


def codes(live: LiveSocket) -> set[str]:
    return {frame["error"]["code"] for frame in live.frames if "error" in frame}


class Beside:
    """A meeting in which 周航 hears on, whatever is sent beside him."""

    def __init__(self, app: App, host: Visitor, meeting: dict[str, Any], witness: LiveSocket) -> None:
        self.app = app
        self.host = host
        self.meeting = meeting
        self.witness = witness

    async def goes_on(self) -> None:
        """Strangers have gone; no room was lost with them."""
        for visitor in self.app.visitors[2:]:
            for live in visitor.sockets:
                await live.drop()
        del self.app.visitors[2:]
        del self.host.sockets[:]
        await self.app.advance(1)
        assert "ack" in await self.witness.command("participants.rename", name="周航")
        assert codes(self.witness) == set()
        del self.witness.frames[:], self.witness._unread[:]


@pytest.fixture
async def beside(app: App) -> Beside:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    return Beside(app, host, meeting, await app.visitor().enter(meeting, "周航"))


@patiently
@given(sent=sendings)
async def test_no_frames_of_a_participant_hurt_anybody_else(beside: Beside, sent: list[str | bytes]) -> None:
    stranger = await beside.app.visitor().enter(beside.meeting, "路人")
    assert await send_all(stranger, sent) in ENDS
    assert InternalError.code not in codes(stranger)
    await beside.goes_on()


@patiently
@given(sent=sendings)
async def test_no_frames_of_a_host_hurt_another_meeting(beside: Beside, sent: list[str | bytes]) -> None:
    other = await beside.host.create_meeting()
    guest = await beside.app.visitor().enter(other, "Emma")
    loud = await beside.host.enter(other, "林晓")
    assert loud.welcome["you"]["role"] == "host"
    assert await send_all(loud, sent) in ENDS
    assert InternalError.code not in codes(loud) | codes(guest)
    await loud.drop()
    await beside.goes_on()


@patiently
@given(first=hellos.map(json.dumps) | messages)
async def test_no_first_frame_hurts_anybody(beside: Beside, first: str | bytes) -> None:
    stranger = await beside.app.visitor().live()
    assert await send_all(stranger, [first]) in (Close.MALFORMED, Close.HELLO_REFUSED)
    await beside.goes_on()


async def test_a_text_that_is_no_utf8_ends_its_sender_alone(beside: Beside) -> None:
    stranger = await beside.app.visitor().enter(beside.meeting, "路人")
    await stranger.socket.send(b"\xff{}", text=True)
    assert await stranger.closed() == INVALID_PAYLOAD
    await beside.goes_on()
