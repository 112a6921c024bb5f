"""Convert samples between float32 in -1..1 and 16-bit integers.

The scale is 32768 in both directions, so that a round trip doesn't change 16-bit audio. +1.0 has no 16-bit value and
becomes 32767.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

INT16_SCALE = 32768.0
INT16_MAX = 32767.0


def to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return float32 samples of any shape as little-endian int16 of the same shape.

    Rounds to the nearest value, ties to even. Samples outside -1..1, including infinities, are clipped. ValueError for
    NaN, TypeError unless the type is float32 (integers used as floats would be noise at full scale).
    """
    check_float32(samples)
    scaled = np.clip(samples, -1.0, 1.0)  # before scaling, which could overflow
    # A sum is NaN if any term is NaN; this is faster than an array of booleans.
    if np.isnan(scaled.sum()):
        raise ValueError("the samples contain NaN")
    scaled *= INT16_SCALE
    np.rint(scaled, out=scaled)
    np.minimum(scaled, INT16_MAX, out=scaled)
    return scaled.astype("<i2")


def to_int16_bytes(samples: NDArray[np.float32]) -> bytes:
    """Return float32 samples as 16-bit little-endian PCM; see `to_int16` for clipping and errors."""
    return to_int16(samples).tobytes()


def to_float32_bytes(samples: NDArray[np.float32]) -> bytes:
    """Return float32 samples as 32-bit little-endian PCM, unclipped. ValueError for NaN or infinities."""
    check_float32(samples)
    if not np.isfinite(samples).all():
        raise ValueError("the samples contain NaN or infinities")
    return samples.astype("<f4", copy=False).tobytes()


def from_int16(pcm: NDArray[np.int16] | bytes | bytearray | memoryview) -> NDArray[np.float32]:
    """Return 16-bit audio as a new float32 array in -1..1, of the input's shape, `[n_samples]` for bytes.

    ValueError if bytes end in the middle of a sample, TypeError if an array isn't int16.
    """
    integers: NDArray[np.int16]
    if isinstance(pcm, np.ndarray):
        if pcm.dtype.kind != "i" or pcm.dtype.itemsize != 2:
            raise TypeError(f"samples must be int16, not {pcm.dtype}")
        integers = pcm
    else:
        integers = np.frombuffer(pcm, dtype="<i2")
    samples = integers.astype(np.float32)
    samples /= INT16_SCALE
    return samples


def check_float32(samples: NDArray[Any]) -> None:
    """Raise TypeError unless these are float32 samples."""
    if samples.dtype != np.float32:
        raise TypeError(f"samples must be float32, not {samples.dtype}")
