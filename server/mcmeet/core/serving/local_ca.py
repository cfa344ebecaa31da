"""A certificate authority of this installation alone, and the certificate that it gives this machine.

A device that trusts it trusts it for the local network and nothing else: its name constraints (RFC 5280
§4.2.1.10) permit private addresses and this machine's names, so that a stolen key opens no bank.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mcmeet.core.lan import Address

CA_FILE: Final = "ca.pem"
LEAF_FILE: Final = "server.pem"
CA_LASTS: Final = timedelta(days=3650)
LEAF_LASTS: Final = timedelta(days=365)
"""iOS takes no certificate of a server that is good for more than 825 days, whoever signed it."""
RENEWED_BEFORE: Final = timedelta(days=30)
CLOCKS_DIFFER: Final = timedelta(days=1)
PRIVATE: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 "
            "192.0.2.0/24 198.18.0.0/15 ::1/128 fc00::/7 fe80::/10"
        ).split(),
    )
)
"""RFC 6890; 192.0.2.0/24 and 198.18.0.0/15 are what closed test networks use."""
MULTICAST_DNS: Final = "local"

Issuer: TypeAlias = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


class LocalCaError(Exception):
    """The authority cannot be used; the message is one sentence with what to do."""


def authority(folder: Path, names: Sequence[str], now: datetime) -> Issuer:
    """The one of this installation, made at the first start and when its end is near. Raises LocalCaError."""
    file = folder / CA_FILE
    try:
        found = _read(file)
    except FileNotFoundError:
        found = None
    except (OSError, ValueError, TypeError) as error:
        raise LocalCaError(
            f"{file} is no key with its certificate: put it back from your copy, or delete it, "
            "and every device must trust the new one that the next start makes"
        ) from error
    if found is not None and found[1].not_valid_after_utc - now > RENEWED_BEFORE:
        return found
    return _new_authority(file, names, now)


def certificate(
    folder: Path, issuer: Issuer, names: Sequence[str], addresses: Iterable[Address], now: datetime
) -> Path:
    """The file with the machine's key and certificate, made anew when names changed or its end is near."""
    file = folder / LEAF_FILE
    wanted = _permitted(issuer[1], names, addresses)
    if not _is_good(file, issuer[1], wanted, now):
        _new_certificate(file, issuer, wanted, now)
    return file


def _permitted(
    authority: x509.Certificate, names: Sequence[str], addresses: Iterable[Address]
) -> list[x509.GeneralName]:
    """What the authority may vouch for; a name that the machine got later is not among it."""
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = constraints.permitted_subtrees or []
    trees = [tree.value for tree in permitted if isinstance(tree, x509.DNSName)]
    networks = [tree.value for tree in permitted if isinstance(tree, x509.IPAddress)]
    dns = [name for name in names if any(name == tree or name.endswith(f".{tree}") for tree in trees)]
    ips = [address for address in addresses if any(_holds(network, address) for network in networks)]
    return [*map(x509.DNSName, dns), *map(x509.IPAddress, ips)]


def _holds(network: object, address: Address) -> bool:
    return isinstance(network, IPv4Network | IPv6Network) and address in network


def _is_good(
    file: Path, authority: x509.Certificate, wanted: Sequence[x509.GeneralName], now: datetime
) -> bool:
    try:
        _, leaf = _read(file)
        leaf.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    named = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(named) == set(wanted) and leaf.not_valid_after_utc - now > RENEWED_BEFORE


def _new_authority(file: Path, names: Sequence[str], now: datetime) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"MCMeet {names[0]} {now:%Y-%m-%d}")
    trees: list[x509.GeneralName] = [x509.DNSName(name) for name in dict.fromkeys((*names, MULTICAST_DNS))]
    constraints = x509.NameConstraints([*trees, *map(x509.IPAddress, PRIVATE)], None)
    usage = _usage(signs_certificates=True)
    made = (
        _builder(subject, subject, key, now, CA_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(constraints, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(file, key, made)
    return key, made


def _new_certificate(file: Path, issuer: Issuer, wanted: Sequence[x509.GeneralName], now: datetime) -> None:
    authority_key, authority = issuer
    key = ec.generate_private_key(ec.SECP256R1())
    # Its end is never after its authority's.
    lasts = min(LEAF_LASTS, authority.not_valid_after_utc - now)
    made = (
        _builder(_subject("MCMeet"), authority.subject, key, now, lasts)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    _write(file, key, made)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _read(file: Path) -> Issuer:
    """Raises OSError, ValueError, TypeError."""
    text = file.read_bytes()
    key = load_pem_private_key(text, password=None)
    found = x509.load_pem_x509_certificate(text)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != found.public_key():
        raise ValueError("the key is another certificate's")
    return key, found


def _write(file: Path, key: ec.EllipticCurvePrivateKey, made: x509.Certificate) -> None:
    """Key and certificate in one file: half of a pair is never found. Raises LocalCaError."""
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    text += made.public_bytes(Encoding.PEM)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}.draft")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(text)
            out.flush()
            os.fsync(descriptor)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise LocalCaError(f"{file} cannot be written ({error.strerror}): choose another DATA") from error
