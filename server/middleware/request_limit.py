"""A limit on the requests at one time, and none at a shutdown. Health checks are always answered."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ..service.errors import ApiError
from ..service.request_registry import shutting_down
from ..service.service import Service
from .auth import refuse

_ALWAYS = frozenset({"/health"})
_WHILE_DRAINING = frozenset({"/ready", "/metrics", "/stats"})


class RequestLimit:
    """Refuses requests and WebSockets beyond `max_requests`, and new ones at a shutdown, with 503.

    Belongs to one event loop.
    """

    def __init__(self, app: ASGIApp, max_requests: int, service: Service) -> None:
        self._app = app
        self._max_requests = max_requests
        self._service = service
        self._n_requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._service.requests.draining and scope["path"] not in _WHILE_DRAINING:
            self._service.stats.refused("draining")
            error = shutting_down()
            error.headers["Connection"] = "close"
            await refuse(scope, receive, send, error)
            return
        if self._n_requests >= self._max_requests:
            self._service.stats.refused("limit")
            error = ApiError(
                503,
                f"the server has {self._n_requests} requests, its maximum; retry in 1 s",
                code="server_overloaded",
                headers={"Retry-After": "1"},
            )
            await refuse(scope, receive, send, error)
            return
        self._n_requests += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._n_requests -= 1
