from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcmeet.core.ids import Org, Person, Platform, Tenant, new_id, parse_tenant

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(MOMENTS)
def test_an_id_is_a_uuid_of_version_7_that_carries_its_time(at: datetime) -> None:
    made = new_id(at)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(MOMENTS, st.integers(1, 10**9))
@example(datetime(2038, 10, 11, 0, 42, 4, 639_000, UTC), 1)
def test_later_ids_sort_behind_earlier_ones(at: datetime, later_ms: int) -> None:
    assert new_id(at) < new_id(at + timedelta(milliseconds=later_ms))


@given(st.uuids(), st.sampled_from([Org, Person]))
def test_a_tenant_survives_being_written_down(id_: UUID, kind: type[Org | Person]) -> None:
    tenant: Tenant = kind(id_)
    assert parse_tenant(str(tenant)) == tenant


def test_the_platform_is_a_tenant_and_nonsense_is_none() -> None:
    assert parse_tenant("platform") == Platform()
    with pytest.raises(ValueError, match="not a tenant"):
        parse_tenant("everybody")
