"""The port for text messages, and the provider of the demo mode."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from mcmeet.core import logs
from mcmeet.core.clock import Clock
from mcmeet.core.declare import PD, Basis, Erase, Exp, Keep, LogStream, Purpose

DEV_MESSAGES: Final = "dev-messages"
KEPT: Final = timedelta(minutes=10)
STAMP: Final = "%Y%m%dT%H%M%S%f"

log = logs.get("sms")


def _in_terminal(category: str) -> PD:
    return PD(
        cat=category,
        clause=("1.2",),
        purpose=Purpose.ACCOUNT,
        basis=Basis.CONTRACT,
        subject=("phone",),
        keep=Keep.DEMO_TERMINAL,
        export=Exp.OMIT,
        erase=Erase.HOLD,
        why="a line in the operator's terminal is beyond our reach; production refuses the provider",
    )


DEMO_TERMINAL: Final = LogStream(
    name="demo terminal",
    purpose=Purpose.ACCOUNT,
    clause=("1.2",),
    keep=Keep.DEMO_TERMINAL,
    fields={
        "phone": _in_terminal("user.contact.phone_number"),
        "code": _in_terminal("user.authorization.one_time_code"),
    },
    why="demo mode only: the text messages that nobody sends, on standard error",
)


class SmsProvider(Protocol):
    async def send_code(self, phone: str, code: str) -> None:
        """`phone` in E.164. Raises nothing that a caller must tell: an unknown number answers alike."""
        ...

    async def forget_old(self) -> None:
        """Called each minute: what the provider keeps here of messages, and has kept long enough."""
        ...


class ConsoleSms:
    """Writes codes to the server's terminal and under DATA/dev-messages; production refuses it."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._folder = data / DEV_MESSAGES
        self._clock = clock

    async def send_code(self, phone: str, code: str) -> None:
        """On a full disk what can be written: the terminal alone, the file alone, or neither."""
        text = f"验证码 {code}（发往 {phone}，5 分钟内有效）"
        with suppress(OSError):
            sys.stderr.write(f"[demo] {text}\n")
            sys.stderr.flush()
        path = self._folder / f"{self._clock.now():{STAMP}}-{phone.lstrip('+')}.txt"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
            path.chmod(0o600)
        except OSError as error:
            log.error("message not written", error=type(error).__name__)
            path.unlink(missing_ok=True)

    async def forget_old(self) -> None:
        """Names begin with the time of writing, so they sort by it."""
        oldest_kept = f"{self._clock.now() - KEPT:{STAMP}}"
        for path in self._folder.glob("*.txt"):
            if path.name < oldest_kept:
                path.unlink(missing_ok=True)
