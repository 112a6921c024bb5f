"""One spoken sentence: its sound, and the time of each word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .espeak import Espeak, VoiceSettings
from .units import HOP_SAMPLES, SAMPLE_RATE_HZ

# "en" is the British one.
VOICES = [
    language + variant
    for language in ("en-us", "en", "en-gb-x-rp")
    for variant in ("", *(f"+m{i}" for i in range(1, 8)), *(f"+f{i}" for i in range(1, 5)))
]
_SILENT = 0.01
"""-40 dB below the loudest frame."""


class Utterance(NamedTuple):
    """Speech `[n]` at 16 kHz without silence around it, and each word's start and end in seconds, `[words]`."""

    samples: NDArray[np.float32]
    starts_s: NDArray[np.floating]
    ends_s: NDArray[np.floating]


def draw_voice(rng: np.random.Generator) -> VoiceSettings:
    """Return a voice, its speed, its pitch, and sometimes a pause between its words."""
    return VoiceSettings(
        voice=VOICES[rng.integers(len(VOICES))],
        speed_wpm=int(rng.integers(115, 206)),
        pitch=int(rng.integers(25, 76)),
        pitch_range=int(rng.integers(30, 71)),
        gap=int(rng.integers(1, 4)) if rng.random() < 0.15 else 0,
    )


def _write(rng: np.random.Generator, words: Sequence[str]) -> tuple[str, list[int]]:
    """Return the words as a text, some with commas and most with an end, and where in it each begins."""
    text, places = "", []
    commas = rng.random() < 0.15
    for i, word in enumerate(words):
        places.append(len(text))
        text += word
        if i + 1 < len(words):
            text += ", " if commas and rng.random() < 0.3 else " "
    return text + str(rng.choice([".", ".", ".", "", "?", "!"])), places


def _fill(words: Sequence[str], known: Sequence[float | None], total_s: float) -> list[float]:
    """Return the words' starts. eSpeak NG joins some pairs ("of the"): those share the time out by letters."""
    starts = [0.0] * len(words)
    places = [i for i, start in enumerate(known) if start is not None]
    for first, behind in pairwise([*places, len(words)]):
        begin = known[first] or 0.0
        end = total_s if behind == len(words) else known[behind] or 0.0
        letters = np.cumsum([0] + [len(word) for word in words[first:behind]])
        for place in range(first, behind):
            starts[place] = begin + (end - begin) * letters[place - first] / letters[-1]
    return starts


def speak_words(espeak: Espeak, rng: np.random.Generator, words: Sequence[str], voice: VoiceSettings) -> Utterance:
    """Say `words` and return the part that sounds."""
    text, places = _write(rng, words)
    samples, events = espeak.say(text, voice)
    n_frames = len(samples) // HOP_SAMPLES
    loudness = np.sqrt((samples[: n_frames * HOP_SAMPLES].reshape(n_frames, HOP_SAMPLES) ** 2).mean(1))
    loud = np.flatnonzero(loudness > _SILENT * loudness.max())
    begin = int(loud[0]) * HOP_SAMPLES
    samples = samples[begin : (int(loud[-1]) + 1) * HOP_SAMPLES]
    total_s = len(samples) / SAMPLE_RATE_HZ
    at = {place: min(max(time_s - begin / SAMPLE_RATE_HZ, 0.0), total_s) for place, time_s in events}
    starts = _fill(words, [0.0, *(at.get(place) for place in places[1:])], total_s)
    return Utterance(samples, np.array(starts), np.array([*starts[1:], total_s]))
