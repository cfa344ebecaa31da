"""On PostgreSQL writers really run beside each other: what only a lock keeps right is tried there."""

import asyncio
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mcmeet.core.auth import Role
from mcmeet.core.ids import random_id
from mcmeet.core.secrets import new_credential
from mcmeet.live import store
from mcmeet.live.protocol import TICKET_S
from mcmeet.live.seats import MAIN, Occupant, SeatKind, Ticket
from mcmeet.live.tables import MeetingRun
from tests.fixtures.app import START, App
from tests.fixtures.postgres import app_on_postgres

pytestmark = pytest.mark.anyio

JOINS = 12
MEETINGS = 6
JOINS_EACH = 4
LONG_ENOUGH_S = 0.3


app = app_on_postgres


async def run_of(app: App) -> UUID:
    return await app.core.db.read(lambda session: session.scalars(select(MeetingRun.id)).one())


def take_seat(session: Session, run: UUID) -> int:
    seat = store.next_seat(session, run)
    store.create_seat(session, run, zhou_hang(seat), ticket(random_id().bytes))
    return seat


def ticket(credential_hash: bytes) -> Ticket:
    return Ticket(credential_hash, START + timedelta(hours=1), "周航", Role.PARTICIPANT, MAIN)


def zhou_hang(seat: int) -> Occupant:
    return Occupant(
        seat=seat,
        name="周航",
        role=Role.PARTICIPANT,
        space=MAIN,
        kind=SeatKind.WEB,
        media=new_credential(),
        account=None,
        guest=random_id(),
        present=False,
    )


async def test_people_who_join_one_meeting_at_once_get_seats_of_their_own(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    joined = await asyncio.gather(*(app.visitor().join(meeting, f"周航{n}") for n in range(JOINS)))
    assert sorted(answer["seat"] for answer in joined) == list(range(1, JOINS + 1))


async def test_the_second_of_two_seats_waits_for_the_number_of_the_first(app: App) -> None:
    await (await app.person("林晓")).create_meeting()
    run, taken = await run_of(app), threading.Event()

    def first(session: Session) -> int:
        seat = take_seat(session, run)
        taken.set()
        threading.Event().wait(LONG_ENOUGH_S)
        return seat

    def second(session: Session) -> int:
        taken.wait(20)
        return take_seat(session, run)

    numbers = await asyncio.gather(app.core.db.write(first), app.core.db.write(second))
    assert list(numbers) == [1, 2]


async def test_people_who_enter_many_meetings_at_once_all_get_in(app: App) -> None:
    host = await app.person("林晓")
    meetings = [await host.create_meeting() for _ in range(MEETINGS)]

    async def enter(meeting: dict[str, Any], name: str) -> None:
        visitor = app.visitor()
        joined = await visitor.join(meeting, name)
        live = await visitor.live(joined["socket"])
        assert (await live.hello(ticket=joined["ticket"]))["type"] == "welcome"

    await asyncio.gather(
        *(enter(meeting, f"周航{n}") for n in range(JOINS_EACH) for meeting in meetings),
    )


async def test_a_purge_beside_a_join_takes_no_ticket_that_is_just_issued_and_waits_for_nobody(
    app: App,
) -> None:
    zhou = app.visitor()
    meeting = await (await app.person("林晓")).create_meeting()
    await zhou.join(meeting, "周航")
    run, issued, purged = await run_of(app), threading.Event(), threading.Event()
    app.clock.jump(TICKET_S)
    now = app.clock.now()

    def join(session: Session) -> bool:
        store.issue_ticket(session, run, 1, ticket(b"new"))
        issued.set()
        return purged.wait(20)

    def purge(session: Session) -> int:
        issued.wait(20)
        return store.forget_old_credentials(session, now, now)

    async def purge_and_tell() -> int:
        forgotten = await app.core.db.write(purge, deadline=30)
        purged.set()
        return forgotten

    went_on, forgotten = await asyncio.gather(app.core.db.write(join, deadline=30), purge_and_tell())
    assert (went_on, forgotten) == (True, 0)
    found = await app.core.db.read(lambda session: store.ticket_by_credential(session, b"new", now))
    assert found == (run, 1)


async def test_nobody_takes_a_run_over_while_its_owner_writes(app: App) -> None:
    await (await app.person("林晓")).create_meeting()
    run, checked = await run_of(app), threading.Event()
    order: list[str] = []
    held = await app.core.db.write(lambda session: store.take_lease(session, run))
    assert held is not None

    def owner(session: Session) -> None:
        store.check_lease(session, run, held.term)
        checked.set()
        threading.Event().wait(LONG_ENOUGH_S)
        order.append("owner writes")

    def heir(session: Session) -> None:
        checked.wait(20)
        store.take_lease(session, run)
        order.append("heir takes")

    await asyncio.gather(app.core.db.write(owner), app.core.db.write(heir))
    assert order == ["owner writes", "heir takes"]
