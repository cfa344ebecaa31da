"""What the machine must have: each thing that is missing is one sentence with what to do."""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"

MIN_PYTHON = (3, 11)
MIN_RUST = (1, 89)
MACHINES = ("x86_64",)
PORT_MOST = 65535

DEBIAN_PACKAGES = {
    "/usr/bin/chromium": "chromium",
    "/usr/bin/firefox-esr": "firefox-esr",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji",
    "/usr/lib/postgresql": "postgresql",
    "/usr/sbin/ip": "iproute2",
    "/usr/bin/certutil": "libnss3-tools",
}
"""What the tests need beside it: path → package."""


class SetupError(Exception):
    """Something on this machine stops us; the text says what, and what to do, in one sentence."""


def tool_path() -> str:
    """Our own tools first, then the caller's, then where rustup puts its own."""
    cargo = Path.home() / ".cargo" / "bin"
    return os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", ""), str(cargo)])


def check_system() -> None:
    if sys.platform != "linux":
        raise SetupError(
            f"MCMeet runs on Linux only and this is {platform.system()}: "
            "use a Linux machine, a virtual machine or WSL 2."
        )
    if platform.machine() not in MACHINES:
        raise SetupError(
            f"some packages have no wheel for {platform.machine()} processors: use {' or '.join(MACHINES)}."
        )
    if sys.version_info < MIN_PYTHON:
        raise SetupError(
            f"Python {platform.python_version()} is too old, 3.11 or newer is needed: "
            "install one and name it, for example `make run PYTHON=python3.11`."
        )


def check_venv_module() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise SetupError(
            "this Python has no venv module: install it (Debian, Ubuntu: `apt-get install python3-venv`)."
        ) from None


def rust_version() -> tuple[int, int] | None:
    rustc = shutil.which("rustc", path=tool_path())
    if rustc is None:
        return None
    found = re.search(r"rustc (\d+)\.(\d+)", subprocess.check_output([rustc, "--version"], text=True))
    return (int(found.group(1)), int(found.group(2))) if found else None


def check_rust() -> None:
    version = rust_version()
    wanted = f"{MIN_RUST[0]}.{MIN_RUST[1]}"
    if version is None or shutil.which("cargo", path=tool_path()) is None:
        raise SetupError(
            f"no Rust tool chain was found: install Rust {wanted} or newer with rustup (rustup.rs)."
        )
    if version < MIN_RUST:
        raise SetupError(
            f"Rust {version[0]}.{version[1]} is too old, {wanted} or newer is needed: run `rustup update`."
        )


def check_c_compiler() -> None:
    if not any(shutil.which(name, path=tool_path()) for name in ("cc", "gcc", "clang")):
        raise SetupError(
            "no C compiler was found, the media engine's cryptography needs one: "
            "install it (Debian, Ubuntu: `apt-get install gcc libc6-dev`)."
        )


def port_number(text: str) -> int:
    """What `PORT=` says. Raises SetupError."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > PORT_MOST:
        raise SetupError(f"PORT={text} is no port: choose one from 1 to {PORT_MOST}, or 0 for any.")
    return int(text)


def check_port(host: str, port: int) -> None:
    """TCP and UDP of one number; 0 asks the system for a free one. Raises SetupError."""
    if port == 0:
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind, name in ((socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")):
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise SetupError(
                        f"HOST={host} is no address of this machine ({error.strerror}): "
                        "127.0.0.1 serves this machine alone, 0.0.0.0 every network that it is in."
                    ) from None
                raise SetupError(
                    f"{name} port {port} on {host} cannot be used ({error.strerror}): "
                    f"stop the other program or choose another, for example `make run PORT={port + 1}`."
                ) from None


def missing_debian_packages() -> list[str]:
    return [package for path, package in DEBIAN_PACKAGES.items() if not has_program(path)]


def has_program(path: str) -> bool:
    if Path(path).exists():
        return True
    return path.startswith("/usr/sbin/") and shutil.which(Path(path).name) is not None


def doctor() -> int:
    """Names everything that is missing, each with what to do; 0 when nothing is."""
    checks = (check_system, check_venv_module, check_rust, check_c_compiler)
    problems = 0
    for check in checks:
        try:
            check()
        except SetupError as problem:
            problems += 1
            print(f"missing: {problem}")
    missing = missing_debian_packages()
    if missing:
        problems += 1
        print(
            f"missing for `make test` only: {', '.join(missing)}; as root run "
            f"`apt-get install -y --no-install-recommends {' '.join(missing)}`."
        )
    if not problems:
        print(f"nothing is missing: Python {platform.python_version()}, Rust {rust_version()}")
    return 1 if problems else 0
