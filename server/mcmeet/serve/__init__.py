"""`mcmeet serve`, and what the operator does beside it."""

from mcmeet.serve.operator import create_meeting
from mcmeet.serve.preparing import NotReady, prepare
from mcmeet.serve.running import run

__all__ = ["NotReady", "create_meeting", "prepare", "run"]
