"""Who listens hears of what was committed, once, and the producer knows nobody, on SQLite and PostgreSQL."""

from typing import Annotated, Any, Literal

import pytest

from mcmeet.core.declare import NoPD
from mcmeet.core.feature import Feature
from mcmeet.core.ids import new_id
from mcmeet.core.jobs import Event, Run, UndeclaredJob, Write, emit
from mcmeet.core.jobs.store import NewJob, add
from mcmeet.core.jobs.tables import JobState
from mcmeet.core.jobs.worker import Worker
from mcmeet.core.services import Core
from tests.fixtures.jobs import LIN, ZHOU, Office, effect, feature, kind

pytestmark = pytest.mark.anyio

READY, RUNNING, DONE, DEAD = JobState


class PollClosed(Event):
    version: Annotated[Literal[1], NoPD("of this model")] = 1
    question: Annotated[str, NoPD("a word of a test")]


class PollOpened(PollClosed):
    """Another event: who listens to the first does not hear of this one."""


POLLS = Feature("polls", events=(PollClosed, PollOpened))


def hearing(name: str, *events: type[Event]) -> Feature:
    """A feature that notes what it hears."""

    async def note(_: Core, run: Run[Any]) -> Write:
        return effect(f"{name} hears {run.arguments.question} of {run.arguments.tenant}")

    kinds = tuple(kind(f"{name}.{event.__name__}", note, arguments=event) for event in events)
    return feature(name=name, on=kinds)


async def test_each_feature_that_listens_hears_of_it_once(office: Office) -> None:
    core = office.core(POLLS, hearing("reports", PollClosed), hearing("mails", PollClosed, PollOpened))
    async with Worker(core):
        await core.db.write(lambda tx: emit(tx, PollClosed(tenant=LIN, question="几点开会")))
        await office.settled(DONE, DONE)
        await core.db.write(lambda tx: emit(tx, PollOpened(tenant=ZHOU, question="去哪儿")))
        await office.settled(DONE, DONE, DONE)
    assert await office.effects() == sorted(
        [
            f"reports hears 几点开会 of {LIN}",
            f"mails hears 几点开会 of {LIN}",
            f"mails hears 去哪儿 of {ZHOU}",
        ]
    )


async def test_what_is_rolled_back_is_told_to_nobody(office: Office) -> None:
    core = office.core(POLLS, hearing("reports", PollClosed))

    def close_and_fail(tx: Any) -> None:
        emit(tx, PollClosed(tenant=LIN, question="几点开会"))
        raise KeyError

    async with Worker(core):
        with pytest.raises(KeyError):
            await core.db.write(close_and_fail)
        await office.let_work()
    assert await office.jobs() == []


async def test_what_nobody_listens_to_leaves_nothing(office: Office) -> None:
    core = office.core(POLLS)
    await core.db.write(lambda tx: emit(tx, PollClosed(tenant=LIN, question="几点开会")))
    assert await office.jobs() == []


async def test_one_that_fails_holds_no_other_up(office: Office) -> None:
    async def fail(_: Core, __: Run[PollClosed]) -> None:
        raise ValueError

    failing = feature(name="mails", on=(kind("mails.send", fail, arguments=PollClosed),))
    core = office.core(POLLS, failing, hearing("reports", PollClosed))
    async with Worker(core):
        await core.db.write(lambda tx: emit(tx, PollClosed(tenant=LIN, question="几点开会")))
        await office.settled(DONE, READY)
    assert await office.effects() == [f"reports hears 几点开会 of {LIN}"]


async def test_an_event_that_no_feature_declares_is_not_told(office: Office) -> None:
    core = office.core(hearing("reports"))
    with pytest.raises(UndeclaredJob, match="PollClosed"):
        await core.db.write(lambda tx: emit(tx, PollClosed(tenant=LIN, question="几点开会")))


async def test_a_version_that_the_listener_does_not_understand_is_kept(office: Office) -> None:
    core = office.core(POLLS, hearing("reports", PollClosed))
    now = office.clock.now()
    later = NewJob(new_id(now), "reports.PollClosed", LIN, '{"version":2,"question":"?"}', now, 3)
    await core.db.write(lambda tx: add(tx, later))
    async with Worker(core):
        await office.settled(DEAD)
    assert [job.error for job in await office.jobs()] == ["arguments_invalid"]
