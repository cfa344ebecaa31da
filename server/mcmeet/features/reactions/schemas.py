"""Wire shapes of the reactions feature."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

ReactionName = Literal["clap", "thumbs_up", "heart", "laugh", "surprised", "celebrate"]


class ShowReaction(BaseModel):
    reaction: ReactionName


class ReactionShown(ShowReaction):
    """Data of `reactions.shown`."""

    seat: int
