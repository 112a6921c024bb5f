"""Middleware around every request: an id, a bound to its body, and one line in the log."""

from __future__ import annotations

import logging
import secrets
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..service.errors import ApiError
from ..service.log import LOG
from ..service.settings import ServerSettings
from .auth import refuse

_log = logging.getLogger(LOG)
_FORM_SLACK_BYTES = 1 << 20
_BYTES_A_CHARACTER = 12
"""An escape such as \\ud83d\\ude00 is the longest way to write one in JSON."""
_JSON_SLACK_BYTES = 64 << 10


class Requests:
    """Gives each request an id (`X-Request-Id`), ends bodies that are too long, and logs a line when it is over.

    No text of a request stands in that line: method, path, status, time, bytes, id, and who asked.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._form_bytes = settings.max_upload_bytes + _FORM_SLACK_BYTES
        self._json_bytes = settings.max_text_chars * _BYTES_A_CHARACTER + _JSON_SLACK_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        name = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = name
        line = _Line(scope, name)
        try:
            if scope["type"] == "http":
                await self._http(scope, receive, line.watching(send))
            else:
                await self._app(scope, receive, line.watching(send))
        finally:
            line.write()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        is_form = headers.get("content-type", "").lower().startswith("multipart/form-data")
        most_bytes = self._form_bytes if is_form else self._json_bytes
        told = headers.get("content-length", "0")
        if told.isdecimal() and int(told) > most_bytes:
            await refuse(scope, receive, send, ApiError(413, _too_large(most_bytes), code="too_large"))
            return
        n_bytes = 0

        async def bounded() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > most_bytes:
                raise HTTPException(413, _too_large(most_bytes))
            return message

        await self._app(scope, bounded, send)


def _too_large(most_bytes: int) -> str:
    return f"the body may have {most_bytes} bytes"


class _Line:
    """What is said about a request."""

    def __init__(self, scope: Scope, name: str) -> None:
        self._scope = scope
        self._name = name
        self._began = time.monotonic()
        self._status = 0
        self._n_bytes = 0
        self._complete = False

    def watching(self, send: Send) -> Send:
        """Return `send` with an eye on it."""

        async def watched(message: Message) -> None:
            kind = message["type"]
            if kind in ("http.response.start", "websocket.http.response.start"):
                self._status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._name.encode())]
            elif kind == "websocket.accept":
                self._status = 101
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._name.encode())]
            elif kind in ("http.response.body", "websocket.send"):
                self._n_bytes += len(message.get("body") or message.get("bytes") or b"")
                self._complete = self._complete or not message.get("more_body", False)
            await send(message)

        return watched

    def write(self) -> None:
        """Log the line."""
        scope = self._scope
        client = scope.get("client") or ("-", 0)
        method = scope.get("method", "WS")
        end = "" if self._complete or method == "WS" else " (not to its end)"
        _log.info(
            "%s %s %s %d in %.3f s, %d bytes%s, for %s",
            self._name,
            method,
            # What a client wrote stands in one line of the log, whatever it holds.
            ascii(scope["path"])[1:-1],
            self._status,
            time.monotonic() - self._began,
            self._n_bytes,
            end,
            client[0],
        )
