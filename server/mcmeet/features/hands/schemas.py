"""Wire shapes of the hands feature."""

from __future__ import annotations

from pydantic import BaseModel


class LowerHand(BaseModel):
    """Without `seat`: one's own."""

    seat: int | None = None


class RaisedHands(BaseModel):
    """Part of the snapshot and data of `hands.changed`: seats, the first to have asked first."""

    raised: list[int]
