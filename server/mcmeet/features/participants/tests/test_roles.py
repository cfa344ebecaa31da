"""Names, roles and removal: nobody has power over people above them, and there is one host."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mcmeet.core.admission import Admit, Verdict, Wait
from mcmeet.core.feature import Feature
from mcmeet.features.meetings import JoinAttempt
from mcmeet.live.errors import NoSuchSeat
from mcmeet.live.seats import LOBBY
from mcmeet.live.tables import Participation, Seat
from tests.fixtures.app import App, AppStarter, LiveSocket

pytestmark = pytest.mark.anyio


async def three(app: App) -> tuple[LiveSocket, LiveSocket, LiveSocket, dict[str, Any]]:
    """林晓 hosts (1), 周航 is co-host (2), Emma takes part (3)."""
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    co_host = await app.visitor().enter(meeting, "周航")
    emma = await app.visitor().enter(meeting, "Emma")
    await host.command("participants.set_role", seat=2, role="co_host")
    return host, co_host, emma, meeting


def code(answer: dict[str, Any]) -> str:
    value: str = answer.get("error", {}).get("code", "ok")
    return value


async def test_everybody_renames_themselves_and_all_see_it(app: App) -> None:
    host, _, emma, _ = await three(app)
    assert code(await emma.command("participants.rename", name=" Emma Stone ")) == "ok"
    for socket in (host, emma):
        changed = await socket.event("roster.changed")
        while changed["data"]["seat"] != 3:
            changed = await socket.event("roster.changed")
        assert (changed["data"]["name"], changed["by"]) == ("Emma Stone", 3)


async def test_names_change_at_a_bearable_rate_each_seat_for_itself(app: App) -> None:
    host, _, emma, _ = await three(app)
    answers = [code(await emma.command("participants.rename", name=f"Emma {number}")) for number in range(6)]
    assert answers == ["ok"] * 5 + ["too_many_requests"]
    assert app.rooms.open_rooms()[0].roster.require(3).name == "Emma 4"
    assert code(await host.command("participants.rename", seat=3, name="Emma")) == "ok"
    await app.advance(1)
    assert code(await emma.command("participants.rename", name="艾玛")) == "ok"


@pytest.mark.parametrize("name", ["", "  ", "林" * 65, "周\n航", "周\u202e航", "\u200b", "\u2066"])
async def test_a_name_that_misleads_is_refused_on_the_socket_too(app: App, name: str) -> None:
    *_, emma, _ = await three(app)
    assert code(await emma.command("participants.rename", name=name)) == "name_invalid"
    assert app.rooms.open_rooms()[0].roster.require(3).name == "Emma"


async def test_markup_in_a_name_is_only_text(app: App) -> None:
    *_, emma, _ = await three(app)
    assert code(await emma.command("participants.rename", name="<img src=x onerror=alert(1)>")) == "ok"
    assert app.rooms.open_rooms()[0].roster.require(3).name == "<img src=x onerror=alert(1)>"


async def test_hosts_rename_others_but_nobody_above_them(app: App) -> None:
    host, co_host, emma, _ = await three(app)
    assert code(await host.command("participants.rename", seat=3, name="艾玛")) == "ok"
    assert code(await co_host.command("participants.rename", seat=3, name="Emma")) == "ok"
    assert code(await co_host.command("participants.rename", seat=1, name="不是主持人")) == "above_you"
    assert code(await emma.command("participants.rename", seat=2, name="不是我")) == "forbidden"
    assert code(await emma.command("participants.rename", seat=3, name="还是我")) == "ok"


async def waits(attempt: JoinAttempt) -> Verdict:
    return Wait(LOBBY) if attempt.name == "等候的人" else Admit()


@pytest.fixture
async def with_lobby(app_starter: AppStarter) -> AsyncIterator[App]:
    async with app_starter.run(extra=[Feature("doorkeeper", admission=(waits,))]) as app:
        yield app


async def test_a_participant_learns_nothing_of_who_waits_by_renaming(with_lobby: App) -> None:
    _, _, emma, meeting = await three(with_lobby)
    waiting = await with_lobby.visitor().enter(meeting, "等候的人")
    assert waiting.welcome["you"]["space"] == "lobby"
    there = await emma.command("participants.rename", seat=waiting.seat, name="谁")
    nobody = await emma.command("participants.rename", seat=99, name="谁")
    assert there["error"] == nobody["error"]
    assert code(there) == "forbidden"


@pytest.mark.parametrize("type_", ["mute", "unmute", "set_role", "remove"])
async def test_a_seat_that_is_hidden_from_somebody_is_no_seat(with_lobby: App, type_: str) -> None:
    """Whatever roles may one day do it: the handlers look by themselves too."""
    _, _, emma, meeting = await three(with_lobby)
    waiting = await with_lobby.visitor().enter(meeting, "等候的人")
    room = with_lobby.rooms.open_rooms()[0]
    feature = room.feature("participants")
    command = feature.commands[f"participants.{type_}"]
    data = command.data.model_validate({"seat": waiting.seat, "sources": ["camera"], "role": "co_host"})
    with pytest.raises(NoSuchSeat):
        await command.handler(feature, room.roster.require(emma.seat), data)


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("participants.mute", {"sources": ["microphone"]}),
        ("participants.unmute", {"sources": ["microphone"]}),
        ("participants.remove", {}),
    ],
)
async def test_a_co_host_has_no_power_over_the_host(app: App, command: str, data: dict[str, Any]) -> None:
    _, co_host, _, _ = await three(app)
    assert code(await co_host.command(command, seat=1, **data)) == "above_you"


@pytest.mark.parametrize("role", ["host", "co_host", "participant"])
async def test_only_the_host_gives_roles(app: App, role: str) -> None:
    _, co_host, emma, _ = await three(app)
    for socket in (co_host, emma):
        assert code(await socket.command("participants.set_role", seat=3, role=role)) == "forbidden"


async def test_a_new_role_brings_its_rights_and_a_whole_new_state(app: App) -> None:
    host, _, emma, _ = await three(app)
    assert code(await host.command("participants.set_role", seat=3, role="co_host")) == "ok"
    changed = (await emma.event("you.changed"))["data"]
    assert changed["role"] == "co_host"
    assert "participants.mute" in changed["rights"]["actions"]
    assert "participants.set_role" not in changed["rights"]["actions"]
    assert (await emma.event("state.replaced"))["data"]["meetings"]["host"] == 1


async def test_a_hand_over_has_one_host_before_and_after(app: App) -> None:
    host, _, emma, _ = await three(app)
    assert code(await host.command("participants.set_role", seat=3, role="host")) == "ok"
    assert (await emma.event("you.changed"))["data"]["role"] == "host"
    assert (await host.event("you.changed"))["data"]["role"] == "participant"
    assert [entry.seat for entry in app.rooms.open_rooms()[0].roster if entry.role == "host"] == [3]
    assert code(await host.command("participants.mute", seat=2, sources=["camera"])) == "forbidden"
    assert code(await emma.command("participants.set_role", seat=1, role="co_host")) == "ok"


async def test_nobody_is_made_host_whose_connection_is_lost_and_everybody_who_is_back(app: App) -> None:
    host, co_host, emma, _ = await three(app)
    await emma.drop()
    while (await co_host.event("roster.changed"))["data"]["state"] != "away":
        pass
    assert code(await host.command("participants.set_role", seat=3, role="host")) == "seat_away"
    assert app.rooms.open_rooms()[0].roster.require(1).role == "host"
    assert code(await host.command("participants.set_role", seat=3, role="co_host")) == "ok"
    back = await app.visitor().live()
    assert (await back.hello(resume=emma.welcome["resume"]))["type"] in ("welcome", "resumed")
    assert code(await host.command("participants.set_role", seat=3, role="host")) == "ok"


async def test_a_host_who_leaves_leaves_no_host_and_co_hosts_keep_what_they_may(app: App) -> None:
    host, co_host, emma, meeting = await three(app)
    await host.command("live.leave")
    await co_host.event("roster.left")
    room = app.rooms.open_rooms()[0]
    assert {entry.seat: entry.role for entry in room.roster} == {2: "co_host", 3: "participant"}
    assert code(await co_host.command("participants.mute", seat=3, sources=["camera"])) == "ok"
    for socket in (co_host, emma):
        assert code(await socket.command("participants.set_role", seat=3, role="host")) == "forbidden"
        assert code(await socket.command("meetings.end")) == "forbidden"
    again = await app.visitors[0].enter(meeting, "林晓")
    assert again.welcome["you"]["role"] == "host"


async def test_who_is_host_by_a_hand_over_is_a_participant_after_leaving(app: App) -> None:
    host, _, emma, meeting = await three(app)
    assert code(await host.command("participants.set_role", seat=3, role="host")) == "ok"
    await host.command("live.leave")
    assert code(await emma.command("participants.set_role", seat=2, role="participant")) == "ok"
    await emma.command("live.leave")
    await emma.closed()
    again = await app.visitors[2].enter(meeting, "Emma")
    assert again.welcome["you"]["role"] == "participant"


@pytest.mark.parametrize("role", ["co_host", "participant"])
async def test_a_host_cannot_step_down_into_nothing(app: App, role: str) -> None:
    host, *_ = await three(app)
    assert code(await host.command("participants.set_role", seat=1, role=role)) == "host_must_hand_over"


async def test_a_role_given_twice_changes_nothing(app: App) -> None:
    host, co_host, _, _ = await three(app)
    await co_host.event("state.replaced")
    assert code(await host.command("participants.set_role", seat=2, role="co_host")) == "ok"
    await host.command("participants.rename", name="林晓晓")
    await co_host.event("roster.changed")
    assert all(frame["type"] != "state.replaced" for frame in co_host._unread)


async def test_the_removed_is_let_go_and_everybody_is_told(app: App) -> None:
    host, co_host, emma, _ = await three(app)
    assert code(await co_host.command("participants.remove", seat=3)) == "ok"
    assert await emma.closed() == 4004
    left = await host.event("roster.left")
    assert (left["data"], left["by"]) == ({"seat": 3}, 2)

    def rows(session: Any) -> tuple[int, int]:
        removed = session.query(Seat).filter(Seat.removed_at.is_not(None)).count()
        stays = session.query(Participation).filter(Participation.left_at.is_(None)).count()
        return removed, stays

    assert await app.core.db.read(rows) == (1, 2)


async def test_nobody_removes_themselves(app: App) -> None:
    host, co_host, _, _ = await three(app)
    assert code(await host.command("participants.remove", seat=1)) == "use_leave"
    assert code(await co_host.command("participants.remove", seat=2)) == "use_leave"


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("participants.rename", {"name": "谁"}),
        ("participants.mute", {"sources": ["camera"]}),
        ("participants.unmute", {"sources": ["camera"]}),
        ("participants.set_role", {"role": "co_host"}),
        ("participants.remove", {}),
    ],
)
async def test_who_is_not_here_cannot_be_acted_on(app: App, command: str, data: dict[str, Any]) -> None:
    host, _, emma, _ = await three(app)
    await emma.command("live.leave")
    for seat in (3, 99, -1):
        assert code(await host.command(command, seat=seat, **data)) == "no_such_seat"


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("participants.rename", {}),
        ("participants.rename", {"name": 7}),
        ("participants.mute", {"seat": 3, "sources": []}),
        ("participants.mute", {"seat": 3, "sources": ["everything"]}),
        ("participants.mute", {"seat": "x", "sources": ["camera"]}),
        ("participants.set_role", {"seat": 3, "role": "admin"}),
        ("participants.remove", {}),
    ],
)
async def test_data_that_does_not_fit_is_refused_by_field(
    app: App, command: str, data: dict[str, Any]
) -> None:
    host, *_ = await three(app)
    answer = await host.command(command, **data)
    assert code(answer) == "invalid_input"
    assert answer["error"]["data"]["fields"]
