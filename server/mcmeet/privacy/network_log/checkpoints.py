"""Signed notes of how far the log's chains had come, outside its databases.

A chain alone does not stop whoever rewrites all of it, or cuts off its end. One file for each period, a
line an hour at most; to be copied to where the server cannot write.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcmeet.core.secrets import Secrets
from mcmeet.privacy.network_log import chain
from mcmeet.privacy.network_log.chain import Fault, Head
from mcmeet.privacy.network_log.partitions import Partitions
from mcmeet.privacy.network_log.periods import Period

CHECKPOINTS: Final = "network-log-checkpoints"
FILE_END: Final = ".jsonl"
EVERY: Final = timedelta(hours=1)
BEFORE: Final = timedelta(days=7)


class Checkpoints:
    def __init__(self, folder: Path, keys: Secrets) -> None:
        self.folder = folder
        self._key = Ed25519PrivateKey.from_private_bytes(keys.key("network-log-checkpoints"))
        self._looked: dict[Period, datetime] = {}

    async def note(self, partitions: Partitions, now: datetime) -> None:
        """Of this period and the one before, whose last lines came after its last note. Raises OSError."""
        due = {Period.of(now - BEFORE), Period.of(now)} & set(await partitions.periods())
        for period in sorted(due):
            if self._looked.get(period, now - EVERY) <= now - EVERY:
                head = await partitions.read(period, chain.head)
                await asyncio.to_thread(self._append, period, head, now)
                self._looked[period] = now

    def forget(self, period: Period) -> None:
        self._looked.pop(period, None)
        self._file(period).unlink(missing_ok=True)

    def read(self, folder: Path | None = None) -> tuple[dict[Period, dict[int, bytes]], list[Fault]]:
        """Hashes by count for each period, of the own folder or a copy, and what is no note of ours."""
        noted: dict[Period, dict[int, bytes]] = {}
        faults = []
        for path in sorted((folder or self.folder).glob(f"*{FILE_END}")):
            period = Period.parse(path.name.removesuffix(FILE_END))
            if period is None:
                continue
            noted[period] = {}
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                head = self._head(period, line)
                if head is None:
                    faults.append(Fault(period, None, f"checkpoint {number} is not signed by this server"))
                else:
                    noted[period][head.count] = head.hash
        return noted, faults

    def _append(self, period: Period, head: Head, now: datetime) -> None:
        if head.count == 0 or head.count == self._last_count(period):
            return
        note = {"at": now.isoformat(), "count": head.count, "hash": head.hash.hex(), "period": str(period)}
        signed = note | {"signature": self._key.sign(_bytes(note)).hex()}
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        add_line(self._file(period), json.dumps(signed, sort_keys=True))

    def _last_count(self, period: Period) -> int | None:
        """None also for a last line that is no note of ours: the next one is."""
        try:
            lines = self._file(period).read_bytes().splitlines()
        except FileNotFoundError:
            return None
        last = self._head(period, lines[-1]) if lines else None
        return None if last is None else last.count

    def _head(self, period: Period, line: str | bytes) -> Head | None:
        """None for what this server did not sign, or not of this period."""
        try:
            note = json.loads(line)
            signature = bytes.fromhex(note.pop("signature"))
            self._key.public_key().verify(signature, _bytes(note))
        except (ValueError, KeyError, AttributeError, TypeError, InvalidSignature):
            return None
        return Head(note["count"], bytes.fromhex(note["hash"])) if note["period"] == str(period) else None

    def _file(self, period: Period) -> Path:
        return self.folder / f"{period}{FILE_END}"


def add_line(path: Path, line: str) -> None:
    """Whole or not at all: behind half a line the next one would be no note of ours. Raises OSError."""
    data = f"{line}\n".encode()
    with path.open("ab", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        written = file.write(data)
        if written != len(data):
            file.truncate(end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _bytes(note: dict[str, Any]) -> bytes:
    return json.dumps(note, sort_keys=True, separators=(",", ":")).encode()
