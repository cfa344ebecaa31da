"""The media servers that are measured in turn: our own and, where one is installed, a real LiveKit server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from tests.contract.livekit_server import find_livekit, livekit_server, livekit_version
from tests.contract.media_server import MediaServer, media_server


@dataclass(frozen=True)
class Engine:
    name: str
    start: Callable[[], AbstractContextManager[MediaServer]]


def engines() -> list[Engine]:
    """Ours first."""
    program = find_livekit()
    ours = Engine("MCMeet", media_server)
    if program is None:
        return [ours]
    return [ours, Engine(f"LiveKit {livekit_version(program)}", partial(livekit_server, program))]
