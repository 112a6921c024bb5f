"""A response that is made while it is sent, and whose work ends when its client goes away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...utils.timeouts import within
from .admission import Slot
from .errors import ApiError, as_api_error

_log = logging.getLogger(__name__)


class ClientGoneError(Exception):
    """The client has left, or takes nothing any more."""


class Body:
    """The way of a response's bytes to its client. Nothing is sent before the first of them, so that errors can be."""

    def __init__(self, send: Send, slow_client_s: float) -> None:
        self._send = send
        self._slow_client_s = slow_client_s
        self.started = False
        self.headers: dict[str, str] = {}
        self.last_words: Callable[[ApiError], bytes] | None = None
        """What is said of an error that comes when the body has begun, where its format has a place for that."""
        self.ends_with_last_words = False
        """Whether they are an end that nobody can overlook: else the body has none, as without them."""
        self.slot: Slot | None = None
        """Whose turn is given up while the client makes us wait."""

    async def write(self, data: bytes) -> None:
        """Send bytes; waits while the client has enough. ClientGoneError if it takes nothing for too long."""
        if not data:
            return
        if not self.started:
            await self.start(200)
        await self._sent({"type": "http.response.body", "body": data, "more_body": True})

    async def start(self, status: int) -> None:
        """Send the status and the headers."""
        self.started = True
        raw = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in self.headers.items()
        ]
        await self._sent({"type": "http.response.start", "status": status, "headers": raw})

    async def end(self) -> None:
        """End the body well."""
        if not self.started:
            await self.start(200)
        await self._sent({"type": "http.response.body", "body": b"", "more_body": False})

    async def _sent(self, message: Mapping[str, object]) -> None:
        try:
            if self.slot is None:
                await within(self._send({**message}), self._slow_client_s)
            else:
                with self.slot.sending():
                    await within(self._send({**message}), self._slow_client_s)
        except (asyncio.TimeoutError, OSError) as error:
            raise ClientGoneError(str(error)) from None


class WorkResponse(Response):
    """Runs `work` with the body to fill, for `limit_s` at most.

    An error before the first byte is the response. A later one is said in the body, where its format has a place for
    that; else the connection ends in the middle of the body, without its last chunk, so that nobody takes the half for
    the whole.
    """

    def __init__(self, work: Callable[[Body], Awaitable[None]], *, slow_client_s: float, limit_s: float) -> None:
        super().__init__()
        self._work = work
        self._slow_client_s = slow_client_s
        self._limit_s = limit_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Work until it is done or nobody waits for it."""
        body = Body(send, self._slow_client_s)
        working = asyncio.ensure_future(self._work(body))
        watching = asyncio.ensure_future(_gone(receive))
        try:
            done, _ = await asyncio.wait(
                {working, watching}, timeout=self._limit_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in (working, watching):
                task.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)
        error: BaseException | None = None
        if not done:
            error = ApiError(504, f"it took longer than {self._limit_s:g} s", code="timeout")
        elif not working.cancelled():
            error = working.exception()
        if error is None or isinstance(error, ClientGoneError):
            return
        told = as_api_error(error)
        if body.started:
            _log.warning("a body was broken off: %s", told.message)
            await _say_last(body, told)
            # Ending without the last chunk makes the server close the connection.
            return
        await told.response()(scope, receive, send)


async def _say_last(body: Body, error: ApiError) -> None:
    if body.last_words is not None:
        with contextlib.suppress(ClientGoneError):
            body.slot = None  # given back by now
            await body.write(body.last_words(error))
            if body.ends_with_last_words:
                await body.end()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
