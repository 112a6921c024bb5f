"""Find the speech and the pauses in a recording, by their energy."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_FRAME_S = 0.01
_MIN_SPEECH_FRAMES = 3
"""A shorter sound is a click."""
_MIN_PAUSE_FRAMES = 10
"""A shorter gap may be the closure of a plosive within a word."""
_SPEECH_PERCENTILE, _NOISE_PERCENTILE = 95, 5
_ABOVE_NOISE_DB = 6.0
_LOWEST_DB, _HIGHEST_DB = -40.0, -20.0
"""The limits of the threshold below the level of speech: quieter sounds are never speech, louder ones never silence."""
_FLOOR_DB = -120.0


class Span(NamedTuple):
    """A range of samples, half-open."""

    start: int
    end: int

    @property
    def middle(self) -> int:
        """The sample in the middle."""
        return (self.start + self.end) // 2


class SpeechActivity(NamedTuple):
    """Where a recording has speech.

    Attributes:
        speech: From the first sound to the last; empty for silence.
        pauses: The silences within `speech` of at least 0.1 s, in order.
        speech_db: The level of the loud parts, RMS in dBFS.
        noise_db: The level of the quietest parts, likewise: silences, or the closures within continuous speech.
    """

    speech: Span
    pauses: tuple[Span, ...]
    speech_db: float
    noise_db: float


def find_speech(samples: NDArray[np.float32], sample_rate: int) -> SpeechActivity:
    """Return where mono samples `[n_samples]` have speech, with a resolution of 10 ms.

    A frame is silent if it is 40 dB below the level of the speech, or hardly above the noise. In a recording whose
    noise is less than about 25 dB below the speech, no pauses are found.
    """
    frame = max(1, round(_FRAME_S * sample_rate))
    levels = frame_levels(samples, frame)
    if not levels.size or levels.max() <= _FLOOR_DB:
        return SpeechActivity(Span(0, 0), (), _FLOOR_DB, _FLOOR_DB)
    speech_db = float(np.percentile(levels, _SPEECH_PERCENTILE))
    noise_db = float(np.percentile(levels, _NOISE_PERCENTILE))
    threshold = min(max(noise_db + _ABOVE_NOISE_DB, speech_db + _LOWEST_DB), speech_db + _HIGHEST_DB)
    sounds = [run for run in _runs(levels >= threshold) if run.end - run.start >= _MIN_SPEECH_FRAMES]
    if not sounds:
        sounds = [Span(0, len(levels))]
    pauses = [
        Span(before.end, after.start)
        for before, after in pairwise(sounds)
        if after.start - before.end >= _MIN_PAUSE_FRAMES
    ]
    first, last = sounds[0].start, sounds[-1].end
    return SpeechActivity(
        Span(first * frame, min(last * frame, len(samples))),
        tuple(Span(pause.start * frame, pause.end * frame) for pause in pauses),
        speech_db,
        noise_db,
    )


def frame_levels(samples: NDArray[np.float32], frame: int) -> NDArray[np.float64]:
    """Return the RMS of each frame of `frame` samples in dBFS, at least -120; the last one may be shorter."""
    squares = np.square(samples, dtype=np.float64)
    starts = np.arange(0, len(squares), frame)
    if not starts.size:
        return np.zeros(0)
    lengths = np.minimum(frame, len(squares) - starts)
    energies = np.add.reduceat(squares, starts) / lengths
    levels: NDArray[np.float64] = 10 * np.log10(np.maximum(energies, 10 ** (_FLOOR_DB / 10)))
    return levels


def _runs(active: NDArray[np.bool_]) -> list[Span]:
    """Return the ranges of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return [Span(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
