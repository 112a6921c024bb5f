"""HEAD on every route that has GET, for monitors and `wget --spider`."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadRequests:
    """Answers HEAD as GET. The HTTP layer below leaves out the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            inner = {**scope, "method": "GET"}
            try:
                await self._app(inner, receive, send)
            finally:
                scope["route"] = inner.get("route")
            return
        await self._app(scope, receive, send)
