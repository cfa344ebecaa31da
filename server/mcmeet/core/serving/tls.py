"""The certificate that the server shows: none, that of our own authority, or the operator's files."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
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
    pair, authority = _own_pair(config, now)
    return Certificate(_context(pair), reached_at(config), authority)


def _own_pair(config: Config, now: datetime) -> tuple[bytes, x509.Certificate]:
    """Key and certificate of today's addresses, and who signed them. Raises TlsError."""
    folder, names, addresses = config.data / FOLDER, lan.names(), lan.addresses()
    loopback = map(ip_address, ("127.0.0.1", "::1"))
    try:
        issuer = local_ca.authority(folder, names, now)
        file = local_ca.certificate(folder, issuer, names, (*addresses, *loopback), now)
    except local_ca.LocalCaError as error:
        raise TlsError(str(error)) from error
    return file.read_bytes(), issuer[1]


def renew(certificate: Certificate, config: Config, now: datetime) -> None:
    """Connections from now on see what the files hold, or what our authority has renewed. Raises TlsError."""
    if config.tls.mode is TlsMode.AUTO:
        pair, _ = _own_pair(config, now)
    else:
        pair, _ = _pair_of_files(config.tls.cert, config.tls.key, now)
    _context(
        pair
    )  # OpenSSL takes a new certificate before it looks at the key: tried on another context first
    _use(certificate.context, pair)


def reached_at(config: Config) -> str:
    """The address of this machine that others type; loopback when it is in no network."""
    if config.listens_everywhere:
        return str(next(iter(lan.reached_through(config.host)), "localhost"))
    return config.host


def _of_files(cert: Path | None, key: Path | None, now: datetime) -> Certificate:
    pair, leaf = _pair_of_files(cert, key, now)
    return Certificate(_context(pair), _name_of(leaf))


def _pair_of_files(cert: Path | None, key: Path | None, now: datetime) -> tuple[bytes, x509.Certificate]:
    """Read once: what was checked is what is used, whoever replaces the files meanwhile. Raises TlsError."""
    if cert is None or key is None:
        missing = "tls.cert (--tls-cert)" if cert is None else "tls.key (--tls-key)"
        raise TlsError(f"tls.mode = files needs {missing}: the path of a PEM file")
    chain, secret = _read("cert", cert), _read("key", key)
    leaf = _leaf_of(chain, cert)
    _check_key(secret, key, cert, leaf)
    _check_time(cert, leaf, now)
    return secret + b"\n" + chain, leaf


def _leaf_of(chain: bytes, file: Path) -> x509.Certificate:
    """Raises TlsError."""
    try:
        return x509.load_pem_x509_certificates(chain)[0]
    except ValueError as error:
        raise TlsError(
            f"tls.cert = {file} holds no certificate in PEM form: name the file that begins with "
            "-----BEGIN CERTIFICATE-----"
        ) from error


def _check_key(secret: bytes, file: Path, cert_file: Path, cert: x509.Certificate) -> None:
    """Raises TlsError."""
    try:
        key = load_pem_private_key(secret, password=None)
    except TypeError as error:
        raise TlsError(f"tls.key = {file} is locked by a passphrase: give the key without one") from error
    except (ValueError, UnsupportedAlgorithm) as error:
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


def _context(pair: bytes) -> ssl.SSLContext:
    """TLS 1.2 or later: WebRTC's browsers know nothing older (RFC 8996). Raises TlsError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        _use(context, pair)
    except ssl.SSLError as error:
        raise TlsError(f"the certificate and its key are no pair that TLS can use: {error}") from error
    return context


def _use(context: ssl.SSLContext, pair: bytes) -> None:
    """OpenSSL reads files alone; this one is in memory. Raises ssl.SSLError."""
    with os.fdopen(os.memfd_create("tls"), "wb") as file:
        file.write(pair)
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")


def as_pem(authority: x509.Certificate) -> bytes:
    return authority.public_bytes(Encoding.PEM)


def fingerprint(authority: x509.Certificate) -> str:
    """SHA-256 as devices show it: AB:CD:…"""
    return authority.fingerprint(hashes.SHA256()).hex(":").upper()
