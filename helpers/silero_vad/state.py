"""What Silero VAD remembers from one frame to the next, as text: its worker keeps nothing between requests."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CONTEXT_SAMPLES = 64
"""So many samples before a frame are heard with it."""
_WIDTH = 128


class VadState(NamedTuple):
    """The network's two states `[1, 1, 128]` and the samples before the next frame `[64]`, all float32."""

    hidden: NDArray[np.float32]
    cell: NDArray[np.float32]
    context: NDArray[np.float32]

    def text(self) -> str:
        """Return it as base64 of its little-endian float32 numbers."""
        numbers = np.concatenate([part.ravel() for part in self]).astype("<f4")
        return base64.b64encode(numbers.tobytes()).decode("ascii")


def read_state(text: str) -> VadState:
    """Return the state that a text holds; the beginning's, all zero, for none. ValueError for anything else."""
    size = 2 * _WIDTH + CONTEXT_SAMPLES
    if text:
        try:
            numbers = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"that is no state of the VAD: {error}") from None
        if len(numbers) != size:
            raise ValueError(f"a state of the VAD has {size} numbers, not {len(numbers)}")
    else:
        numbers = np.zeros(size, np.float32)
    shape = (1, 1, _WIDTH)
    return VadState(numbers[:_WIDTH].reshape(shape), numbers[_WIDTH : 2 * _WIDTH].reshape(shape), numbers[2 * _WIDTH :])
