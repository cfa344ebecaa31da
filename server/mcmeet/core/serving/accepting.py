"""One TCP port for HTTP and for media: the first byte of a connection says which of them it is.

HTTP begins with a letter and TLS with 22. Media over TCP begins with the length of a STUN message in two
bytes (RFC 4571), of which the first is small.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from mcmeet.core import logs

MEDIA: Final = frozenset(bytes([high]) for high in range(8))
"""STUN messages of less than 2 KiB: browsers' have 100 to 400 bytes."""
PAUSE_S: Final = 0.1
"""Before accepting again where the machine has no descriptor left."""
FULL_SAID_EVERY_S: Final = 60.0

log = logs.get("serving")


class Acceptor:
    """Instead of asyncio's own server: that one would begin TLS before anybody could look."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        take_media: Callable[[int], None],
        within_s: float,
        held: Callable[[], int],
        most: int,
    ) -> None:
        """`take_media` gets a descriptor that is closed when it returns; who says nothing has `within_s`.

        A connection beyond `most`, of which others hold `held()`, is closed at once.
        """
        self._protocol = protocol
        self._tls = tls
        self._take_media = take_media
        self._within_s = within_s
        self._held = held
        self._most = most
        self._full_said_at = -FULL_SAID_EVERY_S
        self._sorting: set[asyncio.Task[None]] = set()
        listener.setblocking(False)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(listener))

    def close(self) -> None:
        for task in (self._accepting, *self._sorting):
            task.cancel()

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = await asyncio.get_running_loop().sock_accept(listener)
            except OSError:  # of that connection, or of the machine: the next one may come through
                await asyncio.sleep(PAUSE_S)
            else:
                if self._held() + len(self._sorting) < self._most:
                    task = asyncio.get_running_loop().create_task(self._sort(connection))
                    self._sorting.add(task)
                    task.add_done_callback(self._sorting.discard)
                else:
                    connection.close()
                    self._say_full()

    def _say_full(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._full_said_at >= FULL_SAID_EVERY_S:
            self._full_said_at = now
            log.warning("connections are closed at once: there are as many as this server takes")

    async def _sort(self, connection: socket.socket) -> None:
        handed_over = False
        try:
            connection.setblocking(False)
            async with asyncio.timeout(self._within_s):
                await _readable(connection)
            first = connection.recv(1, socket.MSG_PEEK)
            if first in MEDIA:
                self._take_media(connection.fileno())
            elif first:
                handed_over = True
                await self._serve(connection)
        except (OSError, TimeoutError):
            pass  # gone, or silent: nobody is there to be told
        finally:
            if not handed_over:
                connection.close()

    async def _serve(self, connection: socket.socket) -> None:
        """A handshake that fails, or takes too long, is the client's affair."""
        loop = asyncio.get_running_loop()
        within_s = None if self._tls is None else self._within_s
        with suppress(ssl.SSLError, ConnectionError):
            await loop.connect_accepted_socket(
                self._protocol, connection, ssl=self._tls, ssl_handshake_timeout=within_s
            )


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    loop.add_reader(connection, arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(connection)
