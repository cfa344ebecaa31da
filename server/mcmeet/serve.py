"""From a data directory to a listening server: configuration, key, schema, sockets, engine, in this order."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
import uvloop
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from mcmeet.app import create_app, create_core
from mcmeet.core import config as configuration
from mcmeet.core import installation, logs, migrate, secrets
from mcmeet.core.config import Config, Mode
from mcmeet.core.secrets import Secrets
from mcmeet.core.serving import FREE_PORT_ATTEMPTS, CannotListen, Server, listen
from mcmeet.live.rooms import Rooms
from mcmeet.privacy import lint
from mcmeet.privacy.stores import every_store, every_table
from mcmeet.registry import FEATURES

if TYPE_CHECKING:
    from mcmeet.features.meetings import OperatorMeeting
    from mcmeet.media.embedded.binding import Engine

RUN_FILE: Final = "run.json"
LOCK_FILE: Final = "server.lock"
MEDIA_KEY_NAME: Final = "mcmeet"
EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound

NO_SMS_PROVIDER: Final = (
    "mode = production cannot run with this version: production does not show codes in the terminal, and "
    "this version has no other way to send them (sms.provider: console is the only one). Set mode = demo"
)
MEDIA_IS_LOCAL: Final = (
    "音视频目前只能在本机使用：请将 media.announce 设为其他设备可访问的本机地址。 "
    "Audio and video reach this machine only: set media.announce to an address of it that others reach."
)


class NotReady(Exception):
    """The server cannot start with this data directory; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    config: Config
    secrets: Secrets


def prepare(data: Path, **overrides: Any) -> Installation:
    """Reads the configuration and the key, and brings the schema up to date.

    Raises ConfigError, SecretsError, NotReady.
    """
    config = configuration.load(data, **overrides)
    production = config.mode is Mode.PRODUCTION
    if production:
        _refuse_undeclared()
    if production and config.sms.provider == "console":
        raise NotReady(NO_SMS_PROVIDER)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(
            f"{data} cannot be the data directory ({error.strerror}): choose another DATA"
        ) from error
    with _usable_database(config):
        keys = secrets.load(
            data, database_exists=migrate.has_schema(config.database_url), production=production
        )
        installation.check_key(config.database_url, keys)
        if migrate.is_behind(config.database_url):
            with _only_server(data):
                migrated = migrate.upgrade(config.database_url)
            typer.echo(f"数据库已升级至 {migrated}。 Database migrated to {migrated}.", err=True)
        installation.remember_key(config.database_url, keys)
    return Installation(config, keys)


@contextmanager
def _usable_database(config: Config) -> Iterator[None]:
    try:
        yield
    except migrate.NewerDatabase as error:
        raise NotReady(
            f"The database is newer than this version of MCMeet (revision {error}): "
            "install the version that it was last used with, or a later one"
        ) from error
    except DBAPIError as error:
        address = make_url(config.database_url).render_as_string(hide_password=True)
        reason = next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)
        raise NotReady(
            f"The database {address} cannot be used ({reason}): start it, or set another database.url"
        ) from error


def _refuse_undeclared() -> None:
    """Data that nobody accounts for must not be collected from anybody. Raises NotReady."""
    gaps = [*lint.column_gaps(every_table()), *lint.store_gaps(every_store(FEATURES))]
    if gaps:
        raise NotReady(f"mode = production needs every column and store declared: {'; '.join(gaps)}")


def run(data: Path, host: str | None, port: int | None) -> None:
    """Serves until a signal. Raises ConfigError, SecretsError, NotReady, CannotListen, ServerFailed."""
    logs.configure()
    server = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    prepared = prepare(data, **({"server": server} if server else {}))
    with _only_server(data):
        listener, sfu = _bind(prepared.config)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(prepared, listener, sfu))


async def _serve(prepared: Installation, listener: socket.socket, sfu: Engine) -> None:
    from mcmeet.media.embedded.engine import EmbeddedEngine
    from mcmeet.media.embedded.signalling import routes
    from mcmeet.media.embedded.tokens import TokenKey

    config = prepared.config
    key = TokenKey(MEDIA_KEY_NAME, prepared.secrets.key("media-tokens").hex())
    engine = EmbeddedEngine(sfu, key)
    core = create_core(config, prepared.secrets)

    async def listening() -> None:
        host, port = listener.getsockname()[:2]
        url = f"http://{_in_url('127.0.0.1' if host in EVERY_ADDRESS else host)}:{port}/"
        state = {"pid": os.getpid(), "url": url, "udp_port": sfu.port}
        _write_whole(config.data / RUN_FILE, json.dumps(state))
        typer.echo(f"盟畅云会议 MCMeet: {url}  (media: UDP {sfu.port})")
        if config.mode is Mode.DEMO:
            typer.echo("演示模式：验证码显示在本终端。 Demo mode: codes appear in this terminal.")
        if _is_media_local(config):
            typer.secho(MEDIA_IS_LOCAL, fg="yellow")

    async def closing() -> None:
        """While there are sockets to tell it on: people come back, media has ended."""
        await core.the(Rooms).close()
        await engine.stop()

    try:
        app = create_app(core, engine, routes(engine))
        server = Server(app, listening, closing)
        engine.on_broken = server.fail
        await server.serve(sockets=[listener])
    finally:
        (config.data / RUN_FILE).unlink(missing_ok=True)


def _bind(config: Config) -> tuple[socket.socket, Engine]:
    """The TCP port and, on the same number unless `media.port` says otherwise, UDP. Raises CannotListen."""
    from mcmeet.media.embedded.binding import open_sfu

    host, port, media = config.server.host, config.server.port, config.media
    announce = "127.0.0.1" if _is_media_local(config) else media.announce
    for _ in range(FREE_PORT_ATTEMPTS):
        listener = listen(host, port)
        udp_port = listener.getsockname()[1] if media.port is None else media.port
        try:
            return listener, open_sfu(host, udp_port, announce=announce, workers=media.workers)
        except OSError:
            listener.close()
            if port != 0 or media.port is not None:
                break
    raise CannotListen(f"UDP port {udp_port} on {host} is in use: stop what listens there, or set media.port")


def _is_media_local(config: Config) -> bool:
    """Every address is listened on, and none of them says how browsers elsewhere reach it."""
    return config.server.host in EVERY_ADDRESS and config.media.announce is None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _write_whole(path: Path, text: str) -> None:
    """Whoever waits for the file never sees half of it."""
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


@contextmanager
def _only_server(data: Path) -> Iterator[None]:
    """Two on one data directory would both own its meetings, and a newer one change the other's schema.

    Raises NotReady.
    """
    with (data / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NotReady(
                f"Another server already runs on {data}: stop it, or choose another DATA"
            ) from error
        yield


def create_meeting(data: Path, topic: str) -> OperatorMeeting:
    """The operator's meeting; works beside a running server. Raises ConfigError, SecretsError, NotReady."""
    from mcmeet.features.meetings import create_for_operator

    prepared = prepare(data)
    core = create_core(prepared.config, prepared.secrets)
    try:
        return asyncio.run(create_for_operator(core, topic, base=_running_url(prepared.config)))
    finally:
        core.db.close()


def _running_url(config: Config) -> str:
    if config.server.public_url:
        return config.server.public_url
    try:
        url: str = json.loads((config.data / RUN_FILE).read_text(encoding="utf-8"))["url"]
    except FileNotFoundError:
        return f"http://{_in_url(config.server.host)}:{config.server.port}"
    return url.rstrip("/")
