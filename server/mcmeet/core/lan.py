"""Where this machine is on its networks: the addresses and names by which others reach it. Asks nobody."""

from __future__ import annotations

import fcntl
import socket
import struct
from array import array
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

SIOCGIFCONF: Final = 0x8912
IFREQ_BYTES: Final = 40
"""netdevice(7): 16 bytes of name, then a sockaddr whose address begins 4 bytes later."""
NAME_BYTES: Final = 16
ADDRESS_AT: Final = 20
INTERFACES_MOST: Final = 64
ADDRESSES_MOST: Final = 8
"""A machine full of containers has more; each is a candidate that browsers would try."""
IF_INET6: Final = Path("/proc/net/if_inet6")
ROUTES: Final = Path("/proc/net/route")
GLOBAL_SCOPE: Final = "00"
SHORT_LIVED: Final = 0x01 | 0x08 | 0x20 | 0x40
"""IFA_F_TEMPORARY, DADFAILED, DEPRECATED, TENTATIVE (linux/if_addr.h)."""


def addresses() -> tuple[Address, ...]:
    """Those of the interface that leads out first, IPv4 before IPv6; never loopback or link-local."""
    outward = _default_interface()
    found = [*_ipv4(), *_ipv6()]
    found.sort(key=lambda pair: (pair[0] != outward, pair[1].version))
    usable = (address for _, address in found if not address.is_loopback and not address.is_link_local)
    return tuple(dict.fromkeys(usable))[:ADDRESSES_MOST]


def reached_through(host: str) -> tuple[Address, ...]:
    """What a socket answers to that listens on `host`, every address: `::` is every one of IPv4 too."""
    version = ip_address(host).version
    return tuple(address for address in addresses() if address.version <= version)


def names() -> tuple[str, ...]:
    """The name of the host in its domain, and the one that multicast DNS gives it (RFC 6762 §3).

    A bare `dev` is none: an authority that may vouch for it may vouch for all of .dev (RFC 5280 §4.2.1.10).
    """
    host = socket.gethostname().lower().rstrip(".")
    short, _, domain = host.partition(".")
    found = dict.fromkeys((*([host] if domain else []), f"{short}.local", "localhost"))
    return tuple(name for name in found if _is_dns_name(name))


def _is_dns_name(name: str) -> bool:
    labels = name.split(".")
    return all(
        0 < len(label) < 64 and label.isascii() and label.replace("-", "").isalnum() for label in labels
    )


def _ipv4() -> Iterator[tuple[str, Address]]:
    room = array("B", bytes(IFREQ_BYTES * INTERFACES_MOST))
    where, size = room.buffer_info()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        answer = fcntl.ioctl(probe, SIOCGIFCONF, struct.pack("iL", size, where))
    used: int = struct.unpack("iL", answer)[0]
    for at in range(0, used, IFREQ_BYTES):
        name = room[at : at + NAME_BYTES].tobytes().partition(b"\0")[0].decode()
        yield name.partition(":")[0], IPv4Address(room[at + ADDRESS_AT : at + ADDRESS_AT + 4].tobytes())


def _ipv6() -> Iterator[tuple[str, Address]]:
    if not IF_INET6.exists():
        return
    for line in IF_INET6.read_text().splitlines():
        digits, _, _, scope, flags, name = line.split()
        if scope == GLOBAL_SCOPE and not int(flags, 16) & SHORT_LIVED:
            yield name, IPv6Address(bytes.fromhex(digits))


def _default_interface() -> str | None:
    """The one with the default route of the lowest metric."""
    if not ROUTES.exists():
        return None
    routes = [line.split() for line in ROUTES.read_text().splitlines()[1:]]
    default = [(int(route[6]), route[0]) for route in routes if route[1] == "00000000"]
    return min(default)[1] if default else None


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
