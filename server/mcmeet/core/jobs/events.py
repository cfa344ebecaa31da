"""What has happened, told to whoever wants to know: one job for each of them, in the same transaction.

The producer never knows who listens. An event is a model in its feature's `schemas.py`, with its tenant
and a version; a new version is a new model, and who listens understands the old one until no stored job
has it any more.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mcmeet.core.jobs.kinds import Arguments, UndeclaredJob, enqueue, jobs_of


class Event(Arguments):
    """Its subclass has a field `version: Literal[n] = n`, and is listed in its feature's `events`."""


def emit(tx: Session, event: Event) -> None:
    """Told exactly if the transaction commits. Raises UndeclaredJob when no feature declares the event."""
    listeners = jobs_of(tx).listeners.get(type(event))
    if listeners is None:
        raise UndeclaredJob(type(event).__name__)
    for kind in listeners:
        enqueue(tx, kind, event)
