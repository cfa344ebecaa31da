"""C4: reading the log is an act of its own, for a reason, logged before anything is shown."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from mcmeet import serve
from mcmeet.app import create_core
from mcmeet.cli import app as cli
from mcmeet.core.clock import SystemClock
from mcmeet.core.config import Config
from mcmeet.core.endpoints import Endpoint
from mcmeet.privacy.network_log.entries import Act, Entry, person
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.privacy.network_log.partitions import FilePartitions
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.reading import network_of
from tests.privacy.network_log import act_of, connection_of, lines

pytestmark = pytest.mark.anyio

REASON = "案号 2026-17"
LONG_AGO = ("--since", "2020-01-01")
LATER = ("--until", "2199-01-01")
READ, UNMASK = ("admin.read_log", "done"), ("admin.unmask_log", "done")


async def admin(config: Config, *arguments: str) -> Result:
    command = ["admin", "network-log", *arguments, "--data", str(config.data)]
    return await asyncio.to_thread(CliRunner().invoke, cli, command)


def shown(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    """A server that has stopped, with a log-in by each family of addresses in its log."""
    prepared = serve.prepare(tmp_path / "data")
    core = create_core(prepared.config, prepared.secrets)
    log, lin_xiao = core.the(NetworkLog), person(uuid4())
    for ip in ("203.0.113.7", "2001:db8:1:2::7"):
        await log.store(Entry(Act.LOG_IN, SystemClock().now(), lin_xiao, Endpoint(ip, 50_123)))
    await log.partitions.close()
    core.db.close()
    return prepared.config


async def test_C4_who_reads_the_log_and_why_is_in_it_before_anything_is_shown(config: Config) -> None:
    read = await admin(config, "read", "--reason", f"  {REASON} ", *LONG_AGO, *LATER)
    first, second, own = shown(read)
    assert read.exit_code == 0
    assert [first["act"], second["act"], own["act"]] == ["log_in", "log_in", "admin.read_log"]
    assert own["reason"] == REASON
    assert own["pseudonym"] not in (None, first["pseudonym"])
    assert first["pseudonym"] == second["pseudonym"]


async def test_C4_addresses_are_masked_and_to_see_them_whole_is_another_act(config: Config) -> None:
    masked = shown(await admin(config, "read", "--reason", REASON, *LONG_AGO, *LATER))
    whole = shown(await admin(config, "read", "--reason", REASON, "--unmask", *LONG_AGO, *LATER))
    assert [(line["ip"], line["port"]) for line in masked[:2]] == [
        ("203.0.113.0/24", None),
        ("2001:db8:1::/48", None),
    ]
    assert [(line["ip"], line["port"]) for line in whole[:2]] == [
        ("203.0.113.7", 50_123),
        ("2001:db8:1:2::7", 50_123),
    ]
    assert [act_of(line) for line in lines(config)[2:]] == [READ, UNMASK]


async def test_C4_the_lines_are_those_of_the_span_that_was_asked_for(config: Config) -> None:
    assert shown(await admin(config, "read", "--reason", REASON, "--since", "2199-01-01", *LATER)) == []
    past = await admin(config, "read", "--reason", REASON, *LONG_AGO, "--until", "2020-01-02T00:00:00")
    assert (past.exit_code, past.stdout) == (0, "")
    assert len(lines(config)) == 4


@pytest.mark.parametrize("reason", ["", "  ", "案号\n2026", "x" * 201, "\u202e71-6202"])
async def test_C4_without_a_reason_nothing_is_shown(config: Config, reason: str) -> None:
    refused = await admin(config, "read", "--reason", reason, *LONG_AGO)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--reason" in refused.stderr
    assert len(lines(config)) == 2


async def test_C4_what_cannot_be_logged_is_not_read(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    async def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FilePartitions, "append", disk_full)
    refused = await admin(config, "read", "--reason", REASON, *LONG_AGO)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "nothing is shown" in refused.stderr


async def test_C5_who_reads_or_verifies_is_told_of_the_first_bad_line(config: Config) -> None:
    whole = await admin(config, "verify")
    assert (whole.exit_code, whole.stdout) == (0, "")
    assert "The network log is whole" in whole.stderr
    week = Period.of(SystemClock().now())
    with connection_of(config, week) as (connection, table):
        connection.execute(text(f"UPDATE {table} SET port = 1 WHERE seq = 2"))
    broken = await admin(config, "verify")
    read = await admin(config, "read", "--reason", REASON, *LONG_AGO)
    for result in (broken, read):
        assert result.exit_code == 1
        assert f"{week} line 2: was changed" in result.stderr
    assert len(shown(read)) == 2


def test_C4_a_masked_address_is_its_network() -> None:
    assert network_of("198.51.100.255") == "198.51.100.0/24"
    assert network_of("::1") == "::/48"
