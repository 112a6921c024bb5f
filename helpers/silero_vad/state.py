"""The state of Silero VAD as bytes. Each request carries it, since the worker keeps nothing between requests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CONTEXT_SAMPLES = 64
"""The number of samples before a frame that the network gets with it."""
_WIDTH = 128
_SIZE = 2 * _WIDTH + CONTEXT_SAMPLES


class VadState(NamedTuple):
    """The network's two states `[1, 1, 128]` and the samples before the next frame `[64]`, all float32."""

    hidden: NDArray[np.float32]
    cell: NDArray[np.float32]
    context: NDArray[np.float32]

    def to_bytes(self) -> bytes:
        """Return the state as float32 numbers, little-endian."""
        return np.concatenate([part.ravel() for part in self]).astype("<f4").tobytes()

    @classmethod
    def of_bytes(cls, data: bytes) -> VadState:
        """Return the state from `to_bytes`; for empty data, the zero state at the beginning of a stream."""
        if len(data) not in (0, 4 * _SIZE):
            raise ValueError(f"a state of the VAD has {4 * _SIZE} bytes, not {len(data)}")
        numbers = np.frombuffer(data, dtype="<f4") if data else np.zeros(_SIZE, np.float32)
        shape = (1, 1, _WIDTH)
        return cls(numbers[:_WIDTH].reshape(shape), numbers[_WIDTH : 2 * _WIDTH].reshape(shape), numbers[2 * _WIDTH :])
