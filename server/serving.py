"""Run the app with uvicorn: as a program, or in a thread of another process."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from ..utils.streaming.runtime import Runtime
from .app import create_app
from .connection import Connection
from .service.settings import ServerSettings

_INCOMPLETE_RESPONSE = "ASGI callable returned without completing response."
_MAX_FRAME_BYTES = 1 << 20
_SHUTDOWN_GRACE_S = 3
_START_TIMEOUT_S = 30.0


def _config(runtime: Runtime, settings: ServerSettings) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_not_logged_yet)
    return uvicorn.Config(
        create_app(runtime, settings),
        host=settings.host,
        port=settings.port,
        # uvicorn's logging would replace that of the process; RequestLog writes one line per request.
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=_MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        proxy_headers=False,
        server_header=False,
        http=Connection,
        # The app limits requests itself, since idle connections are no load, and /health must always answer.
        limit_concurrency=None,
        timeout_graceful_shutdown=_SHUTDOWN_GRACE_S,
        lifespan="on",
    )


def _not_logged_yet(record: logging.LogRecord) -> bool:
    """Drop uvicorn's message about an aborted body: StreamingJobResponse has logged it with its reason."""
    return record.getMessage() != _INCOMPLETE_RESPONSE


class _Server(uvicorn.Server):
    """Calls `on_start` with the port when the server listens."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        if self.started:
            port: int = self.servers[0].sockets[0].getsockname()[1]
            self._on_start(port)


def serve(runtime: Runtime, settings: ServerSettings, on_start: Callable[[int], None] = lambda _port: None) -> None:
    """Serve until SIGINT or SIGTERM. The signal is raised again after all is closed.

    Args:
        runtime: The runtime for the jobs; the caller closes it.
        settings: The address and the limits.
        on_start: Called with the port when the server listens.

    Raises:
        OSError: The address can't be bound.
        ValueError: A setting is invalid.
    """
    asyncio.run(_serve(_Server(_config(runtime, settings), on_start), settings))


async def _serve(server: uvicorn.Server, settings: ServerSettings) -> None:
    # Bound here: uvicorn would exit the process if the port is in use.
    listener = _listen(settings)
    try:
        await server.serve([listener])
    finally:
        listener.close()


def _listen(settings: ServerSettings) -> socket.socket:
    host = settings.host.strip("[]")
    family, address = _address(host, settings.port)
    listener = socket.socket(family, socket.SOCK_STREAM)
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


def _address(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """Return the family and the socket's address. A literal address is not looked up, which offline mode refuses."""
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        family, _, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return family, found
    if isinstance(literal, ipaddress.IPv4Address):
        return socket.AF_INET, (host, port)
    scope = literal.scope_id
    index = 0 if scope is None else int(scope) if scope.isdecimal() else socket.if_nametoindex(scope)
    return socket.AF_INET6, (host.partition("%")[0], port, 0, index)


class ServerThread:
    """A server in a thread, listening on `port`. Close it after use."""

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
            raise RuntimeError(f"the server didn't start within {_START_TIMEOUT_S:g} s")
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Stop serving and wait for the thread. The runtime stays open."""
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
        except BaseException as error:  # noqa: BLE001  raised again by __init__
            self._error = error
        finally:
            self._started.set()


def serve_in_thread(runtime: Runtime, settings: ServerSettings | None = None) -> ServerThread:
    """Start a server over a shared runtime, such as that of ComfyUI's nodes.

    Raises:
        OSError: The address can't be bound.
    """
    return ServerThread(runtime, settings or ServerSettings())
