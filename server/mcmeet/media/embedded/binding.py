"""The door to `mcmeet_sfu`: who serves no media never loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcmeet_sfu import Engine as Engine


def open_sfu(
    host: str, port: int, *, announce: str | None = None, workers: int = 1, tcp_port: int | None = None
) -> Engine:
    """Binds UDP `port`; raises OSError where it is taken."""
    import mcmeet_sfu

    return mcmeet_sfu.Engine(host, port, announce=announce, workers=workers, tcp_port=tcp_port)
