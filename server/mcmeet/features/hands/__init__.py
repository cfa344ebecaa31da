"""举手: who wants to speak, in the order in which they asked."""

from __future__ import annotations

from mcmeet.core.feature import Feature
from mcmeet.features.hands.live import LOWER, LOWER_ALL, RAISE, HandsLive

FEATURE = Feature(name="hands", actions=(RAISE, LOWER, LOWER_ALL), live=HandsLive)
