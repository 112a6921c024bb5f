"""The requests that run: each is counted and logged once, and all can be ended at a shutdown.

Another protocol on a socket of its own uses it as the HTTP server does:

    with service.requests.open("wyoming", "WYOMING", "", client=address) as running:
        running.status, running.route = 101, "wyoming"      # it is served
        running.received(data); running.sent(data)          # bytes, for the line and the statistics
        ...                                                  # note_failure(error) in any task of it gives the reason

The block runs in the connection's task. At a shutdown that task is cancelled when the time to drain is over:
`interruption()` then is the error to send to the client before the connection is closed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .errors import ApiError
from .log import REQUEST_ID
from .running_request import Protocol, RunningRequest, set_current
from .stats import Stats

RETRY_AFTER_S = 5


class RequestRegistry:
    """All running requests and connections. Belongs to one event loop."""

    def __init__(self, stats: Stats, *, log_text: bool) -> None:
        self.draining = False
        """Whether the server is shutting down, and takes no new work."""
        self._stats = stats
        self._log_text = log_text
        self._running: set[RunningRequest] = set()

    def __len__(self) -> int:
        return len(self._running)

    @contextlib.contextmanager
    def open(self, protocol: Protocol, method: str, path: str, *, client: str) -> Iterator[RunningRequest]:
        """Yield the running request of the current task; count it and write its line at the end."""
        running = RunningRequest(protocol, method, path, client)
        REQUEST_ID.set(running.id)
        set_current(running)
        self._running.add(running)
        try:
            yield running
        finally:
            self._running.discard(running)
            self._stats.request_ended(running.route, running.code, running.bytes_in, running.bytes_out)
            running.write(with_text=self._log_text)

    def counts(self) -> dict[str, int]:
        """Return the number of open connections that aren't HTTP, by protocol."""
        counts = {"websocket": 0, "wyoming": 0}
        for running in self._running:
            if running.protocol != "http" and running.status == 101:
                counts[running.protocol] += 1
        return counts

    def interrupt_all(self) -> int:
        """End all running requests, each with an error, and return their number."""
        for running in list(self._running):
            running.interrupt(shutting_down())
        return len(self._running)


def shutting_down() -> ApiError:
    """Return the error of what the server refuses, or ends, because it is shutting down."""
    return ApiError(
        503,
        f"the server is shutting down; retry in {RETRY_AFTER_S} s",
        code="shutting_down",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
