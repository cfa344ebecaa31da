"""/rtc: in a meeting each source sends one track, and a client that replaces its track goes on."""

import pytest

from mcmeet.media.port import Rights, Source, TrackEnded
from tests.contract.harness import ROOM, Rtc
from tests.contract.scripted_client import ScriptedClient
from tests.contract.sdp_text import Section

pytestmark = pytest.mark.anyio

APPLICATION = Section("0", "application")


async def admitted(rtc: Rtc, seat: str) -> ScriptedClient:
    await rtc.engine.open(ROOM)
    return await rtc.connect((await rtc.engine.admit(ROOM, seat, Rights())).token)


def shown(viewer: ScriptedClient, owner: ScriptedClient) -> list[str]:
    """Tracks of the owner that the viewer is told of; they are those that it is offered."""
    tracks = [track.sid for track in viewer.participants()[owner.sid].tracks]
    assert viewer.offered_tracks()[-1] == tracks
    return tracks


def unpublished(client: ScriptedClient) -> list[str]:
    return [message.track_sid for message in client.all("track_unpublished")]


async def test_of_many_cameras_the_newest_is_seen_and_the_owner_learns_it(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin, zhou = await admitted(rtc, "lin"), await admitted(rtc, "zhou")
    cameras = [await lin.publish(Source.CAMERA) for _ in range(5)]
    await rtc.settle()
    assert shown(zhou, lin) == cameras[-1:]
    assert unpublished(lin) == cameras[:-1]
    assert len(rtc.sfu.producers) == 1
    ended = [event.track for event in rtc.events if isinstance(event, TrackEnded)]
    assert ended == cameras[:-1]


async def test_of_many_cameras_announced_at_once_one_is_seen(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin, zhou = await admitted(rtc, "lin"), await admitted(rtc, "zhou")
    cameras = [(await lin.announce(Source.CAMERA)).sid for _ in range(20)]
    await lin.offer()
    await rtc.settle()
    assert shown(zhou, lin) == cameras[-1:]
    assert unpublished(lin) == cameras[:-1]
    assert len(rtc.sfu.producers) == 1


async def test_a_track_that_was_announced_and_given_up_stands_in_nobodys_way(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin, zhou = await admitted(rtc, "lin"), await admitted(rtc, "zhou")
    await lin.announce(Source.CAMERA, cid="given up")
    lin.sections = [APPLICATION]
    camera = await lin.publish(Source.CAMERA)
    await rtc.settle()
    assert shown(zhou, lin) == [camera]


async def test_unpublishing_and_publishing_in_one_offer_replaces_a_track(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin, zhou = await admitted(rtc, "lin"), await admitted(rtc, "zhou")
    await lin.publish(Source.CAMERA)
    new = await lin.announce(Source.CAMERA)
    lin.sections = [APPLICATION, Section("1", "video", "inactive"), lin.sections[-1]]
    await lin.offer()
    await rtc.settle()
    assert shown(zhou, lin) == [new.sid]
    assert unpublished(lin) == []


async def test_publishing_and_then_unpublishing_replaces_a_track(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin, zhou = await admitted(rtc, "lin"), await admitted(rtc, "zhou")
    await lin.publish(Source.CAMERA)
    old = lin.sections[-1].track
    new = await lin.publish(Source.CAMERA)
    await lin.unpublish(old)
    await rtc.settle()
    assert shown(zhou, lin) == [new]


async def test_every_source_sends_at_the_same_time_and_again_after_coming_back(product_rtc: Rtc) -> None:
    rtc = product_rtc
    zhou = await admitted(rtc, "zhou")
    for _ in range(2):
        lin = await admitted(rtc, "lin")
        tracks = [(await lin.announce(source)).sid for source in Source]
        await lin.offer()
        await rtc.settle()
        assert sorted(shown(zhou, lin)) == sorted(tracks)
        assert unpublished(lin) == []


async def test_a_second_camera_that_we_cannot_forward_does_not_end_the_first(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin, zhou = await admitted(rtc, "lin"), await admitted(rtc, "zhou")
    camera = await lin.publish(Source.CAMERA)
    rtc.sfu.unusable_mids.add("2")
    second = await lin.publish(Source.CAMERA)
    await rtc.settle()
    assert shown(zhou, lin) == [camera]
    assert unpublished(lin) == [second]


async def test_where_a_token_is_enough_a_source_may_send_several_tracks(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    cameras = [await lin.publish(Source.CAMERA), await lin.publish(Source.CAMERA)]
    await rtc.settle()
    assert shown(zhou, lin) == cameras
