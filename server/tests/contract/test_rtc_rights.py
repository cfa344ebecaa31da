"""/rtc: a client without the right, or muted by the server, reaches nobody."""

import asyncio

import pytest
from livekit.protocol import models
from livekit.protocol import rtc as protocol

from mcmeet.media.port import GoneReason, Rights, Source, TrackEnded, TrackPublished
from tests.contract import sdp_text
from tests.contract.harness import ROOM, Rtc
from tests.contract.scripted_client import PATIENCE, SOURCES, ScriptedClient
from tests.contract.sdp_text import Section

pytestmark = pytest.mark.anyio

Reason = protocol.RequestResponse.Reason
EVERYTHING = Rights()
NO_MICROPHONE = Rights(publish=frozenset(Source) - {Source.MICROPHONE})


async def admitted(
    rtc: Rtc, seat: str, rights: Rights = EVERYTHING, *, hidden: bool = False
) -> ScriptedClient:
    await rtc.engine.open(ROOM)
    return await rtc.connect((await rtc.engine.admit(ROOM, seat, rights, hidden)).token)


def publisher_permission(client: ScriptedClient) -> models.ParticipantPermission:
    own = [
        update.participants[0] for update in client.all("update") if update.participants[0].sid == client.sid
    ]
    permission: models.ParticipantPermission = own[-1].permission
    return permission


@pytest.mark.parametrize("source", list(Source))
async def test_a_source_without_its_right_is_refused(rtc: Rtc, source: Source) -> None:
    lin = await rtc.join("lin", Rights(publish=frozenset(Source) - {source}))
    is_video = source in (Source.CAMERA, Source.SCREEN_SHARE)
    kind = models.TrackType.VIDEO if is_video else models.TrackType.AUDIO
    await lin.send(add_track=protocol.AddTrackRequest(cid="c", type=kind, source=SOURCES[source]))
    refused = await lin.wait("request_response")
    assert refused.reason == Reason.NOT_ALLOWED
    assert refused.add_track.cid == "c"
    lin.sections.append(Section("1", "video" if is_video else "audio", "sendonly", "s", "c"))
    await lin.offer()
    assert not rtc.sfu.producers


@pytest.mark.parametrize("kind", [models.TrackType.AUDIO, models.TrackType.VIDEO])
async def test_leaving_the_source_out_bypasses_no_right(rtc: Rtc, kind: models.TrackType) -> None:
    screen_only = Rights(publish=frozenset({Source.SCREEN_SHARE, Source.SCREEN_SHARE_AUDIO}))
    lin = await rtc.join("lin", screen_only)
    await lin.send(add_track=protocol.AddTrackRequest(cid="c", type=kind))
    assert (await lin.wait("request_response")).reason == Reason.NOT_ALLOWED


async def test_a_sound_that_calls_itself_a_camera_is_refused(rtc: Rtc) -> None:
    lin = await rtc.join("lin", NO_MICROPHONE)
    request = protocol.AddTrackRequest(cid="c", type=models.TrackType.AUDIO, source=models.TrackSource.CAMERA)
    await lin.send(add_track=request)
    assert (await lin.wait("request_response")).reason == Reason.INVALID_REQUEST


async def test_a_track_announced_as_video_does_not_carry_a_sound(rtc: Rtc) -> None:
    lin = await rtc.join("lin", NO_MICROPHONE)
    await lin.announce(Source.CAMERA, cid="c")
    lin.sections = [Section("0", "application"), Section("1", "audio", "sendonly", "s", "c")]
    await lin.offer()
    assert not rtc.sfu.producers


async def test_a_packet_stream_that_was_never_announced_reaches_nobody(rtc: Rtc) -> None:
    lin, _ = await rtc.join("lin"), await rtc.join("zhou")
    lin.sections.append(Section("1", "audio", "sendonly", "s", "silent intruder"))
    answer = await lin.offer()
    assert sdp_text.read(answer.sdp)[1].direction == "inactive"
    assert not rtc.sfu.producers


async def test_muting_by_the_server_ends_the_track_for_all_and_tells_the_owner(product_rtc: Rtc) -> None:
    rtc = product_rtc
    zhou, lin = await admitted(rtc, "zhou"), await admitted(rtc, "lin")
    microphone, camera = await zhou.publish(Source.MICROPHONE), await zhou.publish(Source.CAMERA)
    await rtc.settle()
    await rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE)
    await rtc.settle()
    assert [message.track_sid for message in zhou.all("track_unpublished")] == [microphone]
    permission = publisher_permission(zhou)
    assert permission.can_publish
    assert models.TrackSource.MICROPHONE not in permission.can_publish_sources
    assert [track.sid for track in lin.participants()[zhou.sid].tracks] == [camera]
    assert lin.offered_tracks()[-1] == [camera]
    assert {producer.kind for producer in rtc.sfu.producers.values()} == {"video"}
    assert rtc.events[-1] == TrackEnded(ROOM, "zhou", microphone)


async def test_set_rights_returns_only_when_the_media_threads_obey(product_rtc: Rtc) -> None:
    rtc = product_rtc
    zhou = await admitted(rtc, "zhou")
    await zhou.publish(Source.MICROPHONE)
    rtc.sfu.held_barriers = []
    muting = asyncio.create_task(rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE))
    await rtc.settle()
    assert not muting.done()
    rtc.sfu.emit("barrier", rtc.sfu.held_barriers[0])
    await asyncio.wait_for(muting, PATIENCE)


@pytest.mark.parametrize("call", ["set_rights", "remove"])
async def test_what_was_asked_and_not_waited_for_is_waited_for_when_it_is_asked_again(
    product_rtc: Rtc, call: str
) -> None:
    rtc = product_rtc
    zhou = await admitted(rtc, "zhou")
    await zhou.publish(Source.MICROPHONE)
    rtc.sfu.held_barriers = []
    what = NO_MICROPHONE if call == "set_rights" else GoneReason.REMOVED
    given_up = asyncio.create_task(getattr(rtc.engine, call)(ROOM, "zhou", what))
    await rtc.wait_for(lambda: len(rtc.sfu.held_barriers or ()) == 1)
    given_up.cancel()
    again = asyncio.create_task(getattr(rtc.engine, call)(ROOM, "zhou", what))
    await rtc.wait_for(lambda: len(rtc.sfu.held_barriers or ()) == 2)
    assert not again.done()
    rtc.sfu.emit("barrier", rtc.sfu.held_barriers[1])
    await asyncio.wait_for(again, PATIENCE)


async def test_who_was_muted_by_the_server_cannot_unmute_or_go_on_sending(product_rtc: Rtc) -> None:
    rtc = product_rtc
    zhou, _ = await admitted(rtc, "zhou"), await admitted(rtc, "lin")
    microphone = await zhou.publish(Source.MICROPHONE)
    await rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE)
    await zhou.send(mute=protocol.MuteTrackRequest(sid=microphone, muted=False))
    await zhou.offer()
    await rtc.settle()
    assert not rtc.sfu.producers
    assert rtc.events[-1] == TrackEnded(ROOM, "zhou", microphone)


async def test_a_track_announced_before_the_mute_cannot_start_after_it(product_rtc: Rtc) -> None:
    rtc = product_rtc
    zhou = await admitted(rtc, "zhou")
    await zhou.announce(Source.MICROPHONE)
    await rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE)
    await zhou.offer()
    assert not rtc.sfu.producers


async def test_a_returned_right_lets_the_client_publish_anew(product_rtc: Rtc) -> None:
    rtc = product_rtc
    zhou, lin = await admitted(rtc, "zhou"), await admitted(rtc, "lin")
    before = await zhou.publish(Source.MICROPHONE)
    await rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE)
    await rtc.settle()
    await rtc.engine.set_rights(ROOM, "zhou", EVERYTHING)
    await rtc.settle()
    assert not rtc.sfu.producers, "a right that returns starts nothing by itself"
    after = await zhou.publish(Source.MICROPHONE)
    await rtc.settle()
    assert after != before
    assert lin.offered_tracks()[-1] == [after]
    assert rtc.events[-1] == TrackPublished(ROOM, "zhou", after, Source.MICROPHONE, muted=False)


async def test_the_old_section_does_not_steal_the_new_track(product_rtc: Rtc) -> None:
    """A client may leave its withdrawn track in the offer beside the new one."""
    rtc = product_rtc
    zhou = await admitted(rtc, "zhou")
    await zhou.publish(Source.MICROPHONE)
    await rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE)
    await rtc.engine.set_rights(ROOM, "zhou", EVERYTHING)
    await zhou.publish(Source.MICROPHONE)
    assert [producer.mid for producer in rtc.sfu.producers.values()] == ["2"]


async def test_a_change_while_a_seat_is_away_is_there_when_it_comes(product_rtc: Rtc) -> None:
    rtc = product_rtc
    await rtc.engine.open(ROOM)
    token = (await rtc.engine.admit(ROOM, "zhou", EVERYTHING)).token
    await rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE)
    zhou = await rtc.connect(token)
    permission = zhou.all("join")[0].participant.permission
    assert models.TrackSource.MICROPHONE not in permission.can_publish_sources


async def test_the_right_to_receive_can_be_withdrawn_and_returned(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin, zhou = await admitted(rtc, "lin"), await admitted(rtc, "zhou")
    sid = await lin.publish(Source.CAMERA)
    await rtc.settle()
    await rtc.engine.set_rights(ROOM, "zhou", Rights(subscribe=False))
    await rtc.settle()
    assert not rtc.sfu.consumers
    await zhou.send(subscription=protocol.UpdateSubscription(track_sids=[sid], subscribe=True))
    await rtc.settle()
    assert not rtc.sfu.consumers
    await rtc.engine.set_rights(ROOM, "zhou", EVERYTHING)
    await rtc.settle()
    assert zhou.offered_tracks() == [[], [sid], [], [sid]]


async def test_a_hidden_seat_receives_is_not_seen_and_sends_nothing(product_rtc: Rtc) -> None:
    rtc = product_rtc
    lin = await admitted(rtc, "lin")
    sid = await lin.publish(Source.CAMERA)
    recorder = await admitted(rtc, "recorder", hidden=True)
    late = await admitted(rtc, "late")
    await recorder.send(add_track=protocol.AddTrackRequest(cid="c", type=models.TrackType.AUDIO))
    assert (await recorder.wait("request_response")).reason == Reason.NOT_ALLOWED
    await rtc.settle()
    assert recorder.offered_tracks() == [[sid]]
    assert recorder.sid not in lin.participants()
    assert recorder.sid not in late.participants()
    await recorder.send(leave=protocol.LeaveRequest())
    await recorder.wait_closed()
    await rtc.settle()
    told = {
        info.sid for client in (lin, late) for update in client.all("update") for info in update.participants
    }
    assert recorder.sid not in told


@pytest.mark.parametrize("product", [True, False], ids=["the product", "standalone"])
async def test_what_a_client_calls_its_tracks_reaches_others_only_where_tokens_bring_names_too(
    rtc: Rtc, product_rtc: Rtc, *, product: bool
) -> None:
    lin = await (admitted(product_rtc, "lin") if product else rtc.join("lin"))
    zhou = await (admitted(product_rtc, "zhou") if product else rtc.join("zhou"))
    kind, source = models.TrackType.VIDEO, SOURCES[Source.CAMERA]
    request = protocol.AddTrackRequest(cid="c", type=kind, source=source, name="林晓 的电脑", stream="盟畅")
    await lin.send(add_track=request)
    lin.sections.append(Section("1", "video", "sendonly", "s", "c"))
    await lin.offer()
    await (product_rtc if product else rtc).settle()
    [track] = zhou.participants()[lin.sid].tracks
    assert (track.name, track.stream) == (("", "camera") if product else ("林晓 的电脑", "盟畅"))


async def test_names_and_metadata_cannot_be_set_over_the_media_connection(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await lin.send(update_metadata=protocol.UpdateParticipantMetadata(name="主持人", request_id=5))
    refused = await lin.wait("request_response")
    assert (refused.request_id, refused.reason) == (5, Reason.NOT_ALLOWED)
    await rtc.settle()
    assert zhou.participants()[lin.sid].name == ""
