"""A database that is locked: the meeting goes on, and whoever asked hears what was not saved."""

import asyncio
from pathlib import Path

import pytest

from mcmeet.core.db import LIVE_DEADLINE_S
from mcmeet.media.port import Source
from tests.fixtures import app as fixtures
from tests.fixtures.app import App, LiveSocket, Visitor
from tests.fixtures.locks import locked

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite]  # test_db holds PostgreSQL's locks


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the deadline of what waits for the database."""
    monkeypatch.setattr(fixtures, "ANSWER_WITHIN_S", 4 * LIVE_DEADLINE_S)


class Call:
    """林晓 and 周航, whose microphone is on."""

    def __init__(self, app: App, host: Visitor, lin: LiveSocket, zhou: LiveSocket) -> None:
        self.app = app
        self.host = host
        self.lin = lin
        self.zhou = zhou
        [self.room] = app.rooms.open_rooms()
        self.media = self.room.roster.require(zhou.seat).media
        app.engine.connect(zhou.welcome["media"]["token"])
        app.engine.publish(self.room.run.media_room, self.media, Source.MICROPHONE)

    async def assert_whole(self) -> None:
        """Nobody was lost, and the microphone is on as it was."""
        assert [occupant.name for occupant in self.room.roster] == ["林晓", "周航"]
        assert all(self.room.is_connected(socket.seat) for socket in (self.lin, self.zhou))
        [heard] = [seat for seat in await self.app.engine.list(self.room.run.media_room) if seat.tracks]
        assert heard.seat == self.media


@pytest.fixture
async def call(app: App) -> Call:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    lin = await host.enter(meeting, "林晓")
    return Call(app, host, lin, await app.visitor().enter(meeting, "周航"))


async def is_pinged(live: LiveSocket) -> None:
    await live.send({"type": "ping"})
    async with asyncio.timeout(LIVE_DEADLINE_S):
        while await live.frame() != {"type": "pong"}:
            pass


async def test_a_locked_database_loses_nobody_and_each_is_told(call: Call) -> None:
    with locked(Path(call.app.core.config.database_url.removeprefix("sqlite:///"))):
        renaming = asyncio.create_task(call.zhou.command("participants.rename", name="没存上"))
        creating = asyncio.create_task(call.host.http.post("/api/meetings", json={"topic": "没存上"}))
        await is_pinged(call.lin)
        assert (await renaming)["error"]["code"] == "not_saved"
        refused = await creating
        assert (refused.status_code, refused.json()["code"]) == (503, "not_saved")
        assert (await call.host.http.get("/api/session")).status_code == 200
        await call.assert_whole()
    assert "ack" in await call.zhou.command("participants.rename", name="周航（上海）")
    assert (await call.lin.event("roster.changed"))["data"]["name"] == "周航（上海）"
