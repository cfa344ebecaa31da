"""The one list of features, in start order."""

from __future__ import annotations

from typing import Final

from mcmeet.core import installation  # noqa: F401  (registers its table)
from mcmeet.core.feature import Feature
from mcmeet.features import accounts, hands, meetings, participants, policy, reactions

FEATURES: Final[tuple[Feature, ...]] = (
    policy.FEATURE,
    accounts.FEATURE,
    meetings.FEATURE,
    participants.FEATURE,
    reactions.FEATURE,
    hands.FEATURE,
)
