"""The length to which the audio of parts is stretched so that it fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rules import DubMode, DubRules
from .slots import Window


def fitted_length(n_samples: int, window: Window, mode: DubMode, rules: DubRules, *, may_lengthen: bool = True) -> int:
    """Return the length to which `n_samples` are stretched: unchanged if they fit, or if they may not be longer."""
    if mode is DubMode.STRETCH and window.slot_end > window.start:
        wanted = window.slot_end - window.start
        longest = rules.longest(n_samples) if may_lengthen else n_samples
        return min(max(wanted, rules.shortest(n_samples)), longest)
    if mode in (DubMode.FIT, DubMode.STRETCH) and window.room_end is not None:
        return min(n_samples, max(window.room_end - window.start, rules.shortest(n_samples)))
    return n_samples


def fitted_sentence(
    lengths: Sequence[NDArray[np.int64]],
    start: NDArray[np.int64],
    slot_starts: Sequence[int],
    room_end: int | None,
    max_stretch: float,
) -> list[NDArray[np.int64]]:
    """Return the lengths to which the parts of a sentence are compressed, all by one factor: unchanged if they fit.

    Each part starts at its slot or when the one before it is over. All arrays broadcast to one shape.

    Args:
        lengths: The length of each part.
        start: Where the first part starts.
        slot_starts: The starts of the slots of the parts.
        room_end: Where the last part must have ended; None if there is no limit.
        max_stretch: The share by which they may be compressed.
    """
    if room_end is None or not max_stretch:
        return list(lengths)
    factor: Any = 1.0
    rest: Any = 0
    for at in range(len(lengths) - 1, -1, -1):
        rest = rest + lengths[at]
        begins = start if at == 0 else slot_starts[at]
        factor = np.minimum(factor, (room_end - begins) / np.maximum(rest, 1))
    factor = np.maximum(factor, 1 - max_stretch)
    return [
        np.where(factor < 1, np.maximum(np.floor(length * factor), np.ceil(length * (1 - max_stretch))), length).astype(
            np.int64
        )
        for length in lengths
    ]
