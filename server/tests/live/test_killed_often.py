"""`kill -9` at random moments of meetings and jobs: what was answered holds, and people come back."""

import asyncio
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from mcmeet.core.db import dialects, sqlite_driver
from mcmeet.core.jobs.tables import JobState, StoredJob
from mcmeet.features.accounts.tables import Account, Identity
from mcmeet.live.tables import MeetingRun, Participation
from tests.fixtures.jobs import Effect, TestBase
from tests.fixtures.lives import Lives, lives_in
from tests.fixtures.notes import ENDED, PROMISE, REGISTERED, SECOND
from tests.fixtures.returning import Attendee, Gone, Organizer, browser

pytestmark = [pytest.mark.anyio, pytest.mark.long]

ROUNDS: Final = {"sqlite": 10, "postgres": 3}
KILLS_A_ROUND: Final = 10
AT_START: Final = 0.15
"""So likely is one more kill before the server that starts listens; the first of a round is certain."""
ANSWERS_MOST: Final = 30
"""The kills of a round come after so many answers to people in the meeting: a slow machine gives as many."""
JITTER_S: Final = 0.01
VISIT_EVERY_S: Final = 0.6
PAUSE_MOST_S: Final = 0.06
SOON_S: Final = 60.0
GUESTS: Final = ("周航", "Emma", "何静", "王睿")
LONG_GRACE_S: Final = 600
"""So that nobody is given up, however slow the machine is."""
SHORT_GRACE_S: Final = 1


@dataclass
class Scene:
    """A meeting and those in it; visitors come, stay for a moment and go, with a word or without."""

    lives: Lives
    engine: Engine
    rng: random.Random
    organizer: Organizer
    rounds: int
    browsers: list[httpx.AsyncClient] = field(default_factory=list)
    people: list[Attendee] = field(default_factory=list)
    visitors: list[Attendee] = field(default_factory=list)
    vanished: list[int] = field(default_factory=list)
    """Seats of visitors that went without a word."""
    start_s: float = 0.0
    """How long the last start took."""

    def attendee(self, name: str, meeting: dict[str, Any], http: httpx.AsyncClient, **more: Any) -> Attendee:
        return Attendee(name, meeting["number"], meeting["passcode"], http, **more)

    def browser(self) -> httpx.AsyncClient:
        self.browsers.append(browser(self.lives.url))
        return self.browsers[-1]

    async def opens(self) -> None:
        """Before the first kill: a schema, a host with an account, guests."""
        self.lives.begin()
        await self.listens()
        TestBase.metadata.create_all(self.engine)
        http = self.browser()
        await self.organizer.registers(http)
        meeting = await self.organizer.makes_meeting(http)
        self.people.append(self.attendee("林晓", meeting, http, role="host"))
        self.people += [self.attendee(name, meeting, self.browser()) for name in GUESTS]
        for person in self.people:
            await person.comes()

    async def listens(self) -> None:
        async with asyncio.timeout(SOON_S):
            while not self.lives.listens:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def dies_starting(self, *, at_least: int) -> None:
        """A kill too late for a start that was faster than the last one is one more of a server."""
        before = self.lives.starts_killed
        while self.lives.starts_killed < before + at_least or self.rng.random() < AT_START:
            await asyncio.sleep(self.rng.uniform(0, self.start_s))
            self.kill()

    def kill(self) -> None:
        self.lives.kill()
        self.lives.begin()

    async def some_time(self) -> None:
        """Until the moment of the next kill."""
        began, heard = time.monotonic(), self.heard()
        await self.listens()
        self.start_s = time.monotonic() - began
        until = heard + self.rng.randrange(ANSWERS_MOST)
        async with asyncio.timeout(SOON_S):
            while self.heard() < until:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        await asyncio.sleep(self.rng.uniform(0, JITTER_S))

    def heard(self) -> int:
        return sum(person.heard for person in self.people)

    async def round(self) -> None:
        """Some kills while everybody is busy; in the end everybody is back."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for person in self.people:
                group.create_task(self.attends(person, stop))
            group.create_task(self.visits(stop))
            group.create_task(self.organizes(stop))
            for number in range(KILLS_A_ROUND):
                await self.dies_starting(at_least=number == 0)
                await self.some_time()
                self.kill()
            stop.set()

    async def attends(self, person: Attendee, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with suppress(Gone):
                await self.acts(person)
            await asyncio.sleep(self.rng.uniform(0, PAUSE_MOST_S))
            await person.is_back()
        await person.is_heard()

    async def acts(self, person: Attendee) -> None:
        is_host = person.role == "host"
        act = self.rng.choice(["note", "note", "note", "hand", "name", "mute" if is_host else "leave"])
        match act:
            case "note":
                await person.takes_note(str(self.rng.getrandbits(64)))
            case "hand":
                await person.turns_hand()
            case "name":
                await person.renames(f"{person.name[:2]} {self.rng.randrange(1000)}")
            case "mute":
                await person.turns_sound_of(self.rng.choice(self.people[1:]).seat)
            case "leave":
                with suppress(Gone):
                    await person.leaves()
                await person.comes()

    async def visits(self, stop: asyncio.Event) -> None:
        host = self.people[0]
        meeting = {"number": host.number, "passcode": host.passcode}
        while not stop.is_set():
            visitor = self.attendee("访客", meeting, self.browser())
            self.visitors.append(visitor)
            await visitor.comes()
            try:
                await visitor.takes_note(str(self.rng.getrandbits(64)))
                await visitor.turns_hand()
                if self.rng.random() < 0.5:
                    await visitor.leaves()
            except Gone:
                pass
            if visitor.is_in or visitor.unknown_leaves:
                self.vanished.append(visitor.seat)
            await visitor.vanishes()
            await asyncio.sleep(self.rng.uniform(0, VISIT_EVERY_S))

    async def organizes(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            with suppress(Gone):
                await self.organizer.holds_meeting()
            await asyncio.sleep(self.rng.uniform(0, VISIT_EVERY_S))

    async def closes(self) -> None:
        """Everybody leaves; those who vanished are given up by a server with a short grace time."""
        for person in self.people:
            await person.leaves()
        self.lives.kill()
        self.lives.configure(live={"grace_seconds": SHORT_GRACE_S})
        began = datetime.now(UTC)
        self.lives.begin()
        async with asyncio.timeout(SOON_S):
            while self.unfinished() or self.are_here():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        self.lives.kill()
        # Whoever was given up has left when they were last seen, not when that was noticed.
        assert all(stay.left_at is not None and stay.left_at <= began for stay in self.stays())

    def stays(self) -> list[Participation]:
        """Of the meeting, oldest first."""
        number = self.people[0].number
        with Session(self.engine) as tx:
            of_run = select(MeetingRun.id).where(MeetingRun.number == number).scalar_subquery()
            rows = select(Participation).where(Participation.run_id == of_run)
            found = list(tx.scalars(rows.order_by(Participation.joined_at, Participation.id)))
            tx.expunge_all()
            return found

    def are_here(self) -> bool:
        return any(stay.left_at is None for stay in self.stays())

    def unfinished(self) -> int:
        with Session(self.engine) as tx:
            return tx.scalar(select(func.count()).where(StoredJob.finished_at.is_(None))) or 0


@pytest.fixture(params=sorted(ROUNDS, reverse=True))
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    """On SQLite, then on PostgreSQL; the seed of everything that is random is in the output."""
    seed = int(os.environ.get("KILLED_SEED") or secrets.randbits(32))
    print(f"KILLED_SEED={seed}")
    url = f"sqlite:///{tmp_path / 'data' / 'mcmeet.db'}"
    with lives_in(tmp_path / "data") as lives:
        lives.configure(live={"grace_seconds": LONG_GRACE_S})
        if request.param == "postgres":
            url = request.getfixturevalue("postgres").new_database()
            lives.configure(database={"url": url})
        engine = dialects.open_engine(url, begin="BEGIN")
        scene = Scene(lives, engine, random.Random(seed), Organizer(lives), ROUNDS[request.param])
        yield scene
        for http in scene.browsers:
            await http.aclose()
        engine.dispose()


async def test_at_100_moments_on_sqlite_and_30_on_postgresql_nothing_is_lost_or_done_twice(
    scene: Scene,
) -> None:
    await scene.opens()
    for _ in range(scene.rounds):
        await scene.round()
        check_presence(scene)
    await scene.closes()
    check_stays(scene)
    check_jobs(scene)
    check_accounts_and_meetings(scene)
    check_files(scene)
    assert scene.lives.complaints() == []
    check_that_it_was_worth_it(scene)


def by_seat(stays: Iterable[Participation]) -> dict[int, list[Participation]]:
    found: dict[int, list[Participation]] = {}
    for stay in stays:
        found.setdefault(stay.seat, []).append(stay)
    return found


def check_presence(scene: Scene) -> None:
    """Everybody is back: in the seat and in the row of before, for a kill is no departure."""
    seats = by_seat(scene.stays())
    for person in scene.people:
        mine = seats[person.seat]
        assert [stay.left_at is None for stay in mine] == [False] * (len(mine) - 1) + [True]
        assert person.stays - person.unknown_leaves <= len(mine) <= person.stays


def check_stays(scene: Scene) -> None:
    """None ends before it began, and none begins before the last one of its seat has ended."""
    seats = by_seat(scene.stays())
    for mine in seats.values():
        times = [at for stay in mine for at in (stay.joined_at, stay.left_at)]
        assert None not in times
        assert times == sorted(times)  # type: ignore[type-var]
    assert all(len(seats[visitor.seat]) == 1 for visitor in scene.visitors)


def check_jobs(scene: Scene) -> None:
    people = [*scene.people, *scene.visitors]
    promised = {what for person in people for what in person.promised}
    maybe = {what for person in people for what in person.maybe_promised}
    with Session(scene.engine) as tx:
        effects = Counter(tx.scalars(select(Effect.what)))
        ended = tx.scalars(select(MeetingRun.id).where(MeetingRun.ended_at.is_not(None))).all()
        accounts = tx.scalars(select(Account.id)).all()
        states = set(tx.scalars(select(StoredJob.state)))
    stored = {what.removeprefix(PROMISE) for what in effects if what.startswith(PROMISE)}
    assert promised <= stored <= maybe
    expected = {f"{step}{what}" for what in stored for step in (PROMISE, "", SECOND)}
    expected |= {f"{ENDED}{run}" for run in ended} | {f"{REGISTERED}{account}" for account in accounts}
    assert effects == Counter(expected)
    assert states == {JobState.DONE.value}


def check_accounts_and_meetings(scene: Scene) -> None:
    organizer = scene.organizer
    with Session(scene.engine) as tx:
        phones = tx.scalars(select(Identity.phone).where(Identity.phone.is_not(None))).all()
        runs = {run.number: run.ended_at for run in tx.scalars(select(MeetingRun))}
        open_stays = select(Participation.id).join(MeetingRun, MeetingRun.id == Participation.run_id)
        left_open = open_stays.where(MeetingRun.ended_at.is_not(None), Participation.left_at.is_(None))
        assert tx.scalars(left_open).all() == []
    assert len(phones) == len(set(phones))
    assert set(organizer.registered) <= set(phones)
    assert set(organizer.made) <= set(runs)
    assert all(runs[number] is not None for number in organizer.ended)


def check_files(scene: Scene) -> None:
    """SQLite's own look at what it finds after the last kill."""
    for path in [*scene.lives.data.glob("mcmeet.db"), *scene.lives.data.glob("network-log/*.db")]:
        connection = sqlite_driver.driver.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()


def check_that_it_was_worth_it(scene: Scene) -> None:
    with Session(scene.engine) as tx:
        retried = tx.scalar(select(func.count()).where(StoredJob.attempt > 1)) or 0
    assert retried, "no job was killed while it ran"
    assert scene.lives.starts_killed >= scene.rounds, "a round without the kill of a start"
    assert sum(person.comebacks for person in scene.people) > scene.rounds * KILLS_A_ROUND
    assert scene.organizer.ended
    assert scene.vanished
