"""From a data directory to a listening server: configuration, key, schema, sockets, engine, in this order."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvloop

from mcmeet.app import create_app, create_core
from mcmeet.core import lan, logs
from mcmeet.core.clock import SystemClock
from mcmeet.core.config import Config
from mcmeet.core.serving import PlainSite, Server, collect_seldom, tls
from mcmeet.core.serving.tls import Certificate
from mcmeet.core.serving.trust import application
from mcmeet.live.rooms import Rooms
from mcmeet.serve import run_file
from mcmeet.serve.greeting import MEDIA_IS_LOCAL, Trust, greet, say, say_of_buffer
from mcmeet.serve.preparing import Prepared, cannot_write, only_server, prepare
from mcmeet.serve.renewal import renewing
from mcmeet.serve.sockets import bind, bind_help, is_media_local, own_url

if TYPE_CHECKING:
    from mcmeet.media.embedded.binding import Engine

MEDIA_KEY_NAME: Final = "mcmeet"


@dataclass(frozen=True, slots=True)
class Help:
    """The page that says how to trust our authority, and what the terminal says of it."""

    site: PlainSite
    trust: Trust


def run(data: Path, **areas: Mapping[str, Any]) -> None:
    """Serves until a signal; `areas` is what the command line says.

    Raises ConfigError, SecretsError, NotReady, TlsError, CannotListen, ServerFailed.
    """
    logs.configure()
    prepared = prepare(data, **areas)
    with only_server(data):
        certificate = tls.load(prepared.config, SystemClock().now())
        listener, sfu = bind(prepared.config)
        if certificate is not None:
            prepared = replace(prepared, config=_reached_at(prepared.config, certificate, listener))
        helping = bind_help(prepared.config, listener)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(prepared, listener, sfu, certificate, helping))


def _reached_at(config: Config, certificate: Certificate, listener: socket.socket) -> Config:
    """Links begin with an address that the certificate names, unless the operator has named one."""
    url = config.server.public_url or certificate.url(listener.getsockname()[1])
    return config.model_copy(update={"server": config.server.model_copy(update={"public_url": url})})


async def serve(
    prepared: Prepared,
    listener: socket.socket,
    sfu: Engine,
    certificate: Certificate | None = None,
    helping: socket.socket | None = None,
) -> None:
    # Late: what the operator does beside the server needs no media.
    from mcmeet.media.embedded.engine import EmbeddedEngine
    from mcmeet.media.embedded.signalling import LARGER_MESSAGES, routes
    from mcmeet.media.embedded.tokens import TokenKey

    config = prepared.config
    key = TokenKey(MEDIA_KEY_NAME, prepared.secrets.key("media-tokens").hex())
    engine = EmbeddedEngine(sfu, key)
    core = create_core(config, prepared.secrets)
    url = own_url(config, certificate, listener)
    explained = _help(certificate, helping, url)

    async def listening() -> None:
        collect_seldom()
        state = {"pid": os.getpid(), "url": url, "udp_port": sfu.port}
        if explained is not None:
            state["help_url"] = explained.trust.url
        try:
            run_file.write(config.data, state)
        except OSError as error:
            server.fail(cannot_write(config.data, error))
            return
        greet(config, url, sfu.port, None if explained is None else explained.trust)
        if is_media_local(config):
            say(MEDIA_IS_LOCAL, fg="yellow")
        say_of_buffer(*sfu.receive_buffer)

    async def closing() -> None:
        """While there are sockets to tell it on: people come back, media has ended."""
        await core.the(Rooms).close()
        await engine.stop()

    app = create_app(core, engine, routes(engine))
    server = Server(
        app,
        listening,
        closing,
        tls=None if certificate is None else certificate.context,
        take_media=engine.take_stream,
        plain=None if explained is None else explained.site,
        larger_messages=LARGER_MESSAGES,
    )
    engine.on_broken = server.fail
    try:
        async with renewing(config, certificate):
            await server.serve(sockets=[listener])
    finally:
        run_file.remove(config.data)


def _help(certificate: Certificate | None, helping: socket.socket | None, url: str) -> Help | None:
    if certificate is None or certificate.authority is None or helping is None:
        return None
    site = PlainSite(application(certificate.authority, url), helping)
    where = f"http://{lan.in_url(certificate.host)}:{helping.getsockname()[1]}/"
    return Help(site, Trust(where, tls.fingerprint(certificate.authority)))
