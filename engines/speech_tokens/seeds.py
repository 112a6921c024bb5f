"""Random numbers of one piece: everything random about it follows from its seed, on any device, in any order."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

_SEEDS = 1 << 63
_WORD = 1 << 32


class Seeds(NamedTuple):
    """The seeds of one attempt at a piece: for its tokens, the decoder and the vocoder."""

    tokens: int
    decoder: int
    vocoder: int


def seeds_of(seed: int, *path: int) -> Seeds:
    """Return the seeds of a segment's part; the path names it (number of the piece, attempt ...)."""
    # Zeros at the end of a sequence wouldn't count.
    words = [seed % _WORD, seed // _WORD % _WORD, *(number + 1 for number in path)]
    drawn = np.random.SeedSequence(words).generate_state(3, np.uint64)
    return Seeds(*(int(value) % _SEEDS for value in drawn))


def token_generator(seeds: Seeds) -> Any:
    """Return the source of random numbers for a piece's tokens."""
    return torch.Generator().manual_seed(seeds.tokens)
