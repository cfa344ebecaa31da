"""/rtc: how much one client receives at a time, and what becomes of the rest."""

import re
from pathlib import Path

import pytest
from livekit.protocol import rtc as protocol

from mcmeet.media.embedded import subscriber
from mcmeet.media.embedded.signalling import LARGER_MESSAGES
from mcmeet.media.port import Rights, Source
from tests.contract.harness import ROOM, Rtc
from tests.contract.scripted_client import ScriptedClient

pytestmark = pytest.mark.anyio

ANSWER = (Path(__file__).parents[3] / "sfu/tests/golden/subscriber-answer.sdp").read_bytes().decode()
"""Of Chromium, for one track of each kind, and in more codecs than we offer."""


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriber, "RECEIVED_MOST", {"audio": 1, "video": 2})


def told(client: ScriptedClient) -> list[str]:
    """What it was told that it does not receive."""
    return [refusal.track_sid for refusal in client.all("subscription_response")]


@pytest.mark.usefixtures("few")
async def test_what_is_more_than_a_client_may_receive_is_left_out_and_it_is_told(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    cameras = [await lin.publish(Source.CAMERA) for _ in range(4)]
    microphone = await lin.publish(Source.MICROPHONE)
    emma = await rtc.join("emma")
    await rtc.settle()
    for receiver in (zhou, emma):
        assert set(receiver.offered_tracks()[-1]) == {*cameras[:2], microphone}
        assert told(receiver) == cameras[2:]


@pytest.mark.usefixtures("few")
async def test_what_was_left_out_comes_when_there_is_room(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    cameras = [await lin.publish(Source.CAMERA) for _ in range(4)]
    await lin.unpublish(lin.sections[1].track)
    await rtc.settle()
    assert set(zhou.offered_tracks()[-1]) == {cameras[1], cameras[2]}
    await zhou.send(subscription=protocol.UpdateSubscription(track_sids=[cameras[1]], subscribe=False))
    await rtc.settle()
    assert set(zhou.offered_tracks()[-1]) == {cameras[2], cameras[3]}
    assert told(zhou) == cameras[2:]


@pytest.mark.usefixtures("few")
async def test_what_came_first_takes_the_room_that_another_made_and_not_what_comes_now(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    cameras = [await lin.publish(Source.CAMERA) for _ in range(3)]
    newest = await lin.announce(Source.CAMERA)
    await lin.unpublish(lin.sections[1].track)  # the same offer starts the newest
    await rtc.settle()
    assert set(zhou.offered_tracks()[-1]) == {cameras[1], cameras[2]}
    assert told(zhou) == [cameras[2], newest.sid]


@pytest.mark.usefixtures("few")
async def test_asking_for_more_than_one_may_receive_is_answered_and_taking_it_back_ends_it(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou", auto_subscribe="0")
    cameras = [await lin.publish(Source.CAMERA) for _ in range(3)]
    for wanted in (True, True):
        await zhou.send(subscription=protocol.UpdateSubscription(track_sids=cameras, subscribe=wanted))
    await zhou.send(subscription=protocol.UpdateSubscription(track_sids=cameras[2:], subscribe=False))
    await zhou.send(subscription=protocol.UpdateSubscription(track_sids=cameras[:1], subscribe=False))
    await rtc.settle()
    assert zhou.offered_tracks()[-1] == [cameras[1]]
    assert told(zhou) == [cameras[2]]


@pytest.mark.usefixtures("few")
async def test_who_may_receive_nothing_any_more_and_then_again_receives_as_much_as_before(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    for _ in range(3):
        await lin.publish(Source.CAMERA)
    for subscribe in (False, True):
        await rtc.engine.set_rights(ROOM, "zhou", Rights(subscribe=subscribe))
        await rtc.settle()
        assert len(zhou.offered_tracks()[-1]) == (2 if subscribe else 0)


def test_an_answer_for_as_much_as_one_may_receive_fits_into_a_frame() -> None:
    head, *sections = re.split(r"^(?=m=)", ANSWER, flags=re.MULTILINE)
    data, audio, video = map(len, sections)
    most = subscriber.RECEIVED_MOST
    answer = len(head) + data + most["audio"] * audio + most["video"] * video
    assert answer < 0.9 * LARGER_MESSAGES["/rtc"]
