"""The database: synchronous SQLAlchemy sessions in bounded threads, and the only place that commits.

`await db.read(fn)` and `await db.write(fn, lane=...)` run `fn(session)` in a thread. What `fn` returns
must be plain values: a lazy ORM object has no session any more when the caller sees it.

SQLite has one writer thread that begins with BEGIN IMMEDIATE (a plain BEGIN that reads and then writes
fails at once under contention, whatever the busy timeout) and three readers; PostgreSQL has a bounded
pool of each. Writes of the live lane go first. On SQLite those that wait share a transaction, each inside
its own savepoint. On PostgreSQL they do not: the rows of several meetings, locked by several writers in
the order in which they came, would be deadlocks. Where another process holds SQLite's lock, the writer
waits for it a little at a time: so nobody hears of a deadline late, and nothing waits behind a batch.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from mcmeet.core import logs
from mcmeet.core.db.dialects import (
    POSTGRES_THREADS,
    Limit,
    is_busy,
    is_no_answer,
    is_serialization_failure,
    limited,
    open_engine,
    set_busy_timeout,
)
from mcmeet.core.errors import NotRead, NotSaved

SQLITE_READERS: Final = 3
LIVE_DEADLINE_S: Final = 5.0
BATCH_LIMIT_MS: Final = 50.0
SHARED_TRANSACTION_MOST: Final = 32

log = logging.getLogger("mcmeet.db")
T = TypeVar("T")


class Lane(IntEnum):
    """Order of the writer: what people in a meeting wait for goes before everything else."""

    LIVE = 0
    BATCH = 1


_AFTER_COMMIT: Final = "after_commit"


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Calls once what `session` wrote is stored, in the writer's thread: it must be short and never fail."""
    session.info.setdefault(_AFTER_COMMIT, []).append(call)


@dataclass(order=True, slots=True)
class _Write(Generic[T]):
    lane: int
    order: int
    run: Callable[[Session], T] = field(compare=False)
    result: Future[T] = field(compare=False)
    deadline: float = field(compare=False)

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.deadline


@dataclass(frozen=True, slots=True)
class Held:
    """How long one transaction kept the writer, and its statements: their number depends on no machine."""

    wall_ms: float
    statements: int


_STOP: Final = 2


class Db:
    """One database with its lanes. No transaction spans two of them."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        sqlite = self.is_sqlite
        self._writer = open_engine(url, begin="BEGIN IMMEDIATE")
        self._reader = open_engine(url, begin="BEGIN")
        self._queue: queue.PriorityQueue[_Write[Any]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._read_pool = ThreadPoolExecutor(
            SQLITE_READERS if sqlite else POSTGRES_THREADS, thread_name_prefix="db-read"
        )
        self.on_batch: Callable[[Held], None] = _warn_of_slow_batch
        """Hears of each transaction of the batch lane, in the writer's thread, after it was answered."""
        self.carried: dict[str, Any] = {}
        """Copied into each transaction's `Session.info`: for who has nothing but the transaction."""
        self._closed = False
        self._threads = [
            threading.Thread(target=self._write_loop, name=f"db-write-{index}", daemon=True)
            for index in range(1 if sqlite else POSTGRES_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    async def read(self, run: Callable[[Session], T]) -> T:
        """Raises NotRead when the database gave no answer, and whatever `run` raises.

        One that could not begin within LIVE_DEADLINE_S does not begin: who asked may have gone, and where
        the database cannot be reached each waits for its own connection.
        """
        loop = asyncio.get_running_loop()
        begin_by = time.monotonic() + LIVE_DEADLINE_S
        return await loop.run_in_executor(self._read_pool, self._read, run, begin_by)

    async def write(
        self, run: Callable[[Session], T], *, lane: Lane = Lane.LIVE, deadline: float = LIVE_DEADLINE_S
    ) -> T:
        """Runs `run` in a transaction and commits it.

        Raises NotSaved when it was not committed within `deadline` seconds or the database refused;
        then nothing of it is stored, with one exception: a connection to PostgreSQL that breaks during
        COMMIT does not say whether that was carried out. Whatever `run` raises rolls back and comes out
        as it is.
        """
        if self._closed:
            raise NotSaved
        write = _Write(lane, next(self._order), run, Future[T](), time.monotonic() + deadline)
        self._queue.put(write)
        # Shielded: a caller that goes away must not leave a half-known outcome behind.
        return await asyncio.shield(asyncio.wrap_future(write.result))

    async def write_batches(self, change_some: Callable[[Session], int]) -> None:
        """One transaction after the other until none is left to change: meetings write in between."""
        while await self.write(change_some, lane=Lane.BATCH):
            pass

    def close(self) -> None:
        """Lets queued writes finish, then gives the connections back."""
        if self._closed:
            return
        self._closed = True
        for _ in self._threads:
            self._queue.put(_Write(_STOP, next(self._order), lambda _: None, Future(), math.inf))
        for thread in self._threads:
            thread.join()
        self._read_pool.shutdown(wait=True)
        self._writer.dispose()
        self._reader.dispose()

    def _read(self, run: Callable[[Session], T], begin_by: float) -> T:
        if time.monotonic() > begin_by:
            log.warning("a read waited too long")
            raise NotRead
        try:
            try:
                return self._read_once(run)
            except DBAPIError as error:
                if not is_serialization_failure(error):
                    raise
            return self._read_once(run)
        except DBAPIError as error:
            if not is_no_answer(error):
                raise
            log.warning("read failed: %s", _describe(error))
            raise NotRead from error

    def _read_once(self, run: Callable[[Session], T]) -> T:
        with Session(self._reader, info=self.carried) as session, session.begin():
            return run(session)

    def _write_loop(self) -> None:
        while True:
            first = self._queue.get()
            if first.lane == _STOP:
                return
            shared = self.is_sqlite and first.lane == Lane.LIVE
            group = _in_time(self._with_waiting(first) if shared else [first])
            if group:
                self._commit(group)

    def _with_waiting(self, first: _Write[Any]) -> list[_Write[Any]]:
        """`first` and the live writes that wait behind it, to share one commit."""
        group = [first]
        while len(group) < SHARED_TRANSACTION_MOST:
            try:
                write = self._queue.get_nowait()
            except queue.Empty:
                break
            if write.lane != Lane.LIVE:
                self._queue.put(write)
                break
            group.append(write)
        return group

    def _commit(self, group: list[_Write[Any]]) -> None:
        started = time.monotonic()
        limit = Limit(max(write.deadline for write in group))
        try:
            outcomes = self._transaction(group, limit)
        except DBAPIError as error:
            if is_busy(error):
                self._wait_on(group)
                return
            if is_serialization_failure(error):
                outcomes = self._again(group, limit)
            else:
                log.warning("commit failed: %s", _describe(error))
                outcomes = [NotSaved() for _ in group]
        except Exception as error:
            log.error("commit failed: %s", _describe(error))
            outcomes = [NotSaved() for _ in group]
        held = Held((time.monotonic() - started) * 1000, limit.statements)
        for write, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, _Done):
                for call in outcome.after_commit:
                    call()
                write.result.set_result(outcome.value)
            else:
                write.result.set_exception(outcome)
        if group[0].lane == Lane.BATCH:
            self._tell_of_batch(held)

    def _wait_on(self, group: list[_Write[Any]]) -> None:
        """Nothing of `group` has begun: it queues again, among what came meanwhile."""
        waiting = list(group)
        with suppress(queue.Empty):
            while True:
                waiting.append(self._queue.get_nowait())
        for write in _in_time(waiting):
            self._queue.put(write)

    def _tell_of_batch(self, held: Held) -> None:
        """Whoever listens must not stop the writer."""
        try:
            self.on_batch(held)
        except Exception as error:
            log.error("batch not told: %s", _describe(error))

    def _again(self, group: list[_Write[Any]], limit: Limit) -> list[_Done | BaseException]:
        try:
            return self._transaction(group, limit)
        except Exception as error:
            log.error("commit failed twice: %s", _describe(error))
            return [NotSaved() for _ in group]

    def _transaction(self, group: list[_Write[Any]], limit: Limit) -> list[_Done | BaseException]:
        with self._writer.connect() as opened:
            if self.is_sqlite:
                set_busy_timeout(opened, min(write.deadline for write in group))
            with opened.begin() as transaction:
                connection = limited(opened, limit)
                outcomes = [self._in_savepoint(connection, write) for write in group]
                # The deadline holds for the commit too: an answer "not saved" must stay true.
                if all(write.is_late for write in group):
                    transaction.rollback()
                    return [NotSaved() for _ in group]
                return outcomes

    def _in_savepoint(self, connection: Connection, write: _Write[Any]) -> _Done | BaseException:
        if write.is_late:
            return NotSaved()
        tx = Session(connection, join_transaction_mode="create_savepoint", info=self.carried)
        try:
            with tx, tx.begin():
                value = write.run(tx)
            return _Done(value, tx.info.get(_AFTER_COMMIT, ()))
        except OperationalError:
            raise
        except DBAPIError as error:
            if is_serialization_failure(error):
                raise
            return error
        except Exception as error:
            return error


@dataclass(frozen=True, slots=True)
class _Done:
    value: Any
    after_commit: Sequence[Callable[[], None]] = ()


def _in_time(writes: list[_Write[Any]]) -> list[_Write[Any]]:
    """Those whose deadline has not passed; the others are answered."""
    late = [write for write in writes if write.is_late]
    for write in late:
        write.result.set_exception(NotSaved())
    if late:
        log.warning("%d writes waited too long", len(late))
    return [write for write in writes if not write.result.done()]


def _describe(error: Exception) -> str:
    """Class, SQLSTATE and frames: the text of a refusal quotes the row, which may be about somebody."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return " ".join([*([f"[{state}]"] if state else []), "; ".join(logs.describe(error))])


def _warn_of_slow_batch(held: Held) -> None:
    if held.wall_ms > BATCH_LIMIT_MS:
        log.warning("a batch of %d statements held the writer for %.0f ms", held.statements, held.wall_ms)
