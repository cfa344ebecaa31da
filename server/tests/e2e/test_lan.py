"""A phone beside the server: another machine as the network sees it, which first learns to trust it."""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser, Error, Locator, Page, Playwright, expect

from tests.fixtures.browser import CHROMIUM, FLAGS, PHONE, people_at
from tests.fixtures.meeting import Meeting, audio_energy, bar, frames_decoded, rises, tile
from tests.fixtures.scanned import scan_page
from tests.fixtures.server import Server
from tests.fixtures.stays import stays

SERVER, VISITOR = "10.79.0.1", "10.79.0.2"
PATIENCE = 60
NOTICED_WITHIN_MS = 60_000

# Two machines and a cable between them; both last until their input ends. The second is a child of the first,
# so that it is made in the same user namespace where there is one.
NETWORK = f"""
set -e
PATH="$PATH:/usr/sbin:/sbin"
ip link set lo up
ip link add lan0 type veth peer name lan1
mkfifo "$FOLDER/end"
unshare --net sh -c 'read -r _' < "$FOLDER/end" &
exec 3> "$FOLDER/end"
until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link set lan1 netns $!
ip addr add {SERVER}/24 dev lan0
ip link set lan0 up
inside() {{ nsenter --target $! --net "$@"; }}
inside ip link set lo up
inside ip addr add {VISITOR}/24 dev lan1
inside ip link set lan1 up
inside ip route add default via {SERVER}
echo $!
read -r _
"""


@dataclass(frozen=True)
class Machines:
    """What a command is started under, to run on one or the other."""

    server: tuple[str, ...]
    visitor: tuple[str, ...]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Without root they are made in a user namespace, which has a root of its own."""
    is_root = os.geteuid() == 0
    holder = subprocess.Popen(
        ["unshare", *(() if is_root else ("--user", "--map-root-user")), "--net", "sh", "-c", NETWORK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "FOLDER": str(tmp_path_factory.mktemp("network"))},
    )
    assert holder.stdout is not None
    second = holder.stdout.readline().strip()
    if not second:
        _, why = holder.communicate(timeout=PATIENCE)
        pytest.skip(f"no network namespace can be made here: {why.strip()}")
    user = () if is_root else ("--user", "--preserve-credentials")
    yield Machines(*(("nsenter", f"--target={pid}", *user, "--net") for pid in (str(holder.pid), second)))
    holder.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def lan_server(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("server") / "data"
    server = Server(data, {"MCMEET_TLS__MODE": "auto"}, prefix=machines.server)
    server.start(host=None)
    yield server
    server.stop()


@contextmanager
def phone(playwright: Playwright, machines: Machines, home: Path, camera: str) -> Iterator[Browser]:
    """Chromium on the visitor's machine; `home` holds the certificates that it trusts."""
    program = home / "chromium"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(machines.visitor)} {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    browser = playwright.chromium.launch(
        executable_path=str(program), args=[*FLAGS, camera], env={**os.environ, "HOME": str(home)}
    )
    yield browser
    browser.close()


@contextmanager
def unplugged(machine: tuple[str, ...], cable: str) -> Iterator[None]:
    """The server goes on without a network; the visitor's machine sees that its cable is dead."""
    _ip(machine, f"link set {cable} down")
    yield
    _ip(machine, f"link set {cable} up")


def _ip(machine: tuple[str, ...], arguments: str) -> None:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    command = [*machine, "ip", *arguments.split()]
    subprocess.run(command, check=True, timeout=PATIENCE, env={**os.environ, "PATH": path})


def trust(home: Path, certificate: Path) -> None:
    """As somebody does in the settings of Chromium on Linux: NSS keeps it in the home folder."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    add = ["-A", "-n", "MCMeet", "-t", "C,,", "-i", str(certificate)]
    for arguments in (["-N", "--empty-password"], add):
        subprocess.run(["certutil", "-d", database, *arguments], check=True, capture_output=True)


def test_a_phone_in_the_local_network_learns_to_trust_the_server_and_meets_if_namespaces_can_be_made(
    playwright: Playwright, machines: Machines, lan_server: Server, small_camera: str, tmp_path: Path
) -> None:
    assert lan_server.url.startswith(f"https://{SERVER}:")
    with phone(playwright, machines, tmp_path, small_camera) as browser:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            browser.new_page().goto(lan_server.url)
        page = browser.new_page()  # the first is still on its way to Chromium's own page about it
        page.goto(json.loads((lan_server.data / "run.json").read_text())["help_url"])
        with page.expect_download() as handed_out:
            page.get_by_role("link", name="mcmeet-ca.crt").click()
        certificate = tmp_path / "mcmeet-ca.crt"
        handed_out.value.save_as(certificate)
    trust(tmp_path, certificate)
    with phone(playwright, machines, tmp_path, small_camera) as browser, people_at(browser) as people:
        meeting = Meeting(lan_server, people)
        host, guest = meeting.host("林晓").page, meeting.guest("周航", size=PHONE).page
        for page in (host, guest):
            assert page.url.startswith(lan_server.url)
            rises(lambda page=page: frames_decoded(page), 20)  # type: ignore[misc]
            rises(lambda page=page: audio_energy(page), 1e-6)  # type: ignore[misc]
        bar(host).get_by_role("button", name="邀请").click()
        code = host.get_by_role("img", name="入会链接的二维码")
        expect(code).to_be_visible()
        assert scan_page(code) == f"{lan_server.url}/j/{meeting.number}#p={meeting.passcode}"
        assert all(cookie["name"].startswith("__Host-") for cookie in guest.context.cookies())


def authority_of(server: Server, folder: Path) -> Path:
    """The certificate that is handed out, without its key."""
    authority = x509.load_pem_x509_certificate((server.data / "tls/ca.pem").read_bytes())
    certificate = folder / "authority.crt"
    certificate.write_bytes(authority.public_bytes(Encoding.PEM))
    return certificate


def test_whoever_loses_the_whole_network_is_told_and_is_back_in_the_same_seat_if_namespaces_can_be_made(
    playwright: Playwright, machines: Machines, lan_server: Server, small_camera: str, tmp_path: Path
) -> None:
    trust(tmp_path, authority_of(lan_server, tmp_path))
    with phone(playwright, machines, tmp_path, small_camera) as browser, people_at(browser) as people:
        meeting = Meeting(lan_server, people)
        host, guest = meeting.host("林晓"), meeting.guest("周航", size=PHONE)
        pages = (host.page, guest.page)
        for person in (host, guest):
            person.expect_error("")  # what fails without a network
            rises(partial(frames_decoded, person.page), by=20)
        seat, here = tile(host.page, "周航").get_attribute("data-seat"), newest_stays(lan_server)
        with unplugged(machines.server, "lan0"):
            for page in pages:
                expect(banner(page)).to_be_visible(timeout=NOTICED_WITHIN_MS)
        for page in pages:
            expect(banner(page)).to_have_count(0, timeout=NOTICED_WITHIN_MS)
            rises(partial(frames_decoded, page), by=20, within=PATIENCE)
            expect(page.get_by_role("main").get_by_text("正在重新连接…")).to_have_count(0)
        assert tile(host.page, "周航").get_attribute("data-seat") == seat
        assert newest_stays(lan_server) == here


def newest_stays(server: Server) -> list[tuple[str, str | None]]:
    """Of the two who came last, and when each has left."""
    newest = sorted(stays(server), key=lambda stay: stay["joined_at"])[-2:]
    return [(stay["id"], stay["left_at"]) for stay in newest]


def banner(page: Page) -> Locator:
    return page.get_by_role("main").get_by_text("网络已断开，正在重新连接…")
