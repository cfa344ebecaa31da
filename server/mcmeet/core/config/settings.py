"""Configuration: `mcmeet.toml` in the data directory, over it environment variables `MCMEET_AREA__KEY`.

One typed class per area. A bad value stops the start with a sentence that names key, value and what is
allowed; so does a name that nobody reads.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mcmeet.core.config.problems import BETWEEN, PREFIX, Allowed, explain, wrong_variables

CONFIG_FILE: Final = "mcmeet.toml"
# Cybersecurity Law, article 23 (3) since 2026: six months, of which the longest six are 184 days. The ceiling
# is the policy's own (clause 2.1). A period's lines go together, so the oldest of them are that much older.
NETWORK_LOG_DAYS_LEAST: Final = 184
NETWORK_LOG_DAYS_MOST: Final = 210
NETWORK_LOG_PERIOD_DAYS: Final = 7
EVERY_IPV4_ADDRESS: Final = "0.0.0.0"  # noqa: S104 - a default of those who ask for it
EVERY_ADDRESS: Final = frozenset({EVERY_IPV4_ADDRESS, "::"})
DATABASES: Final = frozenset({"sqlite", "postgresql", "postgresql+psycopg"})


class ConfigError(Exception):
    """The message names the key, the value and what is allowed, one line for each bad value."""


class Mode(StrEnum):
    DEMO = "demo"
    PRODUCTION = "production"


class TlsMode(StrEnum):
    OFF = "off"
    AUTO = "auto"
    FILES = "files"


def _own_address(text: str) -> str:
    """Media is bound to it too, and that takes no name."""
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError:
        raise ValueError("no IP address") from None


def _reachable_addresses(text: str) -> str:
    try:
        addresses = [ipaddress.ip_address(part.strip()) for part in text.split(",")]
    except ValueError:
        raise ValueError("no IP address") from None
    if any(address.is_unspecified for address in addresses):
        raise ValueError("an address to listen on, and none that a browser can reach")
    return ",".join(map(str, addresses))


def _proxies(text: str) -> str:
    try:
        return ",".join(str(ipaddress.ip_network(part.strip())) for part in text.split(",")) if text else ""
    except ValueError:
        raise ValueError("no IP address or network") from None


def _public_url(text: str) -> str:
    """In the form of an Origin (RFC 6454 §6.2), since it is compared with those."""
    try:
        url = urlsplit(text)
        is_address = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # brackets without end, a port beyond 65535
        is_address = False
    if not is_address or not text.isprintable() or " " in text:
        raise ValueError("no http or https address")
    if "@" in url.netloc or text.partition("://")[2] != url.netloc:
        raise ValueError("more than scheme, name and port")
    return f"{url.scheme}://{url.netloc.lower()}"


def _database_url(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in DATABASES or not url.database:
        raise ValueError("no address of a database")
    return text


OwnAddress: TypeAlias = Annotated[
    str,
    AfterValidator(_own_address),
    Allowed("an IP address of this machine, such as 127.0.0.1, 0.0.0.0 or ::"),
]
ReachableAddresses: TypeAlias = Annotated[
    str,
    AfterValidator(_reachable_addresses),
    Allowed("IP addresses that browsers reach, separated by commas"),
]
Proxies: TypeAlias = Annotated[
    str,
    AfterValidator(_proxies),
    Allowed("IP addresses or networks of your reverse proxies, separated by commas, such as 127.0.0.1"),
]
PublicUrl: TypeAlias = Annotated[
    str,
    AfterValidator(_public_url),
    Allowed("https://name or https://name:port, or http, and no slash at the end"),
]
DatabaseUrl: TypeAlias = Annotated[
    str,
    AfterValidator(_database_url),
    Allowed("postgresql://user:password@host/database or sqlite:////folder/file.db"),
]
PemFile: TypeAlias = Annotated[Path, Allowed("the path of a PEM file")]


class Area(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Area):
    host: OwnAddress = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535, description="HTTP; 0 = any free port")
    public_url: PublicUrl | None = Field(None, description="as people type it")
    proxies: Proxies = Field("", description="whose X-Forwarded-For and X-Forwarded-Proto are believed")

    @property
    def believed_proxies(self) -> list[str]:
        """IPv4 also as a socket of both families shows it (RFC 4291 §2.5.5.2)."""
        given = [ipaddress.ip_network(one) for one in self.proxies.split(",") if one]
        ipv4 = [one for one in given if one.version == 4]
        mapped = [f"::ffff:{one.network_address}/{96 + one.prefixlen}" for one in ipv4]
        return [*map(str, given), *mapped]


class Tls(Area):
    mode: TlsMode = Field(
        TlsMode.OFF, description="auto: an authority of our own, for the local network; files: yours"
    )
    cert: PemFile | None = Field(None, description="the certificate, then those up to its root")
    key: PemFile | None = Field(None, description="its private key")
    help_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="plain HTTP: how to trust our authority, nothing else; default: the port after HTTPS",
    )


class Database(Area):
    url: DatabaseUrl | None = Field(
        None,
        repr=False,  # it may hold a password
        description="SQLAlchemy address; default: SQLite in the data directory",
    )


class Operator(Area):
    """Who runs this installation, as policy texts and pages name it; empty is said in the reader's words."""

    name: str = Field("", max_length=100)
    phone: str = Field("", max_length=40)
    email: str = Field("", max_length=254)
    address: str = Field("", max_length=200)

    @property
    def is_complete(self) -> bool:
        return all((self.name, self.phone, self.email, self.address))


class Accounts(Area):
    strict_necessary: bool = Field(False, description="true makes the e-mail address optional")
    session_days: int = Field(30, ge=1, le=365)
    session_idle_days: int = Field(14, ge=1, le=365)


class Sms(Area):
    provider: Literal["console"] = "console"


class Media(Area):
    host: OwnAddress | None = Field(
        None, description="UDP; default: the host, and every address where a proxy has that to itself"
    )
    port: int | None = Field(None, ge=0, le=65535, description="UDP; default: the number of the HTTP port")
    announce: ReachableAddresses | None = Field(
        None, description="addresses that browsers reach; default: the host"
    )
    workers: int = Field(1, ge=1, le=64)


class Live(Area):
    grace_seconds: float = Field(20, ge=1, le=600, description="a lost seat is kept this long")
    empty_seconds: float = Field(60, ge=1, le=3600, description="a meeting without anybody ends then")
    seats_most: int = Field(
        5_000, ge=2, le=100_000, description="of a meeting, with those of people who left"
    )


class NetworkLog(Area):
    keep_days: int = Field(
        190,
        ge=NETWORK_LOG_DAYS_LEAST,
        le=NETWORK_LOG_DAYS_MOST - NETWORK_LOG_PERIOD_DAYS,
        description="each line is kept so long, and at most a week more",
    )


class Config(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=BETWEEN, extra="forbid", frozen=True
    )

    mode: Mode = Mode.DEMO
    data: Path = Path("data")
    server: Server = Server()
    tls: Tls = Tls()
    database: Database = Database()
    operator: Operator = Operator()
    accounts: Accounts = Accounts()
    sms: Sms = Sms()
    media: Media = Media()
    live: Live = Live()
    network_log: NetworkLog = NetworkLog()

    @property
    def host(self) -> str:
        """A certificate for the local network is of use there: unless the host is set, it is listened on."""
        if self.tls.mode is TlsMode.AUTO and "host" not in self.server.model_fields_set:
            return EVERY_IPV4_ADDRESS
        return self.server.host

    @property
    def listens_everywhere(self) -> bool:
        return self.host in EVERY_ADDRESS

    @property
    def media_host(self) -> str:
        """Media does not pass a proxy: where that alone reaches HTTP, media is reached by everybody."""
        if self.media.host is not None:
            return self.media.host
        is_behind_proxy = bool(self.server.proxies) and ipaddress.ip_address(self.host).is_loopback
        return EVERY_IPV4_ADDRESS if is_behind_proxy else self.host

    @property
    def takes_media_everywhere(self) -> bool:
        return self.media_host in EVERY_ADDRESS

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.data / 'mcmeet.db'}"


def load(data: Path, **overrides: Any) -> Config:
    """`overrides` (from the command line) win over the environment, and that over the file.

    Raises ConfigError.
    """
    written = _read(data / CONFIG_FILE)
    wrong = list(wrong_variables(Config, os.environ))
    if wrong:
        raise ConfigError("\n".join(wrong))

    class FromFile(Config):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, written)

    try:
        return FromFile(data=data, **overrides)
    except ValidationError as error:
        raise ConfigError("\n".join(explain(Config, item) for item in error.errors())) from error


def _read(file: Path) -> dict[str, Any]:
    """Raises ConfigError."""
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):  # a DATA that is a file is refused where it is made
        return {}
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: no UTF-8 text (at line {line})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    if "data" in written:
        raise ConfigError(
            f"{file}: data cannot be set in the data directory itself (allowed: --data, MCMEET_DATA)"
        )
    return written
