"""Run the app with uvicorn: as a program, or in a thread of another process."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from ..utils.streaming.runtime import Runtime
from .app import create_app
from .connection import Connection
from .service.log import LOG, event
from .service.service import Service
from .service.settings import ServerSettings
from .service.wyoming_address import parse_address
from .websocket_connection import WebSocketConnection

if TYPE_CHECKING:
    from .wyoming.listener import WyomingListener

_log = logging.getLogger(LOG)
_MAX_FRAME_BYTES = 1 << 20
_POLL_S = 0.05
_LAST_WORDS_S = 2.0
"""How long ended requests may take to send their errors."""
_CLOSE_S = 1
"""How long connections may take to close then."""
_START_TIMEOUT_S = 30.0


def _config(runtime: Runtime, settings: ServerSettings) -> uvicorn.Config:
    if settings.wyoming_announce and runtime.settings.offline:
        raise ValueError("offline mode (VOXWEFT_OFFLINE) sends nothing to a network; leave out --wyoming-announce")
    return uvicorn.Config(
        create_app(runtime, settings),
        host=settings.host,
        port=settings.port,
        # uvicorn's logging would replace that of the process, and False that of its access log, which may be a host's;
        # Connection writes none.
        log_config=None,
        access_log=True,
        ws=WebSocketConnection,
        ws_max_size=_MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        proxy_headers=False,
        server_header=False,
        http=Connection,
        # The app limits requests itself, since idle connections are no load, and /health must always answer.
        limit_concurrency=None,
        timeout_graceful_shutdown=_CLOSE_S,
        lifespan="on",
    )


class _Server(uvicorn.Server):
    """Listens, loads models, serves, drains. Also serves Wyoming if `wyoming_socket` is set.

    - `on_start` is called with the port when the server listens. It isn't ready (`/ready`) until the models of
      `preload` are loaded; if one can't be, the server ends, and `error` has the reason.
    - The first signal drains it: new requests are refused, running ones may end within `drain_timeout_s`. The rest, and
      all at a second signal, are ended with an error that their clients get.
    """

    def __init__(self, config: uvicorn.Config, on_start: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._service: Service = config.app.state.service  # type: ignore[union-attr]
        self._service.stats.n_http_connections = lambda: len(self.server_state.connections)
        self._preloading: asyncio.Task[None] | None = None
        self.end_at_once = False
        """Whether running requests get no time at the end."""
        self.error: Exception | None = None
        self.wyoming_socket: socket.socket | None = None
        self._wyoming: WyomingListener | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        if self.started:
            if self.wyoming_socket is not None:
                from .wyoming.listener import WyomingListener  # the extra `wyoming`

                self._wyoming = WyomingListener(self._service)
                await self._wyoming.start(self.wyoming_socket)
            port: int = self.servers[0].sockets[0].getsockname()[1]
            self._on_start(port)
            self._preloading = asyncio.create_task(self._preload())

    async def main_loop(self) -> None:
        """Serve until a signal, then drain."""
        await super().main_loop()
        if self._preloading is not None:
            self._preloading.cancel()
        await self._drain()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; at a second signal, end."""
        self._captured_signals.append(sig)
        self.end_at_once = self.should_exit
        self.should_exit = True

    async def _preload(self) -> None:
        try:
            await self._service.preload.load(self._service.voices)
        except Exception as error:  # noqa: BLE001  raised by `_serve`
            self.error = error
            self.end_at_once = self.should_exit = True

    async def _drain(self) -> None:
        requests, limit_s = self._service.requests, self._service.settings.drain_timeout_s
        requests.draining = True
        began = time.monotonic()
        if requests and not self.end_at_once:
            fields = event("draining", requests=len(requests), timeout_s=limit_s)
            _log.info("shutting down: %d requests may take %g s more", len(requests), limit_s, extra=fields)
        if self._wyoming is not None:
            self._wyoming.drain()
        while requests and not self.end_at_once and time.monotonic() - began < limit_s:
            await asyncio.sleep(_POLL_S)
            await self.on_tick(0)  # sets the header Date
        if n_ended := requests.interrupt_all():
            fields = event("ended", requests=n_ended)
            _log.warning("shutting down: %d requests are ended with an error", n_ended, extra=fields)
        for _ in range(int(_LAST_WORDS_S / _POLL_S)):
            if requests:
                await asyncio.sleep(_POLL_S)
        if self._wyoming is not None:
            await self._wyoming.close()


def serve(runtime: Runtime, settings: ServerSettings, on_start: Callable[[int], None] = lambda _port: None) -> None:
    """Serve until SIGINT or SIGTERM, then drain. The signal is raised again after all is closed.

    Args:
        runtime: The runtime for the jobs; the caller closes it.
        settings: The address and the limits.
        on_start: Called with the port when the server listens.

    Raises:
        OSError: The address can't be bound.
        ValueError: A setting is invalid.
        EngineStartError: A model of `preload` can't be loaded.
    """
    asyncio.run(_serve(_Server(_config(runtime, settings), on_start), settings))


async def _serve(server: _Server, settings: ServerSettings) -> None:
    # Bound here: uvicorn would exit the process if the port is in use.
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(_listen(settings.host.strip("[]"), settings.port))
        if settings.wyoming:
            server.wyoming_socket = sockets.enter_context(_listen(*parse_address(settings.wyoming)))
        await server.serve([listener])
    if server.error is not None:
        raise server.error


def _listen(host: str, port: int) -> socket.socket:
    family, address = _address(host, port)
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
    """A server in a thread, listening on `port`, and on `wyoming_port` for Wyoming. Close it after use."""

    def __init__(self, runtime: Runtime, settings: ServerSettings) -> None:
        self.port = 0
        self.wyoming_port = 0
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
        """Stop serving and wait for the thread. Running requests end with an error. The runtime stays open."""
        self._server.end_at_once = self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> ServerThread:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _on_start(self, port: int) -> None:
        self.port = port
        if self._server.wyoming_socket is not None:
            self.wyoming_port = self._server.wyoming_socket.getsockname()[1]
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
