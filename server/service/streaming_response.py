"""Streaming responses: bodies sent while a job generates them. The job is cancelled if the client disconnects."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...utils.timeouts import within
from .admission import Slot
from .errors import ApiError, ClientGoneError, as_api_error
from .running_request import interruption, note_failure, slow_client

RESET = "voxweft.reset"
"""Extension of a scope: a function that closes the connection with a reset."""
STREAM_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
"""Headers of every streaming response, so that no proxy stores, recompresses or holds back its bytes."""
_MAX_HEADER_CHARS = 2000


def header_text(text: str) -> str:
    """Return a text as the value of a header: ASCII, bounded, and without spaces at its ends."""
    return ascii(text)[1:-1][:_MAX_HEADER_CHARS].strip()


class StreamingBody:
    """Sends a response's bytes. The headers are sent with the first byte, so that an earlier error can replace them."""

    def __init__(self, send: Send, slow_client_s: float) -> None:
        self._send = send
        self._slow_client_s = slow_client_s
        self.started = False
        self.complete = False
        self.headers: dict[str, str] = dict(STREAM_HEADERS)
        self.encode_error: Callable[[ApiError], bytes] | None = None
        """Encodes an error that occurs after the first byte, for formats that can contain one."""
        self.error_completes_body = False
        """Whether the body is completed after such an error. If False, it stays incomplete, so that clients notice."""
        self.slot: Slot | None = None
        """The job's slot, which is freed while the client reads too slowly."""

    async def write(self, data: bytes) -> None:
        """Send bytes. Waits while the client's buffer is full.

        Raises:
            ClientGoneError: The client disconnected, or read nothing for `slow_client_s`.
        """
        if not data:
            return
        if not self.started:
            await self.start(200)
        await self._send_message({"type": "http.response.body", "body": data, "more_body": True})

    async def start(self, status: int) -> None:
        """Send the status and the headers."""
        self.started = True
        raw = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in self.headers.items()
        ]
        await self._send_message({"type": "http.response.start", "status": status, "headers": raw})

    async def end(self) -> None:
        """Complete the body."""
        if not self.started:
            await self.start(200)
        self.complete = True
        await self._send_message({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_message(self, message: Mapping[str, object]) -> None:
        try:
            if self.slot is None:
                await within(self._send({**message}), self._slow_client_s)
            else:
                with self.slot.sending():
                    await within(self._send({**message}), self._slow_client_s)
        except asyncio.TimeoutError:
            raise slow_client(self._slow_client_s) from None
        except OSError as error:
            raise ClientGoneError(str(error)) from None


class StreamingJobResponse(Response):
    """Runs `write_body` with the body to fill, for at most `timeout_s` seconds.

    - An error before the first byte becomes the response.
    - A later error is written into the body if its format can contain one (`encode_error`).
    - Otherwise the connection is closed without the final chunk, so that clients detect an incomplete body. A body that
      is not chunked (HTTP/1.0, as nginx asks by default) ends with a reset, since its end is the connection's.
    """

    def __init__(
        self, write_body: Callable[[StreamingBody], Awaitable[None]], *, slow_client_s: float, timeout_s: float
    ) -> None:
        super().__init__()
        self._write_body = write_body
        self._slow_client_s = slow_client_s
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run until the body is complete, the client disconnects or the timeout expires."""
        body = StreamingBody(send, self._slow_client_s)
        writing = asyncio.ensure_future(self._write_body(body))
        watching = asyncio.ensure_future(_disconnected(receive))
        error: BaseException | None = None
        done: set[asyncio.Future[None]] = set()
        ending: ApiError | None = None
        try:
            done, _ = await asyncio.wait(
                {writing, watching}, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            ending = interruption()
            if ending is None:
                raise
        finally:
            for task in (writing, watching):
                task.cancel()
            await asyncio.gather(writing, watching, return_exceptions=True)
        if ending is not None:
            error = ending
        elif not done:
            error = ApiError(
                504,
                f"the request exceeded the time limit of {self._timeout_s:g} s; send a shorter input",
                code="timeout",
            )
        elif not writing.cancelled():
            error = writing.exception()
        if error is None or isinstance(error, ClientGoneError):
            return
        api_error = note_failure(as_api_error(error))
        if body.started:
            await _write_error(body, api_error)
            # Returning without the final chunk makes the server close the connection.
            reset = scope.get("extensions", {}).get(RESET)
            if scope.get("http_version") == "1.0" and not body.complete and reset is not None:
                reset()
            return
        await api_error.response()(scope, receive, send)


async def _write_error(body: StreamingBody, error: ApiError) -> None:
    if body.encode_error is not None:
        with contextlib.suppress(ClientGoneError):
            body.slot = None  # already released
            await body.write(body.encode_error(error))
            if body.error_completes_body:
                await body.end()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
