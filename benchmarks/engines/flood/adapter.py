"""An engine with almost no cost, to measure the transport from a worker to its consumer."""

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

_RATE_HZ = 24_000
_CHECK_S = 0.01


class FloodAdapter(StreamingAdapter):
    """Sends the same noise repeatedly; `delay_s` makes it a slow engine that checks often for a cancel."""

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load nothing."""
        return LoadedModel(sample_rate=_RATE_HZ)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        """Yield `chunks` chunks of `chunk_samples`."""
        params = segment.params
        delay_s = float(params.get("delay_s", 0.0))
        noise = np.random.default_rng(0).uniform(-0.5, 0.5, int(params.get("chunk_samples", 12_000)))
        samples = noise.astype(np.float32)
        for index in range(int(params.get("chunks", 8))):
            due_at = time.monotonic() + (delay_s if index else 0.0)
            while not cancelled() and time.monotonic() < due_at:
                time.sleep(_CHECK_S)
            if cancelled():
                return
            yield AudioChunk(samples=samples, sample_rate=_RATE_HZ)
