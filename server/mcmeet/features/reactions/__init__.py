"""表情反应: applause and the like, shown over a tile for some seconds and kept nowhere."""

from __future__ import annotations

from typing import Final

from mcmeet.core.feature import Feature
from mcmeet.features.reactions.live import SHOW, ReactionsLive

FEATURE: Final = Feature(name="reactions", actions=(SHOW,), live=ReactionsLive)
