"""One port for HTTP, TLS and media, the certificate shown there, and how devices come to trust it."""

from mcmeet.core.serving.server import (
    FREE_PORT_ATTEMPTS,
    MESSAGE_MOST_BYTES,
    MESSAGE_TOO_BIG,
    CannotListen,
    PlainSite,
    Server,
    ServerFailed,
    collect_seldom,
    listen,
)

__all__ = [
    "FREE_PORT_ATTEMPTS",
    "MESSAGE_MOST_BYTES",
    "MESSAGE_TOO_BIG",
    "CannotListen",
    "PlainSite",
    "Server",
    "ServerFailed",
    "collect_seldom",
    "listen",
]
