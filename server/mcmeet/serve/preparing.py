"""What has to be right before a server starts: its settings, its key, its schema, and that it is alone."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from mcmeet.core import config as configuration
from mcmeet.core import installation, secrets
from mcmeet.core.config import Config, Mode
from mcmeet.core.db import migrate, sqlite_driver
from mcmeet.core.secrets import Secrets
from mcmeet.privacy import lint
from mcmeet.privacy.stores import every_store, every_table
from mcmeet.registry import FEATURES
from mcmeet.serve.greeting import say

LOCK_FILE: Final = "server.lock"
OTHERS_READ_NOTHING: Final = 0o077
DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
START_NEEDS_BYTES: Final = 256 * 1024
"""What SQLite shares between processes, the beginning of its log, run.json."""
FULL: Final = (
    "{data} 所在的磁盘已满：请腾出空间后再启动。 "
    "The disk of {data} is full: make room on it, then start again"
)
NO_SMS_PROVIDER: Final = (
    "此版本不能以 mode = production 运行：生产模式不在终端显示验证码，"
    "而此版本还没有其他发送方式。请改为 mode = demo。 "
    "mode = production cannot run with this version: production does not show codes in the terminal, and "
    "this version has no other way to send them (sms.provider: console is the only one). Set mode = demo"
)


class NotReady(Exception):
    """The server cannot start with this data directory; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Prepared:
    config: Config
    secrets: Secrets


def prepare(data: Path, **overrides: Any) -> Prepared:
    """Reads the configuration and the key, and brings the schema up to date.

    Raises ConfigError, SecretsError, NotReady.
    """
    # The data directory may be one that others can look into, and the database's driver asks for no mode.
    os.umask(OTHERS_READ_NOTHING)
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
            f"{data} 不能作数据目录：请另选 DATA。 "
            f"{data} cannot be the data directory ({error.strerror}): choose another DATA"
        ) from error
    with usable_database(config):
        keys = secrets.load(
            data, database_exists=migrate.has_schema(config.database_url), production=production
        )
        installation.check_key(config.database_url, keys)
        if migrate.is_behind(config.database_url):
            with only_server(data):
                migrated = migrate.upgrade(config.database_url)
            say(f"数据库已升级至 {migrated}。 Database migrated to {migrated}.", err=True)
        installation.remember_key(config.database_url, keys)
    return Prepared(config, keys)


@contextmanager
def usable_database(config: Config) -> Iterator[None]:
    try:
        if config.database_url.startswith("sqlite"):
            _require_sqlite()
        yield
    except sqlite_driver.SqliteTooOld as error:
        raise NotReady(str(error)) from error
    except migrate.NewerDatabase as error:
        raise NotReady(
            "数据库由更新版本的盟畅云会议创建：请安装上次使用的版本或更新的版本。 "
            f"The database is newer than this version of MCMeet (revision {error}): "
            "install the version that it was last used with, or a later one"
        ) from error
    except DBAPIError as error:
        if is_full(config):
            raise NotReady(FULL.format(data=config.data)) from error
        address = make_url(config.database_url).render_as_string(hide_password=True)
        reason = next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)
        raise NotReady(
            f"数据库 {address} 无法使用：请启动它，或修改 database.url。 "
            f"The database {address} cannot be used ({reason}): start it, or set another database.url"
        ) from error


def is_full(config: Config) -> bool:
    """Whether the database's disk has less room than a start needs, whatever SQLite calls that."""
    path = make_url(config.database_url).database
    folder = Path(path or "").parent
    is_here = config.database_url.startswith("sqlite") and folder.is_dir()
    return is_here and shutil.disk_usage(folder).free < START_NEEDS_BYTES


def cannot_write(data: Path, error: OSError) -> str:
    return (
        FULL.format(data=data)
        if error.errno in DISK_FULL
        else f"{data} 无法写入：请让服务器的用户可以写入。 "
        f"{data} cannot be written to ({error.strerror}): let the server's user write there"
    )


def _require_sqlite() -> None:
    """Raises SqliteTooOld; one that works, but had a fault that later ones have not, is named."""
    sqlite_driver.require_usable()
    if not sqlite_driver.is_safe():
        found, safe = sqlite_driver.driver.sqlite_version, sqlite_driver.dotted(sqlite_driver.SAFE)
        say(
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


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Two on one data directory would both own its meetings, and a newer one change the other's schema.

    Raises NotReady.
    """
    try:
        lock = (data / LOCK_FILE).open("w")
    except OSError as error:
        raise NotReady(cannot_write(data, error)) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise NotReady(
                f"另一个服务器正在使用 {data}：请先停止它，或另选 DATA。 "
                f"Another server already runs on {data}: stop it, or choose another DATA"
            ) from error
        yield
