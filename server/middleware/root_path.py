"""A sub-path behind a proxy, for proxies that leave it in the path and for those that don't."""

from __future__ import annotations

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """Removes a prefix such as `/speech` from the paths of requests."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. The prefix alone is redirected, since the page's links are relative to a folder."""
        if scope["type"] in ("http", "websocket"):
            path: str = scope["path"]
            if path == self._prefix and scope["type"] == "http":
                await RedirectResponse(f"{self._prefix}/")(scope, receive, send)
                return
            if path.startswith(f"{self._prefix}/"):
                raw_path = scope.get("raw_path", b"").removeprefix(self._prefix.encode())
                scope = {**scope, "path": path.removeprefix(self._prefix), "raw_path": raw_path}
        await self._app(scope, receive, send)
