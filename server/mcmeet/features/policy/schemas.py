from __future__ import annotations

from mcmeet.privacy.policies import Policy


class PolicyText(Policy):
    """A published text as people read it; `hash` is SHA-256 over it, as the consent ledger keeps it."""

    hash: str
