"""Lines of a period in one chain: whoever edits, deletes, adds or moves one breaks what comes after it.

The hash of a line is SHA-256 over that of the line before and the line itself as RFC 8785 writes it; its
values are texts and whole numbers, for which sorted keys without blanks are that form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from mcmeet.privacy.network_log.periods import Period

HASH: Final = "hash"
READ_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """How many lines there are, and the hash of the last."""

    count: int = 0
    hash: bytes = bytes(hashlib.sha256().digest_size)


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` counts from 1 within its period; None: it is about the period as a whole."""

    period: Period
    line: int | None
    what: str


def chained(head: Head, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their place in the chain that ends at `head`."""
    links = []
    for row in rows:
        line = {**row, "seq": head.count + 1}
        head = Head(head.count + 1, _hash(head.hash, line))
        links.append({**line, HASH: head.hash})
    return links


def head(tx: Session, table: Table) -> Head:
    last = select(table.c.seq, table.c.hash).where(table.c.seq.is_not(None)).order_by(table.c.seq.desc())
    row = tx.execute(last.limit(1)).first()
    return Head() if row is None else Head(*row)


def verify(tx: Session, table: Table, period: Period, checked: Mapping[int, bytes]) -> list[Fault]:
    """The first line that is not what was written, if any; `checked` are hashes by count, kept elsewhere."""
    outside = tx.scalar(select(func.count()).where(table.c.seq.is_(None))) or 0
    faults = [Fault(period, None, f"{outside} lines are outside the chain")] if outside else []
    lines = select(table).where(table.c.seq.is_not(None)).order_by(table.c.seq)
    end = Head()
    for row in tx.execute(lines.execution_options(yield_per=READ_AT_ONCE)).mappings():
        line = dict(row)
        found = line.pop(HASH)
        number = end.count + 1
        if line["seq"] != number:
            return [*faults, Fault(period, number, "is missing")]
        end = Head(number, _hash(end.hash, line))
        if end.hash != found:
            return [*faults, Fault(period, number, "was changed, or a line before it was taken out")]
        if checked.get(number, found) != found:
            return [*faults, Fault(period, number, "is not the line that its checkpoint names")]
    if any(count > end.count for count in checked):
        faults.append(Fault(period, end.count + 1, "is missing, and all after it: a checkpoint names more"))
    return faults


def _hash(previous: bytes, line: Mapping[str, Any]) -> bytes:
    """A column that is empty counts as none: later versions may add some."""
    plain = {name: _plain(value) for name, value in line.items() if value is not None}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + text.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
