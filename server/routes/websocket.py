"""A WebSocket as our routes use it: whole messages, bounded waits, errors that the client is told."""

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
from ..service.errors import ApiError, as_api_error, bad_request
from ..service.settings import ServerSettings
from ..service.streaming_response import ClientGoneError

_log = logging.getLogger(__name__)
_REFUSED, _FAILED = 1008, 1011
"""Close codes: what the client asked for can't be (policy violation), and the server's failure (RFC 6455, 7.4.1)."""

T = TypeVar("T")


class Talk:
    """One WebSocket. Several tasks may say something; each message, or a message with its audio, is whole."""

    def __init__(self, socket: WebSocket, settings: ServerSettings) -> None:
        self._socket = socket
        self._settings = settings
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Accept; at the end of the block close. What is raised within is told to the client, and ends the talk."""
        asked = self._socket.scope.get("subprotocols", ())
        await self._socket.accept(SUBPROTOCOL if SUBPROTOCOL in asked else None)
        code = 1000
        try:
            yield
        except (ClientGoneError, WebSocketDisconnect):
            return
        except Exception as error:  # noqa: BLE001  whatever it is, the client is told
            told = as_api_error(error)
            _log.log(logging.WARNING if told.status >= 500 else logging.INFO, "a WebSocket is closed: %s", told.message)
            code = _FAILED if told.status >= 500 else _REFUSED
            with contextlib.suppress(ClientGoneError, RuntimeError):
                await self.say("error", message=told.message, code=told.code, param=told.param, **_retry(told))
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
            await self._socket.close(code)

    async def say(self, kind: str, **fields: object) -> None:
        """Send a message. ClientGoneError if nobody takes it."""
        async with self._turn:
            await self._send(msgspec.json.encode({"type": kind, **fields}).decode())

    async def say_audio(self, data: bytes, **fields: object) -> None:
        """Send audio: a message that says what comes, and one binary frame."""
        async with self._turn:
            await self._send(msgspec.json.encode({"type": "audio", **fields, "size": len(data)}).decode())
            await self._send(data)

    async def hear(self, is_busy: Callable[[], bool] = lambda: False) -> str | bytes:
        """Return the next message. ClientGoneError when there is none any more.

        ApiError 408 when nothing happens for too long; a client that is spoken to (`is_busy`) may say nothing.
        """
        while True:
            try:
                message = await within(self._socket.receive(), self._settings.idle_timeout_s)
            except asyncio.TimeoutError:
                if is_busy():
                    continue
                raise ApiError(408, "nothing happened for too long", code="idle") from None
            break
        if message["type"] == "websocket.disconnect":
            raise ClientGoneError("it closed the socket")
        text: str | None = message.get("text")
        data: bytes | None = message.get("bytes")
        return text if text is not None else data or b""

    async def hear_config(self, kind: type[T]) -> T:
        """Return the first message, which says how: a JSON object. ApiError if it can't be read."""
        message = await self.hear()
        if isinstance(message, bytes):
            raise bad_request("the first message says how, as a JSON object; audio comes after 'ready'")
        try:
            return msgspec.json.decode(message, type=kind)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise bad_request(f"the first message can't be understood: {error}") from None

    async def _send(self, message: str | bytes) -> None:
        send = self._socket.send_text(message) if isinstance(message, str) else self._socket.send_bytes(message)
        try:
            await within(send, self._settings.slow_client_s)
        except (asyncio.TimeoutError, WebSocketDisconnect, OSError) as error:
            raise ClientGoneError(str(error)) from None


class Control(msgspec.Struct, frozen=True):
    """A message that isn't text to speak: its `type` says what it is."""

    type: str
    text: str = ""


def control_of(message: str, kinds: frozenset[str]) -> Control | None:
    """Return a control message, None for text. Only a JSON object whose type is one of `kinds` is one."""
    if not message.startswith("{"):
        return None
    try:
        control = msgspec.json.decode(message, type=Control)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return control if control.type in kinds else None


def _retry(error: ApiError) -> dict[str, object]:
    after = error.headers.get("Retry-After")
    return {} if after is None else {"retry_after_s": int(after)}
