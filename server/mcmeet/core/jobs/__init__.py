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

__all__ = [
    "CARRIED_AS",
    "Arguments",
    "Event",
    "JobKind",
    "Jobs",
    "Run",
    "UndeclaredJob",
    "Write",
    "emit",
    "enqueue",
    "purge",
]
