"""Middleware around every request: an id, a maximum size and a maximum pause of its body, and one line in the log."""

from __future__ import annotations

import asyncio
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from ...utils.timeouts import within
from ..service.errors import ApiError, ClientGoneError, as_api_error
from ..service.recording_upload import MAX_JSON_BYTES
from ..service.running_request import RunningRequest, note_failure
from ..service.service import Service
from .auth import refuse

_RECORDING_PATHS = frozenset({"/v1/audio/transcriptions", "/v1/audio/translations"})
"""Paths whose JSON has a recording."""
_MIB = 1 << 20
_FORM_SLACK_BYTES = _MIB
_BYTES_PER_CHARACTER = 12
"""The longest JSON form of a character is an escape such as \\ud83d\\ude00."""
_JSON_SLACK_BYTES = 64 << 10


class RequestLog:
    """Gives each request an id (`X-Request-Id`), rejects a body that is too large or pauses, logs a line at its end.

    The line has the id, method, path, status, duration, size, client address and the reason of a failure; no text.
    An exception of a request ends here: it has been answered and logged.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        settings = service.settings
        self._app = app
        self._service = service
        self._form_bytes = settings.max_upload_bytes + _FORM_SLACK_BYTES
        self._body_timeout_s = settings.body_timeout_s
        self._json_bytes = settings.max_text_chars * _BYTES_PER_CHARACTER + _JSON_SLACK_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client") or ("-", 0)
        method = scope.get("method", "WS")
        with self._service.requests.open(scope["type"], method, scope["path"], client=client[0]) as running:
            scope.setdefault("state", {})["request_id"] = running.id
            observed = _observed(running, send)
            try:
                if scope["type"] == "http":
                    await self._http(scope, receive, observed, running)
                else:
                    await self._app(scope, _observed_socket(running, receive), observed)
            except asyncio.CancelledError:
                if running.interruption is None:
                    raise
                await _end(scope, receive, observed, running, running.interruption)
            except (ClientGoneError, WebSocketDisconnect):
                pass
            except Exception as error:  # noqa: BLE001  logged once, here or by the handler of exceptions
                await _end(scope, receive, observed, running, running.failure or as_api_error(error))
            finally:
                running.route = getattr(scope.get("route"), "path", running.route)

    async def _http(self, scope: Scope, receive: Receive, send: Send, running: RunningRequest) -> None:
        headers = Headers(scope=scope)
        is_form = headers.get("content-type", "").lower().startswith("multipart/form-data")
        max_bytes = self._form_bytes if is_form else self._json_bytes
        if not is_form and scope["path"] in _RECORDING_PATHS:
            max_bytes = min(self._form_bytes, MAX_JSON_BYTES)
        option = "--max-upload" if is_form or max_bytes != self._json_bytes else "--max-text"
        too_large = f"the request body is too large; maximum {max_bytes / _MIB:.3g} MiB (option {option} of the server)"
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > max_bytes:
            await refuse(scope, receive, send, ApiError(413, too_large, code="too_large"))
            return
        n_bytes, is_complete = 0, False

        async def bounded() -> Message:
            nonlocal n_bytes, is_complete
            # Behind the body, the only message is that the client has disconnected.
            try:
                message = await (receive() if is_complete else within(receive(), self._body_timeout_s))
            except asyncio.TimeoutError:
                self._service.stats.refused("body")
                raise HTTPException(408, f"no more of the request's body for {self._body_timeout_s:g} s") from None
            n_bytes += len(message.get("body", b""))
            running.bytes_in = n_bytes
            if not is_complete and not message.get("more_body", False):
                is_complete = True
                running.arrived_at = time.monotonic()
            if n_bytes > max_bytes:
                raise HTTPException(413, too_large)
            return message

        await self._app(scope, bounded, send)


def _observed(running: RunningRequest, send: Send) -> Send:
    """Return a `send` that records status and size, and adds the id."""

    async def observed(message: Message) -> None:
        kind = message["type"]
        if kind in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
            running.status = message.get("status", 101)
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", running.id.encode())]
        elif kind in ("http.response.body", "websocket.http.response.body"):
            running.bytes_out += len(message.get("body", b"")) if running.method != "HEAD" else 0
            running.complete = running.complete or not message.get("more_body", False)
        elif kind == "websocket.send":
            text = message.get("text")
            running.sent(message.get("bytes") or b"" if text is None else text)
        elif kind == "websocket.close":
            running.status = running.status or 403
            running.closed(message.get("code", 1000), "server")
        await send(message)

    return observed


def _observed_socket(running: RunningRequest, receive: Receive) -> Receive:
    """Return a `receive` that records a WebSocket's messages and its close."""

    async def observed() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive":
            text = message.get("text")
            running.received(message.get("bytes") or b"" if text is None else text)
        elif message["type"] == "websocket.disconnect":
            running.closed(message.get("code", 1005), "client")
        return message

    return observed


async def _end(scope: Scope, receive: Receive, send: Send, running: RunningRequest, error: ApiError) -> None:
    """Answer a request that has no response yet, and close a WebSocket that is open."""
    note_failure(error)
    if not running.status:
        await refuse(scope, receive, send, error)
    elif running.protocol == "websocket" and running.close_code is None:
        await send({"type": "websocket.close", "code": 1011})
