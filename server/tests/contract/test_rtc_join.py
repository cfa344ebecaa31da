"""/rtc: joining, leaving, losing the socket and coming back."""

import asyncio
import base64
import json
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest
from livekit.protocol import models
from livekit.protocol import rtc as protocol
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from mcmeet.media.embedded import engine as embedded
from mcmeet.media.embedded.tokens import TokenKey
from mcmeet.media.port import GoneReason, Rights, SeatConnected, SeatGone, Source, TrackEnded
from tests.contract import sdp_text
from tests.contract.harness import KEY, ROOM, Rtc, serving
from tests.contract.scripted_client import ScriptedClient
from tests.contract.sdp_text import Section

pytestmark = pytest.mark.anyio

Action = protocol.LeaveRequest.Action
Reason = models.DisconnectReason
State = models.ParticipantInfo.State


async def test_join_comes_first_and_the_first_offer_right_after_it(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await lin.settle()
    assert [message.WhichOneof("message") for message in lin.received[:2]] == ["join", "offer"]
    offer = lin.all("offer")[0]
    assert offer.id > 0
    assert sdp_text.read(offer.sdp) == [Section("0", "application")]


async def test_join_says_what_livekit_client_needs(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    join = lin.all("join")[0]
    assert join.server_info.version == "1.13.5"
    assert join.room.sid.startswith("RM_")
    assert join.room.name == ROOM
    assert join.participant.sid.startswith("PA_")
    assert join.participant.identity == "lin"
    assert join.participant.state == State.JOINED
    assert join.subscriber_primary
    assert (join.ping_interval, join.ping_timeout) == (5, 15)


async def test_resuming_is_off_and_red_is_not_offered(rtc: Rtc) -> None:
    join = (await rtc.join("lin")).all("join")[0]
    assert join.client_configuration.resume_connection == models.ClientConfigSetting.DISABLED
    assert [codec.mime for codec in join.enabled_publish_codecs] == ["video/VP8", "audio/opus"]


async def test_fast_publish_is_on_unless_the_client_joins_muted(rtc: Rtc) -> None:
    assert (await rtc.join("lin")).all("join")[0].fast_publish
    assert not (await rtc.join("zhou", fast_publish="0")).all("join")[0].fast_publish


async def test_tracks_that_are_there_come_in_the_first_offer(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    microphone, camera = await lin.publish(Source.MICROPHONE), await lin.publish(Source.CAMERA)
    zhou = await rtc.join("zhou")
    await zhou.settle()
    assert zhou.offered_tracks() == [[microphone, camera]]
    tracks = zhou.all("join")[0].other_participants[0].tracks
    assert [track.sid for track in tracks] == [microphone, camera]


def streams(client: ScriptedClient) -> list[str]:
    return [section.stream for section in sdp_text.read(client.all("offer")[-1].sdp)[1:]]


async def test_who_asks_for_lips_that_match_gets_picture_and_sound_in_one_stream(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    sids = [await lin.publish(source) for source in Source]
    zhou = await rtc.join("zhou", sync_streams="1")
    await zhou.settle()
    camera, screen = f"{lin.sid}|camera", f"{lin.sid}|screen"
    expected = {
        Source.CAMERA: camera,
        Source.MICROPHONE: camera,
        Source.SCREEN_SHARE: screen,
        Source.SCREEN_SHARE_AUDIO: screen,
    }
    assert streams(zhou) == [expected[source] for source in Source]
    mids = [section.mid for section in sdp_text.read(zhou.all("offer")[0].sdp)[1:]]
    assert dict(zhou.all("offer")[0].mid_to_track_id) == dict(zip(mids, sids, strict=True))


async def test_a_section_that_is_used_again_is_told_with_its_new_track(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    zhou = await rtc.join("zhou", sync_streams="1")
    first = await lin.announce(Source.SCREEN_SHARE, cid="first")
    await lin.offer()
    await rtc.settle()
    await lin.unpublish("first")
    await rtc.settle()
    second = await lin.publish(Source.SCREEN_SHARE)
    await rtc.settle()
    told = [dict(offer.mid_to_track_id) for offer in zhou.all("offer")]
    assert told == [{}, {"1": first.sid}, {}, {"1": second}]


async def test_other_clients_find_the_sid_of_a_track_in_its_stream(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    sids = [await lin.publish(source) for source in Source]
    zhou = await rtc.join("zhou")
    await zhou.settle()
    assert streams(zhou) == [f"{lin.sid}|{sid}" for sid in sids]


async def test_everybody_hears_of_a_newcomer_and_that_its_media_stands(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await rtc.settle()
    states = [
        info.state for update in lin.all("update") for info in update.participants if info.sid == zhou.sid
    ]
    assert states == [State.JOINED, State.ACTIVE]
    assert rtc.events == [SeatConnected(ROOM, "lin"), SeatConnected(ROOM, "zhou")]


async def test_versions_of_a_participant_only_rise(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await zhou.publish(Source.MICROPHONE)
    await rtc.settle()
    versions = [
        info.version for update in lin.all("update") for info in update.participants if info.sid == zhou.sid
    ]
    assert versions == sorted(set(versions))


async def test_leave_is_echoed_and_closes_with_1000(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await rtc.settle()
    await zhou.send(leave=protocol.LeaveRequest(reason=Reason.CLIENT_INITIATED))
    assert await zhou.wait_closed() == 1000
    assert zhou.all("leave")[0].reason == Reason.CLIENT_INITIATED
    gone = await lin.wait("update", lambda update: update.participants[0].state == State.DISCONNECTED)
    assert gone.participants[0].disconnect_reason == Reason.CLIENT_INITIATED
    await rtc.wait_for(lambda: rtc.events[-1] == SeatGone(ROOM, "zhou", GoneReason.LEFT))


async def test_the_last_one_to_leave_a_room_made_by_a_token_closes_it(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await lin.send(leave=protocol.LeaveRequest())
    await lin.wait_closed()
    await rtc.wait_for(lambda: not rtc.sfu.routers)


async def test_the_same_identity_again_replaces_the_old_connection(rtc: Rtc) -> None:
    zhou, lin = await rtc.join("zhou"), await rtc.join("lin")
    old_track = await lin.publish(Source.MICROPHONE)
    again = await rtc.join("lin")
    leave = await lin.wait("leave")
    assert (leave.reason, leave.action) == (Reason.DUPLICATE_IDENTITY, Action.DISCONNECT)
    await lin.wait_closed()
    await rtc.settle()
    assert {info.identity: sid for sid, info in zhou.participants().items()} == {"lin": again.sid}
    states = [update.participants[0].state for update in zhou.all("update")]
    assert State.DISCONNECTED not in states
    assert old_track not in zhou.offered_tracks()[-1]
    assert SeatGone(ROOM, "lin", GoneReason.REPLACED) in rtc.events


async def test_a_lost_socket_keeps_its_media_until_the_grace_time_is_over(
    rtc: Rtc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "LOST_GRACE_SECONDS", 2.0)
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await lin.publish(Source.MICROPHONE)
    await lin.close()
    await asyncio.sleep(0.1)
    await zhou.settle()
    [producer] = rtc.sfu.producers
    assert rtc.sfu.receivers(producer)
    assert lin.sid in zhou.participants()
    await zhou.wait("update", lambda update: update.participants[0].state == State.DISCONNECTED)
    assert rtc.events[-1] == SeatGone(ROOM, "lin", GoneReason.LOST)
    assert not rtc.sfu.producers


async def test_a_lost_socket_whose_media_path_fails_too_is_gone_soon(
    rtc: Rtc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "FAILED_GRACE_SECONDS", 0.05)
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await rtc.settle()
    await lin.close()
    await zhou.settle()
    rtc.sfu.emit("failed", min(rtc.sfu.transports), "closed by the peer")
    await zhou.wait("update", lambda update: update.participants[0].state == State.DISCONNECTED)


async def test_who_comes_back_within_the_grace_time_is_not_gone_in_between(rtc: Rtc) -> None:
    lin, zhou = await rtc.join("lin"), await rtc.join("zhou")
    await rtc.settle()
    await lin.close()
    again = await rtc.join("lin")
    await rtc.settle()
    assert list(zhou.participants()) == [again.sid]
    assert State.DISCONNECTED not in [update.participants[0].state for update in zhou.all("update")]


async def test_a_client_that_tries_to_resume_is_told_to_start_over(rtc: Rtc) -> None:
    query = f"access_token={rtc.token('lin')}&reconnect=1&sid=PA_x"
    async with connect(f"{rtc.url}/rtc?{query}", compression=None) as socket:
        message = protocol.SignalResponse.FromString(await socket.recv(decode=False))
    assert message.leave.action == Action.RECONNECT
    assert message.leave.reason == Reason.STATE_MISMATCH


async def test_a_failed_media_path_makes_the_client_start_over(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await lin.settle()
    rtc.sfu.emit("failed", max(rtc.sfu.transports), "DTLS alert")
    assert (await lin.wait("leave")).action == Action.RECONNECT
    await lin.wait_closed()
    await rtc.wait_for(lambda: rtc.events[-1] == SeatGone(ROOM, "lin", GoneReason.FAILED))


async def test_tokens_are_renewed_while_a_client_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "TOKEN_REFRESH_SECONDS", 0.05)
    async with serving() as rtc:
        lin = await rtc.join("lin")
        renewed = await lin.wait("refresh_token")
        again = await rtc.connect(renewed)
        assert again.all("join")[0].participant.identity == "lin"


async def test_names_come_through_only_where_tokens_bring_them(rtc: Rtc, product_rtc: Rtc) -> None:
    assert (await rtc.join("lin", name="林晓")).all("join")[0].participant.name == "林晓"
    await product_rtc.engine.open(ROOM)
    admission = await product_rtc.engine.admit(ROOM, "seat-1", Rights())
    joined = await product_rtc.connect(admission.token)
    assert joined.all("join")[0].participant.name == ""
    payload = admission.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(claims) == {"iss", "sub", "nbf", "exp", "video"}


async def refusal(rtc: Rtc, token: str) -> tuple[int, int, str]:
    """Status of the upgrade, status and text of `validate`, which a browser may read."""
    with pytest.raises(InvalidStatus) as refused:
        await rtc.connect(token)
    async with httpx.AsyncClient() as http:
        url = rtc.url.replace("ws", "http", 1) + "/rtc/validate"
        validated = await http.get(url, params={"access_token": token})
    assert validated.headers["Access-Control-Allow-Origin"] == "*"
    return refused.value.response.status_code, validated.status_code, validated.text


async def test_a_forged_token_opens_nothing(rtc: Rtc) -> None:
    forged = rtc.token("lin", key=TokenKey(KEY.name, "another secret, just as long as the right one"))
    assert await refusal(rtc, forged) == (401, 401, "invalid token")
    _, payload, _ = rtc.token("lin").split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    assert await refusal(rtc, f"{unsigned}.{payload}.") == (401, 401, "invalid token")
    assert await refusal(rtc, "") == (401, 401, "invalid token")


async def test_an_expired_token_opens_nothing(rtc: Rtc) -> None:
    expired = rtc.token("lin", lifetime=timedelta(minutes=-1))
    assert await refusal(rtc, expired) == (401, 401, "the token has expired")


async def test_a_token_of_another_key_opens_nothing(rtc: Rtc) -> None:
    assert await refusal(rtc, rtc.token("lin", key=TokenKey("APIother", KEY.secret))) == (
        401,
        401,
        "invalid token",
    )


async def test_a_room_that_is_not_open_does_not_exist(product_rtc: Rtc) -> None:
    text = "requested room does not exist"
    assert await refusal(product_rtc, product_rtc.token("seat-1")) == (404, 404, text)


async def test_a_token_for_another_room_does_not_open_this_one(product_rtc: Rtc) -> None:
    await product_rtc.engine.open(ROOM)
    await product_rtc.engine.open("room-b")
    await product_rtc.engine.admit(ROOM, "seat-1", Rights())
    elsewhere = product_rtc.token("seat-1", room="room-b")
    assert await refusal(product_rtc, elsewhere) == (403, 403, "this seat is not admitted")


async def test_a_removed_seat_cannot_come_back_with_its_token(product_rtc: Rtc) -> None:
    await product_rtc.engine.open(ROOM)
    token = (await product_rtc.engine.admit(ROOM, "seat-1", Rights())).token
    seat = await product_rtc.connect(token)
    await product_rtc.engine.remove(ROOM, "seat-1", GoneReason.REMOVED)
    assert (await seat.wait("leave")).reason == Reason.PARTICIPANT_REMOVED
    await seat.wait_closed()
    assert (await refusal(product_rtc, token))[0] == 403


async def test_closing_the_room_ends_every_connection(product_rtc: Rtc) -> None:
    await product_rtc.engine.open(ROOM)
    seats = [
        await product_rtc.connect((await product_rtc.engine.admit(ROOM, seat, Rights())).token)
        for seat in ("seat-1", "seat-2")
    ]
    await product_rtc.engine.close(ROOM, GoneReason.ROOM_CLOSED)
    for seat in seats:
        leave = await seat.wait("leave")
        assert (leave.reason, leave.action) == (Reason.ROOM_DELETED, Action.DISCONNECT)
    assert not product_rtc.sfu.transports


async def test_closing_the_room_tells_nobody_of_the_others_departures(product_rtc: Rtc) -> None:
    await product_rtc.engine.open(ROOM)
    seats = [
        await product_rtc.connect((await product_rtc.engine.admit(ROOM, seat, Rights())).token)
        for seat in ("seat-1", "seat-2", "seat-3")
    ]
    tracks = [await seat.publish(Source.MICROPHONE) for seat in seats]
    await product_rtc.settle()
    product_rtc.events.clear()
    before = [len(seat.received) for seat in seats]
    await product_rtc.engine.close(ROOM, GoneReason.ROOM_CLOSED)
    for seat, heard in zip(seats, before, strict=True):
        await seat.wait_closed()
        assert [message.WhichOneof("message") for message in seat.received[heard:]] == ["leave"]
    sfu = product_rtc.sfu
    assert (sfu.routers, sfu.transports, sfu.producers, sfu.consumers) == (set(), {}, {}, {})
    await product_rtc.wait_for(lambda: len(product_rtc.events) == 2 * len(seats))
    for number, track in enumerate(tracks, 1):
        seat_id = f"seat-{number}"
        told = [TrackEnded(ROOM, seat_id, track), SeatGone(ROOM, seat_id, GoneReason.ROOM_CLOSED)]
        assert product_rtc.events[2 * number - 2 : 2 * number] == told


async def test_whoever_has_left_a_room_made_by_a_token_is_forgotten_while_others_stay(rtc: Rtc) -> None:
    await rtc.join("lin")
    for name in ("zhou", "emma"):
        guest = await rtc.join(name)
        again = await rtc.join(name)
        await guest.wait_closed()
        await rtc.settle()
        assert [seat.seat for seat in await rtc.engine.list(ROOM)] == ["lin", name]
        await again.send(leave=protocol.LeaveRequest())
        await again.wait_closed()
    assert [seat.seat for seat in await rtc.engine.list(ROOM)] == ["lin"]


async def test_a_stopping_server_says_so(rtc: Rtc) -> None:
    lin = await rtc.join("lin")
    await rtc.engine.stop()
    leave = await lin.wait("leave")
    assert (leave.reason, leave.action) == (Reason.SERVER_SHUTDOWN, Action.DISCONNECT)


async def test_validate_confirms_a_good_token(rtc: Rtc) -> None:
    async with httpx.AsyncClient() as http:
        url = rtc.url.replace("ws", "http", 1)
        answer = await http.get(f"{url}/rtc/validate", params={"access_token": rtc.token("lin")})
    assert (answer.status_code, answer.text) == (HTTPStatus.OK, "success")


@pytest.mark.parametrize("path", ["/rtc/v1", "/rtc/v1/validate"])
async def test_version_1_is_404_with_cors_so_that_sdks_fall_back(rtc: Rtc, path: str) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.get(rtc.url.replace("ws", "http", 1) + path)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "requested room does not exist" not in answer.text


async def test_a_version_1_socket_is_refused_with_404(rtc: Rtc) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{rtc.url}/rtc/v1?access_token={rtc.token('lin')}")
    assert refused.value.response.status_code == HTTPStatus.NOT_FOUND
    assert refused.value.response.headers["Access-Control-Allow-Origin"] == "*"
