"""An engine for tests without speed control, seed and estimates: a tenth of a second for each letter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from voxweft.engines import (
    AdapterContext,
    AudioChunk,
    Cancelled,
    LoadedModel,
    SourceSpan,
    StreamingAdapter,
    StreamingSegment,
    Word,
)

RATE = 16000
LETTER = RATE // 10


class StillAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        if (segment.speed, segment.seed) != (1.0, 0):
            raise ValueError(f"it got speed {segment.speed} and seed {segment.seed}")
        position = 0
        for word in segment.text.split():
            if cancelled():
                return
            start = segment.text.index(word, position)
            end = start + len(word)
            times = np.arange(LETTER * (end - position), dtype=np.float64) / RATE
            samples = (0.4 * np.sin(2 * np.pi * 300 * times)).astype(np.float32)
            spoken = Word(word, start * LETTER / RATE, end * LETTER / RATE, SourceSpan(start, end))
            yield AudioChunk(samples=samples, sample_rate=RATE, words=(spoken,))
            position = end
