"""The text before: what faster-whisper puts in front of a window."""

from __future__ import annotations

import numpy as np

from .pool import SpeechPool
from .tokens import FIRST_TIMESTAMP, FIRST_WORD, PREVIOUS
from .units import STEPS_PER_S, WINDOW_STEPS

MOST_PROMPT_TOKENS = 223
"""Half of the text's room, less one: what transcribe() gives at most."""
_WINDOW_S = 30


def draw_prompt(rng: np.random.Generator, pool: SpeechPool, limit: int) -> list[int]:
    """Return `<|startofprev|>` and up to `limit` tokens behind it.

    They are earlier segments with their timestamps (condition_on_previous_text) or bare words (initial_prompt,
    hotwords).
    """
    tokens: list[int] = []
    time_s = float(rng.uniform(0, 2))
    n_tokens = int(rng.integers(1, limit))
    stamped = rng.random() < 0.75
    while len(tokens) < n_tokens:
        spoken = pool[int(rng.integers(len(pool)))]
        duration_s = float(spoken.ends_s[-1])
        text = [FIRST_WORD + int(word) for word in spoken.words]
        if stamped:
            if time_s + duration_s > _WINDOW_S:
                time_s = float(rng.uniform(0, 1))
            end = min(int((time_s + duration_s) * STEPS_PER_S), WINDOW_STEPS)
            tokens += [FIRST_TIMESTAMP + int(time_s * STEPS_PER_S), *text, FIRST_TIMESTAMP + end]
            time_s += duration_s + float(rng.uniform(0.3, 2))
        else:
            tokens += text
    return [PREVIOUS, *tokens[-min(limit, MOST_PROMPT_TOKENS) :]]
