"""What stops `make run` is named in one sentence with what to do; what did not change is not built again."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tools.bootstrap import build, machine, steps
from tools.bootstrap.machine import SetupError


def sentence_of(check: Callable[[], object]) -> str:
    with pytest.raises(SetupError) as refused:
        check()
    text = str(refused.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def program(folder: Path, name: str, prints: str = "") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)


@pytest.fixture
def tools_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for."""
    monkeypatch.setattr(machine, "tool_path", lambda: str(tmp_path))
    return tmp_path


def test_another_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "runs on Linux only and this is Darwin" in sentence_of(machine.check_system)


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert "3.11 or newer is needed" in sentence_of(machine.check_system)


def test_a_python_without_venv_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "apt-get install python3-venv" in sentence_of(machine.check_venv_module)


def test_a_machine_without_rust_is_told_where_it_comes_from(tools_of_the_machine: Path) -> None:
    assert "install Rust 1.89 or newer" in sentence_of(machine.check_rust)


def test_an_old_rust_is_named(tools_of_the_machine: Path) -> None:
    program(tools_of_the_machine, "cargo")
    program(tools_of_the_machine, "rustc", "rustc 1.88.0 (6b00bc388 2025-06-23)")
    assert "Rust 1.88 is too old" in sentence_of(machine.check_rust)


def test_the_oldest_rust_that_works_is_enough(tools_of_the_machine: Path) -> None:
    program(tools_of_the_machine, "cargo")
    program(tools_of_the_machine, "rustc", "rustc 1.89.0 (29483883e 2025-08-04)")
    machine.check_rust()


def test_a_missing_c_compiler_is_named(tools_of_the_machine: Path) -> None:
    assert "apt-get install gcc" in sentence_of(machine.check_c_compiler)


@pytest.mark.parametrize(("kind", "name"), [(socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")])
def test_a_port_in_use_is_named(kind: socket.SocketKind, name: str) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        text = sentence_of(lambda: machine.check_port("127.0.0.1", port))
    assert text.startswith(f"{name} port {port} on 127.0.0.1 cannot be used")


@pytest.mark.parametrize("text", ["99999", "-1", "abc", "", "８０８"])
def test_a_port_that_is_none_is_named(text: str) -> None:
    assert sentence_of(lambda: machine.port_number(text)).startswith(f"PORT={text} is no port")


@pytest.mark.parametrize("host", ["300.1.1.1", "203.0.113.7"])
def test_a_host_that_is_elsewhere_is_named(host: str) -> None:
    assert sentence_of(lambda: machine.check_port(host, 8080)).startswith(f"HOST={host} is no address of")


def test_any_free_port_needs_no_check() -> None:
    machine.check_port("127.0.0.1", 0)


def test_a_step_runs_again_when_an_input_changed_and_not_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "STAMPS", tmp_path / "stamps")
    source, output = tmp_path / "src" / "main.rs", tmp_path / "module.so"
    source.parent.mkdir()
    source.write_text("one")
    output.touch()
    steps.remember("engine", steps.hash_of(tmp_path / "src"))
    assert steps.is_fresh("engine", steps.hash_of(tmp_path / "src"), output)
    source.write_text("two")
    assert not steps.is_fresh("engine", steps.hash_of(tmp_path / "src"), output)
    source.write_text("one")
    output.unlink()
    assert not steps.is_fresh("engine", steps.hash_of(tmp_path / "src"), output)


def test_debian_packages_are_named_to_who_may_not_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "missing_debian_packages", lambda: ["chromium"])
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--no-install-recommends chromium" in sentence_of(build.install_test_packages)


@pytest.fixture
def python3(tmp_path: Path) -> Path:
    """Prints what `make` asks of Python."""
    path = tmp_path / "python3"
    path.write_text('#!/bin/sh\necho "$@"\necho "forbidden: ${PYTHONDONTWRITEBYTECODE-no}"\n')
    path.chmod(0o755)
    return path


def make_run(python3: Path, *arguments: str, **environment: str) -> str:
    command = ["make", "--no-print-directory", "run", f"PYTHON={python3}", *arguments]
    clean = {name: value for name, value in os.environ.items() if name not in ("HOST", "PORT", "DATA")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=machine.ROOT, env=clean | environment
    )
    return done.stdout


def test_a_start_finds_its_modules_compiled_where_the_machine_forbids_to_keep_them(python3: Path) -> None:
    """Images of Python often set the variable; every start would take twice as long."""
    assert "forbidden: no\n" in make_run(python3, PYTHONDONTWRITEBYTECODE="1")


def test_make_run_says_host_port_and_tls_only_where_they_are_given(python3: Path) -> None:
    """They would win over the configuration."""
    assert "tools.bootstrap serve --data ./data\n" in make_run(python3)
    said = make_run(python3, "HOST=::", "PORT=0", "TLS=auto", "DATA=/srv/x")
    assert "tools.bootstrap serve --host :: --port 0 --tls auto --data /srv/x\n" in said


@pytest.mark.parametrize(
    ("host", "port", "tls", "said"),
    [(None, None, None, []), ("::", 0, "auto", ["--host", "::", "--port", "0", "--tls", "auto"])],
)
def test_the_server_gets_what_was_given_and_reads_the_rest_itself(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str | None,
    port: int | None,
    tls: str | None,
    said: list[str],
) -> None:
    (tmp_path / "mcmeet.toml").write_text("[server]\nport = 9000\n")
    started: list[list[str]] = []
    monkeypatch.setattr(build, "build", lambda: None)
    monkeypatch.setattr("os.chdir", lambda _: None)
    monkeypatch.setattr("os.execve", lambda _, command, __: started.append(command))
    build.serve(host, port, tls, str(tmp_path))
    assert started == [[str(machine.VENV / "bin" / "mcmeet"), "serve", "--data", str(tmp_path), *said]]


def test_a_port_in_use_stops_the_start_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mcmeet.toml").write_text("")
    monkeypatch.setattr(build, "build", lambda: pytest.fail("it was built"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port}" in sentence_of(lambda: build.serve(None, port, None, str(tmp_path)))
