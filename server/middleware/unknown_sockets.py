"""WebSockets at addresses that have none: refused with 404, so that a client doesn't take it for a refused token."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from ..service.errors import ApiError
from .auth import refuse

_MAX_QUOTED_CHARS = 100


class UnknownSockets:
    """Refuses WebSockets at other paths than the given ones, also where there is something for HTTP."""

    def __init__(self, app: ASGIApp, paths: Sequence[str]) -> None:
        self._app = app
        self._paths = tuple(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "websocket" or scope["path"] in self._paths:
            await self._app(scope, receive, send)
            return
        path = scope["path"][:_MAX_QUOTED_CHARS]
        message = f"there is no WebSocket at '{path}'; there are {', '.join(self._paths)}"
        await refuse(scope, receive, send, ApiError(404, message, code="not_found"))
