"""One training window: its features, and everything that the model is taught about it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .features import MelFeatures
from .hearing import hear
from .lesson import IGNORED, Span, teach
from .pool import SpeechPool
from .prompt import MOST_PROMPT_TOKENS, draw_prompt
from .scene import Scene, draw_scene
from .units import STEPS_PER_S, WINDOW_FRAMES, WINDOW_STEPS

_SHORT_PROMPT_TOKENS = 50


class Window(NamedTuple):
    """A window, ready to be put into a batch. The lists are of one length, one entry a token."""

    features: NDArray[np.float32]
    """`[80, frames]`."""
    offset: int
    """Where in the model's 30 s this window begins, in steps of 0.02 s."""
    tokens: list[int]
    labels: list[int]
    spans: list[Span]
    """Where the token to write is heard."""
    previous_spans: list[Span]
    """Where the one before it is heard."""
    frame_labels: NDArray[np.int64]
    """`[frames // 2]`: 1 + the number of the word that is heard in this step, 0 for none."""


def draw_window(rng: np.random.Generator, pool: SpeechPool, mel: MelFeatures, frames: int, long_prompt: bool) -> Window:
    """Return a window of so many frames; a short one is put somewhere into the model's 30 s."""
    scene = draw_scene(rng, pool, frames)
    features = hear(rng, scene, mel, frames)
    offset = 0
    if frames < WINDOW_FRAMES and rng.random() < 0.5:
        offset = int(rng.integers(0, WINDOW_STEPS - frames // 2 + 1))
    prompt: list[int] = []
    if rng.random() < (0.9 if long_prompt else 0.25):
        prompt = draw_prompt(rng, pool, MOST_PROMPT_TOKENS if long_prompt else _SHORT_PROMPT_TOKENS)
    lesson = teach(rng, scene, offset)
    nothing: list[Span] = [None] * len(prompt)
    return Window(
        features=features,
        offset=offset,
        tokens=prompt + lesson.tokens,
        labels=[IGNORED] * len(prompt) + lesson.labels,
        spans=nothing + lesson.spans,
        previous_spans=[*nothing, None, *lesson.spans[:-1]],
        frame_labels=_label(scene, frames // 2),
    )


def _label(scene: Scene, n_steps: int) -> NDArray[np.int64]:
    labels = np.zeros(n_steps, np.int64)
    for sentence in scene.sentences:
        for word, start_s, end_s in sentence.words:
            labels[round(start_s * STEPS_PER_S) : round(end_s * STEPS_PER_S)] = word + 1
    for start_s, end_s in scene.unlabelled:
        labels[max(int(start_s * STEPS_PER_S) - 2, 0) : int(end_s * STEPS_PER_S) + 2] = IGNORED
    return labels
