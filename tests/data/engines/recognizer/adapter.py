"""An engine for tests that hears one word in every half second: how loud it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from voxweft.engines import (
    AdapterContext,
    AudioPayload,
    Cancelled,
    LoadedModel,
    StreamingAdapter,
    StreamingSegment,
    TranscriptUpdate,
    Word,
)


class LevelAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        return LoadedModel()

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[TranscriptUpdate]:
        if not isinstance(segment.payload, AudioPayload):
            raise TypeError("this engine listens; it doesn't speak")
        samples = np.frombuffer(segment.payload.pcm, dtype="<f4")
        rate = segment.payload.sample_rate
        prompt = segment.context.prompt if segment.context is not None else None
        words: list[Word] = [Word(prompt, 0.0, 0.0)] if prompt else []
        for start in range(0, samples.size, rate // 2):
            if cancelled():
                return
            level = round(100 * float(np.abs(samples[start : start + rate // 2]).max()))
            words.append(Word(f"level{level}", start / rate, start / rate + 0.5, probability=0.5))
            yield TranscriptUpdate(text=words[-1].text, words=tuple(words), committed=False)
            if len(words) == 2:
                _exit_once(str(segment.params.get("fault_file", "")))
        text = " ".join(word.text for word in words)
        yield TranscriptUpdate(text=text, words=tuple(words), language="und", language_probability=1.0)


def _exit_once(fault_file: str) -> None:
    if fault_file and Path(fault_file).exists():
        Path(fault_file).unlink()
        os._exit(9)
