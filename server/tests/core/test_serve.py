"""Starting and stopping as the operator does it: what is wrong is said in both languages, with what to do."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from livekit.protocol.models import DisconnectReason
from livekit.protocol.rtc import SignalResponse
from sqlalchemy.exc import DBAPIError
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from mcmeet.cli import app as cli
from mcmeet.core import config as configuration
from mcmeet.core import lan
from mcmeet.core.config import Config
from mcmeet.core.serving import FREE_PORT_ATTEMPTS, CannotListen, listen
from mcmeet.live.protocol import SUBPROTOCOL
from mcmeet.live.seats import Close
from mcmeet.serve import preparing, sockets
from tests.fixtures.forks import run
from tests.fixtures.server import PROGRAM, Server, StartServer

TIMEOUT_S = 60


def serve(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """For starts that must fail."""
    return run(["serve", "--data", str(data), *arguments], {**os.environ, **environment}, TIMEOUT_S)


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert re.search("[\u4e00-\u9fff]{4}", done.stderr), "said in English alone"
    for word in words:
        assert word in done.stderr


def test_a_database_that_refuses_without_a_word_is_named_all_the_same(tmp_path: Path) -> None:
    with (
        pytest.raises(preparing.NotReady, match=r"cannot be used \(OSError\): start it"),
        preparing.usable_database(Config(data=tmp_path)),
    ):
        raise DBAPIError("SELECT 1", None, OSError())


def test_the_terminal_says_that_the_policy_names_no_operator_until_it_does(
    start_server: StartServer,
) -> None:
    server = start_server()
    assert f"fill in [operator] in {server.data / 'mcmeet.toml'}" in server.log
    facts = {"name": "盟畅", "phone": "010-12345678", "email": "privacy@meet.example", "address": "北京市"}
    named = start_server(**{f"MCMEET_OPERATOR__{key.upper()}": value for key, value in facts.items()})
    assert "[operator]" not in named.log


def test_it_says_where_it_listens_and_is_healthy_then(start_server: StartServer) -> None:
    server = start_server()
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    state = json.loads((server.data / "run.json").read_text())
    assert set(state) == {"pid", "url", "udp_port"}
    assert server.url in server.log
    assert server.udp_port == int(server.url.rsplit(":", 1)[1])
    server.stop()
    assert not (server.data / "run.json").exists()


def test_in_a_folder_that_others_look_into_they_read_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", {"MCMEET_TLS__MODE": "auto"})
    server.data.mkdir(mode=0o755)

    def readable() -> list[str]:
        return [path.name for path in server.data.rglob("*") if path.stat().st_mode & 0o077]

    server.admin("create-meeting")
    assert readable() == []
    server.start()
    try:
        server.admin("create-meeting")
        assert {"mcmeet.db", "mcmeet.db-wal", "run.json"} <= {path.name for path in server.data.iterdir()}
        assert readable() == []
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("host", "addresses", "announced"),
    [
        ("0.0.0.0", ["192.168.1.5", "172.17.0.1", "fd00::2"], "192.168.1.5,172.17.0.1,127.0.0.1"),
        ("0.0.0.0", [], "127.0.0.1"),
        ("::", ["192.168.1.5", "fd00::2"], "192.168.1.5,fd00::2,127.0.0.1,::1"),
        ("192.168.1.5", ["192.168.1.5"], None),
    ],
)
def test_media_is_reached_at_the_addresses_of_the_local_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, addresses: list[str], announced: str | None
) -> None:
    found = tuple(map(ip_address, addresses))
    monkeypatch.setattr(lan, "addresses", lambda: found)
    config = configuration.load(tmp_path, server={"host": host})
    assert sockets.announced(config) == announced
    assert sockets.is_media_local(config) is (not addresses)
    named = configuration.load(tmp_path, server={"host": host}, media={"announce": "203.0.113.7"})
    assert sockets.announced(named) == "203.0.113.7"
    assert not sockets.is_media_local(named)


def test_behind_a_proxy_media_is_reached_past_it_and_http_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lan, "addresses", lambda: (ip_address("192.168.1.5"),))
    behind = {"server": {"port": 0, "proxies": "127.0.0.1"}}
    assert sockets.announced(configuration.load(tmp_path, **behind)) == "192.168.1.5,127.0.0.1"
    for media, reached in (({}, True), ({"host": "127.0.0.1"}, False)):
        listener, sfu = sockets.bind(configuration.load(tmp_path, **behind, media=media))
        try:
            assert listener.getsockname()[0] == "127.0.0.1"
            assert is_udp_taken("127.0.0.2", sfu.port) is reached
            offered = candidates_of(sfu)
        finally:
            sfu.close()
            listener.close()
        assert ("tcp" in offered) is not reached, "no browser is sent to a port that the proxy has to itself"


def is_udp_taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def candidates_of(sfu: Any) -> set[str]:
    """The transports that an offer of ours names (RFC 8839 §5.1)."""
    lines = sfu.offer(sfu.open_subscriber(sfu.open_router())).splitlines()
    return {line.split()[2] for line in lines if line.startswith("a=candidate:")}


def test_a_wrong_value_in_the_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "mcmeet.toml").write_text("[live]\ngrace_seconds = -1\n")
    refused(serve(tmp_path), "配置有误", "live.grace_seconds", "-1", "1 to 600")


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("林晓")
    refused(serve(file), "不能作数据目录", "notes.txt", "data directory", "choose another DATA")


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/mcmeet.db", "postgresql://lin:geheim@127.0.0.1:1/mcmeet"]
)
def test_a_database_that_cannot_be_used_is_named(tmp_path: Path, url: str) -> None:
    done = serve(tmp_path, "--port", "0", MCMEET_DATABASE__URL=url)
    refused(done, "无法使用", "cannot be used", "database.url")
    assert "geheim" not in done.stderr


def test_a_data_directory_without_its_key_refuses_to_start(start_server: StartServer) -> None:
    server = start_server()
    server.stop()
    (server.data / "secrets" / "master.key").unlink()
    refused(serve(server.data, "--port", "0"), "密钥有误", "master.key is missing")
    assert not (server.data / "secrets" / "master.key").exists()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(serve(tmp_path, "--port", str(port)), f"端口 {port} 已被占用", f"Port {port}", "in use")


def test_a_media_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        refused(serve(tmp_path, "--port", "0", MCMEET_MEDIA__PORT=str(port)), f"UDP port {port}", "in use")


@pytest.fixture
def half_taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """Listening sockets that port 0 gives first, though the UDP port of the same number is taken."""
    with ExitStack() as open_sockets:
        listeners = []
        for _ in range(FREE_PORT_ATTEMPTS):
            listener = socket.create_server(("127.0.0.1", 0))
            udp = open_sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with suppress(OSError):  # by somebody else is as good
                udp.bind(listener.getsockname())
            listeners.append(open_sockets.enter_context(listener))
        monkeypatch.setattr(
            sockets, "listen", lambda host, port: listeners.pop() if listeners else listen(host, port)
        )
        yield listeners


def test_port_0_takes_another_number_when_its_udp_port_is_taken(
    tmp_path: Path, half_taken: list[socket.socket]
) -> None:
    del half_taken[2:]
    listener, sfu = sockets.bind(configuration.load(tmp_path, server={"port": 0}))
    with listener:
        assert half_taken == []
        assert sfu.port == listener.getsockname()[1]
        sfu.close()


def test_port_0_is_not_looked_for_without_end(tmp_path: Path, half_taken: list[socket.socket]) -> None:
    with pytest.raises(CannotListen, match="UDP port"):
        sockets.bind(configuration.load(tmp_path, server={"port": 0}))
    assert half_taken == []


def test_two_servers_do_not_share_a_data_directory(start_server: StartServer) -> None:
    server = start_server()
    refused(serve(server.data, "--port", "0"), "另一个服务器正在使用", "Another server already runs")


def test_a_newer_program_leaves_the_database_of_a_running_server_as_it_is(start_server: StartServer) -> None:
    server = start_server()
    with closing(sqlite3.connect(server.data / "mcmeet.db")) as database:
        with database:
            database.execute("UPDATE alembic_version SET version_num = '20261124_installation'")
        refused(serve(server.data, "--port", "0"), "Another server already runs")
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (
            "20261124_installation",
        )


def test_production_is_refused_without_advice_that_nobody_can_follow(tmp_path: Path) -> None:
    done = serve(tmp_path, MCMEET_MODE="production")
    refused(done, "mode = production cannot run with this version", "Set mode = demo")
    assert "set sms.provider" not in done.stderr.lower()


def test_the_first_start_says_that_it_made_the_tables_and_the_second_says_nothing_of_it(
    start_server: StartServer,
) -> None:
    server = start_server()
    assert "Database migrated to 2" in server.log
    first = len(server.log)
    server.restart()
    assert "migrated" not in server.log[first:]
    assert "alembic" not in server.log


def test_a_database_of_a_later_version_is_named(start_server: StartServer) -> None:
    server = start_server()
    server.stop()
    with closing(sqlite3.connect(server.data / "mcmeet.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '29991231_telepathy'")
    refused(serve(server.data, "--port", "0"), "29991231_telepathy", "newer than this version")


def test_the_second_start_goes_without_alembic(start_server: StartServer) -> None:
    """Importing it is a fifth of a start."""
    server = start_server()
    server.stop()
    code = (
        "import sys; from pathlib import Path; from mcmeet.serve import prepare;"
        "prepare(Path(sys.argv[1])); assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(server.data)], check=True, timeout=TIMEOUT_S)


def test_a_foreign_host_in_the_configuration_is_asked_for_nothing(tmp_path: Path) -> None:
    refused(serve(tmp_path, "--host", "203.0.113.7", "--port", "0"), "cannot be listened on")


def commands(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, part in getattr(command, "commands", {}).items():
        yield from commands(part, *path, name)


@pytest.mark.parametrize(("path", "command"), list(commands(typer.main.get_command(cli))))
def test_help_teaches_and_imports_no_server(path: tuple[str, ...], command: Any) -> None:
    code = (
        "import sys, typer.testing; from mcmeet.cli import app;"
        f"result = typer.testing.CliRunner().invoke(app, {[*path, '--help']!r});"
        "print(result.output); assert result.exit_code == 0; assert 'fastapi' not in sys.modules"
    )
    wide = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT_S, env=wide
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    assert " ".join(("mcmeet", *path)) in done.stdout.partition("Examples:")[2]
    for option in command.params:
        lines = [line.lstrip("│* ") for line in done.stdout.splitlines()]
        (line,) = [line for line in lines if line.startswith(f"{option.opts[0]} ")]
        assert option.help in line
        assert option.is_flag or "[default: " in line or "[required]" in line


def test_help_names_the_defaults_that_the_configuration_may_change() -> None:
    done = subprocess.run(
        [PROGRAM, "serve", "--help"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert "[default: (server.host, else 127.0.0.1)]" in done.stdout
    assert "[default: (server.port, else 8080)]" in done.stdout


def test_ctrl_c_with_an_open_meeting_tells_people_to_come_back_and_ends(start_server: StartServer) -> None:
    server = start_server()
    number, passcode = re.findall(r"/j/(\d{9})#p=(\d{6})", server.admin("create-meeting"))[0]
    consent = httpx.get(f"{server.url}/api/session").json()["consent"]
    joined = httpx.post(
        f"{server.url}/api/meetings/{number}/join",
        json={"name": "周航", "passcode": passcode, "consent": consent},
        headers={"X-MCMeet": "1"},
    ).json()
    with connect(
        joined["socket"], subprotocols=[Subprotocol(SUBPROTOCOL)], origin=Origin(server.url)
    ) as live:
        live.send(json.dumps({"type": "hello", "ticket": joined["ticket"]}))
        welcome = json.loads(live.recv(TIMEOUT_S))
        assert welcome["type"] == "welcome"
        media = welcome["media"]
        rtc = connect(f"{media['url']}/rtc?access_token={media['token']}")
        assert server.process is not None
        server.process.send_signal(signal.SIGINT)
        with pytest.raises(ConnectionClosed) as closed:
            live.recv(TIMEOUT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == Close.RESUME
        with rtc:
            last = [SignalResponse.FromString(frame) for frame in rtc if isinstance(frame, bytes)][-1]
        assert last.leave.reason == DisconnectReason.SERVER_SHUTDOWN
    assert server.process.wait(TIMEOUT_S) in (0, 128 + signal.SIGINT)
    assert "Traceback" not in server.log


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_learns_to_complete_the_commands(shell: str) -> None:
    """What `mcmeet --install-completion` writes, and what the shell asks then."""
    asked = os.environ | {"_MCMEET_COMPLETE": f"source_{shell}"}
    script = subprocess.run([PROGRAM], capture_output=True, text=True, timeout=TIMEOUT_S, env=asked)
    assert "mcmeet" in script.stdout
    assert script.returncode == 0


def test_bash_completes_what_begins_alike() -> None:
    asked = os.environ | {
        "_MCMEET_COMPLETE": "complete_bash",
        "COMP_WORDS": "mcmeet serve --tls-",
        "COMP_CWORD": "2",
    }
    done = subprocess.run([PROGRAM], capture_output=True, text=True, timeout=TIMEOUT_S, env=asked)
    assert done.stdout.split() == ["--tls-cert", "--tls-key"]
