"""A limit on the requests at one time. Health checks are always answered."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ..service.errors import ApiError
from ..service.stats import Stats
from .auth import refuse

_ALWAYS = frozenset({"/health"})


class RequestLimit:
    """Refuses requests and WebSockets beyond `max_requests` with 503. Belongs to one event loop."""

    def __init__(self, app: ASGIApp, max_requests: int, stats: Stats) -> None:
        self._app = app
        self._max_requests = max_requests
        self._stats = stats
        self._n_requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._n_requests >= self._max_requests:
            self._stats.refused("limit")
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
