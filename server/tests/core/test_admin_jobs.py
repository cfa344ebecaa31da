"""Dead jobs, as the operator finds, revives and forgets them: `mcmeet admin jobs`."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from mcmeet import serve
from mcmeet.cli import app as cli
from mcmeet.core.config import Config
from mcmeet.core.db import Db
from mcmeet.core.ids import Platform
from mcmeet.core.jobs import dead_jobs, revive_dead
from mcmeet.core.jobs.tables import JobState, StoredJob
from mcmeet.core.jobs.worker import POLL_S, Worker
from tests.fixtures.app import START
from tests.fixtures.jobs import LIN, Office, effect, feature, kind
from tests.privacy.network_log import act_of, lines

pytestmark = pytest.mark.anyio

READY, _, DONE, DEAD = JobState
SECRET = "林晓的周报"


async def admin(data: Path, *arguments: str, answer: str = "") -> Result:
    """`mcmeet admin jobs …`, as an operator types it, in a thread of its own."""
    command = ["admin", "jobs", *arguments, "--data", str(data)]
    return await asyncio.to_thread(CliRunner().invoke, cli, command, input=answer)


class Hospital:
    """A data directory whose table of jobs a test fills by hand."""

    def __init__(self, data: Path) -> None:
        serve.prepare(data)
        self.data = data
        self._db = Db(Config(data=data).database_url)

    async def add(self, number: int, state: JobState, name: str = "mail.send", **values: Any) -> str:
        ended = state in (DONE, DEAD)
        row = StoredJob(
            id=UUID(int=number),
            kind=name,
            tenant=Platform(),
            args=f'{{"what": "{SECRET}"}}',
            state=state.value,
            run_at=START,
            attempt=10,
            attempts_most=10,
            finished_at=START if ended else None,
            error="ConnectionRefusedError" if ended else None,
            **values,
        )
        await self._db.write(lambda tx: tx.add(row))
        return str(UUID(int=number))

    async def states(self) -> dict[int, tuple[str, int]]:
        """State and tries, by the number of the job."""
        rows = await self._db.read(
            lambda tx: tx.execute(select(StoredJob.id, StoredJob.state, StoredJob.attempt)).all()
        )
        return {row.id.int: (row.state, row.attempt) for row in rows}

    async def close(self) -> None:
        await asyncio.to_thread(self._db.close)


@pytest.fixture
async def hospital(tmp_path: Path) -> Any:
    hospital = Hospital(tmp_path / "data")
    yield hospital
    await hospital.close()


async def test_what_a_command_is_refused_is_one_sentence(tmp_path: Path) -> None:
    command = ["admin", "create-meeting", "--topic", "长" * 101, "--data", str(tmp_path)]
    refused = await asyncio.to_thread(CliRunner().invoke, cli, command)
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[1:] == ["Give a topic of 1 to 100 visible characters on one line."]


async def test_dead_jobs_are_listed_with_their_error_and_without_what_they_were_told(
    hospital: Hospital,
) -> None:
    id_ = await hospital.add(1, DEAD)
    await hospital.add(2, DEAD, "notes.write")
    await hospital.add(3, DONE)
    listed = await admin(hospital.data, "list", "--kind", "mail.send")
    assert listed.stdout == f"2026-03-09 06:00:00Z  10×  ConnectionRefusedError  mail.send  {id_}\n"
    assert len((await admin(hospital.data, "list")).stdout.splitlines()) == 2
    assert SECRET not in listed.stdout + listed.stderr


async def test_where_no_job_is_dead_that_is_said(hospital: Hospital) -> None:
    listed = await admin(hospital.data, "list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "没有失败的任务" in listed.stderr


async def test_a_chosen_kind_or_job_is_tried_again_from_the_first_try_on(hospital: Hospital) -> None:
    await hospital.add(1, DEAD)
    id_ = await hospital.add(2, DEAD, "notes.write")
    await hospital.add(3, DEAD, "notes.write")
    assert "To be tried again: 1 of 1" in (await admin(hospital.data, "retry", "--kind", "mail.send")).stdout
    assert "To be tried again: 1 of 1" in (await admin(hospital.data, "retry", "--id", id_)).stdout
    assert await hospital.states() == {1: (READY, 0), 2: (READY, 0), 3: (DEAD, 10)}


async def test_work_that_was_promised_anew_stays_dead_and_the_rest_is_revived(hospital: Hospital) -> None:
    await hospital.add(1, DEAD, key="林晓")
    await hospital.add(2, DEAD, key="周航")
    await hospital.add(3, READY, key="林晓")
    await hospital.add(4, DEAD, key="周航")
    assert "To be tried again: 1 of 3" in (await admin(hospital.data, "retry", "--all")).stdout
    states = await hospital.states()
    assert [states[number][0] for number in (1, 2, 3, 4)] == [DEAD, READY, READY, DEAD]


async def test_forgotten_jobs_are_gone_once_the_operator_has_said_yes(hospital: Hospital) -> None:
    for number, name in enumerate(("mail.send", "mail.send", "notes.write"), 1):
        await hospital.add(number, DEAD, name)
    refused = await admin(hospital.data, "forget", "--kind", "mail.send", answer="n\n")
    assert (refused.exit_code, len(await hospital.states())) == (1, 3)
    assert "Deleted: 2" in (await admin(hospital.data, "forget", "--kind", "mail.send", answer="y\n")).stdout
    assert "Deleted: 1" in (await admin(hospital.data, "forget", "--all", "--yes")).stdout
    assert await hospital.states() == {}


async def test_a_job_that_is_not_dead_is_neither_revived_nor_forgotten(hospital: Hospital) -> None:
    done = await hospital.add(1, DONE)
    waiting = await hospital.add(2, READY)
    assert "0 of 0" in (await admin(hospital.data, "retry", "--id", done)).stdout
    assert "Deleted: 0" in (await admin(hospital.data, "forget", "--id", waiting, "--yes")).stdout
    assert await hospital.states() == {1: (DONE, 10), 2: (READY, 10)}


@pytest.mark.parametrize("command", ["retry", "forget"])
async def test_who_names_no_job_is_asked_which(hospital: Hospital, command: str) -> None:
    await hospital.add(1, DEAD)
    asked = await admin(hospital.data, command)
    assert asked.exit_code == 2
    assert "--id, --kind or --all" in asked.stderr
    assert await hospital.states() == {1: (DEAD, 10)}


async def test_what_the_operator_did_with_jobs_is_a_line_each_and_looking_is_none(
    hospital: Hospital,
) -> None:
    await hospital.add(1, DEAD)
    await hospital.add(2, DEAD)
    await admin(hospital.data, "list")
    await admin(hospital.data, "retry", "--id", str(UUID(int=1)))
    await admin(hospital.data, "forget", "--all", "--yes")
    await admin(hospital.data, "forget", "--all", "--yes")  # nothing is left: nothing was done
    acts = [act_of(line) for line in lines(Config(data=hospital.data))]
    assert acts == [("admin.retry_jobs", "done"), ("admin.forget_jobs", "done")]


def test_the_guide_names_commands_that_there_are() -> None:
    guides = Path(__file__).parents[3] / "docs/guides"
    for language in ("en", "zh"):
        named = re.findall(r"^mcmeet admin jobs (\w+)", (guides / f"logs.{language}.md").read_text(), re.M)
        assert sorted(set(named)) == ["forget", "list", "retry"]


async def test_a_revived_job_is_done_by_the_running_server(office: Office) -> None:
    """On either database; the worker hears of it by its poll."""
    tries: list[int] = []

    async def fails_first(_: Any, run: Any) -> Any:
        tries.append(run.attempt)
        if len(tries) == 1:
            raise ConnectionRefusedError
        return effect(run.arguments.what)

    mended = kind("notes.mended", fails_first, attempts_most=1)
    core = office.core(feature(mended))
    async with Worker(core):
        await office.promise("周报", mended, LIN)
        await office.settled(DEAD)
        [dead] = await core.db.read(dead_jobs)
        now = office.clock.now()
        assert await core.db.write(lambda tx: revive_dead(tx, dead.id, now))
        assert not await core.db.write(lambda tx: revive_dead(tx, dead.id, now))
        office.clock.step(POLL_S)
        await office.settled(DONE)
    assert (await office.effects(), tries) == (["周报"], [1, 1])
