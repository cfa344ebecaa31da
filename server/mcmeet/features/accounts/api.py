"""Signing in and out over HTTP, and what a page asks first."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Response
from starlette.requests import HTTPConnection, Request

from mcmeet.core.auth import Action, Actor, Anonymous, CurrentActor, Guest, Person, entry
from mcmeet.core.cookies import clear_cookie, read_cookie, require_https, set_cookie
from mcmeet.core.declare import Purpose
from mcmeet.core.endpoints import endpoint_of, source_of
from mcmeet.core.services import Core, CurrentCore
from mcmeet.features.accounts import service
from mcmeet.features.accounts.schemas import (
    AccountView,
    CodeRequest,
    CodeSent,
    LoginRegister,
    LoginRequest,
    LoginSignedIn,
    OperatorView,
    Registered,
    RegisterRequest,
    SessionView,
)
from mcmeet.privacy.ledger import CURRENT_VERSIONS
from mcmeet.privacy.policies import Lang

COOKIE: Final = "mcmeet"
ANYBODY: Final = frozenset({Anonymous, Guest, Person})

SEND_CODE: Final = Action(name="accounts.send_code", purpose=Purpose.ACCOUNT, actors=ANYBODY)
SIGN_IN: Final = Action(name="accounts.sign_in", purpose=Purpose.ACCOUNT, actors=ANYBODY)
REGISTER: Final = Action(name="accounts.register", purpose=Purpose.ACCOUNT, actors=ANYBODY)
# For anybody: to sign out of a session that has ended already is no mistake.
SIGN_OUT: Final = Action(name="accounts.sign_out", purpose=Purpose.SESSION_SECURITY, actors=ANYBODY)
READ_SESSION: Final = Action(name="accounts.read_session", purpose=Purpose.SESSION_SECURITY, actors=ANYBODY)

_stamping: Final[dict[UUID, asyncio.Task[None]]] = {}
"""By session, of which a page's requests come at once. The event loop itself holds tasks only weakly."""


router = APIRouter()


async def authenticate(core: Core, connection: HTTPConnection) -> Actor | None:
    """The person whose session the cookie proves."""
    credential = read_cookie(connection, COOKIE)
    found = await service.authenticate(core, credential) if credential else None
    if found is None:
        return None
    if service.is_stamp_due(core, found) and found.id not in _stamping:
        task = asyncio.create_task(service.stamp(core, found))
        _stamping[found.id] = task
        task.add_done_callback(lambda _: _stamping.pop(found.id))
    return Person(found.account, found.id, found.tenant, found.created_at)


@router.post("/api/auth/code", status_code=202, **entry(SEND_CODE))
async def send_code(body: CodeRequest, core: CurrentCore, request: Request) -> CodeSent:
    require_https(request, core.config)
    retry_after = await service.send_code(core, source_of(request), body.phone, body.consent)
    return CodeSent(retry_after=retry_after)


@router.post("/api/auth/login", **entry(SIGN_IN))
async def sign_in(
    body: LoginRequest, core: CurrentCore, request: Request, response: Response
) -> LoginSignedIn | LoginRegister:
    require_https(request, core.config)
    former = read_cookie(request, COOKIE)
    came_from = service.CameFrom(source_of(request), endpoint_of(request))
    outcome = await service.sign_in(core, came_from, body.phone, body.code, former)
    if isinstance(outcome, service.Unregistered):
        return LoginRegister(registration=outcome.registration)
    _keep(response, request, core, outcome)
    return LoginSignedIn(account=AccountView.of(outcome.profile))


@router.post("/api/auth/register", status_code=201, **entry(REGISTER))
async def register(
    body: RegisterRequest, core: CurrentCore, request: Request, response: Response
) -> Registered:
    require_https(request, core.config)
    former = read_cookie(request, COOKIE)
    signed_in = await service.register(
        core, endpoint_of(request), body.registration, body.name, body.email, body.consent, former
    )
    _keep(response, request, core, signed_in)
    return Registered(account=AccountView.of(signed_in.profile))


@router.post("/api/auth/logout", status_code=204, **entry(SIGN_OUT))
async def sign_out(core: CurrentCore, request: Request, response: Response) -> None:
    credential = read_cookie(request, COOKIE)
    if credential:
        await service.sign_out(core, endpoint_of(request), credential)
    clear_cookie(response, request, COOKIE)


@router.get("/api/session", **entry(READ_SESSION))
async def read_session(
    actor: CurrentActor, core: CurrentCore, accept_language: Annotated[str, Header()] = ""
) -> SessionView:
    profile = await service.profile_of(core, actor) if isinstance(actor, Person) else None
    operator = core.config.operator
    return SessionView(
        account=AccountView.of(profile) if profile else None,
        guest=isinstance(actor, Guest),
        mode=core.config.mode,
        locale=Lang(profile.locale) if profile else preferred_language(accept_language),
        operator=OperatorView(**operator.model_dump()),
        consent=CURRENT_VERSIONS,
        strict_necessary=core.config.accounts.strict_necessary,
        public_url=core.config.server.public_url,
    )


def preferred_language(accept_language: str) -> Lang:
    """The first of our languages in the header: browsers list them in order (RFC 9110 §12.5.4)."""
    for item in accept_language.split(","):
        tag = item.partition(";")[0].strip().lower().partition("-")[0]
        if tag in (Lang.ZH, Lang.EN):
            return Lang(tag)
    return Lang.ZH


def _keep(response: Response, request: Request, core: Core, signed_in: service.SignedIn) -> None:
    lasts = timedelta(days=core.config.accounts.session_days)
    set_cookie(response, request, COOKIE, signed_in.credential, seconds=int(lasts.total_seconds()))
