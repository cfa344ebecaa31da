"""How a step of the build runs: with our own tools, and only when the hash of its inputs changed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
import time
from pathlib import Path

from tools.bootstrap.machine import ROOT, VENV, SetupError, tool_path

CACHE = ROOT / ".cache"
STAMPS = VENV / "stamps"
IGNORED_FOLDERS = {"node_modules", "dist", "target", "__pycache__"}


def say(text: str) -> None:
    print("mcmeet: " + text, flush=True)


def environment() -> dict[str, str]:
    values = dict(os.environ)
    values.pop("PYTHONHOME", None)
    values.update(
        PATH=tool_path(),
        VIRTUAL_ENV=str(VENV),
        CARGO_TARGET_DIR=str(ROOT / "target"),
        UV_CACHE_DIR=str(CACHE / "uv"),
        UV_PYTHON_DOWNLOADS="never",
        UV_LINK_MODE="hardlink",
        PIP_CACHE_DIR=str(CACHE / "pip"),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        npm_config_cache=str(CACHE / "npm"),
    )
    return values


def run(command: list[object], cwd: Path = ROOT) -> None:
    words = [str(word) for word in command]
    if subprocess.call(words, cwd=str(cwd), env=environment()) != 0:
        shown = " ".join(words).replace(str(ROOT) + os.sep, "")
        raise SetupError(f"`{shown}` failed: the lines above say why.")


def files_of(*inputs: Path) -> list[Path]:
    found = []
    for path in inputs:
        if path.is_dir():
            for folder, folders, names in os.walk(str(path)):
                folders[:] = [name for name in folders if name not in IGNORED_FOLDERS]
                found += [Path(folder) / name for name in names]
        elif path.exists():
            found.append(path)
    return sorted(found)


def hash_of(*inputs: Path, extra: str = "") -> str:
    digest = hashlib.sha256(extra.encode())
    for path in files_of(*inputs):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_fresh(name: str, wanted: str, output: Path) -> bool:
    stamp = STAMPS / name
    return output.exists() and stamp.exists() and stamp.read_text() == wanted


def remember(name: str, wanted: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(wanted)


@contextlib.contextmanager
def step(text: str):  # type: ignore[no-untyped-def]
    say(text + " …")
    started = time.monotonic()
    yield
    say(f"{text}: {time.monotonic() - started:.1f} s")


@contextlib.contextmanager
def build_lock():  # type: ignore[no-untyped-def]
    """Two `make` in one tree wait for each other."""
    CACHE.mkdir(exist_ok=True)
    with open(str(CACHE / "build.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
