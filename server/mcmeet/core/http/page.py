"""What no feature's route takes: the built page and its files, and paths of the API that are none."""

from __future__ import annotations

import mimetypes
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from mcmeet.core.errors import MethodNotAllowed, NotFound, problem_response
from mcmeet.core.http.headers import YEAR_S, content_security_policy

METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
NONCE_MARK: Final = "__CSP_NONCE__"
PACKED: Final = {"br": ".br", "gzip": ".gz"}
"""Content coding → ending of the file that the build packed with it, the smaller one first."""
WEIGHT_0: Final = re.compile(r"q=0(\.0{0,3})?")


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
        accepted = _codings(request.headers.get("accept-encoding", ""))
        for coding, suffix in PACKED.items():
            packed = file.with_name(file.name + suffix)
            if coding in accepted and packed.is_file():
                return FileResponse(packed, headers=headers | {"Content-Encoding": coding}, media_type=kind)
        return FileResponse(file, headers=headers, media_type=kind)

    def _index(self, status: int = 200) -> Response:
        index = self._folder / "index.html"
        if not index.is_file():
            return HTMLResponse("<h1>The page is not built: run <code>make run</code>.</h1>", 503)
        nonce = secrets.token_urlsafe(16)
        html = index.read_text(encoding="utf-8").replace(NONCE_MARK, nonce)
        headers = {"Content-Security-Policy": content_security_policy(nonce), "Cache-Control": "no-store"}
        return HTMLResponse(html, status, headers=headers)


def _codings(header: str) -> set[str]:
    """The content codings that an Accept-Encoding takes; weight 0 refuses one (RFC 9110 §12.5.3)."""
    offers = (offer.partition(";") for offer in header.lower().split(","))
    return {name.strip() for name, _, weight in offers if not WEIGHT_0.fullmatch(weight.strip())}
