"""create_app(): the only file that knows everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mcmeet.core import errors
from mcmeet.core.auth import Rights
from mcmeet.core.clock import Clock, SystemClock
from mcmeet.core.config import Config, TlsMode
from mcmeet.core.db import Db
from mcmeet.core.feature import Feature
from mcmeet.core.http import (
    AccessLog,
    BodyLimit,
    OtherApi,
    Page,
    SameOrigin,
    SecurityHeaders,
    UnexpectedErrors,
)
from mcmeet.core.jobs import CARRIED_AS, Jobs
from mcmeet.core.jobs.worker import Worker
from mcmeet.core.purge import purge, purge_forever
from mcmeet.core.rates import Rates
from mcmeet.core.secrets import Secrets
from mcmeet.core.services import Core
from mcmeet.core.sms import ConsoleSms, SmsProvider
from mcmeet.live import FEATURE as LIVE
from mcmeet.live.connection import live_endpoint
from mcmeet.live.rooms import Rooms
from mcmeet.media.errors import MediaFailed
from mcmeet.media.port import MediaEngine
from mcmeet.privacy.network_log import FEATURE as NETWORK_LOG
from mcmeet.privacy.network_log.log import NetworkLog, open_network_log
from mcmeet.registry import FEATURES

PAGE_IN_TREE: Final = Path(__file__).parents[2] / "web" / "dist"
PAGE_IN_WHEEL: Final = Path(__file__).parent / "_web"


def create_core(
    config: Config,
    secrets: Secrets,
    *,
    clock: Clock | None = None,
    sms: SmsProvider | None = None,
    features: Sequence[Feature] = FEATURES,
) -> Core:
    """Everything a server has but its sockets; the command line uses it alone."""
    clock = clock or SystemClock()
    features = (LIVE, NETWORK_LOG, *features)
    actions = [action for feature in features for action in feature.actions]
    restrictors = [feature.restrict for feature in features if feature.restrict]
    jobs, db = Jobs(clock, features), Db(config.database_url)
    db.carried[CARRIED_AS] = jobs
    return Core(
        config=config,
        secrets=secrets,
        clock=clock,
        db=db,
        sms=sms or ConsoleSms(config.data, clock),
        rates=Rates(clock),
        features=features,
        rights=Rights(actions, restrictors),
        wired={NetworkLog: open_network_log(config, db, secrets, clock)},
        jobs=jobs,
    )


def create_app(core: Core, engine: MediaEngine, media_routes: Sequence[BaseRoute] = ()) -> FastAPI:
    """The whole server as an ASGI application; it closes what `core` holds when it ends."""
    rooms = Rooms(core, [feature.live for feature in core.features if feature.live])
    core.wired[Rooms] = rooms
    core.wired[MediaEngine] = engine

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with core.the(NetworkLog), engine:
            await purge(core)
            tasks = [
                asyncio.create_task(_report_media(engine, rooms)),
                asyncio.create_task(purge_forever(core)),
            ]
            await rooms.restore()
            tasks.append(asyncio.create_task(rooms.restore_forever()))
            async with Worker(core):
                yield
            await rooms.close()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        core.db.close()

    app = FastAPI(
        title="MCMeet",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[
            Middleware(ProxyHeadersMiddleware, trusted_hosts=core.config.server.believed_proxies),
            Middleware(AccessLog),
            # A name pinned to https (RFC 6797) would hide the plain page on which our authority is got.
            Middleware(SecurityHeaders, pins_https=core.config.tls.mode is not TlsMode.AUTO),
            Middleware(UnexpectedErrors),
            Middleware(SameOrigin, config=core.config),
            Middleware(BodyLimit),
        ],
        responses=errors.RESPONSES,
    )
    app.state.core = core
    errors.install(app)
    app.router.routes.append(Route("/healthz", _healthz))
    for feature in core.features:
        if feature.router is not None:
            # As they are: `include_router` would build each anew, at somebody's first request.
            app.router.routes.extend(feature.router.routes)
    app.router.routes.append(WebSocketRoute("/api/live", live_endpoint))
    app.router.routes.extend(media_routes)
    app.router.routes.append(Route("/api/{path:path}", OtherApi(app.router.routes)))
    app.router.routes.append(Route("/{path:path}", Page(page_folder()).get, methods=["GET", "HEAD"]))
    return app


def page_folder() -> Path:
    return PAGE_IN_WHEEL if PAGE_IN_WHEEL.is_dir() else PAGE_IN_TREE


async def _report_media(engine: MediaEngine, rooms: Rooms) -> None:
    async for event in engine.events():
        rooms.post(event.room, event)


async def _healthz(request: Request) -> JSONResponse:
    """Raises MediaFailed."""
    core: Core = request.app.state.core
    engine: MediaEngine = core.the(MediaEngine)
    if not engine.healthy:
        raise MediaFailed
    return JSONResponse({"status": "ok", "network_log": core.the(NetworkLog).state})
