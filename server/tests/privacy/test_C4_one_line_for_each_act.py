"""C4: each act leaves one line: when, under which pseudonym, from where, what, with what result."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from mcmeet.core.config import Config
from mcmeet.core.errors import NotSaved
from mcmeet.features.accounts.service import WRONG_CODES_PER_SOURCE
from mcmeet.live.seats import Close
from mcmeet.privacy.network_log.log import NetworkLog
from tests.fixtures.app import CONSENT, App, AppStarter, LiveSocket, Visitor
from tests.fixtures.server import Server
from tests.privacy.network_log import Line, becomes, lines

pytestmark = pytest.mark.anyio

PHONE, NOBODYS = "+8613800007777", "+8613800008888"
LOG_IN, WRONG_CODE, LOG_OUT = ("log_in", "done"), ("log_in", "code_wrong"), ("log_out", "done")
JOIN, LEAVE, END = ("join", "done"), ("leave", "done"), ("end", "done")
GRACE_S = 20
PROXY = {"proxies": "127.0.0.1"}


async def answer_code(app: App, visitor: Visitor, phone: str, *, wrong: bool = False) -> httpx.Response:
    await app.advance(61)
    await visitor.http.post("/api/auth/code", json={"phone": phone, "consent": CONSENT})
    code = app.sms.code_for(phone)
    if wrong:
        code = code.translate(str.maketrans("0123456789", "1234567890"))
    return await visitor.http.post("/api/auth/login", json={"phone": phone, "code": code})


def came_from(response: httpx.Response) -> tuple[str, int]:
    """This end of the connection that carried the request."""
    address, port = response.extensions["network_stream"].get_extra_info("client_addr")
    return address, port


def source(line: Line) -> tuple[Any, Any]:
    return line["ip"], line["port"]


def own_address(socket: LiveSocket) -> tuple[str, int]:
    address, port = socket.socket.local_address[:2]
    return address, port


async def run_of(app: App, number: str) -> UUID:
    (room,) = [room for room in app.rooms.open_rooms() if room.run.number == number]
    return room.run.id


async def until_away(app: App, number: str, seat: int) -> None:
    (room,) = [room for room in app.rooms.open_rooms() if room.run.number == number]
    for _ in range(1000):
        if not room.is_connected(seat):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("still connected")


async def test_C4_logging_in_and_out_leaves_a_line_each_with_address_and_port(app: App) -> None:
    lin_xiao = await app.person("林晓", PHONE)
    await app.advance(5)
    out = await lin_xiao.http.post("/api/auth/logout")
    logged_in, logged_out = await becomes(app.core.config, [LOG_IN, LOG_OUT])
    assert source(logged_in) == source(logged_out) == came_from(out)
    assert logged_in["pseudonym"] == logged_out["pseudonym"] is not None
    assert str(logged_in["at"]).startswith("2026-03-09 06:00:00")
    assert str(logged_out["at"]).startswith("2026-03-09 06:00:05")
    assert logged_in["target"] is None


async def test_C4_who_has_logged_out_already_does_nothing_more(app: App) -> None:
    lin_xiao = await app.person("林晓", PHONE)
    session = dict(lin_xiao.http.cookies)
    for _ in range(2):
        lin_xiao.http.cookies.update(session)
        assert (await lin_xiao.http.post("/api/auth/logout")).status_code == 204
    await becomes(app.core.config, [LOG_IN, LOG_OUT])


async def test_C4_logging_in_where_somebody_is_logged_in_logs_them_out(app: App) -> None:
    lin_xiao = await app.person("林晓")
    await app.advance(1)
    await app.person("周航", PHONE)
    assert (await answer_code(app, lin_xiao, PHONE)).json()["status"] == "signed_in"
    acts = [LOG_IN, LOG_IN, ("log_out", "replaced"), LOG_IN]
    first, second, out, again = await becomes(app.core.config, acts)
    assert out["pseudonym"] == first["pseudonym"]
    assert again["pseudonym"] == second["pseudonym"] != first["pseudonym"]


async def test_C4_a_wrong_code_is_a_line_under_the_pseudonym_of_whose_number_it_is(app: App) -> None:
    await app.person("林晓", PHONE)
    stranger = app.visitor()
    refused = await answer_code(app, stranger, PHONE, wrong=True)
    assert refused.json()["code"] == "code_wrong"
    assert (await answer_code(app, app.visitor(), PHONE)).json()["status"] == "signed_in"
    registered, failed, again = await becomes(app.core.config, [LOG_IN, WRONG_CODE, LOG_IN])
    assert failed["pseudonym"] == registered["pseudonym"] == again["pseudonym"]
    assert source(failed) == came_from(refused)


async def test_C4_a_wrong_code_for_nobodys_number_is_a_line_about_nobody(app: App) -> None:
    await answer_code(app, app.visitor(), NOBODYS, wrong=True)
    (failed,) = await becomes(app.core.config, [WRONG_CODE])
    assert failed["pseudonym"] is None
    assert failed["ip"] == "127.0.0.1"


async def test_C4_what_a_limit_refused_leaves_no_line(app: App) -> None:
    """Or strangers would choose how large the log grows."""
    tries = int(WRONG_CODES_PER_SOURCE.partition("/")[0])
    visitor, body = app.visitor(), {"phone": NOBODYS, "code": "000000"}
    answers = [await visitor.http.post("/api/auth/login", json=body) for _ in range(tries + 5)]
    assert [answer.status_code for answer in answers[-5:]] == [429] * 5
    await becomes(app.core.config, [WRONG_CODE] * tries)


async def test_C4_joining_and_leaving_leave_a_line_each_about_the_run(app: App) -> None:
    lin_xiao = await app.person("林晓")
    meeting = await lin_xiao.create_meeting()
    host = await lin_xiao.enter(meeting, "林晓")
    guest = await app.visitor().enter(meeting, "Emma")
    run = await run_of(app, meeting["number"])
    await guest.command("live.leave")
    logged_in, *joined, left = await becomes(app.core.config, [LOG_IN, JOIN, JOIN, LEAVE])
    assert {source(line) for line in joined} == {own_address(host), own_address(guest)}
    assert source(left) == own_address(guest)
    assert {UUID(str(line["target"])) for line in (*joined, left)} == {run}
    assert {line["pseudonym"] for line in joined} == {logged_in["pseudonym"], left["pseudonym"]}


async def test_C4_a_lost_seat_leaves_when_it_was_lost(app: App) -> None:
    lin_xiao = await app.person("林晓")
    meeting = await lin_xiao.create_meeting()
    await lin_xiao.enter(meeting, "林晓")
    guest = await app.visitor().enter(meeting, "周航")
    address = own_address(guest)
    await app.advance(3)
    await guest.drop()
    await until_away(app, meeting["number"], guest.seat)
    await app.advance(GRACE_S + 2)
    *_, left = await becomes(app.core.config, [LOG_IN, JOIN, JOIN, ("leave", "lost")])
    assert str(left["at"]).startswith("2026-03-09 06:00:03")
    assert source(left) == address


async def test_C4_a_reload_returns_to_the_same_stay_from_another_port(app: App) -> None:
    lin_xiao = await app.person("林晓")
    meeting = await lin_xiao.create_meeting()
    first = await lin_xiao.enter(meeting, "林晓")
    second = await lin_xiao.live()
    assert (await second.hello(resume=first.welcome["resume"]))["type"] == "welcome"
    _, joined, back = await becomes(app.core.config, [LOG_IN, JOIN, ("return", "done")])
    assert joined["pseudonym"] == back["pseudonym"]
    assert (source(joined), source(back)) == (own_address(first), own_address(second))


async def test_C4_a_removal_names_who_removed_and_who_had_to_go(app: App) -> None:
    lin_xiao = await app.person("林晓")
    meeting = await lin_xiao.create_meeting()
    host = await lin_xiao.enter(meeting, "林晓")
    guest = await app.visitor().enter(meeting, "周航")
    await host.command("participants.remove", seat=guest.seat)
    assert await guest.closed() == Close.REMOVED
    acts = [LOG_IN, JOIN, JOIN, ("remove", "done"), ("leave", "removed")]
    logged_in, *_, removed, left = await becomes(app.core.config, acts)
    assert removed["pseudonym"] == logged_in["pseudonym"] != left["pseudonym"]
    assert (source(removed), source(left)) == (own_address(host), own_address(guest))


@pytest.mark.parametrize("over", ["socket", "http"])
async def test_C4_an_end_for_all_is_a_line_of_the_host_and_one_of_each_who_was_there(
    app: App, over: str
) -> None:
    lin_xiao = await app.person("林晓")
    meeting = await lin_xiao.create_meeting()
    host = await lin_xiao.enter(meeting, "林晓")
    await app.visitor().enter(meeting, "Emma")
    address = own_address(host)
    if over == "socket":
        await host.command("meetings.end")
    else:
        address = came_from(await lin_xiao.http.post(f"/api/meetings/{meeting['number']}/end"))
    acts = [LOG_IN, JOIN, JOIN, END, ("leave", "ended"), ("leave", "ended")]
    logged_in, *_, ended, one, other = await becomes(app.core.config, acts)
    assert ended["pseudonym"] == logged_in["pseudonym"]
    assert source(ended) == address
    assert len({one["pseudonym"], other["pseudonym"]}) == 2


async def test_C4_what_was_not_saved_did_not_happen(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    lin_xiao = await app.person("林晓")
    host = await lin_xiao.enter(await lin_xiao.create_meeting(), "林晓")

    async def refused(*_: Any, **__: Any) -> None:
        raise NotSaved

    with monkeypatch.context() as full:
        full.setattr(app.core.db, "write", refused)
        assert (await host.command("live.leave"))["error"]["code"] == "not_saved"
    await host.command("live.leave")
    await becomes(app.core.config, [LOG_IN, JOIN, LEAVE])


@pytest.mark.parametrize(
    ("forwarded", "ip", "port"),
    [
        ("203.0.113.7:50123", "203.0.113.7", 50_123),
        ("[2001:db8::7]:50123", "2001:db8::7", 50_123),
        ("203.0.113.7", "203.0.113.7", None),
        ("203.0.113.7:99999999", "203.0.113.7", None),
        ("::ffff:203.0.113.7", "203.0.113.7", None),
        ("unknown", None, None),
    ],
)
async def test_C4_behind_a_proxy_the_line_says_what_the_proxy_says_of_its_client(
    app_starter: AppStarter, forwarded: str, ip: str | None, port: int | None
) -> None:
    async with app_starter.run(server=PROXY) as app:
        visitor = app.visitor()
        visitor.http.headers["X-Forwarded-For"] = forwarded
        await visitor.http.post("/api/auth/login", json={"phone": NOBODYS, "code": "000000"})
        (line,) = await becomes(app.core.config, [WRONG_CODE])
        assert source(line) == (ip, port)


async def test_C4_nobody_else_is_believed_about_where_a_request_comes_from(app: App) -> None:
    visitor = app.visitor()
    visitor.http.headers["X-Forwarded-For"] = "203.0.113.7:50123"
    answer = await visitor.http.post("/api/auth/login", json={"phone": NOBODYS, "code": "000000"})
    (line,) = await becomes(app.core.config, [WRONG_CODE])
    assert source(line) == came_from(answer)


async def test_C4_what_the_operator_does_at_the_machine_is_a_line(server: Server) -> None:
    """Beside the running server, which writes to the same file."""
    server.admin("create-meeting", "--topic", "全员大会")
    async with httpx.AsyncClient(base_url=server.url, headers={"X-MCMeet": "1"}) as http:
        await http.post("/api/auth/login", json={"phone": NOBODYS, "code": "000000"})
    made, _ = await becomes(Config(data=server.data), [("admin.create_meeting", "done"), WRONG_CODE])
    assert made["target"] is not None
    assert made["pseudonym"] is not None
    assert source(made) == (None, None)


async def test_C4_the_log_is_there_after_a_meeting_that_it_could_not_be_written_in(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full holds nobody up."""
    network_log = app.core.the(NetworkLog)

    async def disk_full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(network_log.partitions, "append", disk_full)
        lin_xiao = await app.person("林晓")
        host = await lin_xiao.enter(await lin_xiao.create_meeting(), "林晓")
        assert "ack" in await host.command("live.leave")
        assert lines(app.core.config) == []
    await app.advance(61)
    await becomes(app.core.config, [LOG_IN, JOIN, LEAVE])
