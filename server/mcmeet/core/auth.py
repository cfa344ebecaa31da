"""Who acts, and what they may do.

`Actor` says who: made here from a cookie, a bearer credential or a job, never from what a client claims.
`Rights.refusal(actor, action, object)` asks the action's owner and then every restrictor; restrictors
only deny. A seat's rights in a meeting, the roster's greyed buttons and the engine's publish rights
all follow from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import Depends
from starlette.requests import HTTPConnection

from mcmeet.core import ids
from mcmeet.core.declare import Purpose
from mcmeet.core.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from mcmeet.core.services import Core


class Role(StrEnum):
    """A seat's power in one meeting."""

    HOST = "host"
    CO_HOST = "co_host"
    PARTICIPANT = "participant"


HOSTS = frozenset({Role.HOST, Role.CO_HOST})
EVERY_ROLE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody we know yet."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A browser with a random id in a cookie; it has joined by name only."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in account."""

    account: UUID
    session: UUID
    tenant: ids.Tenant
    authenticated_at: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in one holding of a meeting, with the power it has right now."""

    run: UUID
    number: int
    role: Role
    space: str
    tenant: ids.Tenant
    authenticated_at: datetime
    account: UUID | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """The operator's own people; no action that shows content lists this kind."""

    account: UUID
    authenticated_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, with the scopes it was given."""

    id: UUID
    tenant: ids.Tenant
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Job:
    """Background work; `kind` is the job's name."""

    kind: str
    tenant: ids.Tenant


Actor = Anonymous | Guest | Person | Seat | Staff | Token | Job
Authenticator = Callable[["Core", HTTPConnection], Awaitable["Actor | None"]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not; `code` is stable and translated by the page."""

    code: str
    data: Mapping[str, Any] = field(default_factory=dict)


# The object is the room (`live.feature.RoomView`) for what is done in a meeting, by whatever way it is asked
# for; None at the door of a route, where nothing has been looked up yet, and for what has no object.
Rule = Callable[[Actor, Any], Refusal | None]
Restrict = Callable[[Actor, str, Any], Refusal | None]


def _no_further_rule(_: Actor, __: Any) -> Refusal | None:
    return None


@dataclass(frozen=True, slots=True)
class Action:
    """What an entry point does, for what purpose, and which kinds of actor may ever do it.

    `roles` narrows it for seats; `rule` looks at the object. Both are the owner's word.
    """

    name: str
    purpose: Purpose
    actors: frozenset[type]
    roles: frozenset[Role] = EVERY_ROLE
    rule: Rule = _no_further_rule


class Rights:
    def __init__(self, actions: Iterable[Action], restrictors: Iterable[Restrict]) -> None:
        self._actions: dict[str, Action] = {}
        for action in actions:
            if action.name in self._actions:
                raise ValueError(f"two features own the action {action.name}")
            self._actions[action.name] = action
        self._restrictors = tuple(restrictors)

    @property
    def actions(self) -> Mapping[str, Action]:
        return self._actions

    def refusal(self, actor: Actor, name: str, object_: Any = None) -> Refusal | None:
        action = self._actions[name]
        if type(actor) not in action.actors:
            return Refusal("wrong_actor")
        if isinstance(actor, Seat) and actor.role not in action.roles:
            return Refusal("role_too_low", {"needs": sorted(action.roles)})
        refusal = action.rule(actor, object_)
        if refusal:
            return refusal
        for restrict in self._restrictors:
            refusal = restrict(actor, name, object_)
            if refusal:
                return refusal
        return None

    def can(self, actor: Actor, name: str, object_: Any = None) -> bool:
        return self.refusal(actor, name, object_) is None

    def require(self, actor: Actor, name: str, object_: Any = None) -> None:
        """Raises Forbidden, or Unauthenticated when signing in would help."""
        refusal = self.refusal(actor, name, object_)
        if refusal is None:
            return
        if isinstance(actor, Anonymous | Guest) and refusal.code == "wrong_actor":
            raise Unauthenticated
        raise Forbidden(refusal.code, **refusal.data)


async def actor_of(connection: HTTPConnection) -> Actor:
    """The actor of this request, asked of every authenticator once, in start order."""
    known: Actor | None = getattr(connection.state, "actor", None)
    if known is not None:
        return known
    core: Core = connection.app.state.core
    actor: Actor = Anonymous()
    for authenticate in core.authenticators:
        found = await authenticate(core, connection)
        if found is not None:
            actor = found
            break
    connection.state.actor = actor
    return actor


async def _person(actor: Annotated[Actor, Depends(actor_of)]) -> Person:
    if not isinstance(actor, Person):
        raise Unauthenticated
    return actor


CurrentActor = Annotated[Actor, Depends(actor_of)]
CurrentPerson = Annotated[Person, Depends(_person)]


def entry(action: Action) -> dict[str, Any]:
    """Options of a route: `@router.post("/api/meetings", **entry(CREATE))`. A route without it is red.

    Owner and restrictors are asked before anything is looked up; a route that acts on a meeting asks again
    with the room.
    """

    async def guard(connection: HTTPConnection, actor: CurrentActor) -> None:
        core: Core = connection.app.state.core
        core.rights.require(actor, action.name)

    return {
        "dependencies": [Depends(guard)],
        "openapi_extra": {"x-action": action.name, "x-purpose": action.purpose.value},
    }
