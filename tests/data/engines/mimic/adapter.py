"""An engine for tests whose models want different clips of a recording, and which refuses any other clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from voxweft.engines import (
    AdapterContext,
    AudioChunk,
    Blob,
    Cancelled,
    LoadedModel,
    ReferenceVoice,
    StreamingAdapter,
    StreamingSegment,
)

RATE = 24000
CLIPS = {"sound": (24000, 1.0, 4.0), "words": (24000, 1.0, 4.0), "long": (16000, 3.0, 30.0)}
"""The sample rate, the minimum and the maximum length in seconds, by model."""


class MimicAdapter(StreamingAdapter):
    def __init__(self) -> None:
        self._blob: Callable[[str], Blob]
        self._model = ""

    def load(self, context: AdapterContext) -> LoadedModel:
        self._blob, self._model = context.blob, context.model or "sound"
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        tone = np.zeros(0, np.float32)
        if isinstance(segment.voice, ReferenceVoice):
            clip = self._blob(segment.voice.digest)
            rate, shortest_s, longest_s = CLIPS[self._model]
            if clip.sample_rate != rate or not shortest_s <= clip.samples().size / rate <= longest_s:
                raise ValueError(f"{clip.samples().size / clip.sample_rate:g} s at {clip.sample_rate} Hz")
            if (segment.voice.transcript is None) != (self._model == "sound") and self._model != "long":
                raise ValueError(f"the transcript is {segment.voice.transcript!r}")
            # The words of the transcript become samples, so that a test hears them.
            tone = np.frombuffer((segment.voice.transcript or "").encode(), np.uint8).astype(np.float32) / 255
            tone = np.concatenate([tone, clip.samples()])
        elif self._model != "long":
            raise ValueError("this model needs a recording to imitate")
        n_samples = RATE * len(segment.text) // 20
        yield AudioChunk(samples=np.resize(tone, n_samples).astype(np.float32), sample_rate=RATE)
