"""WebSocket connections: handshakes that fail are logged, and a client's mistake is one line."""

from __future__ import annotations

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from .protocol_log import protocol_logger
from .service.log import LOG, event
from .service.service import Service

_log = logging.getLogger(LOG)


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A connection of uvicorn's that logs by the server's rules."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._service: Service = self.config.app.state.service  # type: ignore[union-attr]
        self.logger = self.conn.logger = protocol_logger()

    def handle_connect(self, event_: Request) -> None:
        """Answer a handshake."""
        super().handle_connect(event_)
        status = int(self.response.status_code)
        if status != 101:
            self._service.stats.refused("handshake")
            client = self.client[0] if self.client else "-"
            reason = (self.response.body or b"").decode("utf-8", "replace").strip()
            fields = event("connection_closed", reason="handshake", status=status, client=client)
            _log.info(
                "connection closed: WebSocket handshake refused with %d, from %s: %s",
                status,
                client,
                reason,
                extra=fields,
            )
