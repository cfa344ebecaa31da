"""What the product's features declare for a meeting: tests that must name every command start here."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mcmeet import features
from mcmeet.core.feature import Feature
from mcmeet.live import FEATURE as LIVE
from mcmeet.registry import FEATURES
from tests.live.scene import Contract

FOLDER: Final = Path(features.__file__).parent
CONTRACTS: Final[dict[str, Contract]] = {
    path.parts[-3]: importlib.import_module(f"mcmeet.features.{path.parts[-3]}.tests.contract").CONTRACT
    for path in sorted(FOLDER.glob("*/tests/contract.py"))
}
"""By feature."""


def commands(features: Sequence[Feature] = FEATURES) -> set[str]:
    return {name for feature in (LIVE, *features) for name in getattr(feature.live, "commands", {})}
