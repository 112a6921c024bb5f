"""An engine for tests: every segment is a noise that depends on its content alone, with faults on demand."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from voxweft.engines import (
    AdapterContext,
    AudioChunk,
    Cancelled,
    LoadedModel,
    SegmentNote,
    SourceSpan,
    StreamingAdapter,
    StreamingSegment,
    VoiceInfo,
    Word,
)

RATE = 24000


def expected(text: str, seed: int | None, chunks: int, chunk_samples: int) -> np.ndarray:
    """What the adapter makes of a segment."""
    return _noise(_generator(text, seed), chunks * chunk_samples)


def _generator(text: str, seed: int | None) -> np.random.Generator:
    return np.random.default_rng(xxhash.xxh3_64_intdigest(text.encode(), seed or 0))


def _noise(generator: np.random.Generator, n_samples: int) -> np.ndarray:
    return generator.uniform(-0.5, 0.5, n_samples).astype(np.float32)


class ToneAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        context.progress("loading", 0.5)
        if context.model == "exits":
            print("about to leave", file=sys.stderr)
            sys.exit(7)
        if context.model == "raises":
            raise RuntimeError("these weights are not for me")
        if context.model == "slow":
            time.sleep(0.3)
        if context.model == "hangs":
            time.sleep(1000)
        if context.model.startswith("big"):
            self.ballast = np.ones(8 << 20)
        if waits := os.environ.get("TONE_WAITS_AT_LOAD"):
            # As long as there is this file.
            while Path(waits).exists():
                time.sleep(0.01)
        if kills := os.environ.get("TONE_KILLS_AT_LOAD"):
            # One for each byte of this file.
            left = Path(kills).read_bytes()
            Path(kills).write_bytes(left[1:])
            if left:
                _fail("kill", "")
        if log := os.environ.get("TONE_LOAD_LOG"):
            with Path(log).open("a") as file:
                file.write(f"{os.getpid()}\n")
        if context.model == "mislabelled":
            return LoadedModel(sample_rate=RATE, fingerprint="other weights than you think")
        return LoadedModel(sample_rate=RATE // 2 if context.model == "half-rate" else RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        params = {"chunks": 8, "chunk_samples": 12000, "delay_s": 0.0, "fault": "", "fault_file": ""} | segment.params
        chunks, size = int(params["chunks"]), int(params["chunk_samples"])
        # Chunk by chunk: all of a long one at once would take longer than a worker may be silent on a busy machine.
        generator = _generator(segment.text, segment.seed)
        words = _words(segment.text, chunks * size / RATE)
        fault = _fault_of(segment)
        for index in range(chunks):
            if cancelled():
                return
            if params["delay_s"]:
                time.sleep(float(params["delay_s"]))
            if index == chunks // 2:
                _fail(fault, segment.text)
            end_s = (index + 1) * size / RATE
            now, words = [w for w in words if w.end_s <= end_s + 1e-9], [w for w in words if w.end_s > end_s + 1e-9]
            piece = _noise(generator, size)
            if fault in _ODD and index == chunks // 2:
                yield _ODD[fault](piece)
            yield AudioChunk(samples=piece, sample_rate=RATE, words=tuple(now))

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        if str(segment.params.get("fault")).startswith("estimate: "):
            fault = _fault_of(segment).removeprefix("estimate: ")
            if fault == "slow":
                time.sleep(1.0)
            _fail(fault, segment.text)
        seconds = int(segment.params.get("chunks", 8)) * int(segment.params.get("chunk_samples", 12000)) / RATE
        return [seconds / speed for speed in speeds]

    def voices(self) -> list[VoiceInfo]:
        return [VoiceInfo(name="noise", languages=("und",))]


_ODD: dict[str, Callable[[np.ndarray], Any]] = {
    "not-a-number": lambda piece: AudioChunk(samples=piece * np.float32("nan"), sample_rate=RATE),
    "integers": lambda piece: AudioChunk(samples=(piece * 32767).astype(np.int16), sample_rate=RATE),
    "two-dimensional": lambda piece: AudioChunk(samples=piece[None], sample_rate=RATE),
    "other-rate": lambda piece: AudioChunk(samples=piece, sample_rate=RATE // 2),
    "no-event": lambda _piece: "sound",
    "noted": lambda _piece: SegmentNote(text="the sound is only noise"),
}
"""What else it yields; all but the last are things an adapter must not yield."""


def _words(text: str, duration_s: float) -> list[Word]:
    found, position = [], 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        found.append((word, start, position))
    step_s = duration_s / max(len(found), 1)
    return [
        Word(word, number * step_s, (number + 1) * step_s, SourceSpan(start, end))
        for number, (word, start, end) in enumerate(found)
    ]


def _fault_of(segment: StreamingSegment) -> str:
    """Return the fault of a segment; '' if it happens once and has happened."""
    if segment.params.get("fault_file"):
        try:
            Path(str(segment.params["fault_file"])).unlink()
        except FileNotFoundError:
            return ""
    return str(segment.params.get("fault", ""))


def _fail(fault: str, text: str) -> None:
    if fault == "raise":
        print("trouble with", text)
        raise ValueError("this is the engine's own message")
    if fault == "kill":
        print("the last words of a worker", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "exit":
        os._exit(9)
    elif fault == "hang":
        print("hanging", file=sys.stderr, flush=True)
        time.sleep(1000)
    elif fault == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif fault == "print":
        for _ in range(64):
            print("x" * 65536)
            os.write(1, b"y" * 65536)
    elif fault == "garbage":
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\x00this is no frame" * 64)
            except OSError:
                continue
    elif fault == "network":
        import socket

        socket.create_connection(("192.0.2.1", 80), timeout=0.2)
    elif fault == "loopback":
        import socket

        with socket.create_server(("127.0.0.1", 0)) as listener:
            socket.create_connection(listener.getsockname(), timeout=5).close()
