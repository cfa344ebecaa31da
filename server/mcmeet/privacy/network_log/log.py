"""Takes what happened, without waiting, and writes it in the background.

A meeting never waits for this log and never fails by it. What cannot be written now stays in memory and is
tried again with the next entry, and each minute; what does not fit there is counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, takewhile
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mcmeet.core import logs
from mcmeet.core.clock import Clock
from mcmeet.core.config import Config
from mcmeet.core.db import Db, insert_into
from mcmeet.core.ids import new_id
from mcmeet.core.secrets import Secrets
from mcmeet.privacy.network_log.checkpoints import CHECKPOINTS, Checkpoints
from mcmeet.privacy.network_log.entries import Entry
from mcmeet.privacy.network_log.partitions import Partitions, Row, open_partitions
from mcmeet.privacy.network_log.periods import Period
from mcmeet.privacy.network_log.tables import PSEUDONYM_LENGTH, NetworkLogKey

WAITING_MOST: Final = 20_000
"""Some 10 MB; at a hundred acts a second, three minutes."""
BATCH_MOST: Final = 500
KEY_BYTES: Final = 32

log = logs.get("network_log")


class State(StrEnum):
    """What /healthz says. A log that fails is no reason to end meetings: the answer stays 200."""

    OK = "ok"
    BEHIND = "behind"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """`id` is drawn once, so that a line that was stored though nobody heard of it is not stored again."""

    id: UUID
    entry: Entry


class NetworkLog:
    def __init__(
        self, main: Db, partitions: Partitions, checkpoints: Checkpoints, keys: Secrets, clock: Clock
    ) -> None:
        self.partitions = partitions
        self.checkpoints = checkpoints
        self._main = main
        self._secret = keys.key("network-log")
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._keys: dict[Period, bytes] = {}
        self._failing = False
        self._lost = 0
        self._closing = False
        self._wake = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write_forever())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Writes what waits, once; what cannot be written then is lost."""
        self._closing = True
        self._wake.set()
        await self._task
        if self._waiting:
            log.error("network log lost", count=len(self._waiting))
        await self.partitions.close()

    @property
    def state(self) -> State:
        if self._lost:
            return State.LOST
        return State.BEHIND if self._failing else State.OK

    def record(self, entry: Entry) -> None:
        """To be called once what it tells of is committed."""
        if len(self._waiting) < WAITING_MOST:
            self._waiting.append(_Waiting(new_id(self._clock.now()), entry))
        else:
            self._lost += 1
        self._wake.set()

    async def store(self, entry: Entry) -> None:
        """Returns once its line is stored, for what may not happen otherwise. Raises whatever forbade it."""
        period = Period.of(entry.at)
        waiting = _Waiting(new_id(self._clock.now()), entry)
        await self.partitions.append(period, [_row(waiting, await self._key(period))])

    def try_again(self) -> None:
        self._wake.set()

    def forget_key(self, period: Period) -> None:
        self._keys.pop(period, None)

    async def _write_forever(self) -> None:
        closing = False
        while not closing:
            await self._wake.wait()
            self._wake.clear()
            closing = self._closing  # read before the last attempt, not after it
            try:
                await self._write_waiting()
                self._failing = False
            except Exception as error:
                self._failing = True
                log.error("network log not written", error=type(error).__name__, count=len(self._waiting))
                if self._lost:
                    log.error("network log lost", count=self._lost)

    async def _write_waiting(self) -> None:
        while self._waiting:
            period = Period.of(self._waiting[0].entry.at)
            batch = list(islice(_of_period(period, self._waiting), BATCH_MOST))
            key = await self._key(period)
            await self.partitions.append(period, [_row(one, key) for one in batch])
            for _ in batch:
                self._waiting.popleft()

    async def _key(self, period: Period) -> bytes:
        """Neither a stolen database nor a stolen master key alone turns a pseudonym back."""
        if period not in self._keys:
            drawn = secrets.token_bytes(KEY_BYTES)
            stored = await self._main.write(lambda tx: _key_of(tx, str(period), drawn))
            self._keys[period] = hmac.digest(self._secret, stored, hashlib.sha256)
        return self._keys[period]


def open_network_log(config: Config, main: Db, keys: Secrets, clock: Clock) -> NetworkLog:
    checkpoints = Checkpoints(config.data / CHECKPOINTS, keys)
    return NetworkLog(main, open_partitions(config), checkpoints, keys, clock)


def _key_of(tx: Session, period: str, drawn: bytes) -> bytes:
    """`drawn` unless the period has one: a command beside the server may have been the first."""
    tx.execute(insert_into(tx, NetworkLogKey).values(period=period, key=drawn).on_conflict_do_nothing())
    return tx.scalars(select(NetworkLogKey.key).where(NetworkLogKey.period == period)).one()


def pseudonym(key: bytes, who: str) -> str:
    return hmac.digest(key, who.encode(), hashlib.sha256).hex()[:PSEUDONYM_LENGTH]


def _of_period(period: Period, waiting: Iterable[_Waiting]) -> Iterator[_Waiting]:
    return takewhile(lambda one: Period.of(one.entry.at) == period, waiting)


def _row(waiting: _Waiting, key: bytes) -> Row:
    entry = waiting.entry
    row: dict[str, Any] = {
        "id": waiting.id,
        "at": entry.at,
        "pseudonym": None if entry.who is None else pseudonym(key, entry.who),
        "ip": entry.endpoint.ip,
        "port": entry.endpoint.port,
        "act": entry.act.value,
        "target": entry.target,
        "result": entry.result,
        "reason": entry.reason,
    }
    return row
