"""/rtc: publishing, subscribing, muting; what peers learn, and what packets do."""

from typing import NoReturn, cast

import mcmeet_sfu
import pytest
from livekit.protocol import models
from livekit.protocol import rtc as protocol

from mcmeet.media.embedded.room import Room
from mcmeet.media.port import Rights, Source, SpeakersChanged, TrackEnded, TrackMuted, TrackPublished
from tests.contract import sdp_text
from tests.contract.fake_sfu import FakeSfu
from tests.contract.harness import ROOM, Rtc, serving
from tests.contract.scripted_client import ScriptedClient
from tests.contract.sdp_text import Section

pytestmark = pytest.mark.anyio

VIDEO, AUDIO = models.TrackType.VIDEO, models.TrackType.AUDIO


async def two(rtc: Rtc, auto_subscribe: str = "1") -> tuple[ScriptedClient, ScriptedClient]:
    """林晓, who publishes, and 周航, who receives."""
    return await rtc.join("lin"), await rtc.join("zhou", auto_subscribe=auto_subscribe)


def subscription(sid: str, subscribe: bool) -> protocol.UpdateSubscription:
    return protocol.UpdateSubscription(track_sids=[sid], subscribe=subscribe)


def producer_of(rtc: Rtc) -> int:
    [producer] = rtc.sfu.producers
    return producer


def reached(rtc: Rtc) -> bool:
    return bool(rtc.sfu.receivers(producer_of(rtc)))


@pytest.mark.parametrize(
    ("source", "prefix"),
    [
        (Source.CAMERA, "TR_VC"),
        (Source.MICROPHONE, "TR_AM"),
        (Source.SCREEN_SHARE, "TR_VS"),
        (Source.SCREEN_SHARE_AUDIO, "TR_As"),
    ],
)
async def test_an_announced_track_gets_its_sid_at_once(rtc: Rtc, source: Source, prefix: str) -> None:
    lin = await rtc.join("lin")
    track = await lin.announce(source, cid="client-id")
    assert lin.all("track_published")[0].cid == "client-id"
    assert track.sid.startswith(prefix)
    assert not track.simulcast


async def test_peers_are_told_and_offered_a_track_without_waiting_for_its_packets(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.CAMERA)
    await rtc.settle()
    kinds = [message.WhichOneof("message") for message in zhou.received]
    assert kinds.index("update") < len(kinds) - 1 - kinds[::-1].index("offer")
    assert zhou.offered_tracks()[-1] == [sid]
    assert zhou.participants()[lin.sid].tracks[0].sid == sid
    assert reached(rtc)
    assert TrackPublished(ROOM, "lin", sid, Source.CAMERA, muted=False) in rtc.events


async def test_the_publisher_gets_its_own_update(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    sid = await lin.publish(Source.MICROPHONE)
    update = await lin.wait("update", lambda update: bool(update.participants[0].tracks))
    assert update.participants[0].tracks[0].sid == sid
    assert update.participants[0].is_publisher


async def test_the_answer_echoes_the_number_and_takes_only_announced_tracks(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await lin.announce(Source.MICROPHONE)
    lin.sections.append(Section("7", "video", "sendonly", "stream", "never-announced"))
    answer = await lin.offer()
    directions = {section.mid: section.direction for section in sdp_text.read(answer.sdp)}
    assert directions == {"0": "sendrecv", "1": "recvonly", "7": "inactive"}


@pytest.mark.parametrize("disable_dtx", [False, True])
async def test_every_answer_asks_for_dtx_unless_the_publisher_refused_it(disable_dtx: bool) -> None:
    engine = mcmeet_sfu.Engine("127.0.0.1", 0)
    async with serving(sfu=cast(FakeSfu, engine)) as rtc:
        lin = await rtc.join("lin", answers=False)
        first = await lin.publish_like_chromium(disable_dtx=disable_dtx)
        second = await lin.offer_like_chromium()
    engine.close()
    asked = ["usedtx=1" in answer.sdp for answer in (first, second)]
    assert asked == [not disable_dtx] * 2


async def test_several_announced_tracks_share_one_offer(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    tracks = [await lin.announce(Source.MICROPHONE), await lin.announce(Source.CAMERA)]
    await lin.offer()
    await rtc.settle()
    assert zhou.offered_tracks() == [[], [track.sid for track in tracks]]


async def test_a_section_with_a_foreign_id_takes_the_announced_track_of_its_kind(rtc: Rtc) -> None:
    """Firefox writes another track id into `a=msid` than into `add_track`."""
    lin = await rtc.join("lin")
    await lin.announce(Source.MICROPHONE, cid="audio-cid")
    await lin.announce(Source.CAMERA, cid="video-cid")
    lin.sections = [
        Section("0", "application"),
        Section("1", "video", "sendonly", "s", "{of-firefox-1}"),
        Section("2", "audio", "sendonly", "s", "{of-firefox-2}"),
    ]
    await lin.offer()
    update = await lin.wait("update", lambda update: len(update.participants[0].tracks) == 2)
    assert {track.source: track.mid for track in update.participants[0].tracks} == {
        models.TrackSource.CAMERA: "1",
        models.TrackSource.MICROPHONE: "2",
    }


async def test_only_one_offer_is_under_way_and_the_next_one_carries_all_that_changed(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    zhou = await rtc.join("zhou", answers=False)
    sids = [await lin.publish(source) for source in (Source.MICROPHONE, Source.CAMERA, Source.SCREEN_SHARE)]
    await rtc.settle()
    assert zhou.offered_tracks() == [[]]
    await zhou.answer(zhou.all("offer")[0])
    await rtc.settle()
    assert zhou.offered_tracks() == [[], sids]


async def test_an_answer_to_another_offer_is_not_taken(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    zhou = await rtc.join("zhou", answers=False)
    await lin.publish(Source.MICROPHONE)
    stale = protocol.SessionDescription()
    stale.CopyFrom(zhou.all("offer")[0])
    stale.id += 1
    await zhou.answer(stale)
    await rtc.settle()
    assert len(zhou.all("offer")) == 1


async def test_an_answer_without_a_number_is_taken(rtc: Rtc) -> None:
    """The Rust and Go SDKs leave it at 0."""
    lin = await rtc.join("lin")
    zhou = await rtc.join("zhou", answers=False)
    sid = await lin.publish(Source.MICROPHONE)
    unnumbered = protocol.SessionDescription(type="offer", sdp=zhou.all("offer")[0].sdp)
    await zhou.answer(unnumbered)
    await rtc.settle()
    assert zhou.offered_tracks() == [[], [sid]]


async def test_offers_rise_by_one(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    await lin.publish(Source.MICROPHONE)
    await rtc.settle()
    await lin.publish(Source.CAMERA)
    await rtc.settle()
    numbers = [offer.id for offer in zhou.all("offer")]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


async def test_mute_reaches_everybody_and_stops_the_packets(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.CAMERA)
    await rtc.settle()
    offers = len(zhou.all("offer"))
    await lin.send(mute=protocol.MuteTrackRequest(sid=sid, muted=True))
    await rtc.settle()
    assert zhou.participants()[lin.sid].tracks[0].muted
    assert lin.all("update")[-1].participants[0].tracks[0].muted
    assert not reached(rtc)
    await lin.send(mute=protocol.MuteTrackRequest(sid=sid, muted=False))
    await rtc.settle()
    assert not zhou.participants()[lin.sid].tracks[0].muted
    assert reached(rtc)
    assert rtc.sfu.key_frame_requests == [producer_of(rtc)]
    assert len(zhou.all("offer")) == offers, "muting needs no negotiation"
    assert [event for event in rtc.events if isinstance(event, TrackMuted)] == [
        TrackMuted(ROOM, "lin", sid, muted=True),
        TrackMuted(ROOM, "lin", sid, muted=False),
    ]


async def test_a_track_announced_as_muted_reaches_nobody_until_it_is_unmuted(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.MICROPHONE, muted=True)
    await rtc.settle()
    assert zhou.participants()[lin.sid].tracks[0].muted
    assert not reached(rtc)
    await lin.send(mute=protocol.MuteTrackRequest(sid=sid, muted=False))
    await rtc.settle()
    assert reached(rtc)


async def test_muting_between_announcement_and_offer_counts(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    track = await lin.announce(Source.MICROPHONE)
    await lin.send(mute=protocol.MuteTrackRequest(sid=track.sid, muted=True))
    await lin.offer()
    await rtc.settle()
    assert zhou.participants()[lin.sid].tracks[0].muted
    assert not reached(rtc)


async def test_nobody_mutes_the_track_of_another(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.MICROPHONE)
    await zhou.send(mute=protocol.MuteTrackRequest(sid=sid, muted=True))
    await rtc.settle()
    assert not zhou.participants()[lin.sid].tracks[0].muted
    assert reached(rtc)


async def test_unpublishing_is_an_offer_with_the_section_inactive(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.MICROPHONE)
    await rtc.settle()
    await lin.unpublish(lin.sections[1].track)
    await rtc.settle()
    assert not zhou.participants()[lin.sid].tracks
    assert zhou.offered_tracks()[-1] == []
    assert not rtc.sfu.producers
    assert rtc.events[-1] == TrackEnded(ROOM, "lin", sid)


async def test_a_new_track_in_the_section_of_an_old_one_replaces_it(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    old = await lin.publish(Source.CAMERA)
    new = await lin.announce(Source.SCREEN_SHARE, cid="screen")
    lin.sections = [Section("0", "application"), Section("1", "video", "sendonly", "s", "screen")]
    await lin.offer()
    await rtc.settle()
    assert [track.sid for track in zhou.participants()[lin.sid].tracks] == [new.sid]
    assert zhou.offered_tracks()[-1] == [new.sid]
    assert TrackEnded(ROOM, "lin", old) in rtc.events


@pytest.mark.parametrize("by_participant", [False, True])
async def test_unsubscribing_and_subscribing_again_reuse_the_section(rtc: Rtc, by_participant: bool) -> None:
    """JavaScript lists sids twice, Go by participant only."""
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.CAMERA)
    await rtc.settle()
    for subscribe in (False, True):
        message = protocol.UpdateSubscription(subscribe=subscribe)
        if by_participant:
            message.participant_tracks.add(participant_sid=lin.sid, track_sids=[sid])
        else:
            message.track_sids.append(sid)
        await zhou.send(subscription=message)
        await rtc.settle()
        assert reached(rtc) == subscribe
    offers = [sdp_text.read(offer.sdp) for offer in zhou.all("offer")]
    assert [[section.mid for section in sections if section.sending] for sections in offers] == [
        [],
        ["1"],
        [],
        ["1"],
    ]


async def test_a_source_that_ends_and_returns_within_one_offer_comes_in_another_section(rtc: Rtc) -> None:
    """In its old one its stream is the same, and for a new SSRC of that stream no browser fires `track`."""
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou", answers=False, sync_streams="1")

    async def answer() -> None:
        await zhou.answer(zhou.all("offer")[-1])
        await rtc.settle()

    async def subscribe_again(sid: str) -> None:
        await zhou.send(subscription=subscription(sid, False))
        await zhou.send(subscription=subscription(sid, True))
        await rtc.settle()

    sid = await lin.publish(Source.CAMERA)
    await answer()
    await subscribe_again(sid)
    await subscribe_again(sid)
    await answer()
    await answer()
    await subscribe_again(sid)
    await answer()
    offers = zhou.all("offer")
    assert [dict(offer.mid_to_track_id) for offer in offers] == [{}, {"1": sid}, {"2": sid}, {}, {"1": sid}]
    directions = [[s.direction for s in sdp_text.read(offer.sdp)[1:]] for offer in offers]
    assert directions[2:] == [["inactive", "sendonly"], ["inactive", "inactive"], ["sendonly", "inactive"]]


async def test_without_auto_subscribe_nothing_comes_until_it_is_asked_for(rtc: Rtc) -> None:
    lin, zhou = await two(rtc, auto_subscribe="0")
    sid = await lin.publish(Source.MICROPHONE)
    await rtc.settle()
    assert zhou.offered_tracks() == [[]]
    await zhou.send(subscription=subscription(sid, True))
    await zhou.send(subscription=subscription(sid, True))
    await rtc.settle()
    assert zhou.offered_tracks() == [[], [sid]]


async def test_subscribing_to_what_is_gone_or_to_oneself_does_nothing(rtc: Rtc) -> None:
    lin, _ = await two(rtc)
    sid = await lin.publish(Source.MICROPHONE)
    await lin.send(subscription=subscription(sid, True))
    await lin.send(subscription=subscription("TR_gone", True))
    await rtc.settle()
    assert lin.offered_tracks() == [[]]


async def test_a_track_that_is_not_shown_sends_nothing_and_needs_no_offer(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.CAMERA)
    await rtc.settle()
    for disabled in (True, False):
        await zhou.send(track_setting=protocol.UpdateTrackSettings(track_sids=[sid], disabled=disabled))
        await rtc.settle()
        assert reached(rtc) != disabled
    assert zhou.offered_tracks() == [[], [sid]]


async def test_a_track_not_shown_stays_paused_when_it_is_subscribed_again(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    sid = await lin.publish(Source.CAMERA)
    await zhou.send(track_setting=protocol.UpdateTrackSettings(track_sids=[sid], disabled=True))
    await zhou.send(subscription=subscription(sid, False))
    await zhou.send(subscription=subscription(sid, True))
    await rtc.settle()
    assert not reached(rtc)


async def test_the_17th_track_is_refused(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    for _ in range(16):
        await lin.announce(Source.SCREEN_SHARE)
    await lin.send(add_track=protocol.AddTrackRequest(cid="one more", type=AUDIO))
    refused = await lin.wait("request_response")
    assert refused.reason == protocol.RequestResponse.Reason.LIMIT_EXCEEDED


async def test_a_track_without_a_codec_of_ours_is_taken_down(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    rtc.sfu.unusable_mids.add("1")
    track = await lin.announce(Source.CAMERA)
    await lin.offer()
    assert (await lin.wait("track_unpublished")).track_sid == track.sid
    await rtc.settle()
    assert not zhou.participants()[lin.sid].tracks


async def test_speakers_are_told_to_everybody_as_differences(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    await lin.publish(Source.MICROPHONE)
    await rtc.settle()
    [router] = rtc.sfu.routers
    for levels in ([(producer_of(rtc), 0.5)], [(producer_of(rtc), 0.5)], []):
        rtc.sfu.emit("levels", router, levels)
        await rtc.settle()
    for client in (lin, zhou):
        told = [
            (s.sid, s.level, s.active) for change in client.all("speakers_changed") for s in change.speakers
        ]
        assert told == [(lin.sid, 0.5, True), (lin.sid, 0.0, False)]
    assert [event for event in rtc.events if isinstance(event, SpeakersChanged)] == [
        SpeakersChanged(ROOM, (("lin", 0.5),)),
        SpeakersChanged(ROOM, ()),
    ]


async def test_who_is_muted_does_not_speak_by_what_their_screen_plays(rtc: Rtc) -> None:
    lin, zhou = await two(rtc)
    await lin.publish(Source.SCREEN_SHARE_AUDIO)
    await rtc.settle()
    [router] = rtc.sfu.routers
    rtc.sfu.emit("levels", router, [(producer_of(rtc), 0.5)])
    await rtc.settle()
    assert lin.all("speakers_changed") == zhou.all("speakers_changed") == []


class Unwalked(dict[str, Room]):
    """May be looked up in, not searched: this happens many times a second."""

    def values(self) -> NoReturn:
        raise AssertionError("every room was looked at")


async def test_levels_are_looked_up_by_their_router(rtc: Rtc, monkeypatch: pytest.MonkeyPatch) -> None:
    lin = await rtc.join("lin")
    await lin.publish(Source.MICROPHONE)
    [router] = rtc.sfu.routers
    await rtc.engine.open("another")
    with monkeypatch.context() as patch:
        patch.setattr(rtc.engine, "_rooms", Unwalked(rtc.engine._rooms))
        rtc.sfu.emit("levels", router, [(producer_of(rtc), 0.5)])
        await rtc.settle()
    assert SpeakersChanged(ROOM, (("lin", 0.5),)) in rtc.events


async def test_who_does_not_receive_is_offered_nothing(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await lin.publish(Source.MICROPHONE)
    zhou = await rtc.join("zhou", Rights(subscribe=False))
    await lin.publish(Source.CAMERA)
    await rtc.settle()
    assert not zhou.all("join")[0].subscriber_primary
    assert zhou.all("offer") == []
    assert not rtc.sfu.consumers
