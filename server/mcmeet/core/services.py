"""What a running server has, handed to whoever needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection

from mcmeet.core.auth import Authenticator, Rights
from mcmeet.core.clock import Clock
from mcmeet.core.config import Config
from mcmeet.core.db import Db
from mcmeet.core.feature import Feature
from mcmeet.core.jobs import Jobs
from mcmeet.core.rates import Rates
from mcmeet.core.secrets import Secrets
from mcmeet.core.sms import SmsProvider

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Core:
    config: Config
    secrets: Secrets
    clock: Clock
    db: Db
    sms: SmsProvider
    rates: Rates
    features: tuple[Feature, ...]
    rights: Rights
    jobs: Jobs
    wired: dict[type[Any], Any] = field(default_factory=dict)

    def the(self, kind: type[W]) -> W:
        """The one part of this kind that app.py wired and core does not know: `core.the(Rooms)`."""
        part: W = self.wired[kind]
        return part

    @property
    def authenticators(self) -> tuple[Authenticator, ...]:
        return tuple(found for feature in self.features for found in feature.authenticators)


def core_of(connection: HTTPConnection) -> Core:
    core: Core = connection.app.state.core
    return core


CurrentCore = Annotated[Core, Depends(core_of)]
