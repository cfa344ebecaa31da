"""Events kept for those who come back: the last ones of this epoch, each with who may see it."""

from __future__ import annotations

from collections import deque
from typing import Final

from mcmeet.live.feature import Seats

REPLAY_MOST: Final = 500


class Replay:
    """Numbers events from 1; `after(seat, seq)` gives what a seat has missed, or None when too much."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, Seats | None, str]] = deque(maxlen=REPLAY_MOST)
        self.seq = 0

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def keep(self, seq: int, seats: Seats | None, frame: str) -> None:
        self._kept.append((seq, seats, frame))

    def after(self, seat: int, seq: int) -> list[str] | None:
        if seq > self.seq:
            return None
        first_kept = self._kept[0][0] if self._kept else self.seq + 1
        if seq + 1 < first_kept:
            return None
        return [
            frame for number, seats, frame in self._kept if number > seq and (seats is None or seat in seats)
        ]
