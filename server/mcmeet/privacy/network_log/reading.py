"""Reading the log: for a reason, which the log keeps, and with addresses masked unless they are asked for.

The line that says so is stored before anything is shown.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mcmeet.core.endpoints import NOWHERE
from mcmeet.core.errors import NotSaved
from mcmeet.core.names import clean_line
from mcmeet.core.services import Core
from mcmeet.privacy.network_log import chain
from mcmeet.privacy.network_log.chain import Fault
from mcmeet.privacy.network_log.entries import Act, Entry
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.privacy.network_log.partitions import UNREADABLE
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.tables import REASON_MOST

SHOWN: Final = ("at", "pseudonym", "ip", "port", "act", "target", "result", "reason")
SHOWN_BITS: Final = {4: 24, 6: 48}


class NotLogged(Exception):
    """That somebody wants to read could not be stored, so nothing is shown."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on, and before `until`."""

    since: datetime
    until: datetime

    def holds(self, period: Period) -> bool:
        return period.begins < self.until and period.ends > self.since


async def read(
    core: Core, who: str, reason: str, span: Span, *, unmask: bool = False
) -> list[dict[str, Any]]:
    """Lines, oldest first, once the reason is stored. Raises NameInvalid for one that is none, NotLogged."""
    log = core.the(NetworkLog)
    act = Act.ADMIN_UNMASK_LOG if unmask else Act.ADMIN_READ_LOG
    reason = clean_line(reason, REASON_MOST)
    try:
        await log.store(Entry(act, core.clock.now(), who, NOWHERE, reason=reason))
    except (NotSaved, DBAPIError, OSError) as error:
        raise NotLogged from error
    found: list[dict[str, Any]] = []
    for period in await log.partitions.periods():
        if span.holds(period):
            with suppress(*UNREADABLE):  # `verify` names it
                found += await log.partitions.read(period, partial(_lines, span, unmask))
    return found


async def verify(core: Core, copy: Path | None = None, span: Span | None = None) -> list[Fault]:
    """What is not as it was written; `copy`: the checkpoints as they were taken elsewhere."""
    log = core.the(NetworkLog)
    noted, faults = log.checkpoints.read(copy)
    stored = set(await log.partitions.periods())
    keep = timedelta(days=core.config.network_log.keep_days)
    due = {period for period in noted if period.ends + keep > core.clock.now()}
    for period in sorted(stored | due):
        if span is not None and not span.holds(period):
            continue
        if period not in stored:
            faults.append(Fault(period, None, "the whole week is missing"))
            continue
        checked = partial(_verify, period, noted.get(period, {}))
        try:
            faults += await log.partitions.read(period, checked)
        except UNREADABLE:
            faults.append(Fault(period, None, "cannot be read"))
    return faults


def _verify(period: Period, checked: dict[int, bytes], tx: Session, table: Table) -> list[Fault]:
    return chain.verify(tx, table, period, checked)


def _lines(span: Span, unmask: bool, tx: Session, table: Table) -> list[dict[str, Any]]:
    chosen = select(*(table.c[name] for name in SHOWN)).where(
        table.c.at >= span.since, table.c.at < span.until
    )
    rows = tx.execute(chosen.order_by(table.c.at, table.c.id)).mappings()
    return [dict(row) if unmask else dict(_masked(row)) for row in rows]


def _masked(row: Any) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name == "ip" and value is not None:
            yield name, network_of(value)
        else:
            yield name, None if name == "port" else value


def network_of(address: str) -> str:
    bits = SHOWN_BITS[ipaddress.ip_address(address).version]
    return str(ipaddress.ip_network((address, bits), strict=False))
