"""A connection's transport that doesn't wait without a limit for its client to read what is left at the end."""

from __future__ import annotations

import asyncio
from typing import Any


class ClosingTransport:
    """Passes everything on to a transport of asyncio's. `close` gives the client `patience_s` to read on.

    A closed transport sends the rest of its buffer first. A client that reads none of it would keep the connection, and
    with it a descriptor of the process, for as long as it likes.
    """

    def __init__(self, transport: asyncio.Transport, patience_s: float) -> None:
        self._transport = transport
        self._patience_s = patience_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close when all is sent; at once if the client reads nothing for `patience_s`."""
        if not self._transport.is_closing():
            self._transport.close()
            self._wait()

    def _wait(self) -> None:
        left = self._transport.get_write_buffer_size()
        if left:
            asyncio.get_running_loop().call_later(self._patience_s, self._look, left)

    def _look(self, before: int) -> None:
        if self._transport.get_write_buffer_size() >= before:
            self._transport.abort()
        else:
            self._wait()
