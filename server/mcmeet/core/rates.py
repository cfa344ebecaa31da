"""Limits on rates, in memory: a sliding window for each rule and key, a bucket for one sender.

Keys are chosen by whoever sends requests, so a window that has passed is forgotten, and there are never
more than KEYS_MOST for a rule: beyond it the one that was used longest ago goes (docs/decisions/0009).
"""

from __future__ import annotations

import ipaddress
import math
import re
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from mcmeet.core.clock import Clock
from mcmeet.core.errors import TooManyRequests

KEYS_MOST: Final = 50_000
SITE_BITS: Final = 48
SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    amount: int
    seconds: int


@lru_cache(maxsize=256)
def parse(rule: str) -> Rule:
    """`10/minute`, `100/10minutes`. Raises ValueError."""
    found = re.fullmatch(r"(\d+)/(\d*)(second|minute|hour|day)s?", rule)
    if found is None:
        raise ValueError(f"{rule!r} is no rule such as 100/10minutes")
    return Rule(int(found[1]), int(found[2] or 1) * SECONDS[found[3]])


def site_of(source: str) -> str | None:
    """The /48 around the /64 of `source_of`; None for everything else.

    A provider may give one customer a whole /48 (RFC 6177), so limits for each /64 need one for all of it.
    """
    try:
        return str(ipaddress.IPv6Network(source).supernet(new_prefix=SITE_BITS))
    except ValueError:
        return None


class Rates:
    def __init__(self, clock: Clock, keys_most: int = KEYS_MOST) -> None:
        self._clock = clock
        self._keys_most = keys_most
        # For each rule its keys, that used longest ago first, with their times of use, oldest first.
        self._uses: dict[str, OrderedDict[Key, list[float]]] = {}

    def hit(self, rule: str, *key: str) -> None:
        """Counts one use of `rule` (`"10/minute"`) by `key`; raises TooManyRequests beyond it."""
        self.test(rule, *key)
        now = self._clock.monotonic()
        uses = self._uses.setdefault(rule, OrderedDict())
        uses.setdefault(key, []).append(now)
        uses.move_to_end(key)
        self._forget(uses, now - parse(rule).seconds)

    def test(self, rule: str, *key: str) -> None:
        """As `hit`, but counts nothing: for limits on failures, which only a failure may use up."""
        limit, now = parse(rule), self._clock.monotonic()
        times = self._times(rule, key)
        del times[: bisect_right(times, now - limit.seconds)]
        if len(times) >= limit.amount:
            raise TooManyRequests(max(1, math.ceil(times[0] + limit.seconds - now)))

    def give_back(self, rule: str, *key: str) -> None:
        """Takes back the last use: what was counted beforehand turned out to be none."""
        times = self._times(rule, key)
        if times:
            times.pop()

    def keys(self) -> int:
        """How many keys are remembered."""
        return sum(len(uses) for uses in self._uses.values())

    def _times(self, rule: str, key: Key) -> list[float]:
        uses = self._uses.get(rule)
        return [] if uses is None else uses.get(key, [])

    def _forget(self, uses: OrderedDict[Key, list[float]], passed: float) -> None:
        while uses:
            times = next(iter(uses.values()))
            if len(uses) <= self._keys_most and times and times[-1] > passed:
                return
            uses.popitem(last=False)


class Bucket:
    """A token bucket for one sender: no keys, no storage, no allocation."""

    def __init__(self, clock: Clock, per_second: float, burst: int) -> None:
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._at = clock.monotonic()

    def take(self, cost: float = 1.0) -> bool:
        """False when this one comes too soon."""
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True
