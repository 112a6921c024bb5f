"""An engine that fails on some texts and is endlessly slow on others."""

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
    VoiceInfo,
)

RATE = 22050


class FussyAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        if "unspeakable" in segment.text:
            raise ValueError("I won't say that word")
        if "silence" in segment.text:
            return
        while "endless" in segment.text and not cancelled():
            time.sleep(0.01)
        yield AudioChunk(samples=np.full(RATE // 10, 0.25, np.float32), sample_rate=RATE)

    def voices(self) -> list[VoiceInfo]:
        return [VoiceInfo(name="en-us", languages=("en",))]
