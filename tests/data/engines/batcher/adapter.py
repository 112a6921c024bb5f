"""An engine for tests that works on several segments together, a chunk of each in turn."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xxhash

from voxweft.engines import (
    AdapterContext,
    AdapterEvent,
    AudioChunk,
    Cancelled,
    LoadedModel,
    StreamingAdapter,
    StreamingSegment,
    Word,
)

RATE = 16000
CHUNK_SAMPLES = 8000


def expected(text: str, chunks: int = 4) -> np.ndarray:
    """What the adapter makes of a text."""
    generator = np.random.default_rng(xxhash.xxh3_64_intdigest(text.encode()))
    return generator.uniform(-0.5, 0.5, chunks * CHUNK_SAMPLES).astype(np.float32)


class BatchAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AdapterEvent]:
        for _, event in self.stream_many([segment], [cancelled]):
            if event is not None:
                yield event

    def stream_many(
        self, segments: Sequence[StreamingSegment], cancelled: Sequence[Cancelled]
    ) -> Iterator[tuple[int, AdapterEvent | None]]:
        # The log is where a test sees how many came at once.
        print(f"together: {len(segments)}", file=sys.stderr, flush=True)
        counts = [int(segment.params.get("chunks", 4)) for segment in segments]
        samples = [expected(segment.text, count) for segment, count in zip(segments, counts, strict=True)]
        if log := os.environ.get("BATCHER_LOG"):
            with Path(log).open("a") as file:
                file.write(f"{len(segments)}\n")
        for number in range(max(counts)):
            time.sleep(max(float(segment.params.get("delay_s", 0.0)) for segment in segments))
            for position, segment in enumerate(segments):
                if number >= counts[position]:
                    continue
                if cancelled[position]() and not segment.params.get("stubborn"):
                    continue
                if number == 2:
                    _die_once(str(segment.params.get("fault_file", "")))
                words = (Word(segment.text, 0.0, 0.5),) if number == 0 else ()
                piece = samples[position][number * CHUNK_SAMPLES : (number + 1) * CHUNK_SAMPLES]
                yield position, AudioChunk(samples=piece, sample_rate=RATE, words=words)
                if number == counts[position] - 1:
                    yield position, None


def _die_once(fault_file: str) -> None:
    if fault_file and Path(fault_file).exists():
        Path(fault_file).unlink()
        os.kill(os.getpid(), signal.SIGKILL)
