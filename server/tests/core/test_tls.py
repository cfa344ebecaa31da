"""HTTPS by the command line, judged by a TLS client that knows nothing of us."""

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import stat
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from mcmeet.core import lan
from mcmeet.core.config import Config, Tls, TlsMode
from mcmeet.core.config import Server as ServerArea
from mcmeet.core.http import is_own_host
from mcmeet.core.serving import local_ca, tls
from mcmeet.core.serving.server import PLAIN_CONNECTIONS_MOST
from mcmeet.core.serving.tls import Certificate, fingerprint, load, reached_at, renew
from mcmeet.core.serving.trust import CERTIFICATE
from mcmeet.serve.greeting import qr_code
from mcmeet.serve.renewal import renewing
from tests.core.test_serve import refused, serve
from tests.fixtures.meeting import eventually
from tests.fixtures.scanned import scan_terminal
from tests.fixtures.server import Server, StartServer

NOW = datetime.now(UTC)
NAMES = ("localhost", "meet.local")
HOME = tuple(map(ip_address, ("192.168.1.5", "127.0.0.1")))


def trusting(authority: Path) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(authority))
    return httpx.Client(verify=context, trust_env=False)


def leaf_of(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def named_in(leaf: x509.Certificate) -> set[str]:
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost with its key, as an operator has them: in two files."""
    return pair_from(tmp_path, NOW)


def pair_from(folder: Path, now: datetime, names: Sequence[str] = ("localhost",)) -> tuple[Path, Path]:
    """Beside them the authority, `ca.pem`."""
    issuer = local_ca.authority(folder, names, now)
    both = local_ca.certificate(folder, issuer, names, HOME[1:], now).read_text()
    key, cert = folder / "meet.key", folder / "meet.crt"
    cut = both.index("-----BEGIN CERTIFICATE-----")
    key.write_text(both[:cut])
    cert.write_text(both[cut:])
    return cert, key


def with_files(data: Path, cert: Path, key: Path, *words: str) -> None:
    files = ("--tls", "files", "--tls-cert", str(cert), "--tls-key", str(key))
    refused(serve(data, "--port", "0", *files), *words)


def test_the_operators_certificate_is_shown_and_pins_browsers_to_https(
    start_server: StartServer, pair: tuple[Path, Path]
) -> None:
    cert, key = pair
    server = start_server(MCMEET_TLS__MODE="files", MCMEET_TLS__CERT=str(cert), MCMEET_TLS__KEY=str(key))
    assert server.url.startswith("https://localhost:")
    with trusting(cert.with_name("ca.pem")) as client:
        answer = client.get(server.url)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert f"{server.url}/j/" in server.admin("create-meeting")


def test_cookies_over_https_have_the_prefix_that_no_neighbour_can_plant(
    start_server: StartServer, pair: tuple[Path, Path]
) -> None:
    cert, key = pair
    server = start_server(MCMEET_TLS__MODE="files", MCMEET_TLS__CERT=str(cert), MCMEET_TLS__KEY=str(key))
    number, passcode = re.findall(r"/j/(\d{9})#p=(\d{6})", server.admin("create-meeting"))[0]
    with trusting(cert.with_name("ca.pem")) as client:
        consent = client.get(f"{server.url}/api/session").json()["consent"]
        joined = client.post(
            f"{server.url}/api/meetings/{number}/join",
            json={"name": "周航", "passcode": passcode, "consent": consent},
            headers={"X-MCMeet": "1", "Origin": server.url},
        )
    assert joined.json()["socket"] == server.url.replace("https", "wss", 1) + "/api/live"
    cookies = joined.headers.get_list("set-cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert "secure" in cookie.lower()


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    with_files(tmp_path / "d", tmp_path / "no.crt", pair[1], "tls.cert", "no.crt", "is not there")
    with_files(tmp_path / "d", pair[0], tmp_path / "no.key", "tls.key", "no.key", "is not there")


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    with_files(tmp_path / "d", tmp_path, pair[1], "tls.cert", "cannot be read (Is a directory)")


def test_files_that_hold_something_else_are_named(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    cert, key = pair
    with_files(tmp_path / "d", key, key, "tls.cert", "no certificate in PEM form")
    with_files(tmp_path / "d", cert, cert, "tls.key", "no private key in PEM form")


def test_a_key_of_another_certificate_is_named(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    (tmp_path / "other").mkdir()
    _, other = pair_from(tmp_path / "other", NOW)
    with_files(tmp_path / "d", pair[0], other, str(other), "is not the key of", str(pair[0]))


def test_a_key_behind_a_passphrase_is_named(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    cert, key = pair
    locked = load_pem_private_key(key.read_bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim")
    )
    key.write_bytes(locked)
    with_files(tmp_path / "d", cert, key, "tls.key", "locked by a passphrase")


@pytest.mark.parametrize(
    ("made", "words"), [(-timedelta(days=400), "expired on"), (timedelta(days=9), "is not valid before")]
)
def test_a_certificate_whose_time_is_not_now_is_named(tmp_path: Path, made: timedelta, words: str) -> None:
    cert, key = pair_from(tmp_path, NOW + made)
    with_files(tmp_path / "d", cert, key, str(cert), words)


def test_half_of_the_settings_is_named(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    data = tmp_path / "d"
    refused(serve(data, "--tls", "files", "--tls-cert", str(pair[0])), "tls.key (--tls-key)")
    refused(serve(data, "--tls-cert", str(pair[0])), "nothing would use it", "--tls files")
    refused(serve(data, "--tls", "on"), "tls.mode = 'on'", "off | auto | files")


def test_a_client_that_trusts_our_authority_reaches_every_address_of_this_machine(
    start_server: StartServer,
) -> None:
    server = start_server(host="0.0.0.0", MCMEET_TLS__MODE="auto")
    port = server.url.rsplit(":", 1)[1]
    hosts = ["127.0.0.1", "localhost", *(str(a) for a in lan.addresses() if a.version == 4 and a.is_private)]
    with trusting(server.data / "tls" / "ca.pem") as client:
        for host in hosts:
            answer = client.get(f"https://{host}:{port}/healthz")
            assert answer.status_code == 200
            assert "strict-transport-security" not in answer.headers
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"https://127.0.0.1:{port}/healthz", trust_env=False)


def test_the_keys_are_for_the_server_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    local_ca.certificate(folder, local_ca.authority(folder, NAMES, NOW), NAMES, HOME, NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {
        "ca.pem": 0o600,
        "server.pem": 0o600,
    }


def test_the_second_start_has_the_same_authority_and_the_same_certificate(tmp_path: Path) -> None:
    first = local_ca.certificate(tmp_path, local_ca.authority(tmp_path, NAMES, NOW), NAMES, HOME, NOW)
    text = first.read_bytes()
    later = NOW + timedelta(days=300)
    again = local_ca.certificate(tmp_path, local_ca.authority(tmp_path, NAMES, later), NAMES, HOME, later)
    assert again.read_bytes() == text


def test_another_address_or_a_near_end_gives_a_new_certificate_of_the_same_authority(tmp_path: Path) -> None:
    issuer = local_ca.authority(tmp_path, NAMES, NOW)
    first = leaf_of(local_ca.certificate(tmp_path, issuer, NAMES, HOME, NOW))
    moved = (*HOME, ip_address("10.0.0.7"))
    second = leaf_of(local_ca.certificate(tmp_path, issuer, NAMES, moved, NOW))
    assert named_in(second) - named_in(first) == {"10.0.0.7"}
    later = NOW + timedelta(days=340)
    third = leaf_of(local_ca.certificate(tmp_path, issuer, NAMES, moved, later))
    assert third.not_valid_after_utc > second.not_valid_after_utc
    third.verify_directly_issued_by(issuer[1])


def test_the_authority_vouches_for_the_local_network_alone(tmp_path: Path) -> None:
    issuer = local_ca.authority(tmp_path, NAMES, NOW)
    asked = ("meet.local", "bank.example", "localhost")
    public = (*HOME, ip_address("8.8.8.8"), ip_address("2001:4860:4860::8888"))
    leaf = leaf_of(local_ca.certificate(tmp_path, issuer, asked, public, NOW))
    assert named_in(leaf) == {"meet.local", "localhost", "192.168.1.5", "127.0.0.1"}
    constraints = issuer[1].extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    basic = issuer[1].extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("dev", ("dev.local", "localhost")),
        ("Meet.corp.example.", ("meet.corp.example", "meet.local", "localhost")),
        ("localhost", ("localhost.local", "localhost")),
    ],
)
def test_a_host_name_without_a_domain_is_no_name_to_vouch_for(
    monkeypatch: pytest.MonkeyPatch, host: str, names: tuple[str, ...]
) -> None:
    """It may be a top-level domain, and a constraint permits every name below."""
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    assert lan.names() == names


def test_an_authority_near_its_end_is_replaced_and_a_broken_one_is_not(tmp_path: Path) -> None:
    first = local_ca.authority(tmp_path / "tls", NAMES, NOW)[1]
    second = local_ca.authority(tmp_path / "tls", NAMES, NOW + timedelta(days=3640))[1]
    assert second.serial_number != first.serial_number
    broken = tmp_path / "d" / "tls" / "ca.pem"
    broken.parent.mkdir(parents=True)
    broken.write_text("-----BEGIN CERTIFICATE-----\n")
    refused(serve(tmp_path / "d", "--port", "0", "--tls", "auto"), str(broken), "put it back", "delete it")
    assert broken.read_text() == "-----BEGIN CERTIFICATE-----\n"


def test_a_name_of_this_machine_is_ours_with_our_authority_alone() -> None:
    ours = lan.names()[0]
    auto, plain = Config(tls=Tls.model_validate({"mode": "auto"})), Config()
    assert is_own_host(auto, f"{ours}:8080")
    assert is_own_host(plain, ours) is (ours == "localhost")
    assert not is_own_host(auto, "evil.example")


def test_with_our_authority_every_address_is_listened_on_unless_one_is_set() -> None:
    auto = Tls.model_validate({"mode": "auto"})
    assert Config(tls=auto).host == "0.0.0.0"
    assert Config(tls=auto, server=ServerArea(host="127.0.0.1")).host == "127.0.0.1"
    assert Config().host == "127.0.0.1"


@pytest.fixture
def on_every_address(start_server: StartServer) -> Server:
    return start_server(host="0.0.0.0", MCMEET_TLS__MODE="auto")


def help_url(server: Server) -> str:
    url: str = json.loads((server.data / "run.json").read_text())["help_url"]
    return url


def shaken(server: Server, change: Callable[[ssl.SSLContext], None]) -> str:
    """The version that a client without demands of its own and the server agree on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    change(context)
    address = urlsplit(server.url)
    with (
        socket.create_connection(("127.0.0.1", address.port or 443), 20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return secure.version() or ""


def test_old_versions_and_ciphers_of_tls_and_plain_http_are_refused(on_every_address: Server) -> None:
    """R-privacy D1. The newest version is what both take when both may choose."""

    def only(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
        def change(context: ssl.SSLContext) -> None:
            context.minimum_version = context.maximum_version = version

        return change

    def without_forward_secrecy(context: ssl.SSLContext) -> None:
        only(ssl.TLSVersion.TLSv1_2)(context)
        context.set_ciphers("kRSA:@SECLEVEL=0")

    assert shaken(on_every_address, lambda _: None) == "TLSv1.3"
    assert shaken(on_every_address, only(ssl.TLSVersion.TLSv1_2)) == "TLSv1.2"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for refused_one in (
            only(ssl.TLSVersion.TLSv1_1),
            only(ssl.TLSVersion.TLSv1),
            without_forward_secrecy,
        ):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                shaken(on_every_address, refused_one)
    with pytest.raises(httpx.HTTPError):
        httpx.get(on_every_address.url.replace("https", "http", 1), trust_env=False, timeout=20)


def test_the_terminal_says_where_a_device_learns_to_trust_us(on_every_address: Server) -> None:
    authority = x509.load_pem_x509_certificate((on_every_address.data / "tls" / "ca.pem").read_bytes())
    assert f"MCMeet: {on_every_address.url}/" in on_every_address.log
    assert help_url(on_every_address) in on_every_address.log
    assert fingerprint(authority) in on_every_address.log


@pytest.mark.parametrize(
    ("address", "languages", "heading"),
    [
        ("", "en-GB,zh;q=0.5", "Let this device trust MCMeet"),
        ("", "fr", "让这台设备信任盟畅云会议"),
        ("?lang=zh", "en", "让这台设备信任盟畅云会议"),
    ],
)
def test_a_plain_page_explains_how_in_the_readers_language(
    on_every_address: Server, address: str, languages: str, heading: str
) -> None:
    page = httpx.get(help_url(on_every_address) + address, headers={"Accept-Language": languages})
    assert f"<h1>{heading}</h1>" in page.text
    assert f'href="{on_every_address.url}/"' in page.text
    assert "$" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_certificate_that_the_page_hands_out_is_the_one_to_trust_and_without_its_key(
    on_every_address: Server, tmp_path: Path
) -> None:
    got = httpx.get(f"{help_url(on_every_address)}{CERTIFICATE}")
    assert got.headers["content-type"] == "application/x-x509-ca-cert"
    assert "PRIVATE" not in got.text
    file = tmp_path / CERTIFICATE
    file.write_bytes(got.content)
    with trusting(file) as client:
        assert client.get(f"{on_every_address.url}/healthz").status_code == 200
    plain = help_url(on_every_address)
    assert [httpx.get(f"{plain}{path}").status_code for path in ("api/session", "healthz", "j/1")] == [
        404
    ] * 3


def test_a_flood_of_the_plain_page_takes_nothing_from_the_meetings(on_every_address: Server) -> None:
    plain = ("127.0.0.1", urlsplit(help_url(on_every_address)).port or 80)
    with ExitStack() as held:
        for _ in range(PLAIN_CONNECTIONS_MOST):
            held.enter_context(socket.create_connection(plain, 20))
        late = held.enter_context(socket.create_connection(plain, 20))
        assert late.recv(1) == b"", "closed at once"
        assert shaken(on_every_address, lambda _: None) == "TLSv1.3"


def test_a_help_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        done = serve(tmp_path, "--port", "0", "--tls", "auto", MCMEET_TLS__HELP_PORT=str(port))
    refused(done, f"Port {port}", "how to trust this server", "tls.help_port")


def test_a_terminal_shows_the_address_as_a_code_to_scan_and_a_log_does_not(
    on_every_address: Server,
) -> None:
    assert "█" not in on_every_address.log
    assert scan_terminal(qr_code("http://192.168.1.5:8081/")) == "http://192.168.1.5:8081/"


@pytest.mark.parametrize(
    ("host", "addresses", "typed"),
    [
        (None, ["192.168.1.5", "fd00::2"], "192.168.1.5"),
        ("::", ["192.168.1.5", "fd00::2"], "192.168.1.5"),
        (None, [], "localhost"),
        ("127.0.0.1", ["192.168.1.5"], "127.0.0.1"),
    ],
)
def test_the_address_to_type_is_one_that_is_listened_on(
    monkeypatch: pytest.MonkeyPatch, host: str | None, addresses: list[str], typed: str
) -> None:
    monkeypatch.setattr(lan, "addresses", lambda: tuple(map(ip_address, addresses)))
    area = ServerArea(host=host) if host else ServerArea()
    assert reached_at(Config(tls=Tls.model_validate({"mode": "auto"}), server=area)) == typed


def serial_seen(url: str) -> int:
    address = urlsplit(url)
    pem = ssl.get_server_certificate((str(address.hostname), address.port or 443))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def test_a_renewed_certificate_is_taken_up_while_meetings_run_and_a_bad_one_is_not(
    start_server: StartServer, pair: tuple[Path, Path]
) -> None:
    cert, key = pair
    server = start_server(MCMEET_TLS__MODE="files", MCMEET_TLS__CERT=str(cert), MCMEET_TLS__KEY=str(key))
    first = serial_seen(server.url)
    cert.with_name("server.pem").unlink()
    pair_from(cert.parent, NOW)
    second = leaf_of(cert).serial_number
    os.kill(server.pid, signal.SIGHUP)
    eventually(lambda: serial_seen(server.url), lambda seen: seen == second != first)
    key.write_text("")
    os.kill(server.pid, signal.SIGHUP)
    eventually(lambda: server.log, lambda log: "was not renewed" in log)
    assert "no private key" in server.log
    assert serial_seen(server.url) == second


def test_a_pair_that_is_exchanged_in_the_middle_of_a_renewal_is_taken_whole(
    tmp_path: Path, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is read for the last time before the certificate's time is checked."""
    cert, key = pair
    config = Config(data=tmp_path, tls=Tls(mode=TlsMode.FILES, cert=cert, key=key))
    made = load(config, NOW)
    assert made is not None
    first = load_pem_private_key(key.read_bytes(), None)
    check_time = tls._check_time

    def exchange(*told: Any) -> None:
        check_time(*told)
        key.write_text("")

    monkeypatch.setattr(tls, "_check_time", exchange)
    renew(made, config, NOW)
    assert first.public_key() == leaf_of(cert).public_key()
    monkeypatch.undo()
    with pytest.raises(tls.TlsError, match="no private key"):
        renew(made, config, NOW)


@pytest.mark.anyio
async def test_a_renewal_that_goes_wrong_in_any_way_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = asyncio.Event()

    def fail(*_: object) -> None:
        tried.set()
        raise OSError("no addresses")

    monkeypatch.setattr(tls, "renew", fail)
    made = Certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), "localhost")
    async with renewing(Config(), made), asyncio.timeout(20):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGHUP)
            await tried.wait()
            tried.clear()


def test_a_reload_without_a_certificate_ends_no_meeting(start_server: StartServer) -> None:
    server = start_server()
    os.kill(server.pid, signal.SIGHUP)
    for _ in range(20):
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def test_our_own_certificate_is_renewed_before_it_ends_without_a_restart(tmp_path: Path) -> None:
    config = Config(data=tmp_path, tls=Tls.model_validate({"mode": "auto"}))
    made = load(config, NOW - timedelta(days=340))
    assert made is not None
    first = leaf_of(tmp_path / "tls" / "server.pem")
    renew(made, config, NOW)
    second = leaf_of(tmp_path / "tls" / "server.pem")
    assert first.not_valid_after_utc < NOW + timedelta(days=30) < second.not_valid_after_utc
