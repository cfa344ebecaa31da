"""Where the server listens, and by which addresses others reach what listens there."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from mcmeet.core import lan
from mcmeet.core.config import Config, TlsMode
from mcmeet.core.serving import FREE_PORT_ATTEMPTS, CannotListen, listen
from mcmeet.core.serving.tls import Certificate

if TYPE_CHECKING:
    from mcmeet.media.embedded.binding import Engine

LOOPBACK: Final = "127.0.0.1"
PORT_MOST: Final = 65535


def bind(config: Config) -> tuple[socket.socket, Engine]:
    """The TCP port and, on the same number unless `media.port` says otherwise, UDP. Raises CannotListen."""
    from mcmeet.media.embedded.binding import open_sfu

    host, port, media = config.host, config.server.port, config.media
    announce = announced(config)
    for _ in range(FREE_PORT_ATTEMPTS):
        listener = listen(host, port)
        tcp_port = listener.getsockname()[1]
        udp_port = tcp_port if media.port is None else media.port
        try:
            sfu = open_sfu(host, udp_port, announce=announce, workers=media.workers, tcp_port=tcp_port)
            return listener, sfu
        except OSError:
            listener.close()
            if port != 0 or media.port is not None:
                break
    raise CannotListen(f"UDP port {udp_port} on {host} is in use: stop what listens there, or set media.port")


def bind_help(config: Config, listener: socket.socket) -> socket.socket | None:
    """The port of the page that says how to trust our authority. Raises CannotListen."""
    if config.tls.mode is not TlsMode.AUTO:
        return None
    https = listener.getsockname()[1]
    port = config.tls.help_port
    if port is None:
        port = 0 if config.server.port == 0 else https % PORT_MOST + 1
    try:
        return listen(config.host, port)
    except CannotListen as error:
        raise CannotListen(
            f"Port {port} on {config.host}, for the page that says how to trust this server, is in use: "
            "stop what listens there, or set tls.help_port"
        ) from error


def announced(config: Config) -> str | None:
    """Where browsers send media; loopback is last, for those on this machine when its network is gone."""
    if config.media.announce is not None or not config.listens_everywhere:
        return config.media.announce
    found = map(str, lan.reached_through(config.host))
    return ",".join([*found, *((LOOPBACK, "::1") if ":" in config.host else (LOOPBACK,))])


def is_media_local(config: Config) -> bool:
    """Every address is listened on, and none of them is one that browsers elsewhere reach."""
    return (
        config.listens_everywhere and config.media.announce is None and not lan.reached_through(config.host)
    )


def own_url(config: Config, certificate: Certificate | None, listener: socket.socket) -> str:
    """Without a certificate loopback: there alone browsers give a plain page camera and microphone."""
    host, port = listener.getsockname()[:2]
    if certificate is not None:
        return f"{certificate.url(port)}/"
    return f"http://{lan.in_url(LOOPBACK if config.listens_everywhere else host)}:{port}/"
