"""Running meetings: one asyncio task owns each, and everything that happens in it goes through that task.

What every meeting has, whatever is in the registry, is declared as a feature is.
"""

from __future__ import annotations

from typing import Final

from mcmeet.core.feature import Feature
from mcmeet.live import leave, purge

FEATURE: Final = Feature(name="live", actions=(leave.LEAVE,), live=leave.Leaving, purge=purge.purge)
