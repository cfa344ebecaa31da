"""Configuration: what can be set, where it is read, and what is said of a wrong value."""

from mcmeet.core.config.settings import (
    CONFIG_FILE,
    NETWORK_LOG_PERIOD_DAYS,
    Accounts,
    Config,
    ConfigError,
    Database,
    Live,
    Mode,
    Operator,
    Server,
    Tls,
    TlsMode,
    load,
)

__all__ = [
    "CONFIG_FILE",
    "NETWORK_LOG_PERIOD_DAYS",
    "Accounts",
    "Config",
    "ConfigError",
    "Database",
    "Live",
    "Mode",
    "Operator",
    "Server",
    "Tls",
    "TlsMode",
    "load",
]
