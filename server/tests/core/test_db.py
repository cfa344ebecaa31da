"""The contract of `Db`, on SQLite and on PostgreSQL."""

import asyncio
import os
import queue
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from subprocess import PIPE
from uuid import UUID, uuid4

import pytest
from sqlalchemy import MetaData, String, Uuid, create_engine, event, func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session

from mcmeet.core.db import (
    Db,
    Held,
    Lane,
    TenantColumn,
    UtcDateTime,
    column,
    database,
    dialects,
    sqlite_driver,
)
from mcmeet.core.declare import NoPD
from mcmeet.core.errors import NotRead, NotSaved
from mcmeet.core.ids import Person, Tenant
from tests.fixtures.app import BATCH_STATEMENTS_MOST, AppStarter
from tests.fixtures.postgres import Postgres

pytestmark = pytest.mark.anyio
HOLD_THE_LOCK = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""
LONG_S = 30.0
NOTHING_PERSONAL = NoPD("a row of a test")


class Base(DeclarativeBase):
    metadata = MetaData()


class Note(Base):
    __tablename__ = "test_note"
    id: Mapped[UUID] = column(Uuid, NOTHING_PERSONAL, primary_key=True)
    text: Mapped[str] = column(String(100), NOTHING_PERSONAL, unique=True)
    at: Mapped[datetime | None] = column(UtcDateTime, NOTHING_PERSONAL)
    tenant: Mapped[Tenant | None] = column(TenantColumn, NOTHING_PERSONAL)


@pytest.fixture(params=["sqlite", "sqlite-of-python", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param != "postgres":
        if request.param == "sqlite-of-python":
            monkeypatch.setattr(sqlite_driver, "driver", sqlite3)
        address = f"sqlite:///{tmp_path / 'test.db'}"
        engine = dialects.open_engine(address, begin="BEGIN")
    else:
        address = request.getfixturevalue("postgres").new_database()
        engine = create_engine(address)
    Base.metadata.create_all(engine)
    yield address
    Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def db(url: str) -> Iterator[Db]:
    opened = Db(url)
    yield opened
    opened.close()


class Locked:
    """A database whose lock another process holds."""

    def __init__(self, path: Path) -> None:
        self.db = Db(f"sqlite:///{path}")
        Base.metadata.create_all(self.db._writer)
        command = [sys.executable, "-c", HOLD_THE_LOCK, str(path)]
        self._other = subprocess.Popen(command, stdin=PIPE, stdout=PIPE)
        assert self._other.stdout is not None
        assert self._other.stdout.readline() == b"locked\n"

    def release(self) -> None:
        self._other.communicate(b"\n")


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Locked]:
    held = Locked(tmp_path / "locked.db")
    yield held
    held._other.kill()
    held._other.wait()
    held.db.close()


class HeldReaders:
    """Reads that keep every reader until `release`."""

    def __init__(self, db: Db) -> None:
        self._begun, self._go_on = threading.Semaphore(0), threading.Event()
        readers = db._read_pool._max_workers
        self.reads = [asyncio.create_task(db.read(self._wait)) for _ in range(readers)]

    def _wait(self, _: Session) -> None:
        self._begun.release()
        assert self._go_on.wait(LONG_S)

    async def all_begun(self) -> None:
        for _ in self.reads:
            assert await asyncio.to_thread(self._begun.acquire, timeout=LONG_S)

    async def release(self) -> None:
        self._go_on.set()
        await asyncio.gather(*self.reads)


def add(text: str, **values: object) -> Note:
    return Note(id=uuid4(), text=text, **values)


def add_note(text: str, session: Session) -> None:
    session.add(add(text))


@dataclass
class Hold:
    """Writes that keep every writer until `go_on` is set."""

    db: Db
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)

    async def all_writers(self, lane: Lane = Lane.LIVE) -> list[asyncio.Task[None]]:
        """Returns once each has one."""
        writes = [
            asyncio.create_task(self.db.write(self._wait, lane=lane, deadline=LONG_S))
            for _ in self.db._threads
        ]
        for _ in writes:
            assert await asyncio.to_thread(self.begun.acquire, timeout=LONG_S)
        return writes

    def _wait(self, _: Session) -> None:
        self.begun.release()
        self.go_on.wait(LONG_S)


def statement_limit_ms(session: Session) -> int:
    """What PostgreSQL itself holds this transaction to."""
    limit = "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'"
    return int(session.execute(text(limit)).scalar_one())


def texts(session: Session) -> list[str]:
    return list(session.scalars(select(Note.text).order_by(Note.text)))


async def test_what_was_written_is_read(db: Db) -> None:
    await db.write(lambda session: session.add(add("林晓")))
    assert await db.read(texts) == ["林晓"]


async def test_whatever_the_function_raises_comes_out_and_nothing_is_stored(db: Db) -> None:
    def write(session: Session) -> None:
        session.add(add("half"))
        session.flush()
        raise KeyError("done")

    with pytest.raises(KeyError):
        await db.write(write)
    assert await db.read(texts) == []


async def test_one_bad_write_among_many_costs_only_itself(db: Db) -> None:
    await db.write(lambda session: session.add(add("taken")))
    names = [f"n{number:02}" for number in range(20)] + ["taken"]
    outcomes = await asyncio.gather(
        *(db.write(partial(add_note, name)) for name in names),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes[:-1]] == [type(None)] * 20
    assert isinstance(outcomes[-1], IntegrityError)
    assert len(await db.read(texts)) == 21


async def test_live_writes_go_first_skipped_on_postgres_with_its_several_writers(url: str) -> None:
    order: list[str] = []
    db = Db(url)
    if not db.is_sqlite:
        db.close()
        pytest.skip("PostgreSQL has several writers: order between lanes is not kept there")
    hold = Hold(db)
    first = await hold.all_writers()
    batch = asyncio.create_task(db.write(lambda session: order.append("batch"), lane=Lane.BATCH))
    await asyncio.sleep(0)
    live = asyncio.create_task(db.write(lambda session: order.append("live"), deadline=LONG_S))
    await asyncio.sleep(0)
    hold.go_on.set()
    await asyncio.gather(*first, batch, live)
    assert order == ["live", "batch"]
    db.close()


async def test_a_write_that_waited_too_long_is_not_saved_and_stays_unsaved(url: str) -> None:
    db = Db(url)
    hold = Hold(db)
    blocked = await hold.all_writers(Lane.BATCH)
    late = asyncio.create_task(db.write(lambda session: session.add(add("late")), deadline=0.05))
    await asyncio.sleep(0.2)
    hold.go_on.set()
    with pytest.raises(NotSaved):
        await late
    await asyncio.gather(*blocked)
    assert await db.read(texts) == []
    db.close()


async def test_a_commit_past_the_deadline_is_rolled_back(db: Db) -> None:
    def slow(session: Session) -> None:
        session.add(add("slow"))
        session.flush()
        time.sleep(0.2)

    with pytest.raises(NotSaved):
        await db.write(slow, deadline=0.05)
    assert await db.read(texts) == []


async def test_each_batch_is_told_with_its_time_and_its_statements(db: Db) -> None:
    told: list[Held] = []
    db.on_batch = told.append

    def slow(text: str, session: Session) -> None:
        session.add(add(text))
        session.flush()
        time.sleep(0.12)

    await db.write(partial(slow, "batch"), lane=Lane.BATCH)
    await db.write(partial(slow, "live"))  # the live lane is not asked
    await asyncio.to_thread(db.close)  # it is told after the answer
    assert len(told) == 1
    assert told[0].wall_ms >= 120
    assert 1 <= told[0].statements <= 5


async def test_a_batch_that_held_the_writer_too_long_is_logged(
    db: Db, caplog: pytest.LogCaptureFixture
) -> None:
    await db.write(lambda session: None, lane=Lane.BATCH)
    await db.write(lambda session: time.sleep(0.12), lane=Lane.BATCH)
    await asyncio.to_thread(db.close)
    assert "held the writer for" in caplog.text


async def test_a_test_whose_server_runs_too_large_a_batch_fails(app_starter: AppStarter) -> None:
    def many(session: Session) -> None:
        for _ in range(BATCH_STATEMENTS_MOST + 1):
            session.execute(select(1))

    with pytest.raises(AssertionError, match="hold the writer"):
        async with app_starter.run() as app:
            await app.core.db.write(many, lane=Lane.BATCH)


async def test_whoever_hears_of_a_batch_cannot_stop_the_writer(db: Db) -> None:
    def complain(held: Held) -> None:
        raise AssertionError(held)

    db.on_batch = complain
    for _ in range(len(db._threads)):
        await db.write(lambda session: None, lane=Lane.BATCH)
    await db.write(lambda session: session.add(add("later")))
    assert await db.read(texts) == ["later"]


async def test_live_writes_that_wait_share_a_transaction_on_sqlite_and_never_on_postgres(db: Db) -> None:
    transactions: list[object] = []
    event.listen(db._writer, "commit", transactions.append)
    writes = 5 * len(db._threads)
    hold = Hold(db)
    held = await hold.all_writers()
    waiting = [asyncio.create_task(db.write(lambda session: None, deadline=LONG_S)) for _ in range(writes)]
    await asyncio.sleep(0)
    hold.go_on.set()
    await asyncio.gather(*held, *waiting)
    assert len(transactions) == (2 if db.is_sqlite else len(held) + writes)


async def test_a_lock_that_another_session_holds_costs_no_more_than_the_deadline(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(dialects.POSTGRES_LIMITS, "options")  # nothing but the deadline ends the wait
    url = postgres.new_database()
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    db = Db(url)
    await db.write(lambda session: session.add(add("林晓")))

    def rename(session: Session) -> None:
        for name in ("周航", "林晓"):
            session.execute(update(Note).where(Note.text == name).values(text="Emma"))
            session.execute(select(func.pg_sleep(0.3)))

    with engine.connect() as other, other.begin() as held:
        other.execute(select(Note.id).with_for_update())
        with pytest.raises(NotSaved):
            await db.write(rename, deadline=1.0)
        held.rollback()
    await db.write(rename, deadline=LONG_S)
    assert await db.read(texts) == ["Emma"]
    db.close()
    engine.dispose()


async def test_a_read_that_waits_for_a_lock_gives_its_thread_back(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(dialects.POSTGRES_LIMITS, "options", "-c statement_timeout=1s")
    url = postgres.new_database()
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    db = Db(url)
    with engine.connect() as other, other.begin() as held:
        other.execute(text("LOCK TABLE test_note IN ACCESS EXCLUSIVE MODE"))
        async with asyncio.timeout(LONG_S):
            with pytest.raises(NotRead):
                await db.read(texts)
        held.rollback()
    assert await db.read(texts) == []
    db.close()
    engine.dispose()


async def test_a_database_whose_host_has_vanished_is_given_up_by_the_kernel_within_seconds(
    postgres: Postgres,
) -> None:
    """Nothing says that it is gone: what was sent and is not confirmed, and silence, end the connection."""
    db = Db(postgres.new_database())

    def options(session: Session) -> dict[int, int]:
        fd = session.connection().connection.driver_connection.fileno()  # type: ignore[union-attr]
        with socket.socket(fileno=os.dup(fd)) as duplicate:
            asked = (socket.TCP_USER_TIMEOUT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            return {option: duplicate.getsockopt(socket.IPPROTO_TCP, option) for option in asked}

    for told in (await db.read(options), await db.write(options)):
        assert told == {
            socket.TCP_USER_TIMEOUT: 10_000,
            socket.TCP_KEEPIDLE: 5,
            socket.TCP_KEEPINTVL: 2,
            socket.TCP_KEEPCNT: 3,
        }
    db.close()


async def test_a_database_that_takes_connections_and_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(dialects.POSTGRES_LIMITS, "connect_timeout", 2)  # libpq waits no less
    with socket.create_server(("127.0.0.1", 0)) as silent:
        db = Db(f"postgresql+psycopg://127.0.0.1:{silent.getsockname()[1]}/mcmeet")
        async with asyncio.timeout(LONG_S):
            with pytest.raises(NotRead):
                await db.read(texts)
        db.close()


async def test_a_refused_row_is_told_after_a_long_wait_too(postgres: Postgres) -> None:
    """What the deadline sets on the way must not hide why a row was refused."""
    url = postgres.new_database()
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    db = Db(url)
    await db.write(lambda session: session.add(add("taken")))
    with pytest.raises(IntegrityError):
        await db.write(late_twin)
    db.close()
    engine.dispose()


def late_twin(session: Session) -> None:
    statement = text("INSERT INTO test_note (id, text) SELECT :id, 'taken' FROM pg_sleep(0.2)")
    session.execute(statement, {"id": uuid4()})


async def test_a_refusal_that_was_caught_leaves_the_deadline_in_force(postgres: Postgres) -> None:
    url = postgres.new_database()
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    db = Db(url)
    await db.write(lambda session: session.add(add("taken")))

    def after_a_refusal(session: Session) -> int:
        with suppress(IntegrityError), session.begin_nested():
            late_twin(session)
        return statement_limit_ms(session)

    assert await db.read(statement_limit_ms) == 10_000  # else
    assert await db.write(after_a_refusal, deadline=8.0) <= 8_000
    db.close()
    engine.dispose()


async def test_a_database_that_another_process_locks_answers_not_saved_at_the_deadline(
    locked: Locked,
) -> None:
    db = locked.db
    waits: list[object] = []
    event.listen(db._writer, "engine_connect", waits.append)

    async def add_late(text: str, deadline: float) -> None:
        with pytest.raises(NotSaved):
            await db.write(partial(add_note, text), deadline=deadline)

    batch = asyncio.create_task(db.write(partial(add_note, "batch"), lane=Lane.BATCH, deadline=LONG_S))
    await asyncio.gather(*(add_late(f"n{n}", 0.3 + 0.1 * (n % 3)) for n in range(110)))
    assert len(waits) < 110 / 2, "each has waited for itself, one after the other"
    locked.release()
    await db.write(partial(add_note, "now"))
    await batch
    assert await db.read(texts) == ["batch", "now"]


async def test_a_live_write_is_not_held_up_by_a_batch_that_waits_for_the_database(locked: Locked) -> None:
    db, order = locked.db, []
    begins: queue.SimpleQueue[None] = queue.SimpleQueue()
    event.listen(db._writer, "engine_connect", lambda _: begins.put(None))
    put_off = partial(db.write, deadline=LONG_S)
    batch = asyncio.create_task(put_off(lambda session: order.append("batch"), lane=Lane.BATCH))
    await asyncio.to_thread(begins.get, timeout=LONG_S)
    live = asyncio.create_task(put_off(lambda session: order.append("live")))
    await asyncio.sleep(0)
    while not begins.empty():
        begins.get()
    await asyncio.to_thread(begins.get, timeout=LONG_S)
    locked.release()
    await asyncio.gather(batch, live)
    assert order == ["live", "batch"]


async def test_a_failure_is_logged_by_class_sqlstate_and_place_without_its_text(
    db: Db, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusal(Exception):
        sqlstate = "40001"

    def refuse(*_: object) -> None:
        raise OperationalError("INSERT", {"phone": "13800138000"}, Refusal("DETAIL: (林晓, 13800138000)"))

    monkeypatch.setattr(db, "_transaction", refuse)
    with pytest.raises(NotSaved):
        await db.write(lambda session: None)
    assert "[40001] sqlalchemy.exc.OperationalError" in caplog.text
    assert "refuse" in caplog.text
    assert "林晓" not in caplog.text
    assert "13800138000" not in caplog.text


async def test_after_close_nothing_is_taken_and_nothing_queued_is_lost(url: str) -> None:
    db = Db(url)
    writes = [asyncio.create_task(db.write(partial(add_note, f"q{n}"))) for n in range(10)]
    await asyncio.sleep(0)
    await asyncio.to_thread(db.close)
    await asyncio.gather(*writes)
    with pytest.raises(NotSaved):
        await db.write(lambda session: None)
    again = Db(url)
    assert await again.read(lambda session: session.scalar(select(func.count()).select_from(Note))) == 10
    again.close()


async def test_times_are_utc_and_a_time_without_zone_is_refused(db: Db) -> None:
    shanghai = datetime(2026, 3, 9, 14, 0, tzinfo=timezone(timedelta(hours=8)))
    await db.write(lambda session: session.add(add("t", at=shanghai)))
    stored = await db.read(lambda session: session.scalar(select(Note.at)))
    assert stored == shanghai
    assert stored.tzinfo == UTC
    with pytest.raises(Exception, match="without a zone"):
        await db.write(lambda session: session.add(add("naive", at=datetime(2026, 1, 1))))


async def test_a_tenant_column_gives_the_tenant_back(db: Db) -> None:
    tenant = Person(uuid4())
    await db.write(lambda session: session.add(add("p", tenant=tenant)))
    assert await db.read(lambda session: session.scalar(select(Note.tenant))) == tenant
    found = await db.read(lambda session: session.scalar(select(Note.text).where(Note.tenant == tenant)))
    assert found == "p"


async def test_a_read_that_could_not_begin_in_time_does_not_begin(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = HeldReaders(db)
    await held.all_begun()
    begun: list[Session] = []
    with monkeypatch.context() as patient:
        patient.setattr(database, "LIVE_DEADLINE_S", 0.0)
        late = asyncio.create_task(db.read(begun.append))
        await asyncio.sleep(0)
    await held.release()
    with pytest.raises(NotRead):
        await late
    assert begun == []
    assert await db.read(lambda tx: tx.scalar(select(func.count(Note.id)))) == 0
