"""The WebSocket of a session: events out, with their current or older names, and events in."""

from __future__ import annotations

import logging
from typing import Literal

import msgspec
from starlette.websockets import WebSocket

from ..routes.websocket import WebSocketSession
from ..service.errors import ApiError
from ..service.log import LOG, event
from ..service.running_request import current
from ..service.settings import ServerSettings
from .older_names import older_event
from .server_events import ErrorEvent, ServerEvent

_log = logging.getLogger(LOG)
_OLDER_HEADER, _OLDER_SUBPROTOCOL = "realtime=v1", "openai-beta.realtime-v1"


class RealtimeSocket(WebSocketSession):
    """A WebSocket with the events of OpenAI's Realtime API. Several tasks may send."""

    subprotocol = "realtime"

    def __init__(self, socket: WebSocket, settings: ServerSettings) -> None:
        super().__init__(socket, settings)
        older = _OLDER_HEADER in socket.headers.get("openai-beta", "")
        self._with_older_names = older or _OLDER_SUBPROTOCOL in socket.scope.get("subprotocols", ())

    async def emit(self, sent: ServerEvent) -> None:
        """Send an event. ClientGoneError if the client disconnected, or reads too slowly."""
        fields = msgspec.to_builtins(sent)
        if self._with_older_names:
            fields = older_event(fields)
        if fields is not None:
            await self.send(fields.pop("type"), **fields)

    async def send_error(self, error: ApiError) -> None:
        """Send the error that ends the session."""
        await self.emit(ErrorEvent.of(error, None))

    async def refuse(self, error: ApiError, event_id: str | None) -> None:
        """Send the error of a client's event; the session goes on."""
        self.log_failure("event", error)
        await self.emit(ErrorEvent.of(error, event_id))

    def log_failure(self, what: Literal["event", "turn", "response"], error: ApiError) -> None:
        """Log why an event was refused, or a turn or a response failed; the session goes on."""
        running = current()
        if running is None:
            return  # not a request of this server's
        reason = running.reason_of(error, with_text=self._settings.log_text)
        _log.log(
            logging.WARNING if error.status >= 500 else logging.INFO,
            "%s realtime %s failed: %s",
            running.id,
            what,
            reason,
            extra=event("realtime_failure", id=running.id, what=what, code=error.code, param=error.param),
        )
