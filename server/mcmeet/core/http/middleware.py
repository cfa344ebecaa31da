"""What every HTTP answer passes: security headers, the same-origin check, the access log, the page.

Pure ASGI: one `BaseHTTPMiddleware` costs more than two thirds of the throughput.
"""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcmeet.core import lan, logs
from mcmeet.core.config import Config, TlsMode
from mcmeet.core.errors import (
    BodyTooLarge,
    BodyTooSlow,
    ForeignOrigin,
    InternalError,
    MethodNotAllowed,
    NotFound,
    problem_response,
)

API: Final = "/api/"
METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = "x-mcmeet"
NONCE_MARK: Final = "__CSP_NONCE__"
YEAR_S: Final = 31_536_000
BODY_MOST_BYTES: Final = 64 * 1024
BODY_WITHIN_S: Final = 20.0
NO_ANSWER: Final = 500
"""Logged when the connection was cut before an answer began."""
BAD_REQUEST: Final = 400
NO_ROUTE: Final = "-"
"""The page's files, /healthz and the media's own requests: routes that are not FastAPI's name no template."""
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), "
        "fullscreen=(self), clipboard-write=(self), screen-wake-lock=(self), "
        "geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), interest-cohort=()"
    ),
}


def content_security_policy(nonce: str | None = None) -> str:
    style = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
        f"style-src {style}; style-src-attr 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
        "worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


class HttpMiddleware:
    """Requests pass `on_request`; sockets go by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle = self.on_request if scope["type"] == "http" else self.app
        await handle(scope, receive, send)

    async def on_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError


class WatchedSend:
    """`send` that remembers with which status the response has started; None until then."""

    def __init__(self, send: Send) -> None:
        self.status: int | None = None
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


class SecurityHeaders(HttpMiddleware):
    def __init__(self, app: ASGIApp, *, pins_https: bool = True) -> None:
        super().__init__(app)
        self.pins_https = pins_https

    async def on_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", content_security_policy())
                if scope["path"].startswith(API):  # after signing out, the back button finds nothing
                    headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https" and self.pins_https:
                    headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}; includeSubDomains")
            await send(message)

        await self.app(scope, receive, with_headers)


class UnexpectedErrors(HttpMiddleware):
    """What nobody foresaw is logged without its text and answered like every other failure."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.log = logs.get("http")

    async def on_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        watched = WatchedSend(send)
        try:
            await self.app(scope, receive, watched)
        except Exception:
            self.log.exception("unexpected error", method=scope["method"], route=_route_of(scope))
            if watched.status is None:  # else uvicorn cuts the connection: half an answer must not look whole
                await problem_response(InternalError())(scope, receive, send)


class BodyLimit(HttpMiddleware):
    """Reads the body before the application does, so that one without end is refused whatever its framing."""

    async def on_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(_body(receive), BODY_WITHIN_S)
        except (BodyTooLarge, TimeoutError) as error:
            refused = error if isinstance(error, BodyTooLarge) else BodyTooSlow()
            response = problem_response(refused)
            response.headers["Connection"] = "close"  # the rest is not read
            await response(scope, receive, send)
            return
        if body is None:
            return
        read: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return read.pop() if read else await receive()

        await self.app(scope, replay, send)


async def _body(receive: Receive) -> bytes | None:
    """None: the client has gone. Raises BodyTooLarge."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_MOST_BYTES:
            raise BodyTooLarge(most_bytes=BODY_MOST_BYTES)
    return bytes(body)


def is_own_host(config: Config, host: str) -> bool:
    """Names we answer to. Anything else may be DNS rebinding: a foreign page that calls itself us."""
    name = urlsplit(f"//{host}").hostname or ""
    if name in LOOPBACK_NAMES or name == config.server.host:
        return True
    if config.tls.mode is TlsMode.AUTO and name in lan.names():
        return True
    if config.server.public_url and name == urlsplit(config.server.public_url).hostname:
        return True
    return lan.is_address(name)


def is_own_origin(config: Config, headers: Headers) -> bool:
    """RFC 6454 origin of the page against the host that was asked; no Origin = not a foreign page."""
    host = headers.get("host", "")
    if not is_own_host(config, host):
        return False
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    if origin == config.server.public_url:
        return True
    return urlsplit(origin).netloc == host


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


class AccessLog(HttpMiddleware):
    """Method, route template, status, duration: no address, no id, no query string.

    Files of the page that were found are no line at level info: one visit asks for some twenty, and
    between them a demo's code would not be seen.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.log = logs.get("access")

    async def on_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, watched = time.perf_counter(), WatchedSend(send)
        try:
            await self.app(scope, receive, watched)
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            status, route = watched.status or NO_ANSWER, _route_of(scope)
            write = self.log.debug if route == NO_ROUTE and status < BAD_REQUEST else self.log.info
            write("request", method=scope["method"], route=route, status=status, ms=took)


def _route_of(scope: Scope) -> str:
    """The route's template: a path may carry a meeting's number."""
    template: str = getattr(scope.get("route"), "path", NO_ROUTE)
    return template


class OtherApi:
    """What no route below /api/ takes, whatever its method. Raises MethodNotAllowed, NotFound."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = tuple(routes)

    async def __call__(self, scope: Scope, _: Receive, __: Send) -> None:
        allow = [method for method in METHODS if self._takes({**scope, "method": method})]
        raise MethodNotAllowed(allow=allow) if allow else NotFound

    def _takes(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)


class Page:
    """The built web client: its assets, and index.html for every path that the page's router knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def get(self, request: Request) -> Response:
        path = request.url.path
        if path.startswith("/rtc"):
            return problem_response(NotFound())
        try:
            file = (self._folder / path.lstrip("/")).resolve()
            is_file = file.is_relative_to(self._folder) and file.is_file()
        except (ValueError, OSError):  # a NUL, or longer than the file system allows
            return self._nothing(request)
        if path != "/" and is_file and file.name != "index.html":
            return self._asset(request, file)
        if "." in path.rsplit("/", 1)[-1]:
            return self._nothing(request)
        return self._index()

    def _nothing(self, request: Request) -> Response:
        """People read it on the page; a script or a picture that is missing gets no page instead."""
        is_typed = "text/html" in request.headers.get("accept", "")
        return self._index(NotFound.status) if is_typed else problem_response(NotFound())

    def _asset(self, request: Request, file: Path) -> Response:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"Vary": "Accept-Encoding"}
        # Names under /assets/ carry a hash of their content.
        immutable = file.is_relative_to(self._folder / "assets")
        headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable" if immutable else "no-cache"
        packed = file.with_name(file.name + ".gz")
        if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
            return FileResponse(packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=kind)
        return FileResponse(file, headers=headers, media_type=kind)

    def _index(self, status: int = 200) -> Response:
        index = self._folder / "index.html"
        if not index.is_file():
            return HTMLResponse("<h1>The page is not built: run <code>make run</code>.</h1>", 503)
        nonce = secrets.token_urlsafe(16)
        html = index.read_text(encoding="utf-8").replace(NONCE_MARK, nonce)
        headers = {"Content-Security-Policy": content_security_policy(nonce), "Cache-Control": "no-store"}
        return HTMLResponse(html, status, headers=headers)


def own_address(connection: HTTPConnection, *, socket: bool = False) -> str:
    """`http(s)://host:port` (or `ws(s)://`) as this client reached us; the page builds no address itself."""
    secure = connection.url.scheme in ("https", "wss")
    if socket:
        return f"{'wss' if secure else 'ws'}://{connection.url.netloc}"
    return f"{'https' if secure else 'http'}://{connection.url.netloc}"
