"""Run the app with uvicorn: as a program, or in a thread of a process that does something else."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable

import uvicorn

from ..utils.streaming.runtime import Runtime
from .app import create_app
from .service.settings import ServerSettings

_BROKEN_OFF = "ASGI callable returned without completing response."
_MOST_FRAME_BYTES = 1 << 20
_GRACE_S = 3
_START_TIMEOUT_S = 30.0


def _config(runtime: Runtime, settings: ServerSettings) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_said_before)
    return uvicorn.Config(
        create_app(runtime, settings),
        host=settings.host,
        port=settings.port,
        # Its logging would take over the process's; ours says a line a request.
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=_MOST_FRAME_BYTES,
        ws_per_message_deflate=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=settings.max_connections,
        timeout_graceful_shutdown=_GRACE_S,
        lifespan="on",
    )


def _said_before(record: logging.LogRecord) -> bool:
    """A body that is broken off on purpose has been logged, with its reason."""
    return record.getMessage() != _BROKEN_OFF


class _Server(uvicorn.Server):
    """Says when it listens, and where."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        if self.started:
            port: int = self.servers[0].sockets[0].getsockname()[1]
            self._on_start(port)


def serve(runtime: Runtime, settings: ServerSettings, on_start: Callable[[int], None] = lambda _port: None) -> None:
    """Serve until SIGINT or SIGTERM, which is raised again when everything is closed. `on_start` is told the port.

    OSError if nobody can listen there, ValueError for bad settings.
    """
    asyncio.run(_serve(_Server(_config(runtime, settings), on_start), settings))


async def _serve(server: uvicorn.Server, settings: ServerSettings) -> None:
    # Bound here, so that a port that is taken is an error like any other and not the end of the process.
    listener = _listen(settings)
    try:
        await server.serve([listener])
    finally:
        listener.close()


def _listen(settings: ServerSettings) -> socket.socket:
    host = settings.host.strip("[]")
    family, kind, protocol, _, address = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if socket.has_dualstack_ipv6() and family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


class ServerThread:
    """A server in a thread of its own, beside whatever the process does. `close` it; `port` is where it listens."""

    def __init__(self, runtime: Runtime, settings: ServerSettings) -> None:
        self.port = 0
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._settings = settings
        config = _config(runtime, settings)
        self.app = config.app
        self._server = _Server(config, self._on_start)
        self._thread = threading.Thread(target=self._run, name="voxweft-server", daemon=True)
        self._thread.start()
        if not self._started.wait(_START_TIMEOUT_S):
            raise RuntimeError("the server didn't start in time")
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Stop serving; returns when the thread is gone. The runtime stays."""
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> ServerThread:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _on_start(self, port: int) -> None:
        self.port = port
        self._started.set()

    def _run(self) -> None:
        try:
            asyncio.run(_serve(self._server, self._settings))
        except BaseException as error:  # noqa: BLE001  raised where the thread was started
            self._error = error
        finally:
            self._started.set()


def serve_in_thread(runtime: Runtime, settings: ServerSettings | None = None) -> ServerThread:
    """Start a server over a runtime that others use too, such as a host's. OSError if nobody can listen there."""
    return ServerThread(runtime, settings or ServerSettings())
