"""The network log's own storage: weeks apart, nothing twice, nothing lost while it cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from mcmeet.core.config import Config, Database
from mcmeet.core.db import Db
from mcmeet.core.endpoints import Endpoint
from mcmeet.core.errors import NotSaved
from mcmeet.core.secrets import Secrets
from mcmeet.privacy.network_log import log as log_module
from mcmeet.privacy.network_log.entries import Act, Entry, person
from mcmeet.privacy.network_log.log import NetworkLog, State, open_network_log
from mcmeet.privacy.network_log.partitions import FOLDER, Row
from mcmeet.privacy.network_log.periods import Period
from tests.fixtures.app import START, App, FakeClock
from tests.privacy.network_log import becomes, lines, stored

pytestmark = pytest.mark.anyio

WEEK = timedelta(days=7)
HOME = Endpoint("203.0.113.7", 50_123)
LIN_XIAO, ZHOU_HANG = uuid4(), uuid4()


@pytest.fixture
def config(migrated_url: str, tmp_path: Path) -> Config:
    is_default = migrated_url == Config(data=tmp_path).database_url
    return Config(data=tmp_path, database=Database(url=None if is_default else migrated_url))


@pytest.fixture
def main(config: Config) -> Db:
    return Db(config.database_url)


@pytest.fixture
async def log(config: Config, main: Db) -> AsyncIterator[NetworkLog]:
    async with open_network_log(config, main, Secrets(b"k" * 32), FakeClock()) as log:
        yield log
    main.close()


def log_in(account: UUID | None = LIN_XIAO, weeks: int = 0, result: str = "done") -> Entry:
    return Entry(Act.LOG_IN, START + weeks * WEEK, person(account), HOME, result=result)


async def test_a_line_says_when_who_from_where_did_what_to_what(log: NetworkLog, config: Config) -> None:
    run = uuid4()
    log.record(Entry(Act.JOIN, START, person(LIN_XIAO), HOME, run))
    (line,) = await becomes(config, [("join", "done")])
    assert (line["ip"], line["port"], UUID(str(line["target"]))) == ("203.0.113.7", 50_123, run)
    assert str(line["at"]).startswith("2026-03-09 06:00:00")
    assert len(line["pseudonym"]) == 32


async def test_each_week_is_a_file_or_table_of_its_own(log: NetworkLog, config: Config) -> None:
    for weeks in (0, 0, 1):
        log.record(log_in(weeks=weeks))
    await becomes(config, [("log_in", "done")] * 3)
    assert [len(part) for part in stored(config).values()] == [2, 1]
    assert await log.partitions.periods() == [Period.of(START), Period.of(START + WEEK)]


async def test_a_week_begins_on_monday_in_utc() -> None:
    monday = START.replace(hour=0)
    assert str(Period.of(monday)) == "2026-03-09"
    assert str(Period.of(monday - timedelta(milliseconds=1))) == "2026-03-02"
    assert Period.of(monday).ends == monday + WEEK


async def test_within_a_week_the_same_person_is_the_same_pseudonym_and_in_the_next_another(
    log: NetworkLog, config: Config
) -> None:
    signed_in = {
        "1": (LIN_XIAO, 0),
        "2": (LIN_XIAO, 0),
        "3": (ZHOU_HANG, 0),
        "4": (LIN_XIAO, 1),
        "5": (None, 1),
    }
    for mark, (account, weeks) in signed_in.items():
        log.record(log_in(account, weeks, mark))
    found = await becomes(config, [("log_in", mark) for mark in signed_in])
    first, again, other, later, nobody = [line["pseudonym"] for line in found]
    assert first == again
    assert len({first, other, later}) == 3
    assert nobody is None


async def test_a_database_without_the_master_key_does_not_turn_a_pseudonym_back(
    config: Config, main: Db
) -> None:
    for master_key in (b"k" * 32, b"x" * 32):
        async with open_network_log(config, main, Secrets(master_key), FakeClock()) as log:
            log.record(log_in())
    main.close()
    assert len({line["pseudonym"] for line in lines(config)}) == 2


async def test_a_line_whose_storing_nobody_heard_of_is_not_stored_twice(
    log: NetworkLog, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = log.partitions.append
    heard = iter([False, True])

    async def unheard(period: Period, rows: Sequence[Row]) -> None:
        await append(period, rows)
        if not next(heard):
            raise NotSaved

    monkeypatch.setattr(log.partitions, "append", unheard)
    log.record(log_in())
    await becomes(config, [("log_in", "done")])
    log.record(log_in(ZHOU_HANG, result="code_wrong"))
    await becomes(config, [("log_in", "done"), ("log_in", "code_wrong")])


async def test_what_cannot_be_written_waits_and_what_does_not_fit_is_counted(
    log: NetworkLog, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "WAITING_MOST", 2)
    with monkeypatch.context() as full:
        full.setattr(log.partitions, "append", disk_full)
        log.record(log_in())
        await has_state(log, State.BEHIND)
        for _ in range(2):
            log.record(log_in(ZHOU_HANG))
        assert log.state is State.LOST
        assert lines(config) == []
    log.try_again()
    await becomes(config, [("log_in", "done")] * 2)
    assert log.state is State.LOST  # until the server starts anew: somebody should look


async def test_a_log_that_catches_up_is_well_again(
    log: NetworkLog, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(log.partitions, "append", disk_full)
        log.record(log_in())
        await has_state(log, State.BEHIND)
    log.try_again()
    await becomes(config, [("log_in", "done")])
    await has_state(log, State.OK)


async def test_what_waits_at_the_end_is_still_written(config: Config, main: Db) -> None:
    async with open_network_log(config, main, Secrets(b"k" * 32), FakeClock()) as log:
        for _ in range(3):
            log.record(log_in())
    main.close()
    assert len(lines(config)) == 3


@pytest.mark.sqlite
async def test_the_server_says_that_its_log_is_behind_and_goes_on(app: App) -> None:
    healthy = await app.visitor().http.get("/healthz")
    assert healthy.json() == {"status": "ok", "network_log": "ok"}
    (app.core.config.data / FOLDER).write_text("in the way of the folder")
    log = app.core.the(NetworkLog)
    log.record(log_in())
    await has_state(log, State.BEHIND)
    answer = await app.visitor().http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "network_log": "behind"})


async def disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


async def has_state(log: NetworkLog, state: State) -> None:
    for _ in range(1000):
        if log.state is state:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(log.state)
