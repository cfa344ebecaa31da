"""Does what was promised: claims due jobs, runs their handlers, and finishes, puts off or buries them.

Any number of workers share the table. One that dies leaves leases that run out; one that only seemed
dead finds that its claim is not its own any more, and nothing of what it wanted to write is stored.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.core import auth, logs
from mcmeet.core.db import Lane
from mcmeet.core.ids import Platform, random_id
from mcmeet.core.jobs import store
from mcmeet.core.jobs.kinds import SCHEDULED, JobKind, Run, Write, enqueue
from mcmeet.core.jobs.store import Claim, next_turn
from mcmeet.core.services import Core

AT_ONCE: Final = 8
LEASE: Final = timedelta(minutes=1)
BEATS_PER_LEASE: Final = 3
POLL_S: Final = 2.0
"""For what falls due later, what another node promised, and what a dead worker left."""
END_WITHIN_S: Final = 1.0
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(hours=1)

ARGUMENTS_INVALID: Final = "arguments_invalid"

log = logs.get("jobs")


class Worker:
    """`async with Worker(core):` works until the end of the block."""

    def __init__(self, core: Core, *, lease: timedelta = LEASE, poll_s: float = POLL_S) -> None:
        self._core = core
        self._lease = lease
        self._poll_s = poll_s
        self._owner = random_id()
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._wanted = asyncio.Event()
        self._ending = False

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._working = asyncio.create_task(self._work())
        self._timers = [asyncio.create_task(self._poll()), asyncio.create_task(self._beat())]

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has closed: the row waits for the next start
                loop.call_soon_threadsafe(self._wanted.set)

        self._core.jobs.wake = wake
        return self

    async def __aexit__(self, *_: object) -> None:
        """What runs gets a moment; the rest goes back into the table, to be taken up at the next start."""
        self._core.jobs.wake = None
        self._ending = True
        self._wanted.set()
        await self._working
        running = set(self._running.values())
        if running:
            await asyncio.wait(running, timeout=END_WITHIN_S)
        for task in (*running, *self._timers):
            task.cancel()
        await asyncio.gather(*running, *self._timers, return_exceptions=True)
        if running:
            # In the lane of what was about to finish, and so behind it.
            returning = self._core.db.write(lambda tx: store.give_back(tx, self._owner), lane=Lane.BATCH)
            await self._guarded(returning)

    async def _work(self) -> None:
        while not self._ending:
            self._wanted.clear()
            free = AT_ONCE - len(self._running)
            claims = await self._guarded(self._claim(free)) if free else None
            for claim in claims or ():
                self._start(claim)
            await self._wanted.wait()

    def _start(self, claim: Claim) -> None:
        former = self._running.get(claim.id)
        if former is not None:  # its lease ran out here: the same job, taken up again
            former.cancel()
        task = asyncio.create_task(self._guarded(self._run(claim)))
        self._running[claim.id] = task
        task.add_done_callback(partial(self._ended, claim.id))

    def _ended(self, id_: UUID, task: asyncio.Task[None]) -> None:
        if self._running.get(id_) is task:
            del self._running[id_]
        self._wanted.set()

    async def _poll(self) -> None:
        async for _ in self._each(self._poll_s):
            self._wanted.set()

    async def _beat(self) -> None:
        async for _ in self._each(self._lease.total_seconds() / BEATS_PER_LEASE):
            if self._running:
                await self._guarded(self._extend())

    async def _each(self, seconds: float) -> AsyncIterator[None]:
        """From start to start: a slow database takes nothing from the lease."""
        clock = self._core.clock
        due = clock.monotonic() + seconds
        while True:
            await clock.sleep(max(0.0, due - clock.monotonic()))
            due = clock.monotonic() + seconds
            yield

    async def _extend(self) -> None:
        """Longer leases for what is this worker's still; what is not, it stops."""
        until = self._core.clock.now() + self._lease
        running = dict(self._running)
        held = await self._core.db.write(
            lambda tx: store.extend(tx, self._owner, running.keys(), until), lane=Lane.BATCH
        )
        for id_, task in running.items():
            if id_ not in held:
                task.cancel()

    async def _claim(self, most: int) -> list[Claim]:
        """Asks by reading first: most of the time nothing is due."""
        now, jobs = self._core.clock.now(), self._core.jobs
        kinds, scheduled = jobs.kinds.keys(), jobs.scheduled

        def is_due(tx: Session) -> bool:
            turns = store.schedules(tx) if scheduled else {}
            late = (next_turn(turns.get(kind, now), now, every) for kind, every in scheduled.items())
            return any(late) or store.has_due(tx, kinds, now)

        def take(tx: Session) -> list[Claim]:
            self._take_turns(tx)
            return store.claim(tx, self._owner, kinds, now, now + self._lease, most)

        if not await self._core.db.read(is_due):
            return []
        return await self._core.db.write(take, lane=Lane.BATCH)

    def _take_turns(self, tx: Session) -> None:
        now, jobs = self._core.clock.now(), self._core.jobs
        store.add_schedules(tx, jobs.scheduled, now)
        turns = store.schedules(tx) if jobs.scheduled else {}
        for name, every in jobs.scheduled.items():
            following = next_turn(turns[name], now, every)
            if following is not None and store.take_turn(tx, name, turns[name], following):
                kind = jobs.kinds[name]
                enqueue(tx, kind, kind.arguments(tenant=Platform()), key=SCHEDULED)

    async def _run(self, claim: Claim) -> None:
        kind = self._core.jobs.kinds[claim.kind]
        run = _run_of(kind, claim)
        if run is None:
            return await self._bury(claim, ARGUMENTS_INVALID)
        refusal = self._core.rights.refusal(run.actor, kind.name)
        if refusal is not None:
            return await self._bury(claim, refusal.code)
        try:
            async with asyncio.timeout(kind.within.total_seconds()):
                write = await kind.run(self._core, run)
            if not await self._finish(claim, write):
                log.warning("claim lost", job=claim.kind)
        except Exception as error:
            await self._failed(claim, error)

    async def _finish(self, claim: Claim, write: Write | None) -> bool:
        """False when another worker has the job: what this one did for it is not stored.

        Raises whatever `write` raises; then nothing is stored either.
        """
        now = self._core.clock.now()

        def finishing(tx: Session) -> bool:
            is_mine = store.finish(tx, claim, now)
            if is_mine and write is not None:
                write(tx)
            return is_mine

        return await self._core.db.write(finishing, lane=Lane.BATCH)

    async def _failed(self, claim: Claim, error: Exception) -> None:
        name = logs.describe(error)[0]
        log.warning("job failed", job=claim.kind, error=name, exc_info=error)
        if claim.is_last:
            await self._bury(claim, name)
            return
        run_at = self._core.clock.now() + pause(claim.attempt)
        await self._core.db.write(lambda tx: store.put_off(tx, claim, run_at, name), lane=Lane.BATCH)

    async def _bury(self, claim: Claim, reason: str) -> None:
        log.error("job is dead", job=claim.kind, error=reason)
        now = self._core.clock.now()
        await self._core.db.write(lambda tx: store.bury(tx, claim, now, reason), lane=Lane.BATCH)

    async def _guarded(self, work: Any) -> Any:
        """A database that refuses costs a while: the lease of what does not run runs out."""
        try:
            return await work
        except Exception as error:
            log.exception("not worked", error=type(error).__name__)
            return None


def _run_of(kind: JobKind[Any], claim: Claim) -> Run[Any] | None:
    """None when its arguments were written by a version that this one does not understand."""
    try:
        arguments = kind.arguments.model_validate(json.loads(claim.args) | {"tenant": claim.tenant})
    except (ValueError, TypeError):  # pydantic's ValidationError is the first of them
        return None
    return Run(claim.id, claim.attempt, auth.Job(claim.kind, claim.tenant), arguments)


def pause(attempt: int) -> timedelta:
    """Twice as long after each try, and never the same for two: what failed together returns apart."""
    longest: timedelta = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))
    spread = random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
    return longest * spread
