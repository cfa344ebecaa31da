"""Weeks, by which the network log is parted: from Monday to Monday, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from mcmeet.core.config import NETWORK_LOG_PERIOD_DAYS


@dataclass(frozen=True, order=True, slots=True)
class Period:
    monday: date

    @classmethod
    def of(cls, at: datetime) -> Self:
        day = at.astimezone(UTC).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The inverse of `str`; None for what names no period of ours."""
        try:
            period = cls(date.fromisoformat(text))
        except ValueError:
            return None
        return period if period.monday.weekday() == 0 and str(period) == text else None

    def __str__(self) -> str:
        return self.monday.isoformat()

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.monday, time(), UTC)

    @property
    def ends(self) -> datetime:
        """No line of it is younger."""
        return self.begins + timedelta(days=NETWORK_LOG_PERIOD_DAYS)
