"""Wyoming's events on a connection, with limits on everything that a client sends.

An event is a line of JSON, then `data_length` bytes of JSON, then `payload_length` bytes of audio. The reader of the
package `wyoming` trusts these lengths, so it isn't used.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

import msgspec
from wyoming.event import Event, Eventable, async_write_event

from ...utils.timeouts import within
from ...utils.wrong_values import problem_of
from ..service.errors import ApiError, ClientGoneError, bad_request
from ..service.running_request import RunningRequest, slow_client
from ..service.settings import ServerSettings

MAX_LINE_BYTES = 64 << 10
MAX_PAYLOAD_BYTES = 1 << 20
"""Half a minute of audio at 16 kHz; clients send pieces of some hundredths of a second."""
IDLE = "idle"
"""The code of the error for a client that sends nothing: no byte is lost, so it may be read again."""
_BYTES_PER_CHARACTER = 12
"""The longest JSON form of a character is an escape such as \\ud83d\\ude00."""
_READ_BYTES = 64 << 10

T = TypeVar("T")


class _Header(msgspec.Struct):
    """The line of an event."""

    type: Annotated[str, msgspec.Meta(max_length=100)]
    data: dict[str, Any] | None = None
    data_length: Annotated[int, msgspec.Meta(ge=0)] | None = None
    payload_length: Annotated[int, msgspec.Meta(ge=0)] | None = None


class EventStream:
    """Reads and writes the events of one connection. Several tasks may write; an event's bytes stay together."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        settings: ServerSettings,
        running: RunningRequest,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._running = running
        self._write_lock = asyncio.Lock()
        self._max_data_bytes = MAX_LINE_BYTES + settings.max_text_chars * _BYTES_PER_CHARACTER

    async def read(self, timeout_s: float) -> Event | None:
        """Return the next event; None when the client has closed the connection.

        Raises:
            ApiError: It isn't an event, a part of it is too large, or it doesn't come in time: its first byte within
                `timeout_s`, the rest of its line within `header_timeout_s`, then more bytes every `body_timeout_s`.
            ClientGoneError: The connection broke, or ended within an event.
        """
        first = await self._within(self._reader.read(1), timeout_s, f"no event for {timeout_s:g} s", IDLE)
        if not first:
            return None
        limit_s = self._settings.header_timeout_s
        try:
            rest = await self._within(
                self._reader.readuntil(b"\n"), limit_s, f"no complete line of an event within {limit_s:g} s"
            )
        except asyncio.LimitOverrunError:
            raise bad_request(
                f"an event's line is too long; maximum {MAX_LINE_BYTES} bytes", code="bad_event"
            ) from None
        header = _decoded(first + rest, _Header, "an event's line")
        data = header.data or {}
        if header.data_length:
            raw = await self._read_exactly(header.data_length, self._max_data_bytes, "data_length")
            data |= _decoded(raw, dict[str, Any], "an event's data")
        payload = None
        if header.payload_length:
            payload = await self._read_exactly(header.payload_length, MAX_PAYLOAD_BYTES, "payload_length")
        self._running.bytes_in += 1 + len(rest) + (header.data_length or 0) + len(payload or b"")
        self._running.text_in += payload is None
        self._running.binary_in += payload is not None
        return Event(type=header.type, data=data, payload=payload)

    async def write(self, message: Eventable) -> None:
        """Send an event. Wait while the client reads too slowly.

        Raises:
            ClientGoneError: The client disconnected, or read nothing for `slow_client_s`.
        """
        event = message.event()
        try:
            await within(self._write(event), self._settings.slow_client_s)
        except asyncio.TimeoutError:
            raise slow_client(self._settings.slow_client_s) from None
        except OSError as error:
            raise ClientGoneError(str(error)) from None
        self._running.bytes_out += len(event.payload or b"")
        self._running.text_out += event.payload is None
        self._running.binary_out += event.payload is not None

    async def _write(self, event: Event) -> None:
        # Before Python 3.11, two tasks can't wait for the same client.
        async with self._write_lock:
            await async_write_event(event, self._writer)

    async def close(self) -> None:
        """Close the connection when what was written is sent; at once if the client doesn't read it."""
        self._writer.close()
        with contextlib.suppress(asyncio.TimeoutError, OSError):
            await within(self._writer.wait_closed(), 1.0)
        self._writer.transport.abort()

    async def _read_exactly(self, n_bytes: int, max_bytes: int, name: str) -> bytes:
        if n_bytes > max_bytes:
            raise bad_request(f"{name} is {str(n_bytes)[:30]}; maximum {max_bytes} bytes", code="bad_event")
        limit_s = self._settings.body_timeout_s
        # As they come: what a client announces costs no memory.
        parts = bytearray()
        while len(parts) < n_bytes:
            part = await self._within(
                self._reader.read(min(_READ_BYTES, n_bytes - len(parts))),
                limit_s,
                f"no more of an event for {limit_s:g} s",
            )
            if not part:
                raise ClientGoneError("the client closed the connection within an event")
            parts += part
        return bytes(parts)

    async def _within(self, reading: Awaitable[bytes], limit_s: float, message: str, code: str = "timeout") -> bytes:
        try:
            return await within(reading, limit_s)
        except asyncio.TimeoutError:
            raise ApiError(408, f"{message}; connect again", code=code) from None
        except asyncio.IncompleteReadError:
            raise ClientGoneError("the client closed the connection within an event") from None
        except OSError as error:
            raise ClientGoneError(str(error)) from None


def _decoded(raw: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        problem = ": ".join(part for part in reversed(problem_of(error)) if part)
    except RecursionError:
        problem = "it is nested too deeply"
    except (msgspec.DecodeError, UnicodeError):
        problem = "it isn't JSON in UTF-8"
    raise bad_request(f"{what} isn't valid: {problem}", code="bad_event")
