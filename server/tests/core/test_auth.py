from datetime import UTC, datetime
from uuid import uuid4

import pytest

from mcmeet.core import ids
from mcmeet.core.admission import AdmissionSteps, Admit, Ask, Refuse, Verdict, Wait, fold
from mcmeet.core.auth import Action, Actor, Anonymous, Person, Refusal, Rights, Role, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.errors import Forbidden, NotFound, Unauthenticated

NOW = datetime(2026, 3, 9, tzinfo=UTC)
END = Action("meetings.end", Purpose.HOLD_MEETING, frozenset({Person, Seat}), frozenset({Role.HOST}))


def person() -> Person:
    account = uuid4()
    return Person(account, uuid4(), ids.Person(account), NOW)


def seat(role: Role) -> Seat:
    return Seat(uuid4(), 1, role, "main", ids.Platform(), NOW)


def test_the_owner_says_who_may_ever_do_it() -> None:
    rights = Rights([END], [])
    assert rights.can(person(), "meetings.end")
    assert rights.can(seat(Role.HOST), "meetings.end")
    assert rights.refusal(seat(Role.PARTICIPANT), "meetings.end") == Refusal(
        "role_too_low", {"needs": [Role.HOST]}
    )
    with pytest.raises(Unauthenticated):
        rights.require(Anonymous(), "meetings.end")


def test_a_restrictor_only_denies() -> None:
    def suspended(actor: Actor, action: str, _: object) -> Refusal | None:
        return Refusal("suspended") if isinstance(actor, Person) else None

    rights = Rights([END], [suspended, lambda *_: None])
    with pytest.raises(Forbidden) as caught:
        rights.require(person(), "meetings.end")
    assert caught.value.data == {"refused_by": "suspended"}
    assert rights.can(seat(Role.HOST), "meetings.end")
    assert not rights.can(seat(Role.PARTICIPANT), "meetings.end")


def test_an_action_has_one_owner() -> None:
    with pytest.raises(ValueError, match=r"meetings\.end"):
        Rights([END, END], [])


@pytest.mark.anyio
async def test_admission_gathers_questions_and_stops_at_the_first_refusal() -> None:
    async def says(verdict: Verdict) -> Verdict:
        return verdict

    def check(verdict: Verdict):  # type: ignore[no-untyped-def]
        return lambda _: says(verdict)

    assert await fold([check(Admit()), check(Admit())], None) == Admit()
    assert await fold([check(Wait("lobby")), check(Admit())], None) == Wait("lobby")
    with pytest.raises(AdmissionSteps) as steps:
        await fold([check(Ask("passcode")), check(Wait("lobby")), check(Ask("consent"))], None)
    assert steps.value.data == {"steps": ["passcode", "consent"]}
    with pytest.raises(NotFound):
        await fold([check(Ask("consent")), check(Refuse(NotFound())), check(Admit())], None)
