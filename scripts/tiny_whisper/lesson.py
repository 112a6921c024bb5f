"""What the decoder is taught about a scene: tokens in, tokens out, and where to look for each."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from .scene import Scene
from .tokens import END, FIRST_TIMESTAMP, FIRST_WORD, N_TIMESTAMPS, N_TOKENS, NO_SPEECH, NO_TIMESTAMPS, START
from .units import STEPS_PER_S, Seconds
from .words import WORDS

IGNORED = -100
"""What a label is where nothing is taught; torch's own number for it."""

Span: TypeAlias = "tuple[Seconds, Seconds] | None"
"""Where in the window a token is heard; None where it isn't taught."""
_Written: TypeAlias = "tuple[int, Span]"


class Lesson(NamedTuple):
    """Three lists of one length: each token, the one to write behind it, and where that one is heard."""

    tokens: list[int]
    labels: list[int]
    spans: list[Span]


def teach(rng: np.random.Generator, scene: Scene, offset: int) -> Lesson:
    """Return the lesson of a scene that begins `offset` steps (of 0.02 s) into the model's window."""
    with_timestamps = rng.random() < 0.75
    mode = [START] if with_timestamps else [START, NO_TIMESTAMPS]
    if not scene.sentences and scene.cut_s is None:
        second = FIRST_TIMESTAMP + offset + int(rng.integers(0, 51)) if with_timestamps else NO_TIMESTAMPS
        return Lesson([START, second], [NO_SPEECH, END], [None, None])
    written = _write(scene, offset) if with_timestamps else _write_words(scene)
    end_s = scene.sentences[-1].end_s if scene.sentences else 0.0
    tokens = mode + [token for token, _ in written]
    labels = [IGNORED] * (len(mode) - 1) + [token for token, _ in written] + [END]
    spans = [None] * (len(mode) - 1) + [span for _, span in written] + [(end_s - 0.04, end_s + 0.3)]
    late = bool(scene.sentences and scene.sentences[0].start_s > 0.9)
    _corrupt(rng, tokens, len(mode), offset, late)
    return Lesson(tokens, labels, spans)


def _timestamp(time_s: Seconds, offset: int) -> int:
    return FIRST_TIMESTAMP + min(max(round(time_s * STEPS_PER_S) + offset, 0), N_TIMESTAMPS - 1)


def _write(scene: Scene, offset: int) -> list[_Written]:
    written: list[_Written] = []
    for sentence in scene.sentences:
        start_s, end_s = sentence.start_s, sentence.end_s
        written.append((_timestamp(start_s, offset), (start_s - 0.1, start_s + 0.2)))
        written += [(FIRST_WORD + word, (s - 0.02, e + 0.02)) for word, s, e in sentence.words]
        written.append((_timestamp(end_s, offset), (end_s - 0.2, end_s + 0.1)))
    if scene.cut_s is not None:
        written.append((_timestamp(scene.cut_s, offset), (scene.cut_s - 0.1, scene.cut_s + 0.2)))
    return written


def _write_words(scene: Scene) -> list[_Written]:
    words = [word for sentence in scene.sentences for word in sentence.words]
    return [(FIRST_WORD + word, (s - 0.02, e + 0.02)) for word, s, e in words]


def _corrupt(rng: np.random.Generator, tokens: list[int], first: int, offset: int, late: bool) -> None:
    """Make some of the tokens from `first` on wrong, so that one wrong step doesn't spoil what follows.

    A first timestamp that is `late` often: max_initial_timestamp, 1 s, makes it wrong when the model is used.
    """
    for i in range(first, len(tokens)):
        if tokens[i] >= FIRST_TIMESTAMP:
            kind = rng.random()
            if i == first and late and kind < 0.6:
                tokens[i] = FIRST_TIMESTAMP + offset + int(rng.integers(0, 51))
            elif kind < 0.2:
                tokens[i] = int(np.clip(tokens[i] + rng.integers(-4, 5), FIRST_TIMESTAMP, N_TOKENS - 1))
        elif rng.random() < 0.03:
            tokens[i] = FIRST_WORD + int(rng.integers(len(WORDS)))
