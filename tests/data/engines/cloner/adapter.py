"""An engine for tests that imitates a recording: a tone for each letter, with the recording mixed in."""

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
    TensorVoice,
)

RATE = 16000


def expected(text: str, recording: np.ndarray) -> np.ndarray:
    """What the adapter makes of a text in the voice of a recording."""
    times = np.arange(1600 * len(text), dtype=np.float32)
    tone = 0.25 * np.sin(times * np.float32(0.01 * len(text)))
    return (tone + 0.5 * np.resize(recording, tone.size)).astype(np.float32)


class CloneAdapter(StreamingAdapter):
    def __init__(self) -> None:
        self._blob: Callable[[str], Blob]
        self._kept: dict[str, Blob] = {}

    def load(self, context: AdapterContext) -> LoadedModel:
        self._blob = context.blob
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        if not isinstance(segment.voice, (ReferenceVoice, TensorVoice)):
            raise ValueError("this engine needs a recording to imitate")
        recording = self._kept[segment.voice.digest] = self._blob(segment.voice.digest)
        if isinstance(segment.voice, ReferenceVoice) and recording.sample_rate != RATE:
            raise ValueError(f"the recording has {recording.sample_rate} Hz; {RATE} are needed")
        samples = expected(segment.text, recording.samples())
        for start in range(0, samples.size, 4000):
            if cancelled():
                return
            yield AudioChunk(samples=samples[start : start + 4000], sample_rate=RATE)

    def forget_voices(self) -> int:
        n_bytes = sum(len(recording.data) for recording in self._kept.values())
        self._kept.clear()
        return n_bytes
