"""What a feature may rely on when it promises a job, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.orm import Session

from mcmeet.core import auth
from mcmeet.core.auth import Actor, Refusal
from mcmeet.core.db import Lane
from mcmeet.core.feature import Feature
from mcmeet.core.ids import Platform, new_id, random_id
from mcmeet.core.jobs import Arguments, Jobs, Run, UndeclaredJob, Write, enqueue, purge, store
from mcmeet.core.jobs.kinds import DEAD_KEPT, DONE_KEPT, UNKNOWN_WAITS
from mcmeet.core.jobs.store import Claim, NewJob
from mcmeet.core.jobs.tables import JobState
from mcmeet.core.jobs.worker import AT_ONCE, FIRST_PAUSE, LEASE, LONGEST_PAUSE, POLL_S, Worker, pause
from mcmeet.core.services import Core
from tests.fixtures.app import FakeClock
from tests.fixtures.jobs import LIN, SOON_S, ZHOU, Office, Task, effect, feature, kind, until

pytestmark = pytest.mark.anyio

READY, RUNNING, DONE, DEAD = JobState
NOTE = kind("notes.write")
OTHER = kind("other.write")
BEAT = LEASE / 3


class Slow:
    """A handler that stays at its work until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = asyncio.Event()

    async def __call__(self, _: Core, run: Run[Task]) -> Write:
        self.begun += 1
        await self.go_on.wait()
        return effect(run.arguments.what)

    async def has_begun(self) -> bool:
        return self.begun > 0


class Failing:
    """Fails as often as it is told, quoting what it was given as libraries do."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.tries = 0

    async def __call__(self, _: Core, run: Run[Task]) -> Write:
        self.tries += 1
        if self.tries <= self.times:
            raise ValueError(f"cannot do {run.arguments.what}")
        return effect(run.arguments.what)


async def take(office: Office, most: int = 8) -> list[Claim]:
    """Another server's worker takes what is due."""
    core, now = office.cores[0], office.clock.now()
    return await core.db.write(
        lambda tx: store.claim(tx, random_id(), core.jobs.kinds.keys(), now, now + LEASE, most)
    )


async def keep_at_it(office: Office, span: timedelta) -> None:
    """Time goes on for a worker that prolongs the lease of its only job."""

    async def is_prolonged() -> bool:
        [job] = await office.jobs()
        return job.lease_until == office.clock.now() + LEASE

    for _ in range(round(span / BEAT)):
        office.clock.step(BEAT.total_seconds())
        await until(is_prolonged)


async def test_a_job_is_done_as_soon_as_its_promise_is_stored_before_any_poll(
    office: Office,
) -> None:
    async with Worker(office.core(feature(NOTE))):
        await office.let_work()
        await office.promise("林晓的周报", NOTE)
        await office.settled(DONE)
    assert await office.effects() == ["林晓的周报"]


async def test_a_promise_that_is_rolled_back_is_none(office: Office) -> None:
    core = office.core(feature(NOTE))

    def promise_and_fail(tx: Any) -> None:
        enqueue(tx, NOTE, Task(tenant=LIN, what="周报"))
        raise KeyError

    async with Worker(core):
        with pytest.raises(KeyError):
            await core.db.write(promise_and_fail)
        await office.let_work()
    assert await office.jobs() == []


async def test_a_job_waits_for_its_time(office: Office) -> None:
    async with Worker(office.core(feature(NOTE))):
        await office.promise("周报", NOTE, run_at=office.clock.now() + timedelta(minutes=10))
        await office.advance(timedelta(minutes=9))
        assert await office.states() == [READY]
        await office.advance(timedelta(minutes=1, seconds=POLL_S))
        await office.settled(DONE)


async def test_a_handler_knows_who_it_acts_as_and_for_whom(office: Office) -> None:
    runs: list[Run[Task]] = []

    async def look(_: Core, run: Run[Task]) -> None:
        runs.append(run)

    looking = kind("notes.look", look)
    async with Worker(office.core(feature(looking))):
        await office.promise("周报", looking, tenant=ZHOU)
        await office.settled(DONE)
    [run] = runs
    assert run.actor == auth.Job("notes.look", ZHOU)
    assert run.arguments == Task(tenant=ZHOU, what="周报")
    assert run.attempt == 1


async def test_what_fails_is_tried_again_after_a_while_and_has_effect_once(office: Office) -> None:
    failing = Failing(times=3)
    late = kind("notes.late", failing)
    async with Worker(office.core(feature(late))):
        await office.promise("周报", late)
        for tries in (1, 2, 3):
            job = await office.failed(tries)
            assert failing.tries == tries
            rest = job.run_at - office.clock.now()
            longest = FIRST_PAUSE * 2 ** (tries - 1)
            assert longest / 2 <= rest <= longest
            office.clock.step(rest.total_seconds() + POLL_S)
        await office.settled(DONE)
    assert await office.effects() == ["周报"]


async def test_a_write_that_fails_leaves_nothing_of_itself_and_the_job_is_tried_again(office: Office) -> None:
    async def half(_: Core, run: Run[Task]) -> Write:
        def write(tx: Any) -> None:
            effect(run.arguments.what)(tx)
            if run.attempt == 1:
                raise ValueError

        return write

    halving = kind("notes.half", half)
    async with Worker(office.core(feature(halving))):
        await office.promise("周报", halving)
        await office.failed(1)
        assert await office.effects() == []
        await office.advance(FIRST_PAUSE + timedelta(seconds=POLL_S))
        await office.settled(DONE)
    assert await office.effects() == ["周报"]


async def test_what_fails_too_often_is_dead_and_says_of_what_but_quotes_nothing(office: Office) -> None:
    failing = Failing(times=99)
    hopeless = kind("notes.hopeless", failing, attempts_most=3)
    async with Worker(office.core(feature(hopeless))):
        await office.promise("林晓的体检报告", hopeless)
        await office.failed(1)
        await office.advance(timedelta(minutes=2))
        await office.settled(DEAD)
    [job] = await office.jobs()
    assert (job.error, job.attempt, failing.tries) == ("ValueError", 3, 3)


def test_pauses_grow_to_an_hour_and_no_two_are_alike() -> None:
    assert max(pause(30) for _ in range(50)) <= LONGEST_PAUSE
    assert min(pause(30) for _ in range(50)) >= LONGEST_PAUSE / 2
    assert len({pause(4) for _ in range(50)}) > 1


async def test_the_job_of_a_dead_worker_is_taken_over_when_its_lease_is_over(office: Office) -> None:
    core = office.core(feature(NOTE))
    await office.promise("周报", NOTE)
    [dead] = await take(office)
    async with Worker(core):
        await office.advance(LEASE - timedelta(seconds=5))
        assert await office.states() == [RUNNING]
        await office.advance(timedelta(seconds=10))
        await office.settled(DONE)
    [job] = await office.jobs()
    assert (job.attempt, dead.attempt) == (2, 1)
    assert await office.effects() == ["周报"]


async def test_a_job_that_was_taken_while_the_clock_was_ahead_is_taken_over(office: Office) -> None:
    core = office.core(feature(NOTE))
    await office.promise("周报", NOTE)
    office.clock.jump(3_600)
    await take(office)
    office.clock.jump(-3_600)
    async with Worker(core):
        await office.settled(DONE)
    assert await office.effects() == ["周报"]


async def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(office: Office) -> None:
    office.core(feature(NOTE))
    await office.promise("周报", NOTE)
    [zombie] = await take(office)
    office.clock.step(LEASE.total_seconds())
    [heir] = await take(office)
    db, now = office.cores[0].db, office.clock.now()
    assert not await db.write(lambda tx: store.finish(tx, zombie, now))
    assert not await db.write(lambda tx: store.put_off(tx, zombie, now, "ValueError"))
    assert not await db.write(lambda tx: store.bury(tx, zombie, now, "ValueError"))
    assert await db.write(lambda tx: store.extend(tx, zombie.owner, [zombie.id], now + LEASE)) == set()
    assert await db.write(lambda tx: store.give_back(tx, zombie.owner)) == 0
    [job] = await office.jobs()
    assert (job.state, job.owner, job.attempt) == (RUNNING, heir.owner, 2)
    assert await db.write(lambda tx: store.finish(tx, heir, now))


async def test_the_same_worker_in_an_earlier_try_is_a_zombie_too(office: Office) -> None:
    office.core(feature(NOTE))
    await office.promise("周报", NOTE)
    [first] = await take(office)
    db, later = office.cores[0].db, office.clock.now() + LEASE
    [second] = await db.write(lambda tx: store.claim(tx, first.owner, [NOTE.name], later, later + LEASE, 8))
    assert not await db.write(lambda tx: store.finish(tx, first, later))
    assert await db.write(lambda tx: store.finish(tx, second, later))


async def test_what_a_zombie_wanted_to_write_is_not_stored(office: Office) -> None:
    slow = Slow()
    slowly = kind("notes.slowly", slow)
    async with Worker(office.core(feature(slowly))):
        await office.promise("周报", slowly)
        await until(slow.has_begun)
        office.clock.jump(LEASE.total_seconds())  # this process stood still: it has not prolonged its lease
        [heir] = await take(office)
        slow.go_on.set()
        await office.let_work()
        assert await office.effects() == []
        [job] = await office.jobs()
        assert (job.state, job.owner) == (RUNNING, heir.owner)


async def test_a_job_that_takes_long_keeps_its_lease(office: Office) -> None:
    slow = Slow()
    slowly = kind("notes.slowly", slow)
    async with Worker(office.core(feature(slowly))), Worker(office.core(feature(slowly))):
        await office.promise("周报", slowly)
        await until(slow.has_begun)
        await keep_at_it(office, 3 * LEASE)
        assert await take(office) == []
        slow.go_on.set()
        await office.settled(DONE)
    assert (slow.begun, await office.effects()) == (1, ["周报"])


async def test_a_worker_stops_what_it_has_lost(office: Office) -> None:
    stopped = asyncio.Event()

    async def stuck(_: Core, __: Run[Task]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    begun = asyncio.Event()
    sticking = kind("notes.stuck", stuck)
    async with Worker(office.core(feature(sticking))):
        await office.promise("周报", sticking)
        await begun.wait()
        office.clock.jump(LEASE.total_seconds())
        await take(office)
        office.clock.step(BEAT.total_seconds())
        await asyncio.wait_for(stopped.wait(), SOON_S)


async def test_who_kills_every_worker_that_takes_it_is_dead_in_the_end(office: Office) -> None:
    poison = kind("notes.poison", attempts_most=2)
    office.core(feature(poison))
    await office.promise("周报", poison)
    for attempt in (1, 2):
        [claim] = await take(office)
        assert claim.attempt == attempt
        office.clock.step(LEASE.total_seconds())
    assert await take(office) == []
    [job] = await office.jobs()
    assert (job.state, job.error, job.attempt) == (DEAD, store.LEASE_LOST, 2)


async def test_of_one_key_a_single_job_is_unfinished(office: Office) -> None:
    core = office.core(feature(NOTE))
    await office.promise("周报", NOTE, key="run-1")
    await office.promise("周报，再来", NOTE, key="run-1")
    await office.promise("周航的周报", NOTE, key="run-1", tenant=ZHOU)
    await office.promise("别的", NOTE, key="run-2")
    assert await office.states() == [READY] * 3
    async with Worker(core):
        await office.settled(DONE, DONE, DONE)
        await office.promise("下周的周报", NOTE, key="run-1")
        await office.settled(DONE, DONE, DONE, DONE)
    assert await office.effects() == sorted(["周报", "周航的周报", "别的", "下周的周报"])


async def test_what_one_server_does_not_know_waits_for_another_that_does(office: Office) -> None:
    new, old = office.core(feature(NOTE)), office.core(feature(OTHER))
    await office.promise("周报", NOTE)
    await office.cores[1].db.write(lambda tx: enqueue(tx, OTHER, Task(tenant=LIN, what="别的")))
    async with Worker(old):
        await office.settled(DONE, READY)
    async with Worker(new):
        await office.settled(DONE, DONE)


async def test_what_no_server_knows_for_a_day_is_kept_and_says_why(office: Office) -> None:
    office.core(feature(NOTE))
    await office.promise("周报", NOTE)
    without = office.core(feature())
    await purge(without)
    assert await office.states() == [READY]
    office.clock.step(UNKNOWN_WAITS.total_seconds())
    await purge(office.cores[0])
    assert await office.states() == [READY]
    await purge(without)
    [job] = await office.jobs()
    assert (job.state, job.error, job.args) == (DEAD, "unknown_kind", '{"what":"周报"}')


async def test_a_try_that_takes_too_long_has_failed_and_others_get_its_place(office: Office) -> None:
    hanging = kind("notes.hanging", Slow(), within=timedelta(milliseconds=50), attempts_most=1)
    core = office.core(feature(NOTE, hanging))
    async with Worker(core):
        for number in range(AT_ONCE):
            await office.promise(f"年报 {number}", hanging)
        await office.promise("周报", NOTE)
        await office.settled(*[DEAD] * AT_ONCE, DONE)
    assert {job.error for job in await office.jobs()} == {"TimeoutError", None}


async def test_arguments_that_this_version_does_not_understand_are_kept(office: Office) -> None:
    core = office.core(feature(NOTE))
    now = office.clock.now()
    for args in ('{"when":"later"}', "{", "[]"):
        job = NewJob(new_id(now), NOTE.name, LIN, args, now, attempts_most=3)
        await core.db.write(lambda tx, job=job: store.add(tx, job))  # type: ignore[misc]
    async with Worker(core):
        await office.settled(DEAD, DEAD, DEAD)
    assert {job.error for job in await office.jobs()} == {"arguments_invalid"}


async def test_a_restrictor_may_refuse_a_job_too(office: Office) -> None:
    def restrict(actor: Actor, action: str, _: Any) -> Refusal | None:
        suspended = isinstance(actor, auth.Job) and actor.tenant == ZHOU and action == NOTE.name
        return Refusal("suspended") if suspended else None

    core = office.core(feature(NOTE), Feature("suspension", restrict=restrict))
    async with Worker(core):
        await office.promise("周航的周报", NOTE, tenant=ZHOU)
        await office.promise("林晓的周报", NOTE, tenant=LIN)
        await office.settled(DEAD, DONE)
    assert {job.tenant: job.error for job in await office.jobs()} == {ZHOU: "suspended", LIN: None}


async def test_two_workers_share_many_jobs_and_each_has_effect_once(office: Office) -> None:
    names = sorted(f"周报 {number}" for number in range(60))
    first, second = office.core(feature(NOTE)), office.core(feature(NOTE))
    async with Worker(first), Worker(second):
        for name in names:
            await office.promise(name, NOTE)
        office.clock.step(POLL_S)
        await office.settled(*[DONE] * len(names))
    assert await office.effects() == names
    assert {job.attempt for job in await office.jobs()} == {1}


async def test_a_job_may_promise_the_next_one_in_its_own_transaction(office: Office) -> None:
    async def first(_: Core, __: Run[Task]) -> Write:
        return lambda tx: enqueue(tx, NOTE, Task(tenant=LIN, what="第二步"))

    beginning = kind("notes.begin", first)
    async with Worker(office.core(feature(NOTE, beginning))):
        await office.promise("第一步", beginning)
        await office.settled(DONE, DONE)
    assert await office.effects() == ["第二步"]


async def test_a_server_that_ends_lets_short_work_finish_and_gives_long_work_back(office: Office) -> None:
    slow, brief = Slow(), Slow()
    slowly, briefly = kind("notes.slowly", slow), kind("notes.briefly", brief)
    core = office.core(feature(slowly, briefly))
    async with Worker(core):
        await office.promise("年报", slowly)
        await office.promise("周报", briefly)
        await until(slow.has_begun)
        await until(brief.has_begun)
        asyncio.get_running_loop().call_later(0.05, brief.go_on.set)
    assert await office.effects() == ["周报"]
    [year] = [job for job in await office.jobs() if job.kind == slowly.name]
    assert (year.state, year.owner, year.attempt) == (READY, None, 0)
    slow.go_on.set()
    async with Worker(core):
        await office.settled(DONE, DONE)
    assert await office.effects() == ["周报", "年报"]


async def test_what_comes_again_comes_once_per_period_for_all_workers_together(office: Office) -> None:
    every = timedelta(minutes=10)
    times: list[Any] = []

    async def clean(_: Core, run: Run[Arguments]) -> None:
        assert run.arguments.tenant == Platform()
        times.append(office.clock.now())

    cleaning = kind("notes.clean", clean, arguments=Arguments, every=every)
    async with Worker(office.core(feature(cleaning))), Worker(office.core(feature(cleaning))):
        await office.settled(DONE)  # due at once when it is new
        for turns in (2, 3, 4):
            office.clock.step(every.total_seconds() - 1)
            await office.let_work()
            assert len(times) == turns - 1
            office.clock.step(POLL_S)
            await office.settled(*[DONE] * turns)
        await office.let_work()
    assert [later - earlier for earlier, later in pairwise(times)] == [every + timedelta(seconds=1)] * 3


async def test_turns_that_nobody_was_there_for_are_not_made_up_for(office: Office) -> None:
    every = timedelta(minutes=10)
    cleaning = kind("notes.clean", clean_nothing, arguments=Arguments, every=every)
    core = office.core(feature(cleaning))
    async with Worker(core):
        await office.settled(DONE)
    office.clock.step((50 * every).total_seconds())
    async with Worker(core):
        await office.settled(DONE, DONE)
        await office.let_work()
        assert await office.states() == [DONE, DONE]


async def test_a_schedule_goes_on_when_the_clock_is_set_back(office: Office) -> None:
    every = timedelta(minutes=10)
    cleaning = kind("notes.clean", clean_nothing, arguments=Arguments, every=every)
    async with Worker(office.core(feature(cleaning))):
        await office.settled(DONE)
        office.clock.jump(-86_400)
        office.clock.step(POLL_S)
        await office.settled(DONE, DONE)


async def test_a_schedule_adds_no_job_while_its_last_one_runs(office: Office) -> None:
    every = timedelta(minutes=1)
    slow = Slow()
    cleaning = kind("notes.clean", slow_clean(slow), arguments=Arguments, every=every)
    async with Worker(office.core(feature(cleaning))):
        await until(slow.has_begun)
        await keep_at_it(office, 5 * every)
        assert await office.states() == [RUNNING]
        slow.go_on.set()

        async def is_done() -> bool:  # and the next turn may be due at once
            return DONE in await office.states()

        await until(is_done)


async def clean_nothing(_: Core, __: Run[Arguments]) -> None:
    return None


def slow_clean(slow: Slow) -> Any:
    async def clean(_: Core, __: Run[Arguments]) -> None:
        slow.begun += 1
        await slow.go_on.wait()

    return clean


async def test_finished_jobs_are_forgotten_after_a_day_and_dead_ones_after_thirty(office: Office) -> None:
    hopeless = kind("notes.hopeless", Failing(times=99), attempts_most=1)
    core = office.core(feature(NOTE, hopeless))
    async with Worker(core):
        await office.promise("周报", NOTE)
        await office.promise("年报", hopeless)
        await office.settled(DONE, DEAD)
    await office.promise("明年的年报", NOTE, run_at=office.clock.now() + timedelta(days=365))
    for span, left in (
        (DONE_KEPT / 2, [DEAD, DONE, READY]),
        (DONE_KEPT, [DEAD, READY]),
        (DEAD_KEPT, [READY]),
    ):
        office.clock.step(span.total_seconds())
        await purge(core)
        assert await office.states() == left


async def test_many_finished_jobs_are_forgotten_in_batches(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FORGOTTEN_AT_ONCE", 3)
    core = office.core(feature(NOTE))
    async with Worker(core):
        for number in range(10):
            await office.promise(f"周报 {number}", NOTE)
        await office.settled(*[DONE] * 10)
    office.clock.step(DONE_KEPT.total_seconds())
    await purge(core)
    assert await office.jobs() == []


async def test_a_database_that_refuses_for_a_while_loses_no_job(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = office.core(feature(NOTE))
    refused = 0
    write = type(core.db).write

    async def refuse(self: Any, run: Any, **options: Any) -> Any:
        nonlocal refused
        if options.get("lane") is Lane.BATCH and refused < 2:
            refused += 1
            raise OSError("disk full")
        return await write(self, run, **options)

    monkeypatch.setattr(type(core.db), "write", refuse)
    async with Worker(core):
        await office.promise("周报", NOTE)
        await office.advance(timedelta(seconds=3 * POLL_S), step=timedelta(seconds=POLL_S))
        await office.settled(DONE)
    assert refused == 2


async def test_what_a_worker_could_not_finish_is_taken_up_again_though_other_work_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The beat of the one prolongs no lease of the other."""
    slow = Slow()
    slowly = kind("notes.slowly", slow)
    core = office.core(feature(NOTE, slowly))
    refused: list[str] = []

    def refuse(name: str) -> Any:
        real = getattr(store, name)

        def once(tx: Session, claim: Claim, *details: Any) -> Any:
            if claim.kind == NOTE.name and name not in refused:
                refused.append(name)
                raise OSError("disk full")
            return real(tx, claim, *details)

        return once

    for name in ("finish", "put_off"):
        monkeypatch.setattr(store, name, refuse(name))
    async with Worker(core):
        await office.promise("年报", slowly)
        await until(slow.has_begun)
        await office.promise("周报", NOTE)

        async def is_refused() -> bool:
            return refused == ["finish", "put_off"]

        await until(is_refused)
        await office.advance(2 * LEASE)
        await office.settled(DONE, RUNNING)
        slow.go_on.set()
        await office.settled(DONE, DONE)
    assert await office.effects() == sorted(["周报", "年报"])


async def test_nobody_promises_what_no_feature_declares(office: Office) -> None:
    office.core(feature(NOTE))
    with pytest.raises(UndeclaredJob, match=r"notes\.other"):
        await office.promise("周报", kind("notes.other"))
    with pytest.raises(UndeclaredJob):
        await office.promise("周报", kind("notes.write", Failing(0)))  # another of the same name


def test_wrong_declarations_stop_the_start() -> None:
    def declared(*features: Feature) -> Jobs:
        return Jobs(FakeClock(), features)

    with pytest.raises(ValueError, match="two kinds of jobs"):
        declared(feature(NOTE), feature(kind("notes.write"), name="others"))
    with pytest.raises(ValueError, match="does not list the action"):
        declared(Feature("notes", jobs=(NOTE,)))
    for_people = replace(NOTE.action, actors=frozenset({auth.Person}))
    with pytest.raises(ValueError, match="no job may ever do"):
        declared(feature(replace(NOTE, action=for_people)))
    with pytest.raises(ValueError, match="what"):
        declared(feature(kind("notes.clean", every=timedelta(hours=1))))  # a Task needs more than a tenant
