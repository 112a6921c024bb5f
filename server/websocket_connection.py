"""WebSocket connections: handshakes that fail are logged, and a client's mistake is one line."""

from __future__ import annotations

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from .protocol_log import protocol_logger
from .service.log import LOG, event
from .service.service import Service

_log = logging.getLogger(LOG)
_MAX_FRAGMENTS = 4096
"""The maximum frames of a message: the limit of its bytes doesn't count empty ones, and each costs memory."""


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A connection of uvicorn's that logs by the server's rules, and whose memory a client can't exceed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._service: Service = self.config.app.state.service  # type: ignore[union-attr]
        self.logger = self.conn.logger = protocol_logger()
        self.began = self.loop.time()

    @property
    def is_idle(self) -> bool:
        """Whether it has ended, and only waits for the client to read the rest."""
        return self.transport.is_closing()

    def close(self, reason: str, message: str) -> None:
        """Close a connection that has ended."""
        self._note(reason, message)
        self.transport.abort()

    def handle_connect(self, event_: Request) -> None:
        """Answer a handshake."""
        super().handle_connect(event_)
        status = int(self.response.status_code)
        if status != 101:
            reason = (self.response.body or b"").decode("utf-8", "replace").strip()
            self._note("handshake", f"WebSocket handshake refused with {status}: {reason}", status=status)

    def _note(self, reason: str, message: str, **more: object) -> None:
        self._service.stats.refused(reason)
        client = self.client[0] if self.client else "-"
        fields = event("connection_closed", reason=reason, client=client, **more)
        _log.info("connection closed: %s, from %s", message, client, extra=fields)

    def handle_cont(self, event: Frame) -> None:
        """Add a part to a message."""
        if len(self.frames) < _MAX_FRAGMENTS:
            super().handle_cont(event)
        elif not self.close_sent:
            self.frames = []
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, f"a message has at most {_MAX_FRAGMENTS} frames")
            self.handle_parser_exception()

    def handle_ping(self) -> None:
        """Answer a ping, unless the client doesn't read the answers: they would pile up here."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()
