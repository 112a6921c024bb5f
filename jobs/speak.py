"""Speak a text: sentence by sentence, with pauses between."""

from __future__ import annotations

import msgspec

from ..engines.registry import EngineRegistry
from ..utils.streaming import SourceSpan, StreamingSegment
from ..utils.text.segmenter import segment_text, span_text
from .layout import OneAfterTheOther
from .speaker import Speaker
from .speech import SpeechJob, Status

SENTENCE_PAUSE_S = 0.3
PARAGRAPH_PAUSE_S = 0.7


class SpokenPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the text and where its audio is.

    `source_start` and `source_end` are characters of the whole text; `text` is what stands there, on one line.
    """

    index: int
    text: str
    source_start: int
    source_end: int
    start_s: float
    end_s: float
    start_sample: int
    end_sample: int
    status: Status
    message: str = ""
    cached: bool = False


class SpeakReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was spoken, and where."""

    sample_rate: int
    duration_s: float
    pieces: tuple[SpokenPiece, ...]


class SpeakJob(SpeechJob):
    """A text being spoken."""

    def report(self) -> SpeakReport:
        """Return what was spoken so far."""
        rate = self.sample_rate
        pieces = []
        for place in self.placed:
            segment = self.segments[place.index]
            assert segment.source is not None
            pieces.append(
                SpokenPiece(
                    index=place.index,
                    text=segment.text,
                    source_start=segment.source.start,
                    source_end=segment.source.end,
                    start_s=place.start_sample / rate,
                    end_s=place.end_sample / rate,
                    start_sample=place.start_sample,
                    end_sample=place.end_sample,
                    status=place.status,
                    message=place.message,
                    cached=place.cached,
                )
            )
        return SpeakReport(sample_rate=rate, duration_s=self.n_samples / rate, pieces=tuple(pieces))


def speak(text: str, speaker: Speaker, registry: EngineRegistry, *, sample_rate: int | None = None) -> SpeakJob:
    """Return the job that speaks a text. ValueError for an empty text or what the engine can't do.

    `sample_rate` is the output's in Hz, the engine's own by default.
    """
    spec = speaker.check(registry)
    spans = list(segment_text(text))
    if not spans:
        raise ValueError("there is nothing to speak: the text is empty")
    rate = sample_rate or spec.native_sample_rate
    segments = [
        speaker.segment(
            index,
            span_text(text, span),
            spec,
            source=span,
            pause_after_s=_pause_s(text, span, spans[index + 1]) if index + 1 < len(spans) else 0.0,
        )
        for index, span in enumerate(spans)
    ]
    return SpeakJob(segments, OneAfterTheOther([_samples(segment, rate) for segment in segments]), rate)


def _pause_s(text: str, span: SourceSpan, following: SourceSpan) -> float:
    # Any kind of line break counts, CR LF as one. A break at the very end would open no line, hence the full stop.
    lines = (text[span.end : following.start] + ".").splitlines()
    return PARAGRAPH_PAUSE_S if len(lines) > 2 else SENTENCE_PAUSE_S


def _samples(segment: StreamingSegment, rate: int) -> int:
    return round(segment.pause_after_s * rate)
