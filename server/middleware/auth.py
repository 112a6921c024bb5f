"""Access control by Host header, Origin header and token, for HTTP and WebSocket.

A refused request never reaches the routes.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..service.errors import ApiError
from ..service.running_request import note_failure
from ..service.settings import ANY_ORIGIN, ServerSettings

OPEN_PATHS = frozenset({"/", "/health", "/docs", "/openapi.json", "/favicon.ico"})
"""Paths that need no token: health checks, and the files of the page where the user enters one."""
OPEN_FOLDER = "/static/"
_LISTINGS = frozenset(
    {"/v1/models", "/v1/audio/models", "/audio/models", "/v1/audio/voices", "/audio/voices", "/voices"}
)
_LISTING_FOLDERS = ("/v1/models/", "/voices/")
_REFRESH = "/voices/refresh"
_PAGES = frozenset({"/", "/docs"})
SUBPROTOCOL = "voxweft"
TOKEN_SUBPROTOCOL = "bearer."  # noqa: S105  a prefix, not a token
"""A page can't set headers on a WebSocket, so it requests the subprotocols `voxweft` and `bearer.TOKEN`."""
_TOKEN_SUBPROTOCOLS = (TOKEN_SUBPROTOCOL, "openai-insecure-api-key.")
"""The second one is that of OpenAI's clients in a browser."""


class AccessControl:
    """Refuses requests from other hosts and origins, and those without the token, with OpenAI's error body."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._token = settings.token.encode()
        self._public_listings = settings.public_listings
        self._hosts = {"localhost", *(name.lower() for name in settings.allow_hosts)}
        self._origins = set(settings.allow_origins)

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
        # HTTP/1.0 needs no Host, and health checks of proxies send none. A browser always does.
        if "host" in headers and not self._is_allowed_host(host):
            return ApiError(
                403,
                f"host {host[:100]!r} is not allowed; start the server with --allow-host NAME to allow it",
                code="host_not_allowed",
            )
        if not self._is_allowed_origin(scope, headers, host):
            return ApiError(
                403,
                "this page's origin is not allowed; start the server with --allow-origin ORIGIN to allow it",
                code="origin_not_allowed",
            )
        is_open = _is_open(scope) or (self._public_listings and _is_listing(scope))
        if self._token and not is_open and not self._has_token(scope, headers):
            return ApiError(
                401,
                "authentication required; send the header: Authorization: Bearer TOKEN",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return None

    def _is_allowed_host(self, host: str) -> bool:
        """Accept addresses and allowed names only: DNS rebinding shows as a foreign name in the Host header."""
        name = _host_name(host)
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _is_allowed_origin(self, scope: Scope, headers: Headers, host: str) -> bool:
        if ANY_ORIGIN in self._origins:
            return True
        origin = headers.get("origin")
        if origin is not None:
            return origin.lower() in self._origins or _is_same_origin(origin, host)
        # A browser sends no Origin when it fetches an image or a script, but it sends Sec-Fetch-Site.
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return scope["type"] == "http" and scope["path"] in _PAGES and headers.get("sec-fetch-mode") == "navigate"
        return True

    def _has_token(self, scope: Scope, headers: Headers) -> bool:
        token = ""
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = value.strip()
        elif scope["type"] == "websocket":
            offered = (item for item in scope.get("subprotocols", ()) if item.startswith(_TOKEN_SUBPROTOCOLS))
            token = next(offered, "").partition(".")[2]
        # Constant time, so that the duration reveals nothing about the token.
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._token)


async def refuse(scope: Scope, receive: Receive, send: Send, error: ApiError) -> None:
    """Answer an HTTP or WebSocket request with an error."""
    note_failure(error)
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


def _is_listing(scope: Scope) -> bool:
    """Return whether a request lists models or voices; `/voices/refresh` also makes the server work."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or scope["path"] == _REFRESH:
        return False
    path: str = scope["path"]
    return path in _LISTINGS or path.startswith(_LISTING_FOLDERS)
