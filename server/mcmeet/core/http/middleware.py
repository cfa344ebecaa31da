"""What every request passes: a body with an end, failures in our shape, a line in the log.

Pure ASGI: one `BaseHTTPMiddleware` costs more than two thirds of the throughput.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcmeet.core import logs
from mcmeet.core.errors import BodyTooLarge, BodyTooSlow, InternalError, problem_response

BODY_MOST_BYTES: Final = 64 * 1024
BODY_WITHIN_S: Final = 20.0
FAILED: Final = 500
"""Logged too when the connection was cut before an answer began."""
BAD_REQUEST: Final = 400
NO_ROUTE: Final = "-"
"""The page's files, /healthz and the media's own requests: routes that are not FastAPI's name no template."""


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


class AccessLog(HttpMiddleware):
    """Method, route template, status, duration: no address, no id, no query string.

    Files of the page that were found are no line at level info: one visit asks for some twenty. In a
    terminal only failures of ours are: it shows the way in and a demo's codes, which must stay in sight.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self.log = logs.get("access")
        self.is_terminal = logs.is_terminal()

    async def on_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, watched = time.perf_counter(), WatchedSend(send)
        try:
            await self.app(scope, receive, watched)
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            status, route = watched.status or FAILED, _route_of(scope)
            is_file = route == NO_ROUTE and status < BAD_REQUEST
            is_quiet = is_file or (self.is_terminal and status < FAILED)
            write = self.log.debug if is_quiet else self.log.info
            write("request", method=scope["method"], route=route, status=status, ms=took)


def _route_of(scope: Scope) -> str:
    """The route's template: a path may carry a meeting's number."""
    template: str = getattr(scope.get("route"), "path", NO_ROUTE)
    return template
