"""A WebSocket session with timeouts, which sends its errors to the client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
from pydantic import BaseModel
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ...utils.timeouts import within
from ..middleware.auth import SUBPROTOCOL
from ..service.errors import ApiError, ClientGoneError, as_api_error, bad_request
from ..service.running_request import interruption, note_failure, slow_client
from ..service.settings import ServerSettings
from .socket_messages import checked_settings, query_fields, settings_fields

_POLICY_VIOLATION, _INTERNAL_ERROR, _SERVICE_RESTART = 1008, 1011, 1012
"""Close codes for an invalid request, a failure and a shutdown of the server (RFC 6455, section 7.4.1)."""
_MAX_REASON_BYTES = 123
"""A close frame holds no more (RFC 6455, section 5.5)."""

T = TypeVar("T", bound=BaseModel)


class WebSocketSession:
    """One WebSocket. Several tasks may send; a message and its audio frame stay together."""

    subprotocol = SUBPROTOCOL
    """The subprotocol that is accepted if a client offers it."""

    def __init__(self, socket: WebSocket, settings: ServerSettings) -> None:
        self._socket = socket
        self._settings = settings
        self._send_lock = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Accept the connection, and close it at the end of the block. Send an exception as an error message."""
        offered = self._socket.scope.get("subprotocols", ())
        await self._socket.accept(self.subprotocol if self.subprotocol in offered else None)
        code, reason = 1000, ""
        try:
            yield
        except (ClientGoneError, WebSocketDisconnect):
            return
        except (Exception, asyncio.CancelledError) as exception:  # every error is sent to the client
            ending = interruption()
            if ending is None and isinstance(exception, asyncio.CancelledError):
                raise
            error = note_failure(ending or as_api_error(exception))
            code = _INTERNAL_ERROR if error.status >= 500 else _POLICY_VIOLATION
            if ending is not None:
                code = _SERVICE_RESTART
            reason = error.message.encode("utf-8", "replace")[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
            with contextlib.suppress(ClientGoneError, RuntimeError):
                await self.send_error(error)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
            await self._socket.close(code, reason)

    async def send_error(self, error: ApiError) -> None:
        """Send an error message. Raises like `send`."""
        await self.send("error", message=error.message, code=error.code, param=error.param, **_retry(error))

    async def send(self, kind: str, **fields: object) -> None:
        """Send a message.

        Raises:
            ClientGoneError: The client disconnected, or reads too slowly.
        """
        async with self._send_lock:
            await self._send_frame(msgspec.json.encode({"type": kind, **fields}).decode())

    async def send_audio(self, data: bytes, **fields: object) -> None:
        """Send a message that announces audio, then the audio as one binary frame. Raises like `send`."""
        async with self._send_lock:
            await self._send_frame(msgspec.json.encode({"type": "audio", **fields, "size": len(data)}).decode())
            await self._send_frame(data)

    async def receive(self, is_busy: Callable[[], bool] = lambda: False) -> str | bytes:
        """Return the next message. While `is_busy` returns True, the client may stay silent.

        Raises:
            ClientGoneError: The client disconnected.
            ApiError: 408 if nothing is received for `idle_timeout_s`.
        """
        while True:
            try:
                message = await within(self._socket.receive(), self._settings.idle_timeout_s)
            except asyncio.TimeoutError:
                if is_busy():
                    continue
                limit_s = self._settings.idle_timeout_s
                raise ApiError(408, f"no message for {limit_s:g} s; connect again", code="idle") from None
            break
        if message["type"] == "websocket.disconnect":
            raise ClientGoneError("the client closed the WebSocket")
        text: str | None = message.get("text")
        data: bytes | None = message.get("bytes")
        return text if text is not None else data or b""

    async def receive_settings(self, settings_type: type[T]) -> T:
        """Return the settings: those in the first message, a JSON object, take precedence over those in the query.

        Raises:
            ApiError: The message isn't a JSON object, or a setting is invalid.
        """
        message = await self.receive()
        if isinstance(message, bytes):
            raise bad_request("the first message must be a JSON object with the settings; send audio after 'ready'")
        return checked_settings(query_fields(self._socket) | settings_fields(message), settings_type)

    async def _send_frame(self, message: str | bytes) -> None:
        send = self._socket.send_text(message) if isinstance(message, str) else self._socket.send_bytes(message)
        try:
            await within(send, self._settings.slow_client_s)
        except asyncio.TimeoutError:
            raise slow_client(self._settings.slow_client_s) from None
        except (WebSocketDisconnect, OSError) as error:
            raise ClientGoneError(str(error)) from None
        except RuntimeError as error:
            # Another task's message found out first.
            if self._socket.application_state is not WebSocketState.DISCONNECTED:
                raise
            raise ClientGoneError(str(error)) from None


class BinarySession(WebSocketSession):
    """A WebSocket on which only audio is sent, in binary frames. The close code and its reason tell of errors."""

    async def send(self, kind: str, **fields: object) -> None:
        """Send nothing: there are no messages."""

    async def send_audio(self, data: bytes, **fields: object) -> None:
        """Send audio as one binary frame. Raises like `WebSocketSession.send`."""
        async with self._send_lock:
            await self._send_frame(data)


def _retry(error: ApiError) -> dict[str, object]:
    after = error.headers.get("Retry-After")
    return {} if after is None else {"retry_after_s": int(after)}
