"""Admission: what stands between somebody and a meeting, as a fold over the features' checks.

`join` is owned by meetings; link, number, API and telephone all pass it. The first refusal ends it.
Open questions are gathered, so that the page can ask them all at once; once none is open, the first
wait holds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mcmeet.core.errors import McmeetError


@dataclass(frozen=True, slots=True)
class Admit:
    """Nothing against it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """In by way of a space where the host decides."""

    space: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One step is open; the page draws the view that its feature registered for `step`."""

    step: str


@dataclass(frozen=True, slots=True)
class Refuse:
    error: McmeetError


Verdict = Admit | Wait | Ask | Refuse
AdmissionCheck = Callable[[Any], Awaitable[Verdict]]


class AdmissionSteps(McmeetError):
    """Open questions; repeat the join with their answers. `data.steps` lists them in order."""

    status = 409
    code = "admission_steps"
    message = "Something has to be answered before you can join."


async def fold(checks: Sequence[AdmissionCheck], attempt: Any) -> Admit | Wait:
    """Raises the error of the first refusal, or AdmissionSteps with every open question."""
    waiting: Wait | None = None
    steps: list[str] = []
    for check in checks:
        verdict = await check(attempt)
        match verdict:
            case Refuse(error):
                raise error
            case Ask(step):
                steps.append(step)
            case Wait():
                waiting = waiting or verdict
    if steps:
        raise AdmissionSteps(steps=steps)
    return waiting or Admit()
