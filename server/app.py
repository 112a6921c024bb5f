"""The ASGI app: routes over one runtime, with access control and a request log."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import WebSocketRoute

from .. import __version__
from ..utils.streaming.runtime import Runtime
from .middleware.auth import AccessControl
from .middleware.head_requests import HeadRequests
from .middleware.request_limit import RequestLimit
from .middleware.request_log import RequestLog
from .middleware.root_path import RootPath
from .middleware.unknown_sockets import UnknownSockets
from .realtime.route import realtime_routes
from .routes.listings import listing_routes
from .routes.openapi import install_openapi
from .routes.operations import operation_routes
from .routes.pages import install_pages
from .routes.speech import speech_routes
from .routes.transcription import transcription_routes
from .routes.voice_uploads import voice_upload_routes
from .routes.ws_speech import ws_speech_routes
from .routes.ws_transcription import ws_transcription_routes
from .service import errors
from .service.running_request import note_failure
from .service.service import Service
from .service.settings import ServerSettings

_ROUTES = (
    speech_routes,
    ws_speech_routes,
    transcription_routes,
    ws_transcription_routes,
    realtime_routes,
    listing_routes,
    voice_upload_routes,
    operation_routes,
)
_EXPOSED_HEADERS = (
    "Retry-After",
    "X-Request-Id",
    "X-Sample-Rate",
    "X-Voice-Used",
    "X-Voxweft-Ignored",
    "X-Voxweft-Model",
    "X-Voxweft-Notes",
    "X-Voxweft-Status",
    "X-Voxweft-Voice-Fallback",
)
"""Headers of responses that web pages of other origins may read."""


def create_app(runtime: Runtime, settings: ServerSettings | None = None) -> FastAPI:
    """Return the ASGI app over a runtime, which the caller closes.

    Raises:
        ValueError: A setting is invalid.
    """
    settings = (settings or ServerSettings()).check()
    service = Service(runtime, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await service.preload.close()
        service.close()

    app = FastAPI(
        title="Voxweft",
        version=__version__,
        summary="Streaming speech over OpenAI's API and WebSockets.",
        lifespan=lifespan,
        # FastAPI's own pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    errors.install(app, note_failure)
    routers = [routes(service) for routes in _ROUTES]
    for router in routers:
        app.include_router(router)
    install_pages(app, settings)
    install_openapi(app)
    sockets = [route.path for router in routers for route in router.routes if isinstance(route, WebSocketRoute)]
    app.add_middleware(UnknownSockets, paths=sockets)
    app.add_middleware(HeadRequests)
    app.add_middleware(AccessControl, settings=settings)
    if settings.allow_origins:
        # Outside access control: a preflight has no token, and a page must be able to read why it was refused.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allow_origins),
            allow_methods=["GET", "HEAD", "POST", "DELETE"],
            # Those that are asked for: OpenAI's clients send a dozen of their own.
            allow_headers=["*"],
            expose_headers=_EXPOSED_HEADERS,
        )
    app.add_middleware(RequestLimit, max_requests=settings.max_connections, service=service)
    app.add_middleware(RequestLog, service=service)
    if settings.root_path:
        app.add_middleware(RootPath, prefix=settings.root_path)
    return app
