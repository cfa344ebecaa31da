"""Where a connection came from: for the network log, and for limits on rates."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

HOUSEHOLD_BITS: Final = 64
PORTS: Final = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a connection came from, for the network log; None is what nobody told."""

    ip: str | None = None
    port: int | None = None


NOWHERE: Final = Endpoint()


def endpoint_of(connection: HTTPConnection) -> Endpoint:
    """Behind a proxy: what it says of its client, which may be no port."""
    client = connection.client
    address = _address(client.host) if client else None
    if client is None or address is None:
        return NOWHERE
    return Endpoint(str(address), client.port if client.port in PORTS else None)


def source_of(connection: HTTPConnection) -> str:
    """The address a request came from, for limits on rates only; IPv6 by its /64 (one household)."""
    host = connection.client.host if connection.client else "unknown"
    address = _address(host)
    if address is None:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, HOUSEHOLD_BITS), strict=False))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """IPv4 also where a socket of both kinds shows it as IPv6."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
