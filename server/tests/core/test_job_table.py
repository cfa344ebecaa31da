"""The table of jobs, driven at random on both databases: whoever does what in whatever order, no job is lost,
none has effect twice, and a claim that is over changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from mcmeet.core.db import dialects
from mcmeet.core.ids import random_id
from mcmeet.core.jobs import store
from mcmeet.core.jobs.store import Claim, NewJob
from mcmeet.core.jobs.tables import JobState, StoredJob
from tests.fixtures.app import START
from tests.fixtures.jobs import LIN, Effect, TestBase, effect

ATTEMPTS_MOST: Final = 3
LEASE: Final = timedelta(seconds=30)
KEPT: Final = timedelta(seconds=100)
WORKERS: Final = tuple(random_id() for _ in range(2))
READY, RUNNING, DONE, DEAD = JobState
some_worker = st.sampled_from(WORKERS)


@dataclass(frozen=True)
class Known:
    """What a job has to be."""

    run_at: datetime
    key: str | None
    state: JobState = READY
    attempt: int = 0
    owner: UUID | None = None
    lease_until: datetime | None = None
    finished_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        if self.state is RUNNING:
            return self.lease_until is not None and self.lease_until <= now
        return self.state is READY and self.run_at <= now

    def left(self, state: JobState, now: datetime) -> "Known":
        finished_at = now if state in (DONE, DEAD) else None
        return replace(self, state=state, owner=None, lease_until=None, finished_at=finished_at)

    def is_held(self, claim: Claim) -> bool:
        return self.state is RUNNING and (self.owner, self.attempt) == (claim.owner, claim.attempt)


def known(row: StoredJob) -> Known:
    state = JobState(row.state)
    return Known(row.run_at, row.key, state, row.attempt, row.owner, row.lease_until, row.finished_at)


class Table(RuleBasedStateMachine):
    claims: Bundle[Claim] = Bundle("claims")

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.now = START
        self.jobs: dict[UUID, Known] = {}
        self.forgotten: set[UUID] = set()
        # Rising as in the product, and the same in each run of one example: hypothesis asks for that.
        self.ids = map(UUID, (f"{number:032x}" for number in count(1)))
        with Session(engine) as tx, tx.begin():
            tx.execute(delete(StoredJob))
            tx.execute(delete(Effect))

    def rows(self) -> dict[UUID, Known]:
        with Session(self.engine) as tx, tx.begin():
            return {row.id: known(row) for row in tx.scalars(select(StoredJob))}

    @rule(key=st.sampled_from([None, "a", "b"]), delay=st.sampled_from([0, 0, 30]))
    def promise(self, key: str | None, delay: int) -> None:
        id_, run_at = next(self.ids), self.now + timedelta(seconds=delay)
        with Session(self.engine) as tx, tx.begin():
            store.add(tx, NewJob(id_, "notes.write", LIN, "{}", run_at, ATTEMPTS_MOST, key))
        unfinished = {job.key for job in self.jobs.values() if job.state in (READY, RUNNING)}
        if key is None or key not in unfinished:
            self.jobs[id_] = Known(run_at, key)

    @rule(seconds=st.sampled_from([1, 20, 30, 60]))
    def wait(self, seconds: int) -> None:
        """Half of the time for so long that every lease is over."""
        self.now += timedelta(seconds=seconds)

    @rule(target=claims, worker=some_worker, most=st.sampled_from([1, 3, 3]))
    def claim(self, worker: UUID, most: int) -> MultipleResults[Claim]:
        until = self.now + LEASE
        with Session(self.engine) as tx, tx.begin():
            claims = store.claim(tx, worker, ["notes.write"], self.now, until, most)
        due = {id_ for id_, job in self.jobs.items() if job.is_due(self.now)}
        rows = self.rows()
        taken = {id_ for id_ in due if rows[id_] != self.jobs[id_]}
        assert taken == set(sorted(due, key=lambda id_: (self.jobs[id_].run_at, id_))[:most])
        for id_ in taken:
            job = self.jobs[id_]
            if job.attempt >= ATTEMPTS_MOST:
                self.jobs[id_] = job.left(DEAD, self.now)
            else:
                self.jobs[id_] = replace(
                    job, state=RUNNING, attempt=job.attempt + 1, owner=worker, lease_until=until
                )
        assert {claim.id for claim in claims} == {id_ for id_ in taken if self.jobs[id_].state is RUNNING}
        return multiple(*sorted(claims, key=lambda claim: claim.id))

    @rule(claim=claims)
    def finish(self, claim: Claim) -> None:
        """As a worker does: effect and end in one transaction."""
        with Session(self.engine) as tx, tx.begin():
            is_mine = store.finish(tx, claim, self.now)
            if is_mine:
                effect(str(claim.id))(tx)
        self.leave(claim, DONE, is_mine=is_mine)

    @rule(claim=claims, delay=st.integers(0, 40))
    def put_off(self, claim: Claim, delay: int) -> None:
        run_at = self.now + timedelta(seconds=delay)
        with Session(self.engine) as tx, tx.begin():
            is_mine = store.put_off(tx, claim, run_at, "ValueError")
        self.leave(claim, READY, is_mine=is_mine)
        if is_mine:
            self.jobs[claim.id] = replace(self.jobs[claim.id], run_at=run_at)

    @rule(claim=consumes(claims))
    def bury(self, claim: Claim) -> None:
        with Session(self.engine) as tx, tx.begin():
            is_mine = store.bury(tx, claim, self.now, "ValueError")
        self.leave(claim, DEAD, is_mine=is_mine)

    def leave(self, claim: Claim, state: JobState, *, is_mine: bool) -> None:
        job = self.jobs.get(claim.id)
        assert is_mine == (job is not None and job.is_held(claim))
        if job is not None and is_mine:
            self.jobs[claim.id] = job.left(state, self.now)

    @rule(worker=some_worker, claim=claims)
    def beat(self, worker: UUID, claim: Claim) -> None:
        """Of a worker that runs all that anybody has, but for one."""
        until, running = self.now + LEASE, self.jobs.keys() - {claim.id}
        with Session(self.engine) as tx, tx.begin():
            held = store.extend(tx, worker, running, until)
        assert held == {id_ for id_ in running if self.jobs[id_].owner == worker}
        self.jobs |= {id_: replace(self.jobs[id_], lease_until=until) for id_ in held}

    @rule(worker=some_worker)
    def end_in_order(self, worker: UUID) -> None:
        with Session(self.engine) as tx, tx.begin():
            store.give_back(tx, worker)
        for id_, job in self.jobs.items():
            if job.owner == worker:
                self.jobs[id_] = replace(job.left(READY, self.now), attempt=job.attempt - 1)

    @rule()
    def forget(self) -> None:
        before = self.now - KEPT
        with Session(self.engine) as tx, tx.begin():
            store.forget_old(tx, before, before)
        old = {id_ for id_, job in self.jobs.items() if job.finished_at and job.finished_at <= before}
        self.forgotten |= {id_ for id_ in old if self.jobs[id_].state is DONE}
        for id_ in old:
            del self.jobs[id_]

    @invariant()
    def every_job_is_what_it_has_to_be(self) -> None:
        assert self.rows() == self.jobs

    @invariant()
    def what_is_done_has_had_effect_once_and_nothing_else_has(self) -> None:
        with Session(self.engine) as tx, tx.begin():
            effects = sorted(tx.scalars(select(Effect.what)))
        done = {id_ for id_, job in self.jobs.items() if job.state is DONE} | self.forgotten
        assert effects == sorted(str(id_) for id_ in done)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = dialects.open_engine(migrated_url, begin="BEGIN IMMEDIATE")
    TestBase.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_no_job_is_lost_and_none_has_effect_twice_whoever_does_what(engine: Engine) -> None:
    effort = settings(
        max_examples=30, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
    )
    factory: Any = lambda: Table(engine)  # noqa: E731 - called like the class that hypothesis declares
    run_state_machine_as_test(factory, settings=effort)
