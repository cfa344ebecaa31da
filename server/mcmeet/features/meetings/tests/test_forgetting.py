"""Tickets that nobody used are forgotten within minutes, credentials that only tell why within a day."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from mcmeet.core.purge import purge
from mcmeet.live import purge as live_purge
from mcmeet.live import store as live_store
from mcmeet.live.protocol import TICKET_S
from mcmeet.live.purge import CREDENTIALS_TELL
from mcmeet.live.store import credentials
from tests.fixtures.app import App, LiveSocket

pytestmark = pytest.mark.anyio

HALF_A_DAY_S = CREDENTIALS_TELL.total_seconds() / 2
PURGED_EVERY_S = 60


async def kept(app: App) -> tuple[int, int]:
    """Seats with something of a ticket, and with a credential to come back."""
    ticket = " AND ".join(f"{name} IS NULL" for name in live_store.NO_TICKET)
    resume = "resume_hash IS NULL AND former_resume_hash IS NULL"
    counts = ", ".join(f"(SELECT count(*) FROM seat WHERE NOT ({empty}))" for empty in (ticket, resume))
    found = await app.core.db.read(lambda tx: tx.execute(text(f"SELECT {counts}")).one())
    return found[0], found[1]


async def becomes(app: App, tickets: int, credentials: int) -> None:
    """Without any request."""
    for _ in range(600):
        if await kept(app) == (tickets, credentials):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{await kept(app)} are kept")


async def refusal(app: App, socket: LiveSocket) -> str:
    """What the latest credential of this socket opens, long after."""
    code: str = (await (await app.visitor().live()).hello(resume=socket.welcome["resume"]))["error"]["code"]
    return code


async def test_a_ticket_that_nobody_used_is_forgotten_though_nobody_comes_along(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    await app.visitor().join(meeting, "周航")
    await becomes(app, 1, 0)
    app.clock.step(TICKET_S + PURGED_EVERY_S)
    await becomes(app, 0, 0)


async def test_a_ticket_that_can_still_be_used_is_kept(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    zhou = app.visitor()
    joined = await zhou.join(meeting, "周航")
    app.clock.jump(TICKET_S - 1)
    await purge(app.core)
    assert await kept(app) == (1, 0)
    assert (await (await zhou.live()).hello(ticket=joined["ticket"]))["type"] == "welcome"


async def test_a_credential_that_only_tells_why_is_forgotten_after_a_day(app: App) -> None:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    zhou, emma = [await app.visitor().enter(meeting, name) for name in ("周航", "Emma")]
    await host.command("participants.remove", seat=zhou.seat)
    app.clock.jump(HALF_A_DAY_S)
    await purge(app.core)
    assert await refusal(app, zhou) == "seat_removed"
    await host.command("meetings.end")
    app.clock.jump(HALF_A_DAY_S)
    await purge(app.core)
    assert await refusal(app, zhou) == "hello_refused"
    assert await refusal(app, emma) == "meeting_ended"
    assert await kept(app) == (0, 2)
    app.clock.jump(HALF_A_DAY_S)
    await purge(app.core)
    assert await kept(app) == (0, 0)
    assert await refusal(app, emma) == "hello_refused"


async def test_whoever_is_in_a_meeting_comes_back_after_days(app: App) -> None:
    lin = await app.person("林晓")
    host = await lin.enter(await lin.create_meeting(), "林晓")
    app.clock.jump(4 * HALF_A_DAY_S)
    await purge(app.core)
    assert (await (await lin.live()).hello(resume=host.welcome["resume"]))["type"] == "welcome"


async def test_a_long_backlog_is_forgotten_in_short_transactions(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    for name in ("周航", "Emma"):
        await app.visitor().enter(meeting, name)
    await host.command("meetings.end")
    meeting = await lin.create_meeting()
    for number in range(5):
        await app.visitor().join(meeting, f"周航{number}")
    assert await kept(app) == (5, 3)
    forget, transactions = live_store.forget_old_credentials, list[tuple[Any, int]]()

    def noted(session: Session, now: datetime, before: datetime) -> int:
        forgotten = forget(session, now, before)
        transactions.append((session, forgotten))
        return forgotten

    monkeypatch.setattr(credentials, "FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr(live_store, "forget_old_credentials", noted)
    app.clock.jump(2 * HALF_A_DAY_S)
    await purge(app.core)
    assert [forgotten for _, forgotten in transactions] == [4, 3, 1, 0]
    assert len({id(session) for session, _ in transactions}) == 4
    assert await kept(app) == (0, 0)


async def test_the_writer_is_left_alone_when_there_is_nothing_to_forget(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(live_store, "forget_old_credentials")
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    await lin.enter(meeting, "林晓")
    await app.visitor().join(meeting, "周航")
    await live_purge.purge(app.core)
    app.clock.jump(TICKET_S)
    with pytest.raises(AttributeError):
        await live_purge.purge(app.core)
