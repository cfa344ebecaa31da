"""Rights against a client that does not obey, proved by packets: Chromium and an engine in this process."""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import Any, cast

import mcmeet_sfu
import pytest
from playwright.sync_api import Browser, Page

from mcmeet.media.port import Rights, Source, TrackEnded, TrackPublished
from tests.contract.fake_sfu import FakeSfu
from tests.contract.harness import ROOM, Rtc, serving
from tests.contract.media_server import page_site

pytestmark = pytest.mark.media

PATIENCE = 30.0
NO_MICROPHONE = Rights(publish=frozenset(Source) - {Source.MICROPHONE})
OPUS_PACKETS_PER_SECOND = 50
RTCP_ALLOWANCE = 10
"""Reports and feedback of one second on a transport without media."""

DISOBEY = """
client.room().engine.client.onLocalTrackUnpublished = () => {};
client.room().engine.client.onParticipantUpdate = () => {};
"""

TAKES_EVERY_ANSWER_FOR_A_YES = """
(obey => {
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    const heard = type === 'answer' ? sdp.replaceAll('a=inactive', 'a=recvonly') : sdp;
    return obey.call(this, { type, sdp: heard });
  };
})(RTCPeerConnection.prototype.setRemoteDescription);
"""
SEND_UNASKED = """
async () => {
  const { publisher } = client.room().engine.pcManager;
  const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks();
  publisher.addTransceiver(track, { direction: 'sendonly' });
  await client.room().engine.negotiate();
}
"""


class Engine:
    """The embedded engine with real packets, on a thread of its own."""

    def __init__(self) -> None:
        self.sfu = mcmeet_sfu.Engine("127.0.0.1", 0)
        self.loop = asyncio.new_event_loop()
        self.rtc: Rtc
        self._ready = threading.Event()
        self._done: asyncio.Event
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=[self._serve()])

    async def _serve(self) -> None:
        self._done = asyncio.Event()
        async with serving(auto_create=False, sfu=cast("FakeSfu", self.sfu)) as self.rtc:
            self._ready.set()
            await self._done.wait()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._done.set)
        self._thread.join(PATIENCE)
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def transports(self) -> list[int]:
        return sorted(self.sfu.stats()["transports"])

    def received(self, transport: int) -> int:
        return self.sfu.stats()["transports"][transport]["packets_received"]

    def sent(self, transport: int) -> int:
        return self.sfu.stats()["transports"][transport]["packets_sent"]


@pytest.fixture
def engine() -> Iterator[Engine]:
    started = Engine()
    started.start()
    started.run(started.rtc.engine.open(ROOM))
    yield started
    started.stop()


@pytest.fixture
def pages(chromium: Browser, engine: Engine) -> Iterator[tuple[Page, Page]]:
    """周航 publishes, 林晓 receives; transports are zhou's two, then lin's two."""
    contexts = [chromium.new_context(permissions=["camera", "microphone"]) for _ in range(2)]
    with page_site() as site:
        joined = []
        for seat, context in zip(("zhou", "lin"), contexts, strict=True):
            admission = engine.run(engine.rtc.engine.admit(ROOM, seat, Rights()))
            page = context.new_page()
            page.goto(site)
            page.evaluate("([url, token]) => client.join(url, token)", [admission.url, admission.token])
            joined.append(page)
        yield joined[0], joined[1]
        for context in contexts:
            context.close()


def wait_until(happened: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def arrived(page: Page) -> int:
    """Packets that Chromium has received: the engine's own counts prove nothing about the engine."""
    return cast(int, page.evaluate("client.stats().then(({ packetsArrived }) => packetsArrived)"))


def flows(engine: Engine, transport: int, page: Page) -> bool:
    sent, seen = engine.sent(transport), arrived(page)
    time.sleep(1)
    return min(engine.sent(transport) - sent, arrived(page) - seen) > OPUS_PACKETS_PER_SECOND // 2


def is_silent(engine: Engine, transport: int, page: Page) -> bool:
    """The engine from now on; Chromium, once it has counted what was under way."""
    sent, seen = engine.sent(transport), arrived(page)
    time.sleep(1)
    if engine.sent(transport) - sent >= RTCP_ALLOWANCE:
        return False
    deadline = time.monotonic() + PATIENCE
    while (now := arrived(page)) - seen >= RTCP_ALLOWANCE and time.monotonic() < deadline:
        seen = now
        time.sleep(1)
    return now - seen < RTCP_ALLOWANCE


def test_no_packet_of_a_withdrawn_source_is_forwarded_though_its_client_goes_on_sending(
    engine: Engine, pages: tuple[Page, Page]
) -> None:
    zhou, lin = pages
    publisher, _, _, subscriber = engine.transports()
    zhou.evaluate("client.publishMicrophone()")
    wait_until(lambda: flows(engine, subscriber, lin))
    zhou.evaluate(DISOBEY)

    engine.run(engine.rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE))
    received = engine.received(publisher)
    assert is_silent(engine, subscriber, lin)
    # Else the client has obeyed.
    wait_until(lambda: engine.received(publisher) - received > OPUS_PACKETS_PER_SECOND // 2)

    zhou.evaluate("client.room().engine.negotiate()")
    lin.wait_for_function("client.others()[0].tracks.length === 0", timeout=PATIENCE * 1000)
    time.sleep(0.3)
    assert is_silent(engine, subscriber, lin), "a new offer brought the track back"


def test_no_packet_of_a_client_that_never_had_the_right_is_forwarded(
    engine: Engine, pages: tuple[Page, Page]
) -> None:
    zhou, lin = pages
    publisher, _, _, subscriber = engine.transports()
    engine.run(engine.rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE))
    zhou.evaluate(TAKES_EVERY_ANSWER_FOR_A_YES)
    zhou.evaluate(SEND_UNASKED)
    received = engine.received(publisher)
    wait_until(lambda: engine.received(publisher) - received > OPUS_PACKETS_PER_SECOND)
    assert is_silent(engine, subscriber, lin)
    assert lin.evaluate("client.others()[0].tracks.length") == 0


def test_a_muted_client_may_speak_again_once_its_right_returns(
    engine: Engine, pages: tuple[Page, Page]
) -> None:
    zhou, lin = pages
    *_, subscriber = engine.transports()
    zhou.evaluate("client.publishMicrophone()")
    wait_until(lambda: flows(engine, subscriber, lin))
    engine.run(engine.rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE))
    zhou.wait_for_function("client.events.some(([what]) => what === 'LocalTrackUnpublished')")
    lin.wait_for_function("client.others()[0].tracks.length === 0")

    engine.run(engine.rtc.engine.set_rights(ROOM, "zhou", Rights()))
    zhou.wait_for_function("client.room().localParticipant.permissions.canPublishSources.includes(2)")
    zhou.evaluate("client.publishMicrophone()")
    wait_until(lambda: flows(engine, subscriber, lin))
    kinds = [type(event) for event in engine.rtc.events if isinstance(event, TrackPublished | TrackEnded)]
    assert kinds == [TrackPublished, TrackEnded, TrackPublished]
