"""Drops the weeks of the network log whose newest line has been kept long enough, each with its key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Table, delete, func, select
from sqlalchemy.orm import Session

from mcmeet.core.db import Lane
from mcmeet.core.ids import new_id
from mcmeet.core.services import Core
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.privacy.network_log.partitions import UNREADABLE
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.tables import NetworkLogKey, RetentionReceipt

STORE: Final = "network_log"


async def purge(core: Core) -> None:
    """Also lets the log try again what it could not write, and notes how far its chains have come."""
    network_log = core.the(NetworkLog)
    network_log.try_again()
    keep, now = timedelta(days=core.config.network_log.keep_days), core.clock.now()
    stored = frozenset(await network_log.partitions.periods())
    for period in sorted(stored | await core.db.read(_periods_with_key)):
        if period.ends + keep <= now:
            await _drop(core, network_log, period, stored=period in stored)
    await network_log.checkpoints.note(network_log.partitions, now)


async def _drop(core: Core, network_log: NetworkLog, period: Period, *, stored: bool) -> None:
    """The receipt comes last: what it says has then happened."""
    lines = await _count(network_log, period) if stored else None
    await network_log.partitions.drop(period)
    network_log.checkpoints.forget(period)
    network_log.forget_key(period)
    now = core.clock.now()
    await core.db.write(lambda tx: _settle(tx, period, lines, now), lane=Lane.BATCH)


async def _count(network_log: NetworkLog, period: Period) -> int | None:
    """None where they cannot be read: their time has passed all the same."""
    try:
        return await network_log.partitions.read(period, _lines)
    except UNREADABLE:
        return None


def _lines(tx: Session, table: Table) -> int:
    return tx.scalar(select(func.count()).select_from(table)) or 0


def _periods_with_key(tx: Session) -> frozenset[Period]:
    found = map(Period.parse, tx.scalars(select(NetworkLogKey.period)))
    return frozenset(period for period in found if period is not None)


def _settle(tx: Session, period: Period, lines: int | None, now: datetime) -> None:
    tx.execute(delete(NetworkLogKey).where(NetworkLogKey.period == str(period)))
    tx.add(RetentionReceipt(id=new_id(now), store=STORE, period=str(period), lines=lines, deleted_at=now))
