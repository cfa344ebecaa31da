"""The security headers of every answer."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcmeet.core.http.middleware import HttpMiddleware

API: Final = "/api/"
YEAR_S: Final = 31_536_000

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
