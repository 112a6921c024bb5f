"""Accept Wyoming connections: only from allowed networks, and not too many."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket

from ..service.log import LOG
from ..service.service import Service
from ..service.wyoming_address import is_allowed, parse_address, parse_networks
from .catalog import Catalog
from .connection import WyomingConnection
from .events import MAX_LINE_BYTES, EventStream

_log = logging.getLogger(LOG)


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
        self._server: asyncio.Server | None = None
        self._announcing: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        """Begin to accept connections on a listening socket."""
        settings = self._service.settings
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=MAX_LINE_BYTES)
        address = parse_address(settings.wyoming)._replace(port=listener.getsockname()[1])
        _log.info("Wyoming on %s", address.uri)
        self._announcing = asyncio.create_task(self._prepare(address.host, address.port))

    async def close(self, grace_s: float) -> None:
        """Stop accepting connections. Requests may end within `grace_s`; then they get an error."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections.values():
            connection.is_draining = True
        settling = [asyncio.create_task(connection.settled()) for connection in self._connections.values()]
        if settling:
            await asyncio.wait(settling, timeout=grace_s)
        if self._announcing is not None:
            settling.append(self._announcing)
        for task in (*settling, *self._connections):
            task.cancel()
        await asyncio.gather(*settling, *self._connections, return_exceptions=True)
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
        peer = str((writer.get_extra_info("peername") or ("-",))[0])
        if not is_allowed(peer, self._networks):
            self._refuse(writer, "network", peer, "its address is in no network of --wyoming-allow")
            return
        if len(self._connections) >= self._service.settings.max_connections and not self._drop_oldest_idle():
            self._refuse(writer, "limit", peer, f"there are {len(self._connections)}, the maximum, and all are busy")
            return
        events = EventStream(reader, writer, self._service.settings)
        connection = WyomingConnection(self._service, self._catalog, events, peer)
        task = asyncio.create_task(connection.run())
        self._connections[task] = connection
        task.add_done_callback(lambda ended: self._connections.pop(ended, None))

    def _refuse(self, writer: asyncio.StreamWriter, reason: str, peer: str, why: str) -> None:
        self._service.stats.refused(reason)
        _log.info("Wyoming connection refused: %s, from %s", why, peer)
        writer.transport.abort()

    def _drop_oldest_idle(self) -> bool:
        idle = [(connection.began, task) for task, connection in self._connections.items() if not connection.is_busy]
        if not idle:
            return False
        _, oldest = min(idle, key=lambda item: item[0])
        peer = self._connections.pop(oldest)
        self._service.stats.refused("idle")
        _log.info("Wyoming connection closed: too many, and it is idle, from %s", peer.peer)
        oldest.cancel()
        return True
