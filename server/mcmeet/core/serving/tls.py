"""The certificate that the server shows: none, that of our own authority, or the operator's files."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from mcmeet.core import lan
from mcmeet.core.config import Config, TlsMode
from mcmeet.core.serving import local_ca

FOLDER: Final = "tls"
HTTPS_PORT: Final = 443


class TlsError(Exception):
    """No certificate can be shown; the message is one sentence that names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    context: ssl.SSLContext
    host: str
    """The address to type, without scheme and port."""
    authority: x509.Certificate | None = None
    """Ours, which devices do not know yet."""

    def url(self, port: int) -> str:
        where = lan.in_url(self.host)
        return f"https://{where}" if port == HTTPS_PORT else f"https://{where}:{port}"


def load(config: Config, now: datetime) -> Certificate | None:
    """Raises TlsError."""
    if config.tls.mode is TlsMode.AUTO:
        return _own(config, now)
    if config.tls.mode is TlsMode.FILES:
        return _of_files(config.tls.cert, config.tls.key, now)
    for name in ("cert", "key"):
        if getattr(config.tls, name) is not None:
            raise TlsError(
                f"tls.{name} is given, but nothing would use it: set tls.mode = files (--tls files)"
            )
    return None


def _own(config: Config, now: datetime) -> Certificate:
    file, authority = _own_file(config, now)
    return Certificate(_context(file, file), reached_at(config), authority)


def _own_file(config: Config, now: datetime) -> tuple[Path, x509.Certificate]:
    """Raises TlsError."""
    folder, names, addresses = config.data / FOLDER, lan.names(), lan.addresses()
    loopback = map(ip_address, ("127.0.0.1", "::1"))
    try:
        issuer = local_ca.authority(folder, names, now)
        file = local_ca.certificate(folder, issuer, names, (*addresses, *loopback), now)
    except local_ca.LocalCaError as error:
        raise TlsError(str(error)) from error
    return file, issuer[1]


def renew(certificate: Certificate, config: Config, now: datetime) -> None:
    """Connections from now on see what the files hold, or what our authority has renewed. Raises TlsError."""
    if config.tls.mode is TlsMode.AUTO:
        file, _ = _own_file(config, now)
        certificate.context.load_cert_chain(file, file)
    elif config.tls.cert is not None and config.tls.key is not None:
        _of_files(config.tls.cert, config.tls.key, now)  # a bad pair is refused before it replaces a good one
        certificate.context.load_cert_chain(config.tls.cert, config.tls.key)


def reached_at(config: Config) -> str:
    """The address of this machine that others type; loopback when it is in no network."""
    if config.listens_everywhere:
        return str(next(iter(lan.reached_through(config.host)), "localhost"))
    return config.host


def _of_files(cert: Path | None, key: Path | None, now: datetime) -> Certificate:
    if cert is None or key is None:
        missing = "tls.cert (--tls-cert)" if cert is None else "tls.key (--tls-key)"
        raise TlsError(f"tls.mode = files needs {missing}: the path of a PEM file")
    chain = _certificates(cert)
    _check_key(key, cert, chain[0])
    _check_time(cert, chain[0], now)
    return Certificate(_context(cert, key), _name_of(chain[0]))


def _certificates(file: Path) -> list[x509.Certificate]:
    """Raises TlsError."""
    try:
        return x509.load_pem_x509_certificates(_read("cert", file))
    except ValueError as error:
        raise TlsError(
            f"tls.cert = {file} holds no certificate in PEM form: name the file that begins with "
            "-----BEGIN CERTIFICATE-----"
        ) from error


def _check_key(file: Path, cert_file: Path, cert: x509.Certificate) -> None:
    """Raises TlsError."""
    try:
        key = load_pem_private_key(_read("key", file), password=None)
    except TypeError as error:
        raise TlsError(f"tls.key = {file} is locked by a passphrase: give the key without one") from error
    except ValueError as error:
        raise TlsError(
            f"tls.key = {file} holds no private key in PEM form: name the file that begins with "
            "-----BEGIN PRIVATE KEY-----"
        ) from error
    if key.public_key() != cert.public_key():
        raise TlsError(
            f"tls.key = {file} is not the key of tls.cert = {cert_file}: give the two that belong together"
        )


def _check_time(file: Path, cert: x509.Certificate, now: datetime) -> None:
    """Raises TlsError."""
    if cert.not_valid_after_utc < now:
        raise TlsError(f"tls.cert = {file} expired on {cert.not_valid_after_utc:%Y-%m-%d}: renew it")
    if cert.not_valid_before_utc > now:
        raise TlsError(
            f"tls.cert = {file} is not valid before {cert.not_valid_before_utc:%Y-%m-%d}: "
            "check this machine's clock, or use the one before it"
        )


def _read(name: str, file: Path) -> bytes:
    """Raises TlsError."""
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise TlsError(f"tls.{name} = {file} is not there: name a PEM file") from error
    except OSError as error:
        raise TlsError(
            f"tls.{name} = {file} cannot be read ({error.strerror}): let the server's user read it"
        ) from error


def _name_of(cert: x509.Certificate) -> str:
    """The first one that can be typed. Raises TlsError."""
    try:
        named = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        named = x509.SubjectAlternativeName([])
    names = [name for name in named.get_values_for_type(x509.DNSName) if not name.startswith("*.")]
    return next(iter(names), None) or next(map(str, named.get_values_for_type(x509.IPAddress)), "localhost")


def _context(cert: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or later: WebRTC's browsers know nothing older (RFC 8996)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise TlsError(f"{cert} and {key} are no pair that TLS can use: {error}") from error
    return context


def as_pem(authority: x509.Certificate) -> bytes:
    return authority.public_bytes(Encoding.PEM)


def fingerprint(authority: x509.Certificate) -> str:
    """SHA-256 as devices show it: AB:CD:…"""
    return authority.fingerprint(hashes.SHA256()).hex(":").upper()
