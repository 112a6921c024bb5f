"""What a window of audio holds: sentences with pauses between, one that the window breaks, or nobody who speaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .noise import add_beeps
from .pool import SENTENCES_A_SPEAKER, SpeechPool
from .units import FRAMES_PER_S, HOP_SAMPLES, SAMPLE_RATE_HZ, Seconds

_ROOM_S = 14
"""More than the longest sentence: a scene may reach behind its window."""


class SpokenWord(NamedTuple):
    """A word by its number, and its time in the window."""

    word: int
    start_s: Seconds
    end_s: Seconds


@dataclass
class SpokenSentence:
    """What becomes one segment of the text."""

    start_s: Seconds
    end_s: Seconds
    words: list[SpokenWord]


@dataclass
class Scene:
    """Audio `[n]` at 16 kHz, longer than the window, and what the model is taught about it."""

    audio: NDArray[np.float32]
    content_s: Seconds = 0.0
    """Where the audio ends; features behind it are padding."""
    sentences: list[SpokenSentence] = field(default_factory=list)
    cut_s: Seconds | None = None
    """The start of a sentence that the window's end breaks, of which the start alone is written."""
    unlabelled: list[tuple[Seconds, Seconds]] = field(default_factory=list)
    """Spans whose frames have no label: half-heard words."""


def draw_scene(rng: np.random.Generator, pool: SpeechPool, frames: int) -> Scene:
    """Return what a window of so many frames holds. A tenth has no speech."""
    window_s = frames / FRAMES_PER_S
    while True:
        scene = Scene(np.zeros(frames * HOP_SAMPLES + _ROOM_S * SAMPLE_RATE_HZ, np.float32))
        if rng.random() < 0.12:
            scene.content_s = content_s = rng.uniform(0.3, window_s + 0.5)
            if rng.random() < 0.3:
                add_beeps(rng, scene.audio, content_s)
            return scene
        _speak(rng, pool, scene, window_s)
        if _end(rng, scene, window_s):
            return scene


def _speak(rng: np.random.Generator, pool: SpeechPool, scene: Scene, window_s: float) -> None:
    """Put sentences into the scene: one, or until some time, or over the window's end."""
    kind = rng.random()
    until_s = 0.0 if kind < 0.3 else rng.uniform(1, window_s) if kind < 0.65 else window_s + 1
    kind = rng.random()
    time_s = rng.uniform(0, 0.3) if kind < 0.45 else rng.uniform(0.3, 1.0) if kind < 0.8 else rng.uniform(1, 3)
    same_speaker = rng.random() < 0.7
    near = int(rng.integers(len(pool))) // SENTENCES_A_SPEAKER * SENTENCES_A_SPEAKER
    while True:
        i = near + int(rng.integers(SENTENCES_A_SPEAKER)) if same_speaker else int(rng.integers(len(pool)))
        spoken = pool[i % len(pool)]
        begin = int(time_s * SAMPLE_RATE_HZ)
        end_s = (begin + len(spoken.samples)) / SAMPLE_RATE_HZ
        if end_s > window_s and (time_s > window_s - 0.4 or (not scene.sentences and rng.random() < 0.8)):
            if scene.sentences or time_s > window_s - 1.0:
                return
            continue
        scene.audio[begin : begin + len(spoken.samples)] += spoken.samples * 10 ** (rng.uniform(-0.2, 0.2))
        times = zip(spoken.words, spoken.starts_s + time_s, spoken.ends_s + time_s, strict=True)
        scene.sentences.append(SpokenSentence(time_s, end_s, [SpokenWord(int(word), s, e) for word, s, e in times]))
        time_s = end_s + 0.22 + min(rng.exponential(0.6), 3.0)
        if time_s > until_s or end_s > window_s or time_s > window_s - 0.1:
            return


def _end(rng: np.random.Generator, scene: Scene, window_s: float) -> bool:
    """Decide how the scene ends. Return False if it holds no whole word, and so is of no use."""
    last = scene.sentences[-1]
    scene.content_s = last.end_s + (rng.uniform(0, 0.3) if rng.random() < 0.5 else rng.uniform(0.3, 2))
    if last.end_s > window_s:
        scene.content_s = window_s + 1
        if len(scene.sentences) > 1:  # as OpenAI did: of a broken sentence the start alone is written
            scene.cut_s = last.start_s
            scene.sentences.pop()
            scene.unlabelled.append((last.start_s, window_s))
            return True
        whole = [word for word in last.words if word.end_s <= window_s]
        if not whole:
            return False
        last.words, last.end_s = whole, window_s
        scene.unlabelled.append((whole[-1].end_s, window_s))
    elif len(last.words) > 1 and rng.random() < 0.35:
        _break_off(rng, scene, last)
    return True


def _break_off(rng: np.random.Generator, scene: Scene, last: SpokenSentence) -> None:
    """End the audio about where a word of the last sentence ends: a stream seen half-way."""
    n_heard = int(rng.integers(1, len(last.words)))
    done, following = last.words[n_heard - 1], last.words[n_heard]
    least_s, most_s = -0.08 * (done.end_s - done.start_s), 0.3 * (following.end_s - following.start_s)
    scene.content_s = done.end_s + rng.uniform(least_s, most_s)
    last.words, last.end_s = last.words[:n_heard], min(done.end_s, scene.content_s)
    scene.unlabelled.append((done.end_s, scene.content_s))
