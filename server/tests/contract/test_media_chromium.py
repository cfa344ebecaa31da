"""`mcmeet media` and Chromium, through livekit-client as it comes from npm; judged by frames and sound."""

import contextlib
import random
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from mcmeet.media.port import Rights, Source
from tests.contract.media_participant import Participant, at_page
from tests.contract.media_server import MediaServer, media_server, page_site

pytestmark = pytest.mark.media

LIPS_MATCH_MS = 100
SAMPLES = 5
LIPS_MATCH_SECONDS = 60.0
"""Sound is reported on every 5 s (RFC 3550 §6.2); the browser then moves by at most 80 ms in a second."""


@pytest.fixture(scope="module")
def media() -> Iterator[MediaServer]:
    with media_server() as server:
        yield server


Sit = Callable[[str], Participant]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with page_site() as address:
        yield address


@pytest.fixture
def sit(chromium: Browser, media: MediaServer, site: str) -> Iterator[Sit]:
    with contextlib.ExitStack() as stack:
        yield lambda identity: stack.enter_context(at_page(chromium, media, site, identity))
    assert media.process.poll() is None


def pair(sit: Sit) -> tuple[Participant, Participant]:
    lin, zhou = sit("lin"), sit("zhou")
    lin.join()
    zhou.join()
    return lin, zhou


def test_two_people_see_and_hear_each_other(sit: Sit) -> None:
    lin, zhou = pair(sit)
    for person in (lin, zhou):
        person.do("client.publishCamera()")
        person.do("client.publishMicrophone()")
    for person in (lin, zhou):
        person.sees_smoothly(40)
        person.hears()


def test_lips_match_within_100_ms(sit: Sit) -> None:
    """Chromium says what it plays on the sender's clock, once it has two reports of picture and of sound."""
    lin, zhou = sit("lin"), sit("zhou")
    lin.join()
    zhou.join(query="?sync_streams=1")
    lin.do("client.publishCamera()")
    lin.do("client.publishMicrophone()")
    offsets: list[float] = []
    deadline = time.monotonic() + LIPS_MATCH_SECONDS
    while len(offsets) < SAMPLES or max(map(abs, offsets[-SAMPLES:])) > LIPS_MATCH_MS:
        assert time.monotonic() < deadline, offsets
        playout = zhou.stats()["playout"]
        if playout.get("audio") and playout.get("video"):
            offsets.append(playout["audio"] - playout["video"])
        time.sleep(0.5)


HD = "width: 1280, height: 720, frameRate: 30, maxBitrate: 2_500_000"


def test_720p_stays_720p(sit: Sit) -> None:
    lin, zhou = pair(sit)
    lin.do(f"client.publishCamera({{{HD}}})")
    is_whole = [[1280, 720]]
    zhou.wait_for_stats(lambda stats: stats["received"] == is_whole and stats["framesDecoded"] >= 60)
    lin.wait_for_stats(lambda stats: stats["sent"] == is_whole)


def test_a_client_that_offers_simulcast_sends_its_highest_layer(sit: Sit) -> None:
    lin, zhou = pair(sit)
    lin.do(f"client.publishCamera({{{HD}, simulcast: true}})")
    zhou.wait_for_stats(lambda stats: stats["received"] == [[1280, 720]] and stats["framesDecoded"] >= 30)


def test_a_mute_is_seen_and_stops_the_picture(sit: Sit) -> None:
    lin, zhou = pair(sit)
    lin.do("client.publishCamera()")
    zhou.sees()
    lin.do("client.room().localParticipant.setCameraEnabled(false)")
    zhou.wait("client.others()[0].tracks[0].muted")
    zhou.sees_nothing()
    lin.do("client.room().localParticipant.setCameraEnabled(true)")
    zhou.wait("!client.others()[0].tracks[0].muted")
    zhou.sees()


def test_a_subscription_is_switched_off_and_on(sit: Sit) -> None:
    lin, zhou = pair(sit)
    lin.do("client.publishCamera()")
    zhou.sees()
    zhou.do("client.setSubscribed('camera', false)")
    zhou.wait("client.events.some(([what]) => what === 'unsubscribed')")
    zhou.sees_nothing()
    zhou.do("client.setSubscribed('camera', true)")
    zhou.wait("client.events.filter(([what]) => what === 'subscribed').length === 2")
    zhou.sees()


def test_a_latecomer_sees_and_hears_what_is_there(sit: Sit) -> None:
    lin = sit("lin")
    lin.join(name="林晓")
    lin.do("client.publishCamera()")
    lin.do("client.publishMicrophone()")
    lin.wait_for_stats(lambda stats: stats["sent"] == [[640, 360]])
    emma = sit("emma")
    emma.join()
    assert emma.do("client.others()[0].name") == "林晓"
    emma.sees()
    emma.hears()


def test_who_speaks_is_seen_by_the_others(sit: Sit) -> None:
    lin, zhou = pair(sit)
    lin.do("client.publishMicrophone()")
    zhou.wait("client.events.some(([what, who]) => what === 'speaks' && who === 'lin')")


def test_garbage_on_the_media_port_disturbs_nobody(sit: Sit, media: MediaServer) -> None:
    lin, zhou = pair(sit)
    lin.do("client.publishCamera()")
    zhou.sees()
    address = ("127.0.0.1", int(media.url.rsplit(":", 1)[1]))
    dice = random.Random(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(2_000):
            # First bytes of STUN, DTLS, RTP and of nothing at all.
            head = bytes([dice.choice((0, 1, 20, 22, 23, 128, 144, 255))])
            stranger.sendto(head + dice.randbytes(dice.randrange(1_400)), address)
    zhou.sees_smoothly()


def test_a_screen_comes_with_its_sound(sit: Sit) -> None:
    lin, zhou = pair(sit)
    lin.do("client.publishScreen()")
    for source in ("screen_share", "screen_share_audio"):
        zhou.wait(
            f"client.others()[0].tracks.some((track) => track.source === '{source}' && track.subscribed)"
        )
    zhou.sees(5)
    zhou.hears()


def test_unpublishing_takes_the_picture_away_and_publishing_again_brings_it_back(sit: Sit) -> None:
    lin, zhou = pair(sit)
    for _ in range(3):
        lin.do("client.publishCamera()")
        zhou.wait("client.others()[0].tracks.length === 1")
        zhou.sees()
        lin.do(
            "client.room().localParticipant.unpublishTrack("
            "client.room().localParticipant.getTrackPublication('camera').track)"
        )
        zhou.wait("client.others()[0].tracks.length === 0")


def test_a_track_in_a_section_that_another_track_had_is_known_by_its_own_name(sit: Sit) -> None:
    """The browser keeps the id of the first track: the offer says by mid which it is now."""
    lin, zhou = sit("lin"), sit("zhou")
    lin.join()
    zhou.join(query="?sync_streams=1")
    for publish, source in (("publishScreen", "screen_share"), ("publishCamera", "camera")):
        lin.do(f"client.{publish}()")
        zhou.wait(f"client.others()[0].tracks.some((one) => one.source === '{source}' && one.subscribed)")
        zhou.sees(5)
        lin.do(
            "Promise.all([...client.room().localParticipant.trackPublications.values()]"
            ".map(({ track }) => client.room().localParticipant.unpublishTrack(track)))"
        )
        zhou.wait("client.others()[0].tracks.length === 0")


HOLD_THE_NEXT_OFFER = """
(apply => {
  const opened = Promise.withResolvers();
  window.letThrough = opened.resolve;
  RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
    if (description.type === 'offer') await opened.promise;
    return apply.call(this, description);
  };
})(RTCPeerConnection.prototype.setRemoteDescription)
"""


def test_a_camera_that_ends_and_returns_within_one_offer_is_seen(sit: Sit) -> None:
    """Its stream is the same as before: in the same section Chromium would fire no `track`."""
    lin, zhou = sit("lin"), sit("zhou")
    lin.join()
    zhou.join(query="?sync_streams=1")
    camera = "client.room().localParticipant.getTrackPublication('camera')"
    known = "[...client.room().remoteParticipants.values()][0].trackPublications"
    lin.do("client.publishCamera()")
    zhou.sees(5)
    zhou.do(HOLD_THE_NEXT_OFFER)
    lin.do("client.publishMicrophone()")
    zhou.wait(f"{known}.size === 2")
    lin.do(f"client.room().localParticipant.unpublishTrack({camera}.track)")
    zhou.wait(f"{known}.size === 1")
    lin.do("client.publishCamera()")
    zhou.wait(f"{known}.size === 2")
    zhou.do("window.letThrough()")
    zhou.wait("client.others()[0].tracks.every(({ subscribed }) => subscribed)")
    zhou.sees(5)


def test_a_cut_signalling_socket_brings_everybody_back_with_pictures(sit: Sit) -> None:
    lin, zhou = pair(sit)
    for person in (lin, zhou):
        person.do("client.publishCamera()")
    lin.sees()
    zhou.sees()
    lin.do("client.cutSignalling()")
    lin.wait("client.events.some(([what]) => what === 'Reconnected')")
    lin.sees()
    zhou.sees()
    assert not any(event[0] == "ParticipantDisconnected" for event in zhou.do("client.events"))


def test_an_sdk_that_asks_for_version_1_falls_back(sit: Sit) -> None:
    lin, zhou = sit("lin"), sit("zhou")
    lin.join(options={"singlePeerConnection": True})
    zhou.join()
    lin.do("client.publishCamera()")
    zhou.sees()


def test_who_may_not_publish_is_told_so(sit: Sit) -> None:
    zhou = sit("zhou")
    zhou.join(rights=Rights(publish=frozenset({Source.MICROPHONE})))
    refused = zhou.do("client.publishCamera().then(() => '', (error) => error.message)")
    assert "insufficient permissions" in refused
    zhou.do("client.publishMicrophone()")


def test_a_wrong_token_is_refused_in_words(sit: Sit, media: MediaServer) -> None:
    lin = sit("lin")
    script = "([url]) => client.join(url, 'nonsense').then(() => '', (error) => error.message)"
    assert "invalid token" in lin.page.evaluate(script, [media.url])


def test_leaving_is_seen_by_the_others_at_once(sit: Sit) -> None:
    lin, zhou = pair(sit)
    zhou.wait("client.others().length === 1")
    lin.do("client.room().disconnect()")
    zhou.wait("client.others().length === 0")


def test_a_text_of_many_packets_arrives_whole(sit: Sit) -> None:
    lin, zhou = pair(sit)
    zhou.do(
        "client.room().registerTextStreamHandler('notes', (reader, { identity }) =>"
        " reader.readAll().then((text) => client.data.push([identity, 0, `${text.length}`])))"
    )
    lin.do("client.room().localParticipant.sendText('x'.repeat(400_000), { topic: 'notes' })")
    zhou.wait("client.data.some(([who, , length]) => who === 'lin' && length === '400000')")
