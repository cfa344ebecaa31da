"""Limits on guessing a secret that many people share, such as a passcode.

Only failures count, so that an office behind one address is not slowed by arriving together. Beyond its
allowance a source keeps a trickle of tries; a target that is guessed at from many sources makes the
allowance of each small. So guessing is slow everywhere, and nobody can shut others out by guessing.
The /48 around an IPv6 source has an allowance of its own, larger because a campus may be behind it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from mcmeet.core.errors import TooManyRequests
from mcmeet.core.rates import Rates, site_of

FAILURES_PER_SOURCE: Final = "100/10minutes"
FAILURES_PER_SITE: Final = "1000/10minutes"
FAILURES_PER_TARGET: Final = "300/10minutes"
FAILURES_WHILE_ATTACKED: Final = "5/10minutes"
TRICKLE: Final = "1/5seconds"
TRICKLE_WHILE_ATTACKED: Final = "1/minute"


def require_guess(rates: Rates, source: str, target: str) -> None:
    """Raises TooManyRequests when `source` has guessed enough for now."""
    attacked = _is_used_up(rates, FAILURES_PER_TARGET, "guessed at", target)
    allowance = FAILURES_WHILE_ATTACKED if attacked else FAILURES_PER_SOURCE
    trickle = TRICKLE_WHILE_ATTACKED if attacked else TRICKLE
    if _is_used_up(rates, allowance, "guesses of", source):
        rates.hit(trickle, "trickle of", source)
    site = site_of(source)
    if site is not None and _is_used_up(rates, FAILURES_PER_SITE, "guesses of", site):
        rates.hit(trickle, "trickle of", site)


def count_failure(rates: Rates, source: str, target: str) -> None:
    counted = [
        (FAILURES_PER_TARGET, "guessed at", target),
        (FAILURES_PER_SOURCE, "guesses of", source),
        (FAILURES_WHILE_ATTACKED, "guesses of", source),
    ]
    site = site_of(source)
    if site is not None:
        counted.append((FAILURES_PER_SITE, "guesses of", site))
    for rule, *key in counted:
        with suppress(TooManyRequests):  # full already: `require_guess` says so next time
            rates.hit(rule, *key)


def _is_used_up(rates: Rates, rule: str, *key: str) -> bool:
    try:
        rates.test(rule, *key)
    except TooManyRequests:
        return True
    return False
