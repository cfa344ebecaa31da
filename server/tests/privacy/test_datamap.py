"""The lock over the data map: no change of what is kept about people goes unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from mcmeet.core.declare import PD, Basis, Cookie, Keep, NoPD, Purpose
from mcmeet.privacy.datamap import datamap, lock_gaps, map_hash, read_lock, write_lock
from mcmeet.privacy.policies import Kind, versions
from mcmeet.privacy.stores import every_store, every_table
from mcmeet.registry import FEATURES

NAME = PD(
    cat="user.name",
    clause=("1.1",),
    purpose=Purpose.IDENTIFY_IN_MEETING,
    basis=Basis.CONTRACT,
    subject=("id",),
    keep=Keep.MEETING_RECORD,
)
VISIT = Cookie(
    name="mcmeet",
    purpose=Purpose.SESSION_SECURITY,
    clause=("1.16",),
    keep=Keep.LOGIN_SESSION,
    strictly_necessary=True,
)


def metadata(*further: Column[str]) -> MetaData:
    tables = MetaData()
    key = Column("id", Integer, primary_key=True, info={"declaration": NoPD("a number of the test")})
    Table("sample", tables, key, Column("name", String, info={"declaration": NAME}), *further)
    return tables


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    return tmp_path / "datamap.lock.json"


def test_the_lock_covers_what_is_declared_now() -> None:
    """Red after a change? `python -m tools.datamap` says what to do."""
    found = datamap(every_table(), every_store(FEATURES))
    assert lock_gaps(read_lock(), found, versions(Kind.PRIVACY)) == []


def test_a_renewed_lock_covers_its_map_and_survives_the_file(lock_file: Path) -> None:
    found = datamap(metadata(), [VISIT])
    write_lock(found, policy_version="1", material=True, what="the first tables", file=lock_file)
    assert lock_gaps(read_lock(lock_file), found, {"1"}) == []


def test_a_new_column_is_red_until_an_entry_names_it(lock_file: Path) -> None:
    before = datamap(metadata(), [VISIT])
    write_lock(before, policy_version="1", material=True, what="the first tables", file=lock_file)
    after = datamap(metadata(Column("place", String, info={"declaration": NAME})), [VISIT])
    assert lock_gaps(read_lock(lock_file), after, {"1"}) != []
    write_lock(after, policy_version="1", material=False, what="the place, clause 1.2", file=lock_file)
    assert lock_gaps(read_lock(lock_file), after, {"1"}) == []
    assert [change.what for change in read_lock(lock_file).changes] == [
        "the first tables",
        "the place, clause 1.2",
    ]


@pytest.mark.parametrize("changed", ["purpose", "keep", "store"])
def test_a_changed_purpose_or_term_or_a_lost_store_is_a_change(changed: str) -> None:
    before = datamap(metadata(), [VISIT])
    after = datamap(metadata(), [] if changed == "store" else [VISIT])
    if changed != "store":
        after["tables"]["sample"]["name"][changed] = "another"
    assert map_hash(before) != map_hash(after)


def test_a_map_edited_by_hand_without_an_entry_is_red(lock_file: Path) -> None:
    found = datamap(metadata(), [VISIT])
    write_lock(found, policy_version="1", material=True, what="the first tables", file=lock_file)
    after = datamap(metadata(Column("place", String, info={"declaration": NAME})), [VISIT])
    edited = read_lock(lock_file).model_copy(update={"map": after})
    assert lock_gaps(edited, after, {"1"}) == [
        "no entry names the policy version that covers the map as it is"
    ]


def test_an_entry_under_a_policy_version_that_there_is_not_is_red(lock_file: Path) -> None:
    found = datamap(metadata(), [VISIT])
    write_lock(found, policy_version="2", material=True, what="the first tables", file=lock_file)
    assert lock_gaps(read_lock(lock_file), found, {"1"}) == ["the first tables: there is no policy version 2"]
