"""`kill -9` at random moments while jobs run: nothing committed is lost, and nothing has effect twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from mcmeet.core.db import dialects
from mcmeet.core.jobs.tables import JobState, StoredJob
from tests.fixtures.job_program import SECOND
from tests.fixtures.jobs import Effect, TestBase

LIVES: Final = {"sqlite": 100, "postgresql": 50}
LIFE_MOST_S: Final = 0.12
DRAINED_WITHIN_S: Final = 120
SERVER: Final = Path(__file__).parents[2]


@dataclass
class Program:
    """The worker and whoever gives it its lives."""

    process: subprocess.Popen[str]
    promised: list[str] = field(default_factory=list)

    def begin(self, life: str) -> int:
        assert self.process.stdin is not None
        print(life, file=self.process.stdin, flush=True)
        pid, works = 0, False
        while not (pid and works):
            word, _, rest = self.read().partition(" ")
            if word == "lives":
                pid = int(rest)
            works = works or word == "works"
            self.hear(word, rest)
        return pid

    def kill(self, pid: int) -> None:
        """Returns when it is dead; what it told before counts."""
        os.kill(pid, signal.SIGKILL)
        while (line := self.read()) != "ended":
            word, _, rest = line.partition(" ")
            self.hear(word, rest)

    def wait_until_a_job_runs(self) -> None:
        while (line := self.read()) != "runs":
            word, _, rest = line.partition(" ")
            self.hear(word, rest)

    def hear(self, word: str, rest: str) -> None:
        if word == "promised":
            self.promised.append(rest)

    def read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program has ended"
        return line.rstrip("\n")


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = dialects.open_engine(migrated_url, begin="BEGIN")
    TestBase.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def program(migrated_url: str, engine: Engine, tmp_path: Path) -> Iterator[Program]:
    command = [sys.executable, "-m", "tests.fixtures.job_program", migrated_url, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=SERVER) as process:
        yield Program(process)


def unfinished(engine: Engine) -> int:
    with Session(engine) as tx:
        count = select(func.count()).where(StoredJob.finished_at.is_(None))
        return tx.scalar(count) or 0


def interrupted(engine: Engine) -> bool:
    """Whether a life has ended within a job. Nobody lives while it is asked."""
    with Session(engine) as tx:
        return tx.scalar(select(func.count()).where(StoredJob.state == JobState.RUNNING.value)) != 0


@pytest.mark.long
def test_jobs_survive_being_killed_at_100_random_moments_on_sqlite_and_50_on_postgresql(
    program: Program, engine: Engine
) -> None:
    for _ in range(LIVES[engine.name]):
        life = program.begin("produce")
        time.sleep(random.uniform(0, LIFE_MOST_S))
        program.kill(life)
    deadline = time.monotonic() + DRAINED_WITHIN_S
    # On a slow machine all lives may have been too short for a job.
    while not interrupted(engine):
        assert time.monotonic() < deadline, "no job was killed while it ran"
        life = program.begin("produce")
        program.wait_until_a_job_runs()
        program.kill(life)
    left = unfinished(engine)
    life = program.begin("drain")
    deadline = time.monotonic() + DRAINED_WITHIN_S
    while unfinished(engine):
        assert time.monotonic() < deadline, f"{unfinished(engine)} jobs are left of {left}"
        time.sleep(0.05)
    program.kill(life)
    with Session(engine) as tx:
        effects = Counter(tx.scalars(select(Effect.what)))
        states = Counter(tx.scalars(select(StoredJob.state)))
        retried = tx.scalar(select(func.count()).where(StoredJob.attempt > 1)) or 0
    stored = {what.removeprefix("promise of ") for what in effects if what.startswith("promise of ")}
    assert set(program.promised) <= stored
    expected = {f"promise of {what}" for what in stored} | stored | {SECOND + what for what in stored}
    assert effects == Counter(expected)
    assert states == {JobState.DONE.value: 2 * len(stored)}
    assert retried, "what was interrupted was not tried again"
