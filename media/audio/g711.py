"""G.711, the codec of telephones: 8 bits a sample at 8 kHz, in mu-law or A-law (ITU-T G.711)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .pcm import from_int16, to_int16

Law = Literal["mu", "a"]
RATE_HZ = 8_000


def decode(data: bytes, law: Law) -> NDArray[np.float32]:
    """Return the samples `[n_bytes]` in -1..1."""
    return from_int16(_VALUES[law][np.frombuffer(data, np.uint8)])


def encode(samples: NDArray[np.float32], law: Law) -> bytes:
    """Return one byte for each sample `[n]`: the code with the nearest value. ValueError for NaN."""
    order, borders = _NEAREST[law]
    return order[np.searchsorted(borders, to_int16(samples).astype(np.float64))].tobytes()


def _mu_values() -> NDArray[np.int16]:
    codes = 255 - np.arange(256)
    magnitudes = ((((codes & 15) << 3) + 132) << ((codes >> 4) & 7)) - 132
    return np.where(codes & 128, -magnitudes, magnitudes).astype(np.int16)


def _a_values() -> NDArray[np.int16]:
    codes = np.arange(256) ^ 0x55
    exponents = (codes >> 4) & 7
    steps = ((codes & 15) << 4) + 8
    magnitudes = np.where(exponents, (steps + 256) << np.maximum(exponents - 1, 0), steps)
    return np.where(codes & 128, magnitudes, -magnitudes).astype(np.int16)


def _nearest(values: NDArray[np.int16]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the codes by their values, and the 255 borders between neighbors."""
    order = np.argsort(values, kind="stable").astype(np.uint8)
    ordered = values[order].astype(np.float64)
    return order, (ordered[:-1] + ordered[1:]) / 2


_VALUES: dict[Law, NDArray[np.int16]] = {"mu": _mu_values(), "a": _a_values()}
_NEAREST = {law: _nearest(values) for law, values in _VALUES.items()}
