"""C2: after 211 days nothing of the network log is left: no line, no key; a receipt says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mcmeet.core.errors import NotRead
from mcmeet.core.purge import purge
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.privacy.network_log.partitions import FOLDER
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.tables import NetworkLogKey, RetentionReceipt
from tests.fixtures.app import START, App, AppStarter
from tests.privacy.network_log import becomes, stored

pytestmark = pytest.mark.anyio

DAY, INSTANT = timedelta(days=1), timedelta(milliseconds=1)
PHONE = "+8613800007777"
LOG_IN, LOG_OUT = ("log_in", "done"), ("log_out", "done")


async def at(app: App, moment: datetime) -> None:
    """The clock says so, and what is due is done."""
    app.clock.jump((moment - app.clock.now()).total_seconds())
    await purge(app.core)


async def kept_keys(app: App) -> list[str]:
    return await app.core.db.read(lambda tx: list(tx.scalars(select(NetworkLogKey.period))))


async def receipts(app: App) -> list[tuple[Any, ...]]:
    def read(session: Session) -> list[tuple[Any, ...]]:
        columns = (
            RetentionReceipt.store,
            RetentionReceipt.period,
            RetentionReceipt.lines,
            RetentionReceipt.deleted_at,
        )
        return [tuple(row) for row in session.execute(select(*columns))]

    return await app.core.db.read(read)


async def test_C2_after_211_days_lines_and_key_are_gone_and_a_receipt_says_how_many(app: App) -> None:
    lin_xiao = await app.person("林晓")
    await lin_xiao.http.post("/api/auth/logout")
    await becomes(app.core.config, [LOG_IN, LOG_OUT])
    assert await kept_keys(app) == [str(Period.of(START))]
    gone_at = START + 211 * DAY
    await at(app, gone_at)
    assert stored(app.core.config) == {}
    assert await kept_keys(app) == []
    assert await receipts(app) == [("network_log", "2026-03-09", 2, gone_at)]
    folder = app.core.config.data / FOLDER
    assert not folder.exists() or list(folder.iterdir()) == []


async def test_C2_a_week_goes_when_its_newest_line_is_190_days_old_and_no_moment_before(app: App) -> None:
    await app.person("林晓")
    await becomes(app.core.config, [LOG_IN])
    due = Period.of(START).ends + 190 * DAY
    await at(app, due - INSTANT)
    assert len(stored(app.core.config)) == 1
    assert await receipts(app) == []
    await at(app, due)
    assert stored(app.core.config) == {}


@pytest.mark.parametrize("keep_days", [184, 203])
async def test_C2_whatever_the_setting_no_line_gets_older_than_210_days(
    app_starter: AppStarter, keep_days: int
) -> None:
    async with app_starter.run(network_log={"keep_days": keep_days}) as app:
        await at(app, START.replace(hour=0))  # Monday's first moment: the oldest line that a week can have
        await app.person("林晓")
        await becomes(app.core.config, [LOG_IN])
        await at(app, START.replace(hour=0) + 184 * DAY)
        assert len(stored(app.core.config)) == 1
        await at(app, START.replace(hour=0) + 210 * DAY)
        assert stored(app.core.config) == {}


async def test_C2_later_weeks_stay_and_the_log_goes_on(app: App) -> None:
    await app.person("林晓")
    await becomes(app.core.config, [LOG_IN])
    await at(app, START + 100 * DAY)
    await app.person("周航")
    await becomes(app.core.config, [LOG_IN] * 2)
    await at(app, START + 211 * DAY)
    await app.person("Emma")
    await becomes(app.core.config, [LOG_IN] * 2)
    assert len(stored(app.core.config)) == len(await kept_keys(app)) == 2


@pytest.mark.sqlite
async def test_C2_what_fell_due_while_the_server_was_away_goes_at_its_start(app_starter: AppStarter) -> None:
    async with app_starter.run(network_log={"keep_days": 190}) as app:
        await app.person("林晓")
        await becomes(app.core.config, [LOG_IN])
        moved = {"period": "2025-03-10"}
        await app.core.db.write(
            lambda tx: tx.execute(text("UPDATE network_log_key SET period = :period"), moved)
        )
        folder = app.core.config.data / FOLDER
    (file,) = folder.glob("*.db")
    file.rename(folder / "2025-03-10.db")
    async with app_starter.run() as app:
        assert stored(app.core.config) == {}
        assert await kept_keys(app) == []
        assert [receipt[1:3] for receipt in await receipts(app)] == [("2025-03-10", 1)]


@pytest.mark.sqlite
@pytest.mark.parametrize("damage", ["unreadable", "gone"])
async def test_C2_a_week_whose_lines_cannot_be_counted_goes_all_the_same(
    app_starter: AppStarter, damage: str
) -> None:
    """Gone: the server was killed after it unlinked the file, and before it wrote the receipt."""
    async with app_starter.run() as app:
        await app.person("林晓")
        await becomes(app.core.config, [LOG_IN])
        folder = app.core.config.data / FOLDER
        for file in folder.iterdir():
            file.unlink()
        if damage == "unreadable":
            (folder / "2026-03-09.db").write_bytes(b"no database, but something somebody once wrote" * 99)
        await at(app, START + 211 * DAY)
        assert list(folder.iterdir()) == []
        assert await kept_keys(app) == []
        assert [receipt[1:3] for receipt in await receipts(app)] == [("2026-03-09", None)]


async def test_C2_a_week_whose_count_gets_no_answer_goes_all_the_same(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.person("林晓")
    await becomes(app.core.config, [LOG_IN])

    async def no_answer(*_: object) -> None:
        raise NotRead

    monkeypatch.setattr(app.core.the(NetworkLog).partitions, "read", no_answer)
    await at(app, START + 211 * DAY)
    assert await kept_keys(app) == []
    assert [receipt[1:3] for receipt in await receipts(app)] == [("2026-03-09", None)]


@pytest.mark.sqlite
async def test_C2_other_files_beside_the_weeks_are_left_alone(app_starter: AppStarter) -> None:
    async with app_starter.run() as app:
        folder = app.core.config.data / FOLDER
        folder.mkdir()
        for name in ("2026-03-10.db", "copy of 2026-03-09.db", "20260309.db"):  # a Tuesday; no date; not ours
            (folder / name).touch()
        await at(app, START + 400 * DAY)
        assert len(list(folder.iterdir())) == 3
