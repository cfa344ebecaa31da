"""The lint over declarations is red on a gap: one failing sample for each rule."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from sqlalchemy import JSON, Column, DateTime, ForeignKey, Integer, MetaData, String, Table, Uuid

from mcmeet.core.db import UtcDateTime
from mcmeet.core.declare import (
    PD,
    Basis,
    BrowserStore,
    Cookie,
    Erase,
    Files,
    Keep,
    LogStream,
    NoPD,
    Payload,
    Purpose,
    Store,
)
from mcmeet.core.feature import Feature
from mcmeet.core.jobs import Arguments
from mcmeet.privacy.lint import argument_gaps, column_gaps, store_gaps
from mcmeet.privacy.stores import every_store

NOTHING = NoPD("a number of the test")


def personal(
    *,
    clause: tuple[str, ...] = ("1.2",),
    subject: tuple[str, ...] = ("id",),
    erase: Erase = Erase.DELETE_ROW,
) -> PD:
    return PD(
        cat="user.unique_id",
        clause=clause,
        purpose=Purpose.ACCOUNT,
        basis=Basis.CONTRACT,
        subject=subject,
        keep=Keep.ACCOUNT,
        erase=erase,
        why="a reason",
    )


def declared(declaration: object) -> dict[str, object]:
    return {"declaration": declaration}


def gaps_of(*columns: Column[Any]) -> list[str]:
    metadata = MetaData()
    Table("account", metadata, Column("id", Integer, primary_key=True, info=declared(personal())))
    Table("sample", metadata, *columns)
    return column_gaps(metadata)


class Undeclared(BaseModel):
    nickname: str


class Declared(BaseModel):
    nickname: Annotated[str, personal()]
    colour: Annotated[str, NoPD("one of six colours")]


def test_a_declared_table_has_no_gap() -> None:
    assert gaps_of(Column("id", Integer, info=declared(NOTHING))) == []


def test_a_column_without_declaration_is_red() -> None:
    assert gaps_of(Column("note", String)) == ["sample.note: no declaration"]


def test_a_declaration_of_another_kind_is_red() -> None:
    assert gaps_of(Column("note", String, info=declared("harmless"))) == ["sample.note: no declaration"]


def test_a_foreign_key_to_a_person_that_claims_to_be_no_personal_data_is_red() -> None:
    column = Column("creator", Integer, ForeignKey("account.id"), info=declared(NOTHING))
    assert "sample.creator: leads to a person (account), so it is personal data" in gaps_of(column)


def test_a_reference_to_a_person_without_foreign_key_is_red_too() -> None:
    column = Column("guest_id", Integer, info=declared(NOTHING))
    assert gaps_of(column) == ["sample.guest_id: leads to a person (guest), so it is personal data"]


def test_the_number_of_a_seat_is_a_reference_to_a_person() -> None:
    column = Column("host_key_seat", Integer, info=declared(NOTHING))
    assert gaps_of(column) == ["sample.host_key_seat: leads to a person (seat), so it is personal data"]


def test_the_key_of_a_person_that_claims_to_be_no_personal_data_is_red() -> None:
    metadata = MetaData()
    Table("guest", metadata, Column("id", Integer, primary_key=True, info=declared(NOTHING)))
    assert column_gaps(metadata) == ["guest.id: leads to a person (guest), so it is personal data"]


def test_a_row_that_is_deleted_and_kept_for_the_same_person_is_red() -> None:
    columns = (
        Column("creator", Integer, ForeignKey("account.id"), info=declared(personal(subject=("creator",)))),
        Column("name", String, info=declared(personal(subject=("creator",), erase=Erase.SURROGATE))),
    )
    assert gaps_of(*columns) == ["sample: erasing creator deletes the row and keeps it"]


@pytest.mark.parametrize("erase", [Erase.STAY, Erase.SURROGATE, Erase.HOLD])
def test_a_row_that_stays_and_needs_one_that_goes_is_red(erase: Erase) -> None:
    column = Column(
        "creator",
        Integer,
        ForeignKey("account.id"),
        info=declared(personal(subject=("creator",), erase=erase)),
    )
    assert gaps_of(column) == ["sample: its rows stay and creator needs a row of account that goes"]


def test_a_row_about_nobody_that_needs_one_that_goes_is_red() -> None:
    metadata = MetaData()
    Table("vote", metadata, Column("id", Integer, primary_key=True, info=declared(personal())))
    Table("sum", metadata, Column("vote", Integer, ForeignKey("vote.id"), info=declared(NOTHING)))
    assert column_gaps(metadata) == ["sum: its rows stay and vote needs a row of vote that goes"]


def test_a_row_that_goes_along_or_lets_go_of_the_one_that_goes_passes() -> None:
    for erase in (Erase.DELETE_ROW, Erase.NULL):
        declaration = personal(subject=("creator",), erase=erase)
        column = Column("creator", Integer, ForeignKey("account.id"), info=declared(declaration))
        assert gaps_of(column) == []


@pytest.mark.parametrize("kind", [DateTime(), UtcDateTime(), Uuid()], ids=["time", "utc", "key"])
def test_a_time_or_key_beside_personal_data_that_claims_to_be_none_is_red(kind: Any) -> None:
    columns = (
        Column("creator", Integer, ForeignKey("account.id"), info=declared(personal(subject=("creator",)))),
        Column("made", kind, info=declared(NOTHING)),
    )
    assert gaps_of(*columns) == ["sample.made: a time or key beside personal data, so it is personal data"]
    assert gaps_of(Column("made", kind, info=declared(NOTHING))) == []


def test_a_clause_that_the_policy_does_not_have_is_red() -> None:
    column = Column("id", Integer, info=declared(personal(clause=("1.2", "1.20"))))
    assert gaps_of(column) == ["sample.id: the policy has no clause 1.20"]


@pytest.mark.parametrize("path", ["owner_id", "creator.name", "id.phone"])
def test_a_path_that_leads_to_nobody_is_red(path: str) -> None:
    columns = (
        Column("id", Integer, info=declared(personal(subject=(path,)))),
        Column("creator", Integer, ForeignKey("account.id"), info=declared(personal(subject=("creator",)))),
    )
    assert gaps_of(*columns) == [f"sample.id: the path {path} leads to no column"]


def test_a_path_through_a_foreign_key_is_followed() -> None:
    column = Column(
        "creator", Integer, ForeignKey("account.id"), info=declared(personal(subject=("creator.id",)))
    )
    assert gaps_of(column) == []


def test_personal_data_without_a_path_is_red() -> None:
    assert gaps_of(Column("id", Integer, info=declared(personal(subject=())))) == [
        "sample.id: no path leads to the person"
    ]


def test_json_without_a_model_is_red() -> None:
    assert gaps_of(Column("data", JSON, info=declared(personal(subject=("data",))))) == [
        "sample.data: JSON without a model that declares its fields"
    ]


def test_json_whose_model_leaves_a_field_undeclared_is_red() -> None:
    info = declared(personal(subject=("data",))) | {"model": Undeclared}
    assert gaps_of(Column("data", JSON, info=info)) == ["sample.data: no declaration of Undeclared.nickname"]


def test_json_with_a_declared_model_passes() -> None:
    info = declared(personal(subject=("data",))) | {"model": Declared}
    assert gaps_of(Column("data", JSON, info=info)) == []


@pytest.mark.parametrize(
    "store",
    [
        Cookie(
            name="visits",
            purpose=Purpose.SESSION_SECURITY,
            clause=("12",),
            keep=Keep.LOGIN_SESSION,
            strictly_necessary=False,
        ),
        BrowserStore(
            kind="localStorage",
            key="visits",
            purpose=Purpose.SESSION_SECURITY,
            clause=("12",),
            keep=Keep.BROWSER_SESSION,
        ),
        LogStream(name="visits", purpose=Purpose.SERVICE_OPERATION, clause=("12",), keep=Keep.OPERATION_LOG),
        Files(prefix="visits", purpose=Purpose.SERVICE_OPERATION, clause=("12",), keep=Keep.OPERATION_LOG),
        Payload(processor="visits", purpose=Purpose.SERVICE_OPERATION, clause=("12",)),
    ],
    ids=lambda store: type(store).__name__,
)
def test_a_store_under_an_unknown_clause_is_red(store: Store) -> None:
    assert store_gaps([store]) == [f"{type(store).__name__} visits: the policy has no clause 12"]


class Told(Arguments):
    nickname: Annotated[str, personal(subject=("tenant",))]


class ToldMore(Told):
    remark: str
    place: Annotated[str, personal(subject=("address",))]


class OfAnotherPolicy(Told):
    nickname: Annotated[str, personal(clause=("77",), subject=("tenant",))]


def test_what_a_job_is_told_is_declared_field_by_field() -> None:
    assert argument_gaps([Feature("sample", events=(Told,))]) == []
    assert argument_gaps([Feature("sample", events=(ToldMore,))]) == [
        "no declaration of ToldMore.remark",
        "ToldMore.place: the path address leads to no field",
    ]


def test_what_a_job_is_told_names_clauses_of_the_policy() -> None:
    [gap] = store_gaps(every_store([Feature("sample", events=(OfAnotherPolicy,))]))
    assert gap == "JobArguments OfAnotherPolicy: the policy has no clause 77"
