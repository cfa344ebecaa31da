"""The installation's one secret, and every key derived from it by label (HKDF, RFC 5869)."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_KEY_BYTES = 32
CREDENTIAL_BYTES = 32
KEY_FILE = Path("secrets") / "master.key"


class SecretsError(Exception):
    """The data directory's key cannot be used; the message says what to do."""


def new_credential() -> str:
    """256 random bits, URL-safe: cookies, tickets, resume credentials, host keys."""
    return secrets.token_urlsafe(CREDENTIAL_BYTES)


class Secrets:
    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise SecretsError(f"the master key must be {MASTER_KEY_BYTES} bytes, not {len(master_key)}")
        self._master_key = master_key
        self._credential_key = self.key("credential-hash")

    def key(self, label: str) -> bytes:
        """A 32-byte key of its own for `label`."""
        hkdf = HKDF(hashes.SHA256(), MASTER_KEY_BYTES, salt=None, info=f"mcmeet/{label}".encode())
        return hkdf.derive(self._master_key)

    def lookup(self, label: str, value: str) -> bytes:
        """Keyed HMAC-SHA-256 of a normalised value: finds a row without storing what was looked for."""
        return hmac.digest(self.key(label), value.encode(), hashlib.sha256)

    def credential_hash(self, credential: str) -> bytes:
        """What is stored of a bearer secret, so that a stolen database opens nothing."""
        return hmac.digest(self._credential_key, credential.encode(), hashlib.sha256)


def load(data: Path, *, database_exists: bool, production: bool) -> Secrets:
    """Reads DATA/secrets/master.key, or writes it at the first start.

    Raises SecretsError when a database is there without its key, when that is not whole or cannot be written,
    or when production finds a key that others can read.
    """
    path = data / KEY_FILE
    if not path.exists():
        if database_exists:
            raise SecretsError(
                f"{path} is missing but the database exists: put the key of this data directory back, "
                "or start with an empty data directory"
            )
        _create(path)
    if production and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecretsError(f"{path} can be read by others: run `chmod 600 {path}`")
    key = path.read_bytes()
    if len(key) != MASTER_KEY_BYTES:
        remedy = (
            "put the key of this data directory back from your copy"
            if database_exists
            else "delete it: no database uses it, and the next start makes a new one"
        )
        raise SecretsError(f"{path} has {len(key)} bytes, not {MASTER_KEY_BYTES}: {remedy}")
    return Secrets(key)


def _create(path: Path) -> None:
    """Whole and on the disk, or not at all; of two first starts at once the quicker one's is kept.

    Raises SecretsError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(MASTER_KEY_BYTES))
                file.flush()
                os.fsync(descriptor)
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
        for folder in (path.parent, path.parent.parent):
            _sync(folder)
    except OSError as error:
        raise SecretsError(f"{path} cannot be written ({error.strerror}): choose another DATA") from error


def _sync(folder: Path) -> None:
    """A file's name is on the disk only once its folder is (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
