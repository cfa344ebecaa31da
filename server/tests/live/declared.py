"""What the product's features declare for a meeting: tests that must name every command start here."""

from collections.abc import Sequence

from mcmeet.core.feature import Feature
from mcmeet.live import FEATURE as LIVE
from mcmeet.registry import FEATURES


def commands(features: Sequence[Feature] = FEATURES) -> set[str]:
    return {name for feature in (LIVE, *features) for name in getattr(feature.live, "commands", {})}
