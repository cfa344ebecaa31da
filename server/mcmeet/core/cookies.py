"""Our cookies: one way to set them, whatever they carry.

Over https a cookie bears the prefix `__Host-`, which a browser accepts only with Secure, Path=/ and no
Domain (RFC 6265bis §4.1.3.2), so that no neighbouring host can plant one. Plain http cannot
carry the prefix: that is for loopback, and in demo mode for a first look over the local network.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from mcmeet.core.config import Config, Mode
from mcmeet.core.errors import HttpsRequired
from mcmeet.core.http import LOOPBACK_NAMES

HOST_PREFIX: Final = "__Host-"


def is_secure(connection: HTTPConnection) -> bool:
    return connection.url.scheme in ("https", "wss")


def cookie_name(connection: HTTPConnection, name: str) -> str:
    return f"{HOST_PREFIX}{name}" if is_secure(connection) else name


def require_https(connection: HTTPConnection, config: Config) -> None:
    """In production no login goes over a network in the clear. Raises HttpsRequired."""
    if config.mode is not Mode.PRODUCTION or is_secure(connection):
        return
    if connection.url.hostname not in LOOPBACK_NAMES:
        raise HttpsRequired


def read_cookie(connection: HTTPConnection, name: str) -> str | None:
    return connection.cookies.get(cookie_name(connection, name))


def set_cookie(
    response: Response, connection: HTTPConnection, name: str, value: str, *, seconds: int
) -> None:
    """HttpOnly, SameSite=Lax, Path=/, and Secure wherever it can be."""
    response.set_cookie(
        cookie_name(connection, name),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(connection),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, connection: HTTPConnection, name: str) -> None:
    set_cookie(response, connection, name, "", seconds=0)
