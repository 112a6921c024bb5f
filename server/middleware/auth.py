"""Who may ask: by the name that they use for this machine, by the page that they come from, and by token.

Middleware for HTTP and WebSocket alike: nothing behind it sees a request that doesn't pass.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..service.errors import ApiError
from ..service.settings import ServerSettings

OPEN_PATHS = frozenset({"/", "/health", "/docs", "/openapi.json", "/favicon.ico"})
"""Without a token: what a monitor asks, and what a page is made of that has yet to be given one."""
OPEN_FOLDER = "/static/"
_PAGES = frozenset({"/", "/docs"})
SUBPROTOCOL = "voxweft"
TOKEN_SUBPROTOCOL = "bearer."  # noqa: S105  what stands before one
"""A page can't give a WebSocket headers: it asks for the subprotocols `voxweft` and `bearer.TOKEN`."""


class Guards:
    """Refuses what has no business here, with OpenAI's error body."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._token = settings.token.encode()
        self._hosts = {"localhost", *(name.lower() for name in settings.allow_hosts)}
        self._origins = {origin.lower() for origin in settings.allow_origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] in ("http", "websocket"):
            refusal = self._refusal(scope)
            if refusal is not None:
                await refuse(scope, receive, send, refusal)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> ApiError | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._may_be_host(host):
            return ApiError(
                403,
                f"this server isn't called {host[:100]!r}; to let it be, start it with --allow-host",
                code="host_not_allowed",
            )
        if not self._may_be_origin(scope, headers, host):
            return ApiError(403, "pages of other origins may not use this server", code="origin_not_allowed")
        if self._token and not _is_open(scope) and not self._has_token(scope, headers):
            return ApiError(
                401,
                "this server needs its token, as in: Authorization: Bearer TOKEN",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return None

    def _may_be_host(self, host: str) -> bool:
        """A page that had its own name resolved to this machine (DNS rebinding) gives itself away by that name."""
        name = _host_name(host)
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _may_be_origin(self, scope: Scope, headers: Headers, host: str) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return origin.lower() in self._origins or _is_same_origin(origin, host)
        # A browser that fetches a picture or a script from here says no origin, but this.
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return scope["type"] == "http" and scope["path"] in _PAGES and headers.get("sec-fetch-mode") == "navigate"
        return True

    def _has_token(self, scope: Scope, headers: Headers) -> bool:
        shown = ""
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            shown = value.strip()
        elif scope["type"] == "websocket":
            asked = (item for item in scope.get("subprotocols", ()) if item.startswith(TOKEN_SUBPROTOCOL))
            shown = next(asked, "").removeprefix(TOKEN_SUBPROTOCOL)
        # In a time that doesn't tell how much of it was right.
        return hmac.compare_digest(shown.encode("utf-8", "replace"), self._token)


async def refuse(scope: Scope, receive: Receive, send: Send, error: ApiError) -> None:
    """Answer a request, or a WebSocket's, with an error and nothing else."""
    if scope["type"] == "http":
        await error.response()(scope, receive, send)
        return
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": error.code})
        return
    body = json.dumps(error.body()).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **error.headers}
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": raw})
    await send({"type": "websocket.http.response.body", "body": body})


def _host_name(host: str) -> str:
    """Return a Host header's name or address in lower case, without its port; empty if it isn't one."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_same_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _is_open(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["type"] == "http" and (path in OPEN_PATHS or path.startswith(OPEN_FOLDER))
