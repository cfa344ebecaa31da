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

    port, media = config.server.port, config.media
    host, announce = config.media_host, announced(config)
    for _ in range(FREE_PORT_ATTEMPTS):
        listener = listen(config.host, port)
        tcp_port = listener.getsockname()[1]
        udp_port = tcp_port if media.port is None else media.port
        # Media takes HTTP's port over TCP: where that is a proxy's alone, browsers are not sent there.
        over_tcp = tcp_port if host == config.host else None
        try:
            sfu = open_sfu(host, udp_port, announce=announce, workers=media.workers, tcp_port=over_tcp)
            return listener, sfu
        except OSError:
            listener.close()
            if port != 0 or media.port is not None:
                break
    raise CannotListen(
        f"{host} 的 UDP 端口 {udp_port} 已被占用：请停止占用它的程序，"
        "或用 --port（make run 用 PORT=…）、media.port 另选。 "
        f"UDP port {udp_port} on {host} is in use: stop what listens there, or choose another "
        "with --port (PORT=… with make run) or media.port"
    )


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
            f"{config.host} 的端口 {port}（说明如何信任此服务器的页面）已被占用："
            "请停止占用它的程序，或设置 tls.help_port。 "
            f"Port {port} on {config.host}, for the page that says how to trust this server, is in use: "
            "stop what listens there, or set tls.help_port"
        ) from error


def announced(config: Config) -> str | None:
    """Where browsers send media; loopback is last, for those on this machine when its network is gone."""
    host = config.media_host
    if config.media.announce is not None or not config.takes_media_everywhere:
        return config.media.announce
    found = map(str, lan.reached_through(host))
    return ",".join([*found, *((LOOPBACK, "::1") if ":" in host else (LOOPBACK,))])


def is_media_local(config: Config) -> bool:
    """Every address is listened on, and none of them is one that browsers elsewhere reach."""
    if config.media.announce is not None or not config.takes_media_everywhere:
        return False
    return not lan.reached_through(config.media_host)


def own_url(config: Config, certificate: Certificate | None, listener: socket.socket) -> str:
    """Without a certificate loopback: there alone browsers give a plain page camera and microphone."""
    host, port = listener.getsockname()[:2]
    if certificate is not None:
        return f"{certificate.url(port)}/"
    return f"http://{lan.in_url(LOOPBACK if config.listens_everywhere else host)}:{port}/"
