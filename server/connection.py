"""HTTP connections: a time limit for headers, a limit for idle ones, and a reset for a body that failed.

What ends a connection without a request is logged and counted here, by its reason.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import sys
from typing import Any, cast

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .closing_transport import ClosingTransport
from .protocol_log import protocol_logger
from .service.errors import ApiError
from .service.log import LOG, event
from .service.service import Service
from .service.streaming_response import RESET
from .websocket_connection import WebSocketConnection

_log = logging.getLogger(LOG)
_IDLE_PER_CONNECTION = 4
"""Sockets without a request, or with a client that doesn't read the rest of the last one's response, may be this many
times `max_connections`; beyond, the oldest one is closed."""


class Connection(H11Protocol):
    """A connection of uvicorn's that doesn't wait for headers without a limit.

    They must be complete `header_timeout_s` after the connection's start, or after their first byte on a connection
    that is used again. Otherwise it is closed, with status 408 if a part of them has arrived.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._service: Service = self.config.app.state.service  # type: ignore[union-attr]
        self.logger = protocol_logger()
        self.access_log = False  # RequestLog writes one line per request
        self._timer: asyncio.TimerHandle | None = None
        self.began = 0.0
        self._asgi = self.app
        self.app = self._with_reset

    async def _with_reset(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[RESET] = self.reset
        await self._asgi(scope, receive, send)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for headers."""
        patience_s = self._service.settings.slow_client_s
        super().connection_made(cast("asyncio.Transport", ClosingTransport(transport, patience_s)))
        self.began = self.loop.time()
        self._drop_oldest_idle()
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive a part of a request."""
        super().data_received(data)
        if self.transport.is_closing() or self not in self.connections or not self.is_idle:
            self._stop_timer()  # closed, upgraded to a WebSocket, or answering
        elif self._timer is None:
            self._wait_for_headers()

    def reset(self) -> None:
        """Close the connection with a reset, so that the client of a body without a length knows that it failed."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete or self.transport.is_closing()

    def close(self, reason: str, message: str) -> None:
        """Close a connection without a request. A client that has sent a part of one gets status 408."""
        self._note(reason, message)
        if self.transport.is_closing():
            self.transport.abort()
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._answer(ApiError(408, f"{message}; send the request again", code="timeout"), b"Request Timeout")
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that aren't HTTP, or a body that breaks its own rules. Called while h11's error is raised."""
        message = f"invalid HTTP: {sys.exc_info()[1] or msg}"
        self._note("invalid", message)
        begun = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not begun:
            self._answer(ApiError(400, message, code="invalid_http"), b"Bad Request")
        if self.cycle is not None:
            # The application may still send: that is dropped.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _note(self, reason: str, message: str) -> None:
        self._service.stats.refused(reason)
        client = self.client[0] if self.client else "-"
        fields = event("connection_closed", reason=reason, client=client)
        _log.info("connection closed: %s, from %s", message, client, extra=fields)

    def _answer(self, error: ApiError, phrase: bytes) -> None:
        body = json.dumps(error.body()).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Connection", "close")]
        response = h11.Response(status_code=error.status, headers=headers, reason=phrase)
        parts = (response, h11.Data(data=body), h11.EndOfMessage())
        self.transport.write(b"".join(self.conn.send(part) or b"" for part in parts))

    def _drop_oldest_idle(self) -> None:
        kinds = (Connection, WebSocketConnection)
        idle = [other for other in self.connections if isinstance(other, kinds) and other.is_idle]
        if len(idle) > _IDLE_PER_CONNECTION * self._service.settings.max_connections:
            min(idle, key=lambda other: other.began).close("idle", "too many connections without a request")

    def _wait_for_headers(self) -> None:
        self._timer = self.loop.call_later(self._service.settings.header_timeout_s, self._on_timeout)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timeout(self) -> None:
        self._timer = None
        if self.is_idle and not self.transport.is_closing():
            limit_s = self._service.settings.header_timeout_s
            self.close("headers", f"no complete request headers within {limit_s:g} s")
