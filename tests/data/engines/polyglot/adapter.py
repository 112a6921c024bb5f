"""An engine for tests with models of different languages: the pitch says which model spoke, and at what speed.

A model that gets a segment of a language that it doesn't have fails, as does one that gets another model's segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from voxweft.engines import (
    AdapterContext,
    AudioChunk,
    Cancelled,
    LoadedModel,
    ReferenceVoice,
    SourceSpan,
    StreamingAdapter,
    StreamingSegment,
    Word,
)

RATE = 16000
LANGUAGES = {"english": {"en"}, "world": {"de", "en", "fr"}, "iberia": {"es", "pt"}}


def pitch_hz(model: str, seed: int = 0) -> int:
    """What the adapter makes of a model and a seed."""
    return {"english": 220, "world": 330, "iberia": 440}[model] + 10 * (seed % 7)


def duration_s(text: str, speed: float) -> float:
    """The length of a text."""
    return 0.1 * len(text) / speed


class PolyglotAdapter(StreamingAdapter):
    def load(self, context: AdapterContext) -> LoadedModel:
        self._model = context.model
        return LoadedModel(sample_rate=RATE)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        if segment.model != self._model:
            raise ValueError(f"model '{self._model}' got a segment for '{segment.model}'")
        if segment.language is not None and segment.language.partition("-")[0] not in LANGUAGES[self._model]:
            raise ValueError(f"model '{self._model}' got a segment in '{segment.language}'")
        if isinstance(segment.voice, ReferenceVoice) and segment.voice.transcript is not None:
            raise ValueError("a transcript that it ignores")
        n_samples = round(duration_s(segment.text, segment.speed) * RATE)
        times = np.arange(n_samples, dtype=np.float64) / RATE
        samples = (0.4 * np.sin(2 * np.pi * pitch_hz(self._model, segment.seed or 0) * times)).astype(np.float32)
        samples[-RATE // 100 :] *= np.linspace(1, 0, samples[-RATE // 100 :].size, dtype=np.float32)
        size = n_samples
        if segment.params["streaming"] == "clauses":
            samples[0] = 1.0
            size = RATE // 4
        words = _words(segment.text, segment.speed)
        for start in range(0, n_samples, max(size, 1)):
            if cancelled():
                return
            end_s = (start + size) / RATE
            now = tuple(word for word in words if start / RATE < word.end_s <= end_s)
            yield AudioChunk(samples=samples[start : start + size], sample_rate=RATE, words=now)

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        return [duration_s(segment.text, speed) for speed in speeds]


def _words(text: str, speed: float) -> list[Word]:
    words, position = [], 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        times = duration_s(text[:start], speed), duration_s(text[:position], speed)
        words.append(Word(word, *times, SourceSpan(start, position)))
    return words
