"""Accept Wyoming connections: only from allowed networks, and not too many."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket

from ..service.errors import ApiError
from ..service.log import LOG, event
from ..service.service import Service
from ..service.wyoming_address import is_allowed, parse_address, parse_networks, plain_address
from .catalog import Catalog
from .connection import WyomingConnection
from .events import MAX_LINE_BYTES

_log = logging.getLogger(LOG)
_POLL_S = 0.05


class WyomingListener:
    """Serves connections over one service. Belongs to one event loop.

    There are at most `max_connections`. Beyond, the oldest idle one is closed, since those must not lock out others; if
    all are busy, the new one is.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._catalog = Catalog(service)
        self._networks = parse_networks(service.settings.wyoming_allow)
        self._connections: dict[asyncio.Task[None], WyomingConnection] = {}
        """The oldest first."""
        self._server: asyncio.Server | None = None
        self._announcing: asyncio.Task[None] | None = None
        self._draining: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        """Begin to accept connections on a listening socket."""
        settings = self._service.settings
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=MAX_LINE_BYTES)
        address = parse_address(settings.wyoming)._replace(port=listener.getsockname()[1])
        _log.info("listening for Wyoming on %s", address.uri, extra=event("wyoming_listening", address=address.uri))
        self._announcing = asyncio.create_task(self._prepare(address.host, address.port))

    def drain(self) -> None:
        """Stop accepting connections, and close each when it has answered its request: idle ones at once."""
        if self._server is not None:
            self._server.close()
        self._draining = self._draining or asyncio.create_task(self._end_idle())

    async def close(self) -> None:
        """Close all connections."""
        self.drain()
        tasks = [task for task in (self._draining, self._announcing, *self._connections) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._catalog.close()

    async def _prepare(self, host: str, port: int) -> None:
        """List the voices, so that the first client needn't wait for engines to start; then announce the server."""
        with contextlib.suppress(Exception):
            await self._catalog.info()
        if self._service.settings.wyoming_announce:
            from .announcement import announced  # the extra `zeroconf`

            async with announced(host, port):
                await asyncio.get_running_loop().create_future()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # None if the client is gone already.
        peer = plain_address(str((writer.get_extra_info("peername") or ("-",))[0]))
        if not is_allowed(peer, self._networks):
            self._refuse(writer, "network", peer, "its address is in no network of --wyoming-allow")
            return
        if len(self._connections) >= self._service.settings.max_connections and not self._drop_oldest_idle():
            self._refuse(writer, "limit", peer, f"there are {len(self._connections)}, the maximum, and all are busy")
            return
        connection = WyomingConnection(self._service, self._catalog)
        task = asyncio.create_task(connection.run(reader, writer, peer))
        self._connections[task] = connection

        def ended(_task: asyncio.Task[None]) -> None:
            self._connections.pop(task, None)
            writer.transport.abort()  # if it was cancelled before it began

        task.add_done_callback(ended)

    def _refuse(self, writer: asyncio.StreamWriter, reason: str, peer: str, why: str) -> None:
        self._service.stats.refused(reason)
        fields = event("refused", reason=reason, client=peer)
        _log.info("Wyoming connection refused: %s, from %s", why, peer, extra=fields)
        writer.transport.abort()

    def _drop_oldest_idle(self) -> bool:
        for task, connection in self._connections.items():
            if not connection.is_busy:
                del self._connections[task]
                self._service.stats.refused("idle")
                connection.drop(ApiError(408, "too many connections, and this one was idle", code="idle"))
                task.cancel()
                return True
        return False

    async def _end_idle(self) -> None:
        """Close each connection as soon as it answers nothing."""
        while self._connections:
            for task, connection in list(self._connections.items()):
                if not connection.is_busy:
                    task.cancel()
            await asyncio.sleep(_POLL_S)
