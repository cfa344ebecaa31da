"""Who asks: our own page under one of our own names, or another."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from mcmeet.core import lan
from mcmeet.core.config import Config, TlsMode
from mcmeet.core.errors import ForeignOrigin, problem_response
from mcmeet.core.http.middleware import HttpMiddleware

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = "x-mcmeet"
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_own_host(config: Config, host: str) -> bool:
    """Names we answer to. Anything else may be DNS rebinding: a foreign page that calls itself us."""
    name = _parts(f"//{host}").hostname or ""
    if name in LOOPBACK_NAMES or name == config.server.host:
        return True
    if config.tls.mode is TlsMode.AUTO and name in lan.names():
        return True
    if config.server.public_url and name == urlsplit(config.server.public_url).hostname:
        return True
    return lan.is_address(name)


def is_own_origin(config: Config, headers: Headers) -> bool:
    """RFC 6454 origin of the page against the host that was asked; no Origin = not a foreign page.

    Without the scheme: behind a proxy that does not say it (X-Forwarded-Proto) each page would be foreign.
    """
    host = headers.get("host", "")
    if not is_own_host(config, host):
        return False
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    if origin == config.server.public_url:
        return True
    return _parts(origin).netloc == host


def _parts(url: str) -> SplitResult:
    """Empty where it is none: `http://[` is nobody's."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


class SameOrigin(HttpMiddleware):
    """Changes of state come from our own page: own Origin and a header that a form cannot send."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        super().__init__(app)
        self.config = config

    async def on_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if CSRF_HEADER not in headers or not is_own_origin(self.config, headers):
                await problem_response(ForeignOrigin())(scope, receive, send)
                return
        await self.app(scope, receive, send)


def own_address(connection: HTTPConnection, *, socket: bool = False) -> str:
    """`http(s)://host:port` (or `ws(s)://`) as this client reached us; the page builds no address itself."""
    secure = connection.url.scheme in ("https", "wss")
    if socket:
        return f"{'wss' if secure else 'ws'}://{connection.url.netloc}"
    return f"{'https' if secure else 'http'}://{connection.url.netloc}"
