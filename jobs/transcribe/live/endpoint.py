"""Endpointing: find the spans of speech from the VAD's probabilities, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ....media.audio.speech_frames import FRAME_S
from .rules import LiveRules


class SpeechSpan(msgspec.Struct):
    """A span of speech. The last one may still grow."""

    start_s: float
    end_s: float


class Endpointer:
    """Turns probabilities of speech into spans.

    The two thresholds are Silero's hysteresis (https://github.com/snakers4/silero-vad, get_speech_timestamps). Spans
    less than `pause_s` apart are one.
    """

    def __init__(self, rules: LiveRules) -> None:
        self.spans: list[SpeechSpan] = []
        self.received_s = 0.0
        self._rules = rules
        self._n_frames = 0
        self._candidate_s: float | None = None
        """The start of the frames above the threshold; None below it."""

    def push(self, probabilities: Iterable[float]) -> None:
        """Add the probabilities of the next frames. ValueError if one isn't between 0 and 1."""
        rules = self._rules
        for probability in probabilities:
            if not 0.0 <= probability <= 1.0:
                raise ValueError(f"the probability of speech must be between 0 and 1, not {probability!r}")
            start_s = self._n_frames * FRAME_S
            self._n_frames += 1
            self.received_s = self._n_frames * FRAME_S
            if probability >= (rules.begin_probability if self._candidate_s is None else rules.end_probability):
                if self._candidate_s is None:
                    self._candidate_s = start_s
                if self.received_s - self._candidate_s >= rules.min_speech_s - FRAME_S / 2:
                    self._extend(self._candidate_s, self.received_s)
            else:
                self._candidate_s = None

    def _extend(self, start_s: float, end_s: float) -> None:
        last = self.spans[-1] if self.spans else None
        if last is not None and start_s - last.end_s < self._rules.pause_s:
            last.end_s = end_s
        else:
            self.spans.append(SpeechSpan(start_s, end_s))

    @property
    def silent_s(self) -> float:
        """The length of the silence at the end of the stream."""
        return self.received_s - (self.spans[-1].end_s if self.spans else 0.0)

    def speech_s(self, start_s: float, end_s: float) -> float:
        """Return the length of the speech between two times."""
        return sum(max(0.0, min(span.end_s, end_s) - max(span.start_s, start_s)) for span in self.spans)

    def trim(self, before_s: float) -> None:
        """Drop the spans that end before a time."""
        self.spans = [span for span in self.spans if span.end_s > before_s]
