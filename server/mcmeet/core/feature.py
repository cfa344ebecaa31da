"""The contract between a feature and the rest: one declared object, listed in `mcmeet.registry`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from mcmeet.core.admission import AdmissionCheck
from mcmeet.core.auth import Action, Authenticator, Restrict
from mcmeet.core.declare import Store
from mcmeet.core.jobs import Arguments, JobKind

if TYPE_CHECKING:
    from mcmeet.core.services import Core


@dataclass(frozen=True, slots=True)
class Feature:
    """What a feature plugs in.

    `live` makes its part of a meeting: a `mcmeet.live.feature.LiveFeature` class, typed loosely here
    because core does not know `live`. `stores` declares cookies, browser storage, logs and files.
    `jobs` is work that outlives a request; `events` what it tells others of; `on` the jobs that events
    start, each with its event as arguments. `purge` forgets what it keeps for minutes only; it is called
    at the start and each minute.
    """

    name: str
    router: APIRouter | None = None
    actions: tuple[Action, ...] = ()
    restrict: Restrict | None = None
    authenticators: tuple[Authenticator, ...] = ()
    admission: tuple[AdmissionCheck, ...] = ()
    live: Callable[[Core, Any], Any] | None = None
    stores: tuple[Store, ...] = ()
    jobs: tuple[JobKind[Any], ...] = ()
    events: tuple[type[Arguments], ...] = ()
    on: tuple[JobKind[Any], ...] = ()
    purge: Callable[[Core], Awaitable[None]] | None = None
