"""The network log of clause 2.1: who did what from which address, under a pseudonym, for some six months.

`entries` is its vocabulary, `log` takes what happened and writes it, `partitions` are its own databases, one
for each period, and `retention` drops them whole. Decision 12 says why.

It is declared as a feature is; those that write to it import it, so it is none of them.
"""

from __future__ import annotations

from typing import Final

from mcmeet.core.feature import Feature
from mcmeet.privacy.network_log.retention import purge

FEATURE: Final = Feature(name="network_log", purge=purge)
