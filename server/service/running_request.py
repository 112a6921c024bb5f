"""A request, or a connection of another protocol, while it runs: what it is counted, logged and ended by.

Code in a request's tasks finds it by `current`: `note_failure` gives the reason that its log line will have.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from contextvars import ContextVar
from typing import Literal

from .errors import ApiError, ClientGoneError
from .log import LOG, event

_log = logging.getLogger(LOG)
Protocol = Literal["http", "websocket", "wyoming"]
NO_ROUTE = "(none)"
"""Stands for the route of requests that reached none, so that clients can't add routes to the statistics."""
CLIENT_GONE = 499
"""Stands for the status if the client disconnected before the response."""
_CURRENT: ContextVar[RunningRequest | None] = ContextVar("voxweft_running_request", default=None)
_ASKED_AT: ContextVar[float] = ContextVar("voxweft_place_asked_at", default=0.0)
_QUOTED = re.compile(r"'[^']+'|\"[^\"]+\"|“[^”]+”|‘[^’]+’")
_BY_ENGINE = frozenset({"engine_refused", "engine_failed"})
"""Codes of errors whose message, after its first colon, is the engine's own and may quote the text."""
_KEPT_TEXT_CHARS = 20_000


class RunningRequest:
    """One request or connection. `RequestRegistry.open` makes it, and writes its line at its end."""

    def __init__(self, protocol: Protocol, method: str, path: str, client: str) -> None:
        self.id = secrets.token_hex(8)
        self.protocol = protocol
        self.method = method
        self.path = path
        self.client = client
        self.route = NO_ROUTE
        self.began = time.monotonic()
        self.arrived_at = self.began
        """When all of it, its body too, had arrived."""
        self.status = 0
        """The status of the response; 101 for an open connection of another protocol than HTTP."""
        self.complete = False
        """Whether the whole response was sent."""
        self.bytes_in = self.bytes_out = 0
        self.text_in = self.text_out = self.binary_in = self.binary_out = 0
        """Frames of a WebSocket."""
        self.close_code: int | None = None
        self.closed_by: Literal["client", "server", ""] = ""
        self.failure: ApiError | None = None
        self.interruption: ApiError | None = None
        """The reason if the server ends it."""
        self._text = ""
        self._task = asyncio.current_task()

    def fail(self, error: ApiError) -> None:
        """Give the reason of a failure. The first one counts."""
        self.failure = self.failure or error

    def received(self, data: str | bytes) -> None:
        """Count a frame, or a part of a body, from the client."""
        self.bytes_in += _n_bytes(data)
        self.text_in += isinstance(data, str)
        self.binary_in += isinstance(data, bytes)

    def sent(self, data: str | bytes) -> None:
        """Count a frame, or a part of a body, to the client."""
        self.bytes_out += _n_bytes(data)
        self.text_out += isinstance(data, str)
        self.binary_out += isinstance(data, bytes)

    def closed(self, code: int, by: Literal["client", "server"]) -> None:
        """Note how a WebSocket was closed, and by whom. The first close counts."""
        if self.close_code is None:
            self.close_code, self.closed_by = code, by

    def note_text(self, text: str) -> None:
        """Remember a text to speak, so that its words are left out of the log."""
        self._text = f"{self._text}{text}"[-_KEPT_TEXT_CHARS:] if self._text else text

    def interrupt(self, reason: ApiError) -> None:
        """Cancel its task. The code that catches the cancellation sends `interruption` to the client."""
        self.interruption = reason
        self.fail(reason)
        if self._task is not None:
            self._task.cancel()

    @property
    def code(self) -> int:
        """The status for statistics and the log."""
        return self.status or CLIENT_GONE

    def reason_of(self, error: ApiError, *, with_text: bool) -> str:
        """Return an error's code and message for the log; without the words of the texts, unless `with_text`."""
        return _reason(error, None if with_text else self._text)

    def write(self, *, with_text: bool) -> None:
        """Write its line: a warning for a failure of the server and for a refusal that shows overload."""
        duration_s = time.monotonic() - self.began
        reason = "" if self.failure is None else self.reason_of(self.failure, with_text=with_text)
        if not reason and self.protocol == "http" and not self.complete:
            reason = "the client disconnected"
        failed = self.failure is not None and (self.failure.status >= 500 or self.failure.status == 429)
        fields: dict[str, object] = {
            "id": self.id,
            "method": self.method,
            "path": self.path,
            "route": self.route,
            "status": self.code,
            "duration_s": round(duration_s, 6),
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "client": self.client,
        }
        if self.protocol == "http":
            size = f"{self.bytes_out} bytes{'' if self.complete else ' (incomplete)'}"
            fields["complete"] = self.complete
        else:
            size = (
                f"{self.bytes_in} bytes in ({self.text_in} text, {self.binary_in} binary), "
                f"{self.bytes_out} out ({self.text_out} text, {self.binary_out} binary)"
            )
            fields |= {
                "text_in": self.text_in,
                "binary_in": self.binary_in,
                "text_out": self.text_out,
                "binary_out": self.binary_out,
            }
            if self.close_code is not None:
                size += f", closed by the {self.closed_by} with {self.close_code}"
                fields |= {"close_code": self.close_code, "closed_by": self.closed_by}
        if self.failure is not None:
            fields |= {"code": self.failure.code, "param": self.failure.param}
        if reason:
            fields["reason"] = reason
        _log.log(
            logging.WARNING if failed else logging.INFO,
            "%s %s %s %d in %.3f s, %s, from %s%s",
            self.id,
            self.method,
            # Escaped: a client's path must not break the line.
            ascii(self.path)[1:-1],
            self.code,
            duration_s,
            size,
            self.client,
            f": {reason}" if reason else "",
            extra=event("request" if self.protocol == "http" else self.protocol, **fields),
        )


def current() -> RunningRequest | None:
    """Return the request that the current task works for."""
    return _CURRENT.get()


def set_current(running: RunningRequest) -> None:
    """Make a request that of the current task, and of the tasks that it starts."""
    _CURRENT.set(running)


def note_failure(error: ApiError) -> ApiError:
    """Give the current request's log line its reason, and return the error."""
    running = current()
    if running is not None:
        running.fail(error)
    return error


def slow_client(limit_s: float) -> ClientGoneError:
    """Return the error for a client that reads nothing, after noting it in the log."""
    note_failure(ApiError(408, f"the client read nothing for {limit_s:g} s", code="slow_client"))
    return ClientGoneError("the client reads too slowly")


def interruption() -> ApiError | None:
    """Return why the server ends the current request; None if a cancellation has another cause."""
    running = current()
    return None if running is None else running.interruption


def arrival() -> float:
    """Return when the job of the current task was asked for (`time.monotonic`).

    That is when its HTTP request had arrived; a connection with many jobs asks for each when it asks for its place.
    """
    running = current()
    if running is not None and running.protocol == "http":
        return running.arrived_at
    return _ASKED_AT.get() or time.monotonic()


def place_asked(asked_at: float) -> None:
    """Note when the current task asked for its place among the running jobs; 0 when it has left it."""
    _ASKED_AT.set(asked_at)


def _n_bytes(data: str | bytes) -> int:
    return len(data) if isinstance(data, bytes) or data.isascii() else len(data.encode("utf-8", "surrogatepass"))


def _reason(error: ApiError, text: str | None) -> str:
    """Return an error's message; with a `text`, without what it quotes of that."""
    message = str(error).partition("\n")[0]
    if text is not None:
        head, colon, tail = message.partition(": ") if error.code in _BY_ENGINE else (message, "", "")
        head = _QUOTED.sub(lambda quoted: "'…'" if quoted[0][1:-1] in text else quoted[0], head)
        message = head + colon + _QUOTED.sub("'…'", tail)
    return f"{error.code}: {message}"
