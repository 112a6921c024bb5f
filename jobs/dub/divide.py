"""Divide the audio of a sentence that runs over cues, where the words of each cue begin."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...utils.streaming import Word
from .sentences import SegmentText

_AUDIBLE = 10 ** (-50 / 20)
_SEARCH_S, _QUIET_S, _KEPT_S = 0.04, 0.005, 0.03


class Divided(NamedTuple):
    """A part's samples; after the first `n_sound` there is only the pause before the next part."""

    samples: NDArray[np.float32]
    n_sound: int


def divide(
    samples: NDArray[np.float32], sample_rate: int, text: SegmentText, words: Sequence[Word], n_trimmed: int
) -> list[Divided]:
    """Return the audio of each part of a sentence; together they are `samples`.

    A cut is at the quietest place between two words. Without the times of words it is where the share of the text is.

    Args:
        samples: The audio, float32 mono `[n_samples]`.
        sample_rate: In Hz.
        text: What was spoken.
        words: Its words, with times in seconds from `n_trimmed` samples before the audio.
        n_trimmed: See `words`.
    """
    if len(text.parts) == 1:
        return [Divided(samples, samples.size)]
    cuts = [0]
    known = [word for word in words if word.source is not None and word.source.start >= 0]
    for offset in text.offsets[1:]:
        after = next(
            (at for at, word in enumerate(known) if word.source is not None and word.source.start >= offset), 0
        )
        if after:
            before_s, after_s = known[after - 1].end_s, known[after].start_s
            lowest = round((min(before_s, after_s) - _SEARCH_S) * sample_rate) - n_trimmed
            highest = round(after_s * sample_rate) - n_trimmed
            cut = _quietest(samples, lowest, highest, sample_rate)
        else:
            share = round(samples.size * offset / len(text.text))
            reach = round(_SEARCH_S * sample_rate)
            cut = _quietest(samples, share - reach, share + reach, sample_rate)
        cuts.append(min(max(cut, cuts[-1]), samples.size))
    cuts.append(samples.size)
    divided = [samples[start:end] for start, end in pairwise(cuts)]
    return [
        Divided(part, part.size if last else _sound_end(part, sample_rate))
        for part, last in zip(divided, [*(False for _ in divided[1:]), True], strict=True)
    ]


def _quietest(samples: NDArray[np.float32], lowest: int, highest: int, sample_rate: int) -> int:
    """Return the quietest place between two samples; the last one of several, so that a pause comes before it."""
    width = max(1, round(_QUIET_S * sample_rate))
    lowest, highest = max(0, lowest), min(samples.size, highest)
    if highest - lowest <= width:
        return max(lowest, min(highest, samples.size))
    energy = np.convolve(samples[lowest:highest].astype(np.float64) ** 2, np.ones(width), "valid")
    at = energy.size - 1 - int(np.argmin(energy[::-1]))
    return lowest + at + width // 2


def _sound_end(samples: NDArray[np.float32], sample_rate: int) -> int:
    audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    if not audible.size:
        return samples.size
    return min(samples.size, int(audible[-1]) + 1 + round(_KEPT_S * sample_rate))
