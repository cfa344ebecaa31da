"""Work that outlives whoever wants it, and what has happened, told to whoever listens.

`worker` does the work; app.py alone starts one.
"""

from mcmeet.core.jobs.events import Event, emit
from mcmeet.core.jobs.kinds import (
    CARRIED_AS,
    Arguments,
    JobKind,
    Jobs,
    Run,
    UndeclaredJob,
    Write,
    enqueue,
    purge,
)
from mcmeet.core.jobs.store import DeadJob, dead_jobs, forget_dead, revive_dead

__all__ = [
    "CARRIED_AS",
    "Arguments",
    "DeadJob",
    "Event",
    "JobKind",
    "Jobs",
    "Run",
    "UndeclaredJob",
    "Write",
    "dead_jobs",
    "emit",
    "enqueue",
    "forget_dead",
    "purge",
    "revive_dead",
]
