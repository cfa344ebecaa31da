"""A token bucket for one sender: no keys, no storage, no allocation."""

from __future__ import annotations

from mcmeet.core.clock import Clock


class Bucket:
    def __init__(self, clock: Clock, per_second: float, burst: int) -> None:
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._at = clock.monotonic()

    def take(self) -> bool:
        """False when this one comes too soon."""
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
