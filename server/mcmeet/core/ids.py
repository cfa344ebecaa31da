"""Identifiers and tenants.

Ids are UUIDv7 (RFC 9562 §5.7) made in Python, so that rows sort by creation. Rows that must not be
linkable (anonymous ballots, statistics) take `random_id`, which carries neither time nor order.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

_UUID_VERSION: Final = 7
_RFC_VARIANT: Final = 0b10
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(now: datetime) -> UUID:
    """A UUIDv7 whose first 48 bits are `now` in Unix milliseconds."""
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    random_bits = secrets.randbits(74)
    value = milliseconds << 80
    value |= _UUID_VERSION << 76
    value |= (random_bits >> 62) << 64
    value |= _RFC_VARIANT << 62
    value |= random_bits & ((1 << 62) - 1)
    return UUID(int=value)


def random_id() -> UUID:
    """A UUIDv4: no time, no insertion order."""
    return uuid4()


@dataclass(frozen=True, slots=True)
class Org:
    """An enterprise's data."""

    id: UUID

    def __str__(self) -> str:
        return f"org:{self.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """An individual's own data."""

    id: UUID

    def __str__(self) -> str:
        return f"person:{self.id}"


@dataclass(frozen=True, slots=True)
class Platform:
    """What belongs to the installation itself, and to nobody in it."""

    def __str__(self) -> str:
        return "platform"


Tenant = Org | Person | Platform


def parse_tenant(text: str) -> Tenant:
    """The inverse of `str(tenant)`; ValueError on anything else."""
    if text == "platform":
        return Platform()
    kind, _, id_ = text.partition(":")
    if kind == "org":
        return Org(UUID(id_))
    if kind == "person":
        return Person(UUID(id_))
    raise ValueError(f"not a tenant: {text!r}")
