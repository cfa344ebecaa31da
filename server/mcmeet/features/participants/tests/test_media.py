"""Who is heard and seen, as the engine says it, and what a host's mute does to packets."""

from types import SimpleNamespace
from typing import Any, NoReturn
from uuid import UUID

import pytest

from mcmeet.core.auth import Role
from mcmeet.core.errors import NotSaved
from mcmeet.features.participants import store
from mcmeet.features.participants.live import ParticipantsLive
from mcmeet.features.participants.tables import SeatBar
from mcmeet.live.room import Room
from mcmeet.live.seats import MAIN, Close, Occupant, Roster, SeatKind
from mcmeet.media.fake import Refused
from mcmeet.media.port import Source, TrackPublished
from tests.fixtures.app import App, AppStarter, FakeClock, LiveSocket, Visitor

pytestmark = pytest.mark.anyio

LARGE = 400
EVERY_SOURCE = ["camera", "microphone", "screen_share", "screen_share_audio"]


class Scene:
    """林晓 hosts (1), 周航 (2) has connected to the engine."""

    def __init__(self, app: App, host: LiveSocket, guest: LiveSocket, meeting: dict[str, Any]) -> None:
        self.app, self.host, self.guest, self.meeting = app, host, guest, meeting
        self.room = app.rooms.open_rooms()[0].run.media_room
        self.media = app.rooms.open_rooms()[0].roster.require(guest.seat).media
        self.engine = app.engine

    def publish(self, source: Source, *, muted: bool = False) -> str:
        return self.engine.publish(self.room, self.media, source, muted=muted)

    async def seen(self, socket: LiveSocket) -> dict[str, Any]:
        data: dict[str, Any] = (await socket.event("participants.media"))["data"]
        return data

    async def tracks(self) -> list[Source]:
        """What of 周航 reaches anybody."""
        seats = await self.engine.list(self.room)
        return [track.source for seat in seats if seat.seat == self.media for track in seat.tracks]


@pytest.fixture
async def scene(app: App) -> Scene:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    guest = await app.visitor().enter(meeting, "周航")
    app.engine.connect(guest.welcome["media"]["token"])
    return Scene(app, host, guest, meeting)


async def test_everybody_sees_what_the_engine_reports(scene: Scene) -> None:
    track = scene.publish(Source.MICROPHONE)
    for socket in (scene.host, scene.guest):
        assert await scene.seen(socket) == {"seat": 2, "sources": {"microphone": "on"}, "barred": []}
    scene.engine.mute(scene.room, scene.media, track, True)
    assert (await scene.seen(scene.host))["sources"] == {"microphone": "muted"}
    scene.publish(Source.CAMERA)
    assert (await scene.seen(scene.host))["sources"] == {"microphone": "muted", "camera": "on"}
    scene.engine.unpublish(scene.room, scene.media, track)
    assert (await scene.seen(scene.host))["sources"] == {"camera": "on"}


class Unwalked(dict[UUID, Room]):
    """May be looked up in, not searched: every track and every word is an event."""

    def values(self) -> NoReturn:
        raise AssertionError("every meeting was looked at")


async def test_what_the_engine_reports_is_looked_up_by_its_media_room(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(scene.app.rooms, "_rooms", Unwalked(scene.app.rooms._rooms))
        scene.publish(Source.MICROPHONE)
        assert (await scene.seen(scene.host))["sources"] == {"microphone": "on"}


async def test_who_comes_later_finds_it_in_the_snapshot(scene: Scene) -> None:
    scene.publish(Source.SCREEN_SHARE)
    await scene.seen(scene.host)
    emma = await scene.app.visitor().enter(scene.meeting, "Emma")
    media = emma.welcome["snapshot"]["participants"]["media"]
    assert media["2"] == {"sources": {"screen_share": "on"}, "barred": []}
    assert media["3"] == {"sources": {}, "barred": []}


async def test_a_track_that_returns_under_a_new_id_is_not_lost_with_the_old_one(scene: Scene) -> None:
    old = scene.publish(Source.MICROPHONE, muted=True)
    scene.publish(Source.MICROPHONE)
    await scene.seen(scene.host)
    assert (await scene.seen(scene.host))["sources"] == {"microphone": "on"}
    scene.engine.unpublish(scene.room, scene.media, old)
    await scene.app.settle()
    later = await scene.app.visitor().enter(scene.meeting, "Emma")
    assert later.welcome["snapshot"]["participants"]["media"]["2"]["sources"] == {"microphone": "on"}


async def test_a_host_mute_withdraws_the_right_and_nothing_reaches_anybody(scene: Scene) -> None:
    scene.publish(Source.MICROPHONE)
    scene.publish(Source.CAMERA)
    answer = await scene.host.command("participants.mute", seat=2, sources=["microphone"])
    assert "ack" in answer
    assert await scene.tracks() == [Source.CAMERA]
    with pytest.raises(Refused):
        scene.publish(Source.MICROPHONE)
    changed = (await scene.guest.event("you.changed"))["data"]["rights"]
    assert changed["publish"] == ["camera", "screen_share", "screen_share_audio"]


async def test_everybody_sees_who_was_muted_and_by_whom(scene: Scene) -> None:
    await scene.host.command("participants.mute", seat=2, sources=["microphone", "screen_share"])
    event = await scene.guest.event("participants.media")
    assert event["by"] == 1
    assert event["data"]["barred"] == ["microphone", "screen_share"]


async def test_an_unmute_returns_the_right_and_turns_nothing_on(scene: Scene) -> None:
    await scene.host.command("participants.mute", seat=2, sources=EVERY_SOURCE)
    await scene.host.command("participants.unmute", seat=2, sources=["microphone", "camera"])
    assert await scene.tracks() == []
    scene.publish(Source.MICROPHONE)
    with pytest.raises(Refused):
        scene.publish(Source.SCREEN_SHARE)


async def test_a_muted_seat_cannot_return_the_right_itself(scene: Scene) -> None:
    await scene.host.command("participants.mute", seat=2, sources=["microphone"])
    refused = await scene.guest.command("participants.unmute", seat=2, sources=["microphone"])
    assert refused["error"]["code"] == "forbidden"
    renewed = (await scene.guest.command("media.renew"))["data"]
    scene.engine.connect(renewed["token"])
    with pytest.raises(Refused):
        scene.publish(Source.MICROPHONE)


async def test_a_mute_outlives_leaving_and_coming_back(scene: Scene) -> None:
    guest = scene.app.visitors[1]
    await scene.host.command("participants.mute", seat=2, sources=["microphone"])
    await scene.guest.command("live.leave")
    await scene.guest.closed()
    again = await guest.enter(scene.meeting, "周航")
    assert again.seat == 2
    assert "microphone" not in again.welcome["you"]["rights"]["publish"]
    assert again.welcome["snapshot"]["participants"]["media"]["2"]["barred"] == ["microphone"]
    assert (await scene.host.event("roster.left"))["data"] == {"seat": 2}
    shown = [frame for frame in scene.host._unread if frame["type"] == "participants.media"]
    assert shown[-1]["data"]["barred"] == ["microphone"]


@pytest.mark.parametrize("before", ["stays", "leaves", "is removed", "was here when the room opened again"])
async def test_a_mute_holds_for_whoever_joins_again_as_somebody_else(
    app_starter: AppStarter, before: str
) -> None:
    async with app_starter.run() as app:
        lin, zhou = await app.person("林晓"), app.visitor()
        meeting = await lin.create_meeting()
        host = await lin.enter(meeting, "林晓")
        guest = await zhou.enter(meeting, "周航")
        assert "ack" in await host.command("participants.mute", seat=2, sources=["microphone"])
        if before == "leaves":
            await guest.command("live.leave")
        elif before == "is removed":
            await host.command("participants.remove", seat=2)
        cookies = dict(zhou.http.cookies)
        if before != "was here when the room opened again":
            await assert_still_muted(zhou, meeting)
            return
    async with app_starter.run() as app:
        zhou = app.visitor()
        zhou.http.cookies.update(cookies)
        await assert_still_muted(zhou, meeting)


async def assert_still_muted(zhou: Visitor, meeting: dict[str, Any], takeover: str = "new") -> None:
    second = await zhou.enter(meeting, "周航的另一个名字", takeover=takeover)
    assert second.seat == 3
    assert "microphone" not in second.welcome["you"]["rights"]["publish"]
    assert second.welcome["snapshot"]["participants"]["media"]["3"]["barred"] == ["microphone"]
    zhou.app.engine.connect(second.welcome["media"]["token"])
    room = zhou.app.rooms.open_rooms()[0]
    with pytest.raises(Refused):
        zhou.app.engine.publish(room.run.media_room, room.roster.require(3).media, Source.MICROPHONE)


def refuse(*_: Any) -> None:
    raise NotSaved


async def is_cut(guest: Visitor, meeting: dict[str, Any]) -> None:
    """Their stay in another seat is stored; what hosts have taken from them is not."""
    joined = await guest.join(meeting, "周航", takeover="new")
    socket = await guest.live(joined["socket"])
    assert (await socket.hello(ticket=joined["ticket"]))["error"]["code"] == "not_saved"
    assert await socket.closed() == Close.RESUME


async def test_a_mute_holds_for_whoever_joins_again_after_their_join_was_cut(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = scene.app.visitors[1]
    await done(scene.host, "mute", seat=2, sources=["microphone"])
    await done(scene.host, "remove", seat=2)
    with monkeypatch.context() as full:
        full.setattr(store, "replace_bars", refuse)
        await is_cut(guest, scene.meeting)
    assert (await muted_again(scene)).seat == 3


async def test_a_mute_holds_for_whoever_joins_again_after_a_kill_cut_their_join(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_starter.run() as app:
        lin, zhou = await app.person("林晓"), app.visitor()
        meeting = await lin.create_meeting()
        host = await lin.enter(meeting, "林晓")
        await zhou.enter(meeting, "周航")
        await done(host, "mute", seat=2, sources=["microphone"])
        await done(host, "remove", seat=2)
        with monkeypatch.context() as killed:
            killed.setattr(store, "replace_bars", refuse)
            await is_cut(zhou, meeting)
        cookies = dict(zhou.http.cookies)
    async with app_starter.run() as app:
        zhou = app.visitor()
        zhou.http.cookies.update(cookies)
        await assert_still_muted(zhou, meeting, takeover="continue")


async def test_a_right_that_was_returned_to_one_seat_stays_so_through_a_loss_while_the_other_is_muted(
    scene: Scene,
) -> None:
    await done(scene.host, "mute", seat=2, sources=["microphone"])
    phone = await muted_again(scene, takeover="new")
    await done(scene.host, "unmute", seat=phone.seat, sources=["microphone"])
    await phone.drop()
    assert (await scene.host.event("roster.changed"))["data"]["state"] == "away"
    back = await scene.app.visitors[1].live()
    await back.hello(resume=phone.welcome["resume"])
    await assert_may_speak(scene, back)


async def muted_again(scene: Scene, **how: Any) -> LiveSocket:
    """周航 in another seat; the mute came along."""
    second = await scene.app.visitors[1].enter(scene.meeting, "周航", **how)
    assert second.seat != scene.guest.seat
    assert second.welcome["snapshot"]["participants"]["media"][str(second.seat)]["barred"] == ["microphone"]
    return second


async def done(host: LiveSocket, command: str, **data: Any) -> None:
    answer = await host.command(f"participants.{command}", **data)
    assert "ack" in answer, answer


async def assert_may_speak(scene: Scene, socket: LiveSocket) -> None:
    assert socket.welcome["you"]["rights"]["publish"] == EVERY_SOURCE
    assert socket.welcome["snapshot"]["participants"]["media"][str(socket.seat)]["barred"] == []
    scene.engine.connect(socket.welcome["media"]["token"])
    media = scene.app.rooms.open_rooms()[0].roster.require(socket.seat).media
    scene.engine.publish(scene.room, media, Source.MICROPHONE)


async def test_a_right_that_a_host_returned_stays_returned_in_the_next_seat(scene: Scene) -> None:
    await done(scene.host, "mute", seat=2, sources=["microphone"])
    await done(scene.host, "remove", seat=2)
    second = await muted_again(scene)
    await done(scene.host, "unmute", seat=second.seat, sources=["microphone"])
    assert (await second.event("you.changed"))["data"]["rights"]["publish"] == EVERY_SOURCE
    await done(scene.host, "remove", seat=second.seat)
    third = await scene.app.visitors[1].enter(scene.meeting, "周航")
    assert third.seat != second.seat
    await assert_may_speak(scene, third)


@pytest.mark.parametrize(("how", "seat"), [("new", 4), ("continue", 3)])
async def test_a_right_that_was_returned_is_not_taken_again_by_a_seat_left_before(
    scene: Scene, how: str, seat: int
) -> None:
    await done(scene.host, "mute", seat=2, sources=["microphone", "camera"])
    await done(scene.host, "unmute", seat=2, sources=["camera"])
    second = await muted_again(scene, takeover="new")
    await scene.guest.command("live.leave")
    assert await scene.guest.closed() == Close.LEFT
    await done(scene.host, "unmute", seat=second.seat, sources=["microphone"])
    assert await scene.app.core.db.read(lambda session: session.query(SeatBar).count()) == 0
    if how == "continue":
        await second.command("live.leave")
        await second.closed()
    again = await scene.app.visitors[1].enter(scene.meeting, "周航", takeover=how)
    assert again.seat == seat
    await assert_may_speak(scene, again)


async def test_a_right_that_was_returned_in_part_leaves_the_rest_taken(scene: Scene) -> None:
    await done(scene.host, "mute", seat=2, sources=["microphone", "camera"])
    second = await scene.app.visitors[1].enter(scene.meeting, "周航", takeover="new")
    await scene.guest.command("live.leave")
    await scene.guest.closed()
    await done(scene.host, "unmute", seat=second.seat, sources=["camera"])
    await muted_again(scene, takeover="new")


async def test_a_mute_of_one_person_is_nobody_elses(scene: Scene) -> None:
    await scene.host.command("participants.mute", seat=2, sources=["microphone"])
    for visitor in (scene.app.visitor(), await scene.app.person("Emma")):
        other = await visitor.enter(scene.meeting, "Emma")
        assert "microphone" in other.welcome["you"]["rights"]["publish"]


async def test_a_mute_is_lifted_when_nobody_is_left_who_could_lift_it(scene: Scene) -> None:
    hejing = await scene.app.visitor().enter(scene.meeting, "何静")
    await done(scene.host, "set_role", seat=hejing.seat, role="co_host")
    scene.publish(Source.MICROPHONE)
    await done(scene.host, "mute", seat=2, sources=["microphone"])
    await scene.guest.event("you.changed")
    await leave(scene.host)
    with pytest.raises(Refused):
        scene.publish(Source.MICROPHONE)
    await leave(hejing)
    assert (await scene.guest.event("you.changed"))["data"]["rights"]["publish"] == EVERY_SOURCE
    emma = await scene.app.visitor().enter(scene.meeting, "Emma")
    assert emma.welcome["snapshot"]["participants"]["media"]["2"] == {"sources": {}, "barred": []}
    assert await scene.tracks() == []
    scene.publish(Source.MICROPHONE)
    assert await scene.tracks() == [Source.MICROPHONE]


async def test_a_mute_that_was_lifted_so_stays_lifted_when_the_host_is_back(scene: Scene) -> None:
    await done(scene.host, "mute", seat=2, sources=["microphone"])
    await leave(scene.guest)
    await leave(scene.host)
    await scene.app.visitors[0].enter(scene.meeting, "林晓")
    await assert_may_speak(scene, await scene.app.visitors[1].enter(scene.meeting, "周航"))


async def test_a_mute_stays_while_a_host_is_only_cut_off(scene: Scene) -> None:
    await done(scene.host, "mute", seat=2, sources=["microphone"])
    await scene.host.drop()
    assert (await scene.guest.event("roster.changed"))["data"]["state"] == "away"
    with pytest.raises(Refused):
        scene.publish(Source.MICROPHONE)


async def test_a_mute_is_lifted_though_a_kill_came_between_it_and_the_last_hosts_leave(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_starter.run() as app:
        lin, zhou = await app.person("林晓"), app.visitor()
        meeting = await lin.create_meeting()
        host, guest = await lin.enter(meeting, "林晓"), await zhou.enter(meeting, "周航")
        await done(host, "mute", seat=2, sources=["microphone"])
        await leaves_before_a_kill(host, monkeypatch)
        resume, cookies = guest.welcome["resume"], dict(zhou.http.cookies)
    async with app_starter.run() as app:
        zhou = app.visitor()
        zhou.http.cookies.update(cookies)
        back = await zhou.live()
        await back.hello(resume=resume)
        assert back.welcome["you"]["rights"]["publish"] == EVERY_SOURCE


async def test_nobody_brings_a_mute_along_into_a_meeting_that_nobody_hosts_any_more(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_starter.run() as app:
        lin, zhou = await app.person("林晓"), app.visitor()
        meeting = await lin.create_meeting()
        host, guest = await lin.enter(meeting, "林晓"), await zhou.enter(meeting, "周航")
        await done(host, "mute", seat=2, sources=["microphone"])
        await leave(guest)
        await leaves_before_a_kill(host, monkeypatch)
        cookies = dict(zhou.http.cookies)
    async with app_starter.run() as app:
        zhou = app.visitor()
        zhou.http.cookies.update(cookies)
        back = await zhou.enter(meeting, "周航")
        assert back.welcome["you"]["rights"]["publish"] == EVERY_SOURCE
        assert await app.core.db.read(lambda session: session.query(SeatBar).count()) == 0


async def leaves_before_a_kill(host: LiveSocket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the last host the leave is stored, and what follows from it is not."""
    with monkeypatch.context() as killed:
        killed.setattr(store, "delete_bars", refuse)
        await host.command("live.leave")
        await host.closed()


async def leave(socket: LiveSocket) -> None:
    assert "ack" in await socket.command("live.leave")
    assert await socket.closed() == Close.LEFT


async def test_mutes_are_gone_with_the_meeting(scene: Scene) -> None:
    await scene.host.command("participants.mute", seat=2, sources=["microphone"])
    assert await scene.app.core.db.read(lambda session: session.query(SeatBar).count()) == 1
    await scene.host.command("meetings.end")
    await scene.host.closed()
    assert await scene.app.core.db.read(lambda session: session.query(SeatBar).count()) == 0


async def test_speakers_are_named_by_seat_loudest_first(scene: Scene) -> None:
    lin = scene.app.rooms.open_rooms()[0].roster.require(1).media
    scene.engine.speak(scene.room, {scene.media: 0.4, lin: 0.91234, "nobody": 0.99})
    event = await scene.guest.event("participants.speakers")
    assert "seq" not in event
    assert event["data"]["speakers"] == [{"seat": 1, "level": 0.912}, {"seat": 2, "level": 0.4}]


async def test_speakers_come_five_times_a_second_at_most_but_silence_always(scene: Scene) -> None:
    for level in range(1, 21):
        scene.engine.speak(scene.room, {scene.media: level / 100})
    scene.engine.speak(scene.room, {})
    await scene.app.settle()
    await scene.guest.command("participants.rename", name="周航")
    told = [frame for frame in scene.guest.frames if frame.get("type") == "participants.speakers"]
    assert len(told) == 6
    assert told[-1]["data"] == {"speakers": []}


class LookedUp(dict[str, Any]):
    """Notes what is asked for; walking over all of it is an error."""

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(found)
        self.asked: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.append(key)
        return super().get(key, default)

    def walked(self) -> NoReturn:
        raise AssertionError("the tracks of all seats were walked over")

    __iter__ = keys = values = items = walked


async def test_a_snapshot_of_a_large_meeting_looks_at_each_seats_own_tracks_alone() -> None:
    roster, parts = Roster(), SimpleNamespace
    for number in range(1, LARGE + 1):
        media = f"media-{number}"
        roster.put(
            Occupant(number, "周航", Role.PARTICIPANT, MAIN, SeatKind.WEB, media, None, None, present=True)
        )
    part = ParticipantsLive(parts(clock=FakeClock()), parts(roster=roster))
    for occupant in roster:
        for source in (Source.CAMERA, Source.MICROPHONE):
            track = TrackPublished("room", occupant.media, f"{occupant.media}-{source}", source, muted=False)
            (await part.track_published(track)).apply()
    tracks = LookedUp(part._tracks)
    part._tracks = tracks
    media = part.snapshot(roster.require(1))["media"]
    assert [seat["sources"] for seat in media.values()] == [{"camera": "on", "microphone": "on"}] * LARGE
    assert sorted(tracks.asked) == sorted(occupant.media for occupant in roster)
