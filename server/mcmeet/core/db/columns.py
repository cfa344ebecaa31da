"""Columns: each with its declaration, and the types that mean the same on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from mcmeet.core.declare import Declaration
from mcmeet.core.ids import Tenant, parse_tenant

NAMING: Final = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


def column(type_: Any, declaration: Declaration, *args: Any, **options: Any) -> MappedColumn[Any]:
    """A mapped column with its declaration: what it says about a person, or why it says nothing."""
    return mapped_column(type_, *args, info={"declaration": declaration}, **options)


class UtcDateTime(TypeDecorator[datetime]):
    """UTC on both engines; SQLite has no zone, so a naive value never gets in or out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TenantColumn(TypeDecorator[Tenant]):
    """`org:<id>`, `person:<id>` or `platform`."""

    impl = String(43)
    cache_ok = True

    def process_bind_param(self, value: Tenant | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Tenant | None:
        return None if value is None else parse_tenant(value)


class PhoneNumber(TypeDecorator[str]):
    """E.164. Equality only; encryption slots in here without touching a caller."""

    impl = String(20)
    cache_ok = True


class EmailAddress(TypeDecorator[str]):
    """Equality only; encryption slots in here without touching a caller."""

    impl = String(254)
    cache_ok = True
