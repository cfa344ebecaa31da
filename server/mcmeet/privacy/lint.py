"""Finds data that nobody declared. An empty answer is the precondition of every other engine here.

No exemption is implied: keys are declared like everything else, and a reference to a person is
personal data, for it says who met whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import JSON, Column, ColumnElement, DateTime, FromClause, MetaData, Table, Uuid

from mcmeet.core.db import UtcDateTime
from mcmeet.core.declare import PD, Erase, NoPD, Store
from mcmeet.core.feature import Feature
from mcmeet.privacy.clauses import CLAUSES

PERSON_TABLES: Final = frozenset({"account", "guest", "seat", "participation", "identity", "login_session"})
ROW_GOES: Final = frozenset({Erase.DELETE_ROW, Erase.HOLD})


def column_gaps(metadata: MetaData) -> list[str]:
    """One line for each fault in the declarations of the tables."""
    gaps = [
        f"{table.name}.{column.name}: {fault}"
        for table in metadata.sorted_tables
        for column in table.columns
        for fault in _column_faults(column)
    ]
    return gaps + [
        f"{table.name}: {fault}"
        for table in metadata.sorted_tables
        for fault in (*_row_faults(table), *_reference_faults(table))
    ]


def store_gaps(stores: Iterable[Store]) -> list[str]:
    """One line for each store that names a clause which the policy does not have."""
    return [
        f"{type(store).__name__} {store_name(store)}: the policy has no clause {clause}"
        for store in stores
        for clause in store.clause
        if clause not in CLAUSES
    ]


def argument_gaps(features: Iterable[Feature]) -> list[str]:
    """One line for each fault in what jobs are told and events tell: their rows are about people too."""
    models = {
        model: None
        for feature in features
        for model in (*(kind.arguments for kind in (*feature.jobs, *feature.on)), *feature.events)
    }
    return [fault for model in models for fault in (*_field_faults(model), *_path_faults(model))]


def _path_faults(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        for item in field.metadata:
            for path in item.subject if isinstance(item, PD) else ():
                if path not in model.model_fields:
                    yield f"{model.__name__}.{name}: the path {path} leads to no field"


def store_name(store: Store) -> str:
    for attribute in ("name", "key", "prefix", "processor"):
        if hasattr(store, attribute):
            return str(getattr(store, attribute))
    raise TypeError(f"not a store: {store!r}")


def _column_faults(column: Column[Any]) -> Iterator[str]:
    declared = column.info.get("declaration")
    if not isinstance(declared, PD | NoPD):
        yield "no declaration"
        return
    person = _person_behind(column)
    if person and isinstance(declared, NoPD):
        yield f"leads to a person ({person}), so it is personal data"
    if isinstance(declared, PD):
        yield from _declaration_faults(declared, column)
    elif _is_about_somebody(column.table) and isinstance(column.type, DateTime | Uuid | UtcDateTime):
        # A key made by `ids.new_id` holds its time; a random one still is a way back to the row.
        yield "a time or key beside personal data, so it is personal data"
    if isinstance(column.type, JSON):
        yield from _json_faults(column)


def _row_faults(table: Table) -> Iterator[str]:
    """A row cannot go and stay: for one person its columns agree on what erasure does."""
    ways: dict[str, set[Erase]] = {}
    for column in table.columns:
        declared = column.info.get("declaration")
        if isinstance(declared, PD):
            for path in declared.subject:
                ways.setdefault(path, set()).add(declared.erase)
    for path, erase in ways.items():
        if Erase.DELETE_ROW in erase and erase - ROW_GOES:
            yield f"erasing {path} deletes the row and keeps it"


def _reference_faults(table: Table) -> Iterator[str]:
    """A row that stays needs none that goes: erasing one person would fail, or take others' data along."""
    for column in table.columns:
        goes_along = _erase(column) in {Erase.DELETE_ROW, Erase.NULL}
        for key in column.foreign_keys:
            if not goes_along and _row_goes(key.column.table):
                yield f"its rows stay and {column.name} needs a row of {key.column.table.name} that goes"


def _row_goes(table: FromClause) -> bool:
    return any(_erase(column) is Erase.DELETE_ROW for column in table.columns)


def _is_about_somebody(table: FromClause) -> bool:
    return any(isinstance(column.info.get("declaration"), PD) for column in table.columns)


def _erase(column: ColumnElement[Any]) -> Erase | None:
    declared = column.info.get("declaration") if isinstance(column, Column) else None
    return declared.erase if isinstance(declared, PD) else None


def _person_behind(column: Column[Any]) -> str | None:
    """The table of people that this is a key of, or that a key or a name like `guest_id` leads to."""
    if column.primary_key and column.table.name in PERSON_TABLES:
        return column.table.name
    for key in column.foreign_keys:
        table = key.target_fullname.split(".")[0]
        if table in PERSON_TABLES:
            return table
    table = column.name.removesuffix("_id").split("_")[-1]
    is_reference = column.name.endswith(("_id", "seat"))
    return table if is_reference and table in PERSON_TABLES else None


def _declaration_faults(declared: PD, column: Column[Any]) -> Iterator[str]:
    for clause in declared.clause:
        if clause not in CLAUSES:
            yield f"the policy has no clause {clause}"
    if not declared.subject:
        yield "no path leads to the person"
    for path in declared.subject:
        if not _leads_somewhere(column.table, path):
            yield f"the path {path} leads to no column"


def _leads_somewhere(table: FromClause, path: str) -> bool:
    """Whether `seat.account_id` is a column here with a foreign key to a table that has `account_id`."""
    first, _, rest = path.partition(".")
    if first not in table.columns:
        return False
    return not rest or any(
        _leads_somewhere(key.column.table, rest) for key in table.columns[first].foreign_keys
    )


def _json_faults(column: Column[Any]) -> Iterator[str]:
    model = column.info.get("model")
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        yield "JSON without a model that declares its fields"
        return
    yield from _field_faults(model)


def _field_faults(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if not any(isinstance(item, PD | NoPD) for item in field.metadata):
            yield f"no declaration of {model.__name__}.{name}"
