"""Middleware around every request: an id, a maximum size and a maximum pause of its body, and one line in the log."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...utils.timeouts import within
from ..service.errors import ApiError
from ..service.log import LOG
from ..service.recording_upload import MAX_JSON_BYTES
from ..service.settings import ServerSettings
from ..service.stats import Stats
from .auth import refuse

_log = logging.getLogger(LOG)
_RECORDING_PATHS = frozenset({"/v1/audio/transcriptions", "/v1/audio/translations"})
"""Paths whose JSON has a recording."""
_FORM_SLACK_BYTES = 1 << 20
_BYTES_PER_CHARACTER = 12
"""The longest JSON form of a character is an escape such as \\ud83d\\ude00."""
_JSON_SLACK_BYTES = 64 << 10


class RequestLog:
    """Gives each request an id (`X-Request-Id`), rejects a body that is too large or pauses, logs a line at its end.

    The line has the id, method, path, status, duration, size and client address, never text of the request.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings, stats: Stats) -> None:
        self._app = app
        self._stats = stats
        self._form_bytes = settings.max_upload_bytes + _FORM_SLACK_BYTES
        self._body_timeout_s = settings.body_timeout_s
        self._json_bytes = settings.max_text_chars * _BYTES_PER_CHARACTER + _JSON_SLACK_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        entry = _LogEntry(scope, request_id)
        try:
            if scope["type"] == "http":
                await self._http(scope, receive, entry.observe(send))
            else:
                await self._app(scope, receive, entry.observe(send))
        finally:
            entry.write()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        is_form = headers.get("content-type", "").lower().startswith("multipart/form-data")
        max_bytes = self._form_bytes if is_form else self._json_bytes
        if not is_form and scope["path"] in _RECORDING_PATHS:
            max_bytes = min(self._form_bytes, MAX_JSON_BYTES)
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > max_bytes:
            await refuse(scope, receive, send, ApiError(413, _too_large(max_bytes), code="too_large"))
            return
        n_bytes, is_complete = 0, False

        async def bounded() -> Message:
            nonlocal n_bytes, is_complete
            # Behind the body, the only message is that the client has disconnected.
            try:
                message = await (receive() if is_complete else within(receive(), self._body_timeout_s))
            except asyncio.TimeoutError:
                self._stats.refused("body")
                raise HTTPException(408, f"no more of the request's body for {self._body_timeout_s:g} s") from None
            is_complete = not message.get("more_body", False)
            n_bytes += len(message.get("body", b""))
            if n_bytes > max_bytes:
                raise HTTPException(413, _too_large(max_bytes))
            return message

        await self._app(scope, bounded, send)


def _too_large(max_bytes: int) -> str:
    return f"the request body is too large; maximum {max_bytes} bytes"


class _LogEntry:
    """The log line of one request."""

    def __init__(self, scope: Scope, request_id: str) -> None:
        self._scope = scope
        self._request_id = request_id
        self._began = time.monotonic()
        self._status = 0
        self._n_bytes = 0
        self._complete = False

    def observe(self, send: Send) -> Send:
        """Return a `send` that records status and size."""

        async def observed(message: Message) -> None:
            kind = message["type"]
            if kind in ("http.response.start", "websocket.http.response.start"):
                self._status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._request_id.encode())]
            elif kind == "websocket.accept":
                self._status = 101
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._request_id.encode())]
            elif kind in ("http.response.body", "websocket.send"):
                self._n_bytes += len(message.get("body") or message.get("bytes") or b"")
                self._complete = self._complete or not message.get("more_body", False)
            await send(message)

        return observed

    def write(self) -> None:
        """Log the line."""
        scope = self._scope
        client = scope.get("client") or ("-", 0)
        method = scope.get("method", "WS")
        end = "" if self._complete or method == "WS" else " (incomplete)"
        _log.info(
            "%s %s %s %d in %.3f s, %d bytes%s, from %s",
            self._request_id,
            method,
            # Escaped: a client's path must not break the line.
            ascii(scope["path"])[1:-1],
            self._status,
            time.monotonic() - self._began,
            self._n_bytes,
            end,
            client[0],
        )
