"""The speeds at which an engine that takes a duration fills a slot exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...utils.streaming.contract.engine_spec import DURATION_TOLERANCE_S

_DECIMALS = 4
_STEPS = range(-1, 5)
_STEP_S = DURATION_TOLERANCE_S / 4
"""Half a usual frame. The estimated lengths that are known are each up to half a frame away from the proportion."""


def fills(n_samples: int, n_wanted: int, sample_rate: int) -> bool:
    """Return whether a length is the wanted one but for about a frame, and not longer."""
    return 0 <= n_wanted - n_samples <= DURATION_TOLERANCE_S * sample_rate


def speeds_to_try(
    speeds: Sequence[float], lengths: Sequence[int], wanted: Sequence[int], sample_rate: int
) -> list[float]:
    """Return the speeds at which the length may be a wanted one, in whole frames; the engine's estimates tell which.

    The length at a speed lies between those at its neighbors, in proportion to 1 / speed. Wanted lengths beyond the
    limits add nothing.

    Args:
        speeds: Factors on the speaker's speed, ascending.
        lengths: The lengths at these speeds, in samples.
        wanted: Lengths in samples.
        sample_rate: In Hz.
    """
    ascending, inverse = lengths[::-1], [1 / speed for speed in reversed(speeds)]
    found: set[float] = set()
    for length in wanted:
        if len(speeds) < 2 or not ascending[0] <= length <= ascending[-1]:
            continue
        targets = [length - step * _STEP_S * sample_rate for step in _STEPS]
        tried = (round(1 / float(np.interp(target, ascending, inverse)), _DECIMALS) for target in targets)
        found.update(min(max(speed, speeds[0]), speeds[-1]) for speed in tried)
    return sorted(found - set(speeds))


def with_exact_speeds(
    known: dict[float, int], tried: dict[float, int], wanted: Sequence[int], sample_rate: int
) -> tuple[list[float], list[int]]:
    """Return speeds, ascending, and their lengths: all known ones, and the best one tried for each wanted length."""
    found = dict(known)
    for length in wanted:
        filling = [speed for speed, n_samples in tried.items() if fills(n_samples, length, sample_rate)]
        if filling:
            best = max(filling, key=lambda speed: (tried[speed], speed))
            found[best] = tried[best]
    ordered = sorted(found)
    return ordered, [found[speed] for speed in ordered]
