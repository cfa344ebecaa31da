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


log = logs.get("tls")


@asynccontextmanager
async def renewing(config: Config, certificate: Certificate | None) -> AsyncIterator[None]:
    """Until the end of the block: each hour, and on SIGHUP, as `systemctl reload` and ACME clients send."""
    asked = asyncio.Event()
    # Without a certificate too: what nobody handles ends the process, and all meetings with it.
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    task = asyncio.create_task(_renew_forever(config, certificate, asked))
    try:
        yield
    finally:
        task.cancel()


async def _renew_forever(config: Config, certificate: Certificate | None, asked: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), RENEWED_EVERY_S)
        asked.clear()
        if certificate is not None:
            _renew(config, certificate)


def _renew(config: Config, certificate: Certificate) -> None:
    """Whatever goes wrong, the next hour is another try."""
    try:
        tls.renew(certificate, config, SystemClock().now())
    except tls.TlsError as error:
        log.error("the certificate was not renewed, the one before it stays", reason=str(error))
    except Exception as error:
        log.exception(
            "the certificate was not renewed: the next hour is another try", error=type(error).__name__
        )
    else:
        log.info("the certificate is read anew")
