"""C5: edited, deleted, moved or cut off in SQL: the first bad line is named."""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, cast
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from mcmeet.core.endpoints import Endpoint
from mcmeet.core.errors import NotRead
from mcmeet.privacy.network_log import chain
from mcmeet.privacy.network_log.checkpoints import CHECKPOINTS, add_line
from mcmeet.privacy.network_log.entries import Act, Entry, person
from mcmeet.privacy.network_log.log import NetworkLog, open_network_log
from mcmeet.privacy.network_log.partitions import FOLDER, LINES
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.reading import verify
from mcmeet.privacy.network_log.retention import purge
from tests.fixtures.app import START, App
from tests.privacy.network_log import becomes, connection_of, lines

pytestmark = pytest.mark.anyio

LIN_XIAO = uuid4()
HOME = Endpoint("203.0.113.7", 50_123)
WEEK = Period.of(START)
SIX = [("log_in", str(number)) for number in range(1, 7)]


async def write_six(app: App) -> None:
    """Lines 1 to 6 of the week, and a checkpoint of all of them."""
    log = app.core.the(NetworkLog)
    for _, mark in SIX:
        log.record(Entry(Act.LOG_IN, START, person(LIN_XIAO), HOME, result=mark))
        await becomes(app.core.config, SIX[: int(mark)])
    await app.advance(61)
    await noted(app, [6])


async def noted(app: App, counts: list[int]) -> None:
    """Until so many lines are in the checkpoints of the week."""
    file = app.core.config.data / CHECKPOINTS / f"{WEEK}.jsonl"
    for _ in range(1000):
        there = file.read_text().splitlines() if file.exists() else []
        if [json.loads(line)["count"] for line in there] == counts:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(there)


def places(app: App) -> list[int]:
    return [line["seq"] for line in sorted(lines(app.core.config), key=lambda line: str(line["result"]))]


def change(app: App, *statements: str) -> None:
    with connection_of(app.core.config, WEEK) as (connection, table):
        for statement in statements:
            assert connection.execute(text(statement.format(table=table))).rowcount == 1


async def found(app: App, copy: Path | None = None) -> list[tuple[int | None, str]]:
    return [(fault.line, fault.what.partition(",")[0]) for fault in await verify(app.core, copy)]


async def test_C5_a_log_that_nobody_touched_is_whole(app: App) -> None:
    await write_six(app)
    assert await found(app) == []
    assert places(app) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("statements", "line", "what"),
    [
        (["UPDATE {table} SET ip = '198.51.100.1' WHERE seq = 3"], 3, "was changed"),
        (["UPDATE {table} SET pseudonym = NULL WHERE seq = 1"], 1, "was changed"),
        (["UPDATE {table} SET result = 'done' WHERE seq = 6"], 6, "was changed"),
        (["UPDATE {table} SET reason = 'none' WHERE seq = 2"], 2, "was changed"),
        (["DELETE FROM {table} WHERE seq = 4"], 4, "is missing"),
        (["DELETE FROM {table} WHERE seq = 1"], 1, "is missing"),
        (["DELETE FROM {table} WHERE seq = 6"], 6, "is missing"),
        (
            [
                "DELETE FROM {table} WHERE seq = 4",
                *(f"UPDATE {{table}} SET seq = {n} WHERE seq = {n + 1}" for n in (4, 5)),
            ],
            4,
            "was changed",
        ),
        (
            [
                "UPDATE {table} SET seq = 0 WHERE seq = 2",
                "UPDATE {table} SET seq = 2 WHERE seq = 5",
                "UPDATE {table} SET seq = 5 WHERE seq = 0",
            ],
            2,
            "was changed",
        ),
        (["UPDATE {table} SET seq = NULL WHERE seq = 5"], None, "1 lines are outside the chain"),
    ],
)
async def test_C5_the_first_bad_line_is_named(
    app: App, statements: list[str], line: int | None, what: str
) -> None:
    """Edited, deleted, cut off at the end, closed up after a deletion, reordered, taken out of the chain."""
    await write_six(app)
    change(app, *statements)
    assert (line, what) in await found(app)


async def test_C5_a_cut_end_is_seen_against_the_copy_of_the_checkpoints_alone(
    app: App, tmp_path: Path
) -> None:
    await write_six(app)
    own = app.core.config.data / CHECKPOINTS
    shutil.copytree(own, tmp_path / "elsewhere")
    change(app, "DELETE FROM {table} WHERE seq = 6", "DELETE FROM {table} WHERE seq = 5")
    shutil.rmtree(own)
    assert await found(app) == []
    assert await found(app, tmp_path / "elsewhere") == [(5, "is missing")]


async def test_C5_a_chain_that_was_written_anew_is_not_the_one_of_the_checkpoint(app: App) -> None:
    """Whoever has the database alone can make a chain that fits, but no signature."""
    await write_six(app)

    def rewrite(tx: Any, table: Any) -> None:
        rows = [dict(row) for row in tx.execute(table.select().order_by(table.c.seq)).mappings()]
        kept = [{**row, "ip": "198.51.100.1"} for row in rows]
        bare = [{name: row[name] for name in row if name not in ("seq", "hash")} for row in kept]
        tx.execute(table.delete())
        tx.execute(table.insert(), chain.chained(chain.Head(), bare))

    with connection_of(app.core.config, WEEK) as (connection, table):
        rewrite(connection, LINES.to_metadata(type(LINES.metadata)(), name=table))
    assert await found(app) == [(6, "is not the line that its checkpoint names")]


async def test_C5_a_checkpoint_that_this_server_did_not_sign_is_named(app: App) -> None:
    await write_six(app)
    (file,) = (app.core.config.data / CHECKPOINTS).iterdir()
    note = json.loads(file.read_text())
    file.write_text(json.dumps(note | {"count": 5}) + "\nnonsense\n[]\n")
    whats = {what for _, what in await found(app)}
    assert whats == {f"checkpoint {number} is not signed by this server" for number in (1, 2, 3)}


async def test_C5_a_week_that_is_gone_before_its_time_is_missed_and_in_time_is_not(app: App) -> None:
    await write_six(app)
    log = app.core.the(NetworkLog)
    await log.partitions.drop(WEEK)
    assert await found(app) == [(None, "the whole week is missing")]
    app.clock.step(timedelta(days=198).total_seconds())
    assert await found(app) == []
    await purge(app.core)
    assert not (app.core.config.data / CHECKPOINTS / f"{WEEK}.jsonl").exists()


@pytest.mark.sqlite
async def test_C5_a_week_that_cannot_be_read_is_named(app: App) -> None:
    await write_six(app)
    log = app.core.the(NetworkLog)
    await log.partitions.close()
    (app.core.config.data / FOLDER / f"{WEEK}.db").write_bytes(b"no database" * 999)
    assert await found(app) == [(None, "cannot be read")]


async def test_C5_a_week_that_gives_no_answer_is_named(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    await write_six(app)

    async def no_answer(*_: object) -> None:
        raise NotRead

    monkeypatch.setattr(app.core.the(NetworkLog).partitions, "read", no_answer)
    assert await found(app) == [(None, "cannot be read")]


async def test_C5_a_checkpoint_is_taken_once_an_hour_and_only_when_there_is_more(app: App) -> None:
    log, config = app.core.the(NetworkLog), app.core.config
    await write_six(app)
    log.record(Entry(Act.LOG_OUT, app.core.clock.now(), person(LIN_XIAO), HOME))
    await becomes(config, [*SIX, ("log_out", "done")])
    await app.advance(61)
    await noted(app, [6])
    for _ in range(2):
        app.clock.step(3600)
        await app.advance(61)
        await noted(app, [6, 7])


class CountingKey:
    """Counts verifications, which are slow, and those of them that the event loop waits for."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.sign, self._public = key.sign, key.public_key()
        self.verified = self.awaited = 0
        self._loop = threading.get_ident()

    def public_key(self) -> Self:
        return self

    def verify(self, signature: bytes, data: bytes) -> None:
        self.verified += 1
        self.awaited += threading.get_ident() == self._loop
        self._public.verify(signature, data)


async def test_C5_half_a_year_of_checkpoints_holds_nobody_up_when_the_next_is_taken(app: App) -> None:
    log, config = app.core.the(NetworkLog), app.core.config
    await write_six(app)
    folder = config.data / CHECKPOINTS
    note = (folder / f"{WEEK}.jsonl").read_text()
    for week in range(28):
        before = Period(WEEK.monday - timedelta(days=7 * week))
        (folder / f"{before}.jsonl").write_text(note * 168)
    key = CountingKey(log.checkpoints._key)
    log.checkpoints._key = cast("Ed25519PrivateKey", key)
    log.record(Entry(Act.LOG_OUT, app.core.clock.now(), person(LIN_XIAO), HOME))
    await becomes(config, [*SIX, ("log_out", "done")])
    app.clock.step(3600)
    await app.advance(61)
    await noted(app, [6] * 168 + [7])
    assert (key.verified, key.awaited) == (1, 0)


async def test_C5_two_processes_write_one_chain(app: App) -> None:
    """`mcmeet admin` writes beside the server."""
    core = app.core
    beside = open_network_log(core.config, core.db, core.secrets, core.clock)
    for number in range(6):
        log = beside if number % 2 else core.the(NetworkLog)
        await log.store(Entry(Act.LOG_IN, START, None, HOME, result=str(number)))
    await beside.partitions.close()
    assert [line["seq"] for line in sorted(lines(core.config), key=lambda line: line["result"])] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    assert await found(app) == []


async def test_C5_a_week_begun_by_a_version_without_a_chain_goes_on_and_says_so(app: App) -> None:
    await write_six(app)
    core = app.core
    with connection_of(core.config, WEEK) as (connection, table):
        connection.execute(text(f"DROP INDEX ix_{table}_seq"))
        for column in ("seq", "hash", "reason"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    shutil.rmtree(core.config.data / CHECKPOINTS)
    later = open_network_log(core.config, core.db, core.secrets, core.clock)
    await later.store(Entry(Act.LOG_OUT, START, person(LIN_XIAO), HOME))
    await later.partitions.close()
    assert len(lines(core.config)) == 7
    assert await found(app) == [(None, "6 lines are outside the chain")]


def test_C5_half_a_checkpoint_on_a_full_disk_is_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "week.jsonl"
    add_line(file, "whole")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 3, before[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            add_line(file, "another")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    add_line(file, "whole too")
    assert file.read_text() == "whole\nwhole too\n"
