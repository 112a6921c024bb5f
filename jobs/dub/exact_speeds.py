"""The speeds at which an engine that takes a duration fills a slot exactly."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from ...utils.streaming.contract.engine_spec import DURATION_TOLERANCE_S

_PRECISION = 10_000


def with_exact_speeds(
    speeds: Sequence[float], lengths: Sequence[int], wanted: Sequence[int], sample_rate: int
) -> tuple[list[float], list[int]]:
    """Return speeds and lengths with those added at which the length is one of the wanted ones.

    A length is a frame shorter than wanted, since it is a whole number of frames. The length at a speed lies between
    those at its neighbors, in proportion to 1 / speed. Wanted lengths beyond the limits add nothing.

    Args:
        speeds: Factors on the speaker's speed, ascending.
        lengths: The lengths at these speeds, in samples.
        wanted: Lengths in samples.
        sample_rate: In Hz.
    """
    found = dict(zip(speeds, lengths, strict=True))
    ascending, inverse = lengths[::-1], [1 / speed for speed in reversed(speeds)]
    for length in wanted:
        target = length - round(DURATION_TOLERANCE_S * sample_rate)
        if not ascending[0] <= target <= ascending[-1] or len(speeds) < 2:
            continue
        speed = ceil(_PRECISION / float(np.interp(target, ascending, inverse))) / _PRECISION
        speed = min(max(speed, speeds[0]), speeds[-1])
        found.setdefault(speed, round(float(np.interp(1 / speed, inverse, ascending))))
    ordered = sorted(found)
    return ordered, [found[speed] for speed in ordered]
