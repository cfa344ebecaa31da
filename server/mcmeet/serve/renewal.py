"""The certificate of a running server, read anew while it serves."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from mcmeet.core import logs
from mcmeet.core.clock import SystemClock
from mcmeet.core.config import Config
from mcmeet.core.serving import tls
from mcmeet.core.serving.tls import Certificate

RENEWED_EVERY_S: Final = 3600.0


@asynccontextmanager
async def renewing(config: Config, certificate: Certificate | None) -> AsyncIterator[None]:
    """Until the end of the block; without a certificate there is nothing to do."""
    if certificate is None:
        yield
        return
    task = asyncio.create_task(_renew_forever(config, certificate))
    try:
        yield
    finally:
        task.cancel()


async def _renew_forever(config: Config, certificate: Certificate) -> None:
    """Each hour, and on SIGHUP, which `systemctl reload` and the hooks of ACME clients send."""
    asked, log = asyncio.Event(), logs.get("tls")
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), RENEWED_EVERY_S)
        asked.clear()
        try:
            tls.renew(certificate, config, SystemClock().now())
        except tls.TlsError as error:
            log.error("the certificate was not renewed, the one before it stays", reason=str(error))
        else:
            log.info("the certificate is read anew")
