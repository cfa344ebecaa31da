"""From a data directory to a listening server: configuration, key, schema, sockets, engine, in this order."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
import uvloop
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from mcmeet.app import create_app, create_core
from mcmeet.core import config as configuration
from mcmeet.core import installation, lan, logs, migrate, secrets, sqlite_driver, tls
from mcmeet.core.clock import SystemClock
from mcmeet.core.config import Config, Mode, TlsMode
from mcmeet.core.secrets import Secrets
from mcmeet.core.services import NOWHERE, Core
from mcmeet.core.serving import FREE_PORT_ATTEMPTS, CannotListen, PlainSite, Server, listen
from mcmeet.core.tls import Certificate
from mcmeet.greeting import MEDIA_IS_LOCAL, Trust, greet
from mcmeet.live.rooms import Rooms
from mcmeet.privacy import lint
from mcmeet.privacy.network_log.entries import Act, Entry, operator
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.privacy.stores import every_store, every_table
from mcmeet.registry import FEATURES

if TYPE_CHECKING:
    from mcmeet.features.meetings import OperatorMeeting
    from mcmeet.media.embedded.binding import Engine

RUN_FILE: Final = "run.json"
LOCK_FILE: Final = "server.lock"
MEDIA_KEY_NAME: Final = "mcmeet"
LOOPBACK: Final = "127.0.0.1"
PORT_MOST: Final = 65535
RENEWED_EVERY_S: Final = 3600.0

NO_SMS_PROVIDER: Final = (
    "mode = production cannot run with this version: production does not show codes in the terminal, and "
    "this version has no other way to send them (sms.provider: console is the only one). Set mode = demo"
)


class NotReady(Exception):
    """The server cannot start with this data directory; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    config: Config
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class Help:
    """The page that says how to trust our authority, and what the terminal says of it."""

    site: PlainSite
    trust: Trust


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
        if config.database_url.startswith("sqlite"):
            _require_sqlite()
        yield
    except sqlite_driver.SqliteTooOld as error:
        raise NotReady(str(error)) from error
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


def _require_sqlite() -> None:
    """Raises SqliteTooOld; one that works, but had a fault that later ones have not, is named."""
    sqlite_driver.require_usable()
    if not sqlite_driver.is_safe():
        found, safe = sqlite_driver.driver.sqlite_version, sqlite_driver.dotted(sqlite_driver.SAFE)
        typer.echo(
            f"SQLite {found} 有已知缺陷，建议 {safe} 以上或 PostgreSQL。 "
            f"SQLite {found} has a known fault: {safe} or later is better, or PostgreSQL.",
            err=True,
        )


def _refuse_undeclared() -> None:
    """Data that nobody accounts for must not be collected from anybody. Raises NotReady."""
    gaps = [
        *lint.column_gaps(every_table()),
        *lint.store_gaps(every_store(FEATURES)),
        *lint.argument_gaps(FEATURES),
    ]
    if gaps:
        raise NotReady(f"mode = production needs every column and store declared: {'; '.join(gaps)}")


def run(data: Path, **areas: Mapping[str, Any]) -> None:
    """Serves until a signal; `areas` is what the command line says.

    Raises ConfigError, SecretsError, NotReady, TlsError, CannotListen, ServerFailed.
    """
    logs.configure()
    prepared = prepare(data, **areas)
    with _only_server(data):
        certificate = tls.load(prepared.config, SystemClock().now())
        listener, sfu = _bind(prepared.config)
        if certificate is not None:
            prepared = replace(prepared, config=_reached_at(prepared.config, certificate, listener))
        helping = _bind_help(prepared.config, listener)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(prepared, listener, sfu, certificate, helping))


def _reached_at(config: Config, certificate: Certificate, listener: socket.socket) -> Config:
    """Links begin with an address that the certificate names, unless the operator has named one."""
    url = config.server.public_url or certificate.url(listener.getsockname()[1])
    return config.model_copy(update={"server": config.server.model_copy(update={"public_url": url})})


async def _serve(
    prepared: Installation,
    listener: socket.socket,
    sfu: Engine,
    certificate: Certificate | None = None,
    helping: socket.socket | None = None,
) -> None:
    from mcmeet.media.embedded.engine import EmbeddedEngine
    from mcmeet.media.embedded.signalling import routes
    from mcmeet.media.embedded.tokens import TokenKey

    config = prepared.config
    key = TokenKey(MEDIA_KEY_NAME, prepared.secrets.key("media-tokens").hex())
    engine = EmbeddedEngine(sfu, key)
    core = create_core(config, prepared.secrets)
    url = _own_url(config, certificate, listener)
    explained = _help(certificate, helping, url)

    async def listening() -> None:
        state = {"pid": os.getpid(), "url": url, "udp_port": sfu.port}
        if explained is not None:
            state["help_url"] = explained.trust.url
        _write_whole(config.data / RUN_FILE, json.dumps(state))
        greet(config, url, sfu.port, None if explained is None else explained.trust)
        if _is_media_local(config):
            typer.secho(MEDIA_IS_LOCAL, fg="yellow")

    async def closing() -> None:
        """While there are sockets to tell it on: people come back, media has ended."""
        await core.the(Rooms).close()
        await engine.stop()

    try:
        app = create_app(core, engine, routes(engine))
        server = Server(
            app,
            listening,
            closing,
            tls=None if certificate is None else certificate.context,
            take_media=engine.take_stream,
            plain=None if explained is None else explained.site,
        )
        engine.on_broken = server.fail
        renewing = asyncio.create_task(_renew_forever(config, certificate))
        await server.serve(sockets=[listener])
        renewing.cancel()
    finally:
        (config.data / RUN_FILE).unlink(missing_ok=True)


async def _renew_forever(config: Config, certificate: Certificate | None) -> None:
    """Each hour, and on SIGHUP, which `systemctl reload` and the hooks of ACME clients send."""
    if certificate is None:
        return
    asked, log = asyncio.Event(), logs.get("tls")
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), RENEWED_EVERY_S)
        asked.clear()
        try:
            tls.renew(certificate, config, SystemClock().now())
        except tls.TlsError as error:
            log.error("the certificate was not renewed, the one before it stays", reason=str(error))
        else:
            log.info("the certificate is read anew")


def _bind(config: Config) -> tuple[socket.socket, Engine]:
    """The TCP port and, on the same number unless `media.port` says otherwise, UDP. Raises CannotListen."""
    from mcmeet.media.embedded.binding import open_sfu

    host, port, media = config.host, config.server.port, config.media
    announce = _announced(config)
    for _ in range(FREE_PORT_ATTEMPTS):
        listener = listen(host, port)
        tcp_port = listener.getsockname()[1]
        udp_port = tcp_port if media.port is None else media.port
        try:
            sfu = open_sfu(host, udp_port, announce=announce, workers=media.workers, tcp_port=tcp_port)
            return listener, sfu
        except OSError:
            listener.close()
            if port != 0 or media.port is not None:
                break
    raise CannotListen(f"UDP port {udp_port} on {host} is in use: stop what listens there, or set media.port")


def _bind_help(config: Config, listener: socket.socket) -> socket.socket | None:
    """The port of the page that says how to trust our authority. Raises CannotListen."""
    if config.tls.mode is not TlsMode.AUTO:
        return None
    https = listener.getsockname()[1]
    port = config.tls.help_port
    if port is None:
        port = 0 if config.server.port == 0 else https % PORT_MOST + 1
    try:
        return listen(config.host, port)
    except CannotListen as error:
        raise CannotListen(
            f"Port {port} on {config.host}, for the page that says how to trust this server, is in use: "
            "stop what listens there, or set tls.help_port"
        ) from error


def _help(certificate: Certificate | None, helping: socket.socket | None, url: str) -> Help | None:
    if certificate is None or certificate.authority is None or helping is None:
        return None
    from mcmeet.core.trust import application

    site = PlainSite(application(certificate.authority, url), helping)
    where = f"http://{lan.in_url(certificate.host)}:{helping.getsockname()[1]}/"
    return Help(site, Trust(where, tls.fingerprint(certificate.authority)))


def _announced(config: Config) -> str | None:
    """Where browsers send media; loopback is last, for those on this machine when its network is gone."""
    if config.media.announce is not None or not config.listens_everywhere:
        return config.media.announce
    found = map(str, lan.reached_through(config.host))
    return ",".join([*found, *((LOOPBACK, "::1") if ":" in config.host else (LOOPBACK,))])


def _is_media_local(config: Config) -> bool:
    """Every address is listened on, and none of them is one that browsers elsewhere reach."""
    return (
        config.listens_everywhere and config.media.announce is None and not lan.reached_through(config.host)
    )


def _own_url(config: Config, certificate: Certificate | None, listener: socket.socket) -> str:
    """Without a certificate loopback: there alone browsers give a plain page camera and microphone."""
    host, port = listener.getsockname()[:2]
    if certificate is not None:
        return f"{certificate.url(port)}/"
    return f"http://{lan.in_url(LOOPBACK if config.listens_everywhere else host)}:{port}/"


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
    logs.configure()
    prepared = prepare(data)
    core = create_core(prepared.config, prepared.secrets)
    try:
        return asyncio.run(_create_meeting(core, topic))
    finally:
        core.db.close()


async def _create_meeting(core: Core, topic: str) -> OperatorMeeting:
    from mcmeet.features.meetings import create_for_operator

    async with core.the(NetworkLog) as network_log:
        made = await create_for_operator(core, topic, base=_running_url(core.config))
        who = operator(os.getuid())
        network_log.record(Entry(Act.ADMIN_CREATE_MEETING, core.clock.now(), who, NOWHERE, made.run))
        return made


def _running_url(config: Config) -> str:
    if config.server.public_url:
        return config.server.public_url
    try:
        url: str = json.loads((config.data / RUN_FILE).read_text(encoding="utf-8"))["url"]
    except FileNotFoundError:
        return f"http://{lan.in_url(config.server.host)}:{config.server.port}"
    return url.rstrip("/")
