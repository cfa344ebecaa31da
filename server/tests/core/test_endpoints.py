import pytest
from starlette.requests import Request

from mcmeet.core.endpoints import source_of


def request_from(host: str | None) -> Request:
    client = None if host is None else (host, 50000)
    return Request({"type": "http", "headers": [], "client": client})


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::2:0:0:1", "2001:db8::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
        (None, "unknown"),
    ],
)
def test_a_source_is_an_ipv4_address_or_a_network_of_64_bits(host: str | None, source: str) -> None:
    assert source_of(request_from(host)) == source
