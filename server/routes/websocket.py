"""A WebSocket session with timeouts, which sends its errors to the client."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from ...utils.timeouts import within
from ..middleware.auth import SUBPROTOCOL
from ..service.errors import ApiError, ClientGoneError, as_api_error, bad_request
from ..service.settings import ServerSettings

_log = logging.getLogger(__name__)
_POLICY_VIOLATION, _INTERNAL_ERROR = 1008, 1011
"""Close codes for an invalid request and for a failure of the server (RFC 6455, section 7.4.1)."""

T = TypeVar("T")


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
        code = 1000
        try:
            yield
        except (ClientGoneError, WebSocketDisconnect):
            return
        except Exception as exception:  # noqa: BLE001  every error is sent to the client
            error = as_api_error(exception)
            is_internal = error.status >= 500
            _log.log(logging.WARNING if is_internal else logging.INFO, "WebSocket closed: %s", error.message)
            code = _INTERNAL_ERROR if is_internal else _POLICY_VIOLATION
            with contextlib.suppress(ClientGoneError, RuntimeError):
                await self.send_error(error)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
            await self._socket.close(code)

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

    async def receive_config(self, config_type: type[T]) -> T:
        """Return the first message, a JSON object with the settings.

        Raises:
            ApiError: The message is not a valid JSON object of `config_type`.
        """
        message = await self.receive()
        if isinstance(message, bytes):
            raise bad_request("the first message must be a JSON object with the settings; send audio after 'ready'")
        try:
            return msgspec.json.decode(message, type=config_type)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise bad_request(f"invalid first message: {error}") from None

    async def _send_frame(self, message: str | bytes) -> None:
        send = self._socket.send_text(message) if isinstance(message, str) else self._socket.send_bytes(message)
        try:
            await within(send, self._settings.slow_client_s)
        except (asyncio.TimeoutError, WebSocketDisconnect, OSError) as error:
            raise ClientGoneError(str(error)) from None


class ControlMessage(msgspec.Struct, frozen=True):
    """A JSON message with a `type`, as opposed to text to speak."""

    type: str
    text: str = ""


def parse_control(message: str, kinds: frozenset[str]) -> ControlMessage | None:
    """Return a control message, or None for plain text: anything but a JSON object whose type is one of `kinds`."""
    if not message.startswith("{"):
        return None
    try:
        control = msgspec.json.decode(message, type=ControlMessage)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return control if control.type in kinds else None


def _retry(error: ApiError) -> dict[str, object]:
    after = error.headers.get("Retry-After")
    return {} if after is None else {"retry_after_s": int(after)}
