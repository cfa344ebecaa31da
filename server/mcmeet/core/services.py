"""What a running server has, handed to whoever needs it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection

from mcmeet.core.auth import Authenticator, Rights
from mcmeet.core.clock import Clock
from mcmeet.core.config import Config
from mcmeet.core.db import Db
from mcmeet.core.feature import Feature
from mcmeet.core.jobs import Jobs
from mcmeet.core.rates import Rates
from mcmeet.core.secrets import Secrets
from mcmeet.core.sms import SmsProvider

HOUSEHOLD_BITS: Final = 64
PORTS: Final = range(1, 65536)

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Core:
    config: Config
    secrets: Secrets
    clock: Clock
    db: Db
    sms: SmsProvider
    rates: Rates
    features: tuple[Feature, ...]
    rights: Rights
    jobs: Jobs
    wired: dict[type[Any], Any] = field(default_factory=dict)

    def the(self, kind: type[W]) -> W:
        """The one part of this kind that app.py wired and core does not know: `core.the(Rooms)`."""
        part: W = self.wired[kind]
        return part

    @property
    def authenticators(self) -> tuple[Authenticator, ...]:
        return tuple(found for feature in self.features for found in feature.authenticators)


def core_of(connection: HTTPConnection) -> Core:
    core: Core = connection.app.state.core
    return core


CurrentCore = Annotated[Core, Depends(core_of)]


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
