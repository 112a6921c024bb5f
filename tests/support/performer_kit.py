"""What the engine `performer` got, from its audio: its samples are the bytes of the text."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

RATE = 8000


def texts_in(samples: ArrayLike) -> list[str]:
    """Return the texts of the segments in audio at `RATE` Hz, from -1 to 1, in order; silence separates them."""
    codes = np.rint(np.asarray(samples, np.float64) * 256).astype(np.uint8)
    return [part.decode() for part in codes.tobytes().split(b"\0") if part]
