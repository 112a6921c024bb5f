"""When a client has the first of a phrase that Kokoro speaks, over HTTP and over WebSocket."""

from __future__ import annotations

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

_TIMEOUT_S = 600
"""A model may have to be loaded first, on a busy machine."""


class _FirstChunk:
    """When the runtime gets the first chunk of the engine's, on the clock of `time.perf_counter`."""

    def __init__(self, runtime: Runtime) -> None:
        self.at_s: float | None = None
        make: Any = runtime.coordinator.new_task

        def new_task(job: object, segment: object) -> object:
            task = make(job, segment)
            take = task.on_chunk

            def noted(*chunk: object) -> None:
                if self.at_s is None:
                    self.at_s = time.perf_counter()
                take(*chunk)

            task.on_chunk = noted
            return task

        setattr(runtime.coordinator, "new_task", new_task)  # noqa: B010  a method of one object, for the measurement

    def noted_s(self) -> float:
        """Return when that was."""
        if self.at_s is None:
            raise RuntimeError("audio came, and no chunk of the engine's was seen")
        return self.at_s


def measure_first(folder: Path, *, rounds: int) -> dict[str, float]:
    """Return when the first byte and the last come, in milliseconds and as a ratio, and what the WebSocket adds.

    `first_byte_ratio` is the first byte of raw PCM by the whole time, round by round; `arrivals_...` are the times of
    a streamed body's pieces in the last round. `ws_extra_ms` runs from the engine's first chunk, as it reaches this
    process, to the client's first binary frame. No cache; the model is loaded.
    """
    first_ms, whole_ms, ratios, extras_ms = [], [], [], []
    arrivals: list[float] = []
    with isolated(folder) as kokoro:
        first_chunk = _FirstChunk(kokoro.runtime)
        with serve_in_thread(kokoro.runtime, ServerSettings(port=0)) as server, _client(server.port) as client:
            for number in range(-1, rounds):
                arrivals = _arrivals_ms(client)
                extra_ms = _socket_extra_ms(server.port, first_chunk)
                if number >= 0:
                    first_ms.append(arrivals[0])
                    whole_ms.append(arrivals[-1])
                    ratios.append(arrivals[0] / arrivals[-1])
                    extras_ms.append(extra_ms)
    return {
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
    order = {"input": PHRASE, "model": ENGINE, "voice": VOICE, "response_format": "pcm"}
    began_s = time.perf_counter()
    with client.stream("POST", "/v1/audio/speech", json=order) as response:
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
        extra_s = time.perf_counter() - first_chunk.noted_s()
        # To its end, so that the next one finds the worker idle.
        while True:
            message = socket.recv(_TIMEOUT_S)
            if isinstance(message, str) and json.loads(message)["type"] == "end":
                break
    return extra_s * 1e3
