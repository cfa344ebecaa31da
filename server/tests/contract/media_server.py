"""`mcmeet media` as a process of its own, and the page that talks to it, on a site of its own."""

from __future__ import annotations

import contextlib
import http.server
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mcmeet.core.clock import SystemClock
from mcmeet.media.embedded import tokens
from mcmeet.media.embedded.tokens import Grant, TokenKey
from mcmeet.media.port import Rights

KEY = TokenKey("APImedia", "a secret of the media tests, long enough for HS256")
PROGRAM = str(Path(sys.executable).parent / "mcmeet")
PAGE = Path(__file__).parent / "media_page"
LIVEKIT_CLIENT = Path(__file__).parents[3] / "web/node_modules/livekit-client/dist/livekit-client.umd.js"
PAGE_FILES = {
    "/": (PAGE / "index.html", "text/html"),
    "/page.js": (PAGE / "page.js", "text/javascript"),
    "/livekit-client.js": (LIVEKIT_CLIENT, "text/javascript"),
}
STOP_SECONDS = 20
SITE_PROGRAM = """
from tests.contract.media_server import page_site
with page_site() as address:
    print(address, flush=True)
    input()
"""


@dataclass(frozen=True)
class MediaServer:
    url: str
    process: subprocess.Popen[str]

    def token(
        self, identity: str, rights: Rights | None = None, *, room: str = "room", name: str = ""
    ) -> str:
        grant = Grant(room, identity, rights or Rights(), name=name)
        return tokens.issue(KEY, grant, SystemClock().now(), timedelta(minutes=10))[0]


@contextlib.contextmanager
def media_server(
    host: str = "127.0.0.1",
    *,
    announce: tuple[str, ...] = (),
    prefix: tuple[str, ...] = (),
    stderr: int | None = None,
) -> Iterator[MediaServer]:
    """`prefix` is what the program is started under: `ip netns exec …`. `stderr` as in subprocess."""
    arguments = ["media", "--host", host, "--port", "0", "--key", KEY.name]
    if announce:
        arguments += ["--announce", ",".join(announce)]
    process = subprocess.Popen(
        [*prefix, PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, "MCMEET_MEDIA_SECRET": KEY.secret},
    )
    assert process.stdout is not None
    try:
        yield MediaServer(process.stdout.readline().strip(), process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def page_site() -> Iterator[str]:
    """Its address: another origin than the media server's."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, kind = PAGE_FILES[self.path]
            body = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def page_site_inside(prefix: tuple[str, ...]) -> Iterator[str]:
    """The same as a process of its own, on that network's loopback, where cameras need no TLS."""
    program = [sys.executable, "-c", SITE_PROGRAM]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [*prefix, *program], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as site:
        assert site.stdout is not None
        yield site.stdout.readline().decode().strip()
        site.communicate()
