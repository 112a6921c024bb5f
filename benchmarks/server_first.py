"""Time to the first audio of a phrase spoken by Kokoro, over HTTP and WebSocket."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect

from voxweft.server.service.settings import ServerSettings
from voxweft.server.serving import serve_in_thread
from voxweft.utils.streaming.runtime import Runtime

from .bench import median, median_with_spread
from .kokoro_isolated import ENGINE, VOICE, isolated
from .kokoro_texts import PHRASE
from .nginx import default_proxy, find_nginx

_TIMEOUT_S = 600
"""Long enough to load a model on a busy machine."""


class _FirstChunk:
    """Records when the runtime gets the engine's first chunk, by `time.perf_counter`."""

    def __init__(self, runtime: Runtime) -> None:
        self.at_s: float | None = None
        make: Any = runtime.coordinator.new_task

        def new_task(job: object, segment: object) -> object:
            task = make(job, segment)
            take = task.on_chunk

            def record(*chunk: object) -> None:
                if self.at_s is None:
                    self.at_s = time.perf_counter()
                take(*chunk)

            task.on_chunk = record
            return task

        setattr(runtime.coordinator, "new_task", new_task)  # noqa: B010  a method of one object, for the measurement

    def recorded_s(self) -> float:
        """Return the recorded time."""
        if self.at_s is None:
            raise RuntimeError("audio arrived, but no chunk of the engine was recorded")
        return self.at_s


def measure_first(folder: Path, *, rounds: int) -> dict[str, float]:
    """Return the times of the first and the last byte and their ratio, and the delay that the WebSocket adds.

    `first_byte_ratio` is the time to the first byte of raw PCM divided by the whole time; `arrivals_...` are the times
    of the body's parts in the last round. `ws_extra_ms` is the time from the engine's first chunk in this process to
    the client's first binary frame. `first_byte_ratio_nginx` is the ratio through nginx with its defaults, in the same
    rounds; without nginx it is left out. Without a cache; the model is loaded.
    """
    first_ms, whole_ms, ratios, proxied, extras_ms = [], [], [], [], []
    arrivals: list[float] = []
    with isolated(folder) as kokoro, contextlib.ExitStack() as opened:
        first_chunk = _FirstChunk(kokoro.runtime)
        server = opened.enter_context(serve_in_thread(kokoro.runtime, ServerSettings(port=0)))
        client = opened.enter_context(_client(server.port))
        nginx = find_nginx()
        proxy = nginx and opened.enter_context(_client(opened.enter_context(default_proxy(nginx, server.port))))
        for number in range(-1, rounds):
            arrivals = _arrivals_ms(client)
            through_ms = _arrivals_ms(proxy) if proxy else []
            extra_ms = _socket_extra_ms(server.port, first_chunk)
            if number >= 0:
                first_ms.append(arrivals[0])
                whole_ms.append(arrivals[-1])
                ratios.append(arrivals[0] / arrivals[-1])
                proxied += [through_ms[0] / through_ms[-1]] if proxy else []
                extras_ms.append(extra_ms)
    return {
        **(median_with_spread("first_byte_ratio_nginx", proxied) if proxied else {}),
        **median_with_spread("first_byte_ratio", ratios),
        **median_with_spread("first_byte_ms", first_ms),
        **median_with_spread("whole_ms", whole_ms),
        **median_with_spread("ws_extra_ms", extras_ms),
        "arrivals": float(len(arrivals)),
        "arrivals_quarter_ms": arrivals[len(arrivals) // 4],
        "arrivals_half_ms": median(arrivals),
        "arrivals_last_ms": arrivals[-1],
    }


@contextmanager
def _client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_TIMEOUT_S) as client:
        yield client


def _arrivals_ms(client: httpx.Client) -> list[float]:
    body = {"input": PHRASE, "model": ENGINE, "voice": VOICE, "response_format": "pcm"}
    began_s = time.perf_counter()
    with client.stream("POST", "/v1/audio/speech", json=body) as response:
        response.raise_for_status()
        return [(time.perf_counter() - began_s) * 1e3 for _ in response.iter_raw()]


def _socket_extra_ms(port: int, first_chunk: _FirstChunk) -> float:
    with connect(f"ws://127.0.0.1:{port}/ws/tts/live") as socket:
        socket.send(json.dumps({"model": ENGINE, "voice": VOICE}))
        socket.recv(_TIMEOUT_S)
        first_chunk.at_s = None
        socket.send(PHRASE)
        socket.send("")
        while not isinstance(socket.recv(_TIMEOUT_S), bytes):
            pass
        extra_s = time.perf_counter() - first_chunk.recorded_s()
        # Read to the end, so that the worker is idle for the next round.
        while True:
            message = socket.recv(_TIMEOUT_S)
            if isinstance(message, str) and json.loads(message)["type"] == "end":
                break
    return extra_s * 1e3
