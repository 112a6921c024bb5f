"""An engine for tests that performs sounds: its samples are the bytes of the text that it got."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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

RATE = 8000
_WORD_OR_TAG = re.compile(r"\[[^\]]*\]|\S+")


class PerformerAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        text = segment.text
        samples = np.frombuffer(text.encode(), np.uint8).astype(np.float32) / 256
        words = [
            Word(found.group(), _time_s(text, found.start()), _time_s(text, found.end()), SourceSpan(*found.span()))
            for found in _WORD_OR_TAG.finditer(text)
            if not found.group().startswith("[")
        ]
        yield AudioChunk(samples=samples, sample_rate=RATE, words=tuple(words))

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        return [len(segment.text.encode()) / RATE / speed for speed in speeds]


def _time_s(text: str, position: int) -> float:
    return len(text[:position].encode()) / RATE
