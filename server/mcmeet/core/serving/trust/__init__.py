"""The plain page that explains how a device comes to trust our authority, and hands out its certificate.

It is served on a port of its own: on the port of HTTPS a plain request is no TLS, and whoever does not
trust the authority yet would see a warning before the page that explains it.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from string import Template
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mcmeet.core.http import AccessLog, SecurityHeaders, content_security_policy
from mcmeet.core.serving import tls

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = ("zh", "en")
CERTIFICATE: Final = "mcmeet-ca.crt"
CERTIFICATE_TYPE: Final = "application/x-x509-ca-cert"
"""By which iOS and Android offer to install it."""


def application(authority: x509.Certificate, url: str) -> Starlette:
    """`url`: where the meetings are, over https."""
    pages = {name: Template((FOLDER / f"{name}.html").read_text(encoding="utf-8")) for name in LANGUAGES}
    (name,) = authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    words = {
        "style": (FOLDER / "page.css").read_text(encoding="utf-8"),
        "fingerprint": tls.fingerprint(authority),
        "file": CERTIFICATE,
        "name": name.value,
        "url": url,
    }

    async def page(request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        html = pages[_language(request)].substitute(words, nonce=nonce)
        headers = {"Content-Security-Policy": content_security_policy(nonce), "Cache-Control": "no-store"}
        return HTMLResponse(html, headers=headers)

    async def certificate(_: Request) -> Response:
        return Response(tls.as_pem(authority), media_type=CERTIFICATE_TYPE)

    return Starlette(
        routes=[Route("/", page), Route(f"/{CERTIFICATE}", certificate)],
        middleware=[Middleware(AccessLog), Middleware(SecurityHeaders)],
    )


def _language(request: Request) -> str:
    """As asked for in the address, else the first of the browser's that we have, else Chinese."""
    accepted = request.headers.get("accept-language", "").split(",")
    wishes = [request.query_params.get("lang", ""), *(part.strip()[:2].lower() for part in accepted)]
    return next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])
