"""An engine for tests whose output is another one at every call."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from voxweft.engines import (
    AdapterContext,
    AudioChunk,
    Cancelled,
    LoadedModel,
    StreamingAdapter,
    StreamingSegment,
)

RATE = 24000
CHUNK_SAMPLES = 6000


class DiceAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        generator = np.random.default_rng()
        for _ in range(int(segment.params.get("chunks", 4))):
            if cancelled():
                return
            time.sleep(float(segment.params.get("delay_s", 0.0)))
            yield AudioChunk(samples=generator.uniform(-0.5, 0.5, CHUNK_SAMPLES).astype(np.float32), sample_rate=RATE)
