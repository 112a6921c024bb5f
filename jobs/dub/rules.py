"""The modes of a dub, and the limits within which a cue may be changed to fit its slot."""

from __future__ import annotations

from enum import Enum
from math import ceil, floor, isfinite

import msgspec

MIN_SPEED, MAX_SPEED = 0.9, 1.25
"""Within this range, speech still sounds like a relaxed or a hurried speaker."""
MAX_STRETCH = {"fit": 0.08, "stretch": 0.5}
TOLERANCE_S = 0.5
"""Where lips need not match, speech that is half a second late still seems to belong to its picture."""
_STEP = 0.05
"""About the smallest difference in speed that a listener notices."""


class DubMode(str, Enum):
    """The placement of cues in time; docs/dubbing.md has a drawing of each mode.

    - `fit`: at its time, at the speed that fits; if that isn't enough, it uses the gap after its slot, a slight
      stretch, and a delay of the next cue.
    - `stretch`: exactly as long as its slot, within the limits.
    - `natural`: at its time and its own speed; a long cue delays the next.
    - `pad`: as `natural`, but all pauses of the file are kept, so that a delay is never made up.
    - `concatenate`: one cue after the other, whatever their times.
    """

    FIT = "fit"
    STRETCH = "stretch"
    NATURAL = "natural"
    PAD = "pad"
    CONCATENATE = "concatenate"

    @property
    def chooses_speeds(self) -> bool:
        """Whether speeds are chosen, from estimates, before the job runs."""
        return self in (DubMode.FIT, DubMode.STRETCH)


class DubRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of a dub. ValueError for a limit that is out of range.

    Attributes:
        min_speed: The lowest factor on the speaker's own speed; `max_speed` is the highest.
        max_stretch: The share of its length by which audio may be stretched or compressed, its pitch kept; None for
            the mode's own (8 % in `fit`, 50 % in `stretch`).
        tolerance_s: How late a cue may start before it is reported as late.
    """

    min_speed: float = MIN_SPEED
    max_speed: float = MAX_SPEED
    max_stretch: float | None = None
    tolerance_s: float = TOLERANCE_S

    def __post_init__(self) -> None:
        if not (0.1 <= self.min_speed <= 1 <= self.max_speed <= 10):
            raise ValueError(
                f"speeds from {self.min_speed:g} to {self.max_speed:g} are out of range: min_speed must be between 0.1 "
                "and 1, max_speed between 1 and 10"
            )
        if self.max_stretch is not None and not 0 <= self.max_stretch <= 0.5:
            raise ValueError(f"max_stretch must be between 0 and 0.5, not {self.max_stretch:g}")
        if not (self.tolerance_s >= 0 and isfinite(self.tolerance_s)):
            raise ValueError(f"tolerance_s must be a finite number, 0 or more, not {self.tolerance_s:g}")

    def of(self, mode: DubMode) -> DubRules:
        """Return the rules with the mode's default stretch if none is set; 0 in a mode that doesn't stretch."""
        if mode.value not in MAX_STRETCH:
            return msgspec.structs.replace(self, max_stretch=0.0)
        if self.max_stretch is not None:
            return self
        return msgspec.structs.replace(self, max_stretch=MAX_STRETCH[mode.value])

    def speeds(self) -> tuple[float, ...]:
        """Return the factors to choose from, ascending: in steps of 5 %, with 1 and both limits."""
        slower = range(1, floor(round((1 - self.min_speed) / _STEP, 6)) + 1)
        faster = range(1, floor(round((self.max_speed - 1) / _STEP, 6)) + 1)
        steps = {1.0, self.min_speed, self.max_speed}
        steps |= {round(1 - number * _STEP, 4) for number in slower}
        steps |= {round(1 + number * _STEP, 4) for number in faster}
        return tuple(sorted(steps))

    def shortest(self, n_samples: int) -> int:
        """Return the shortest length to which `n_samples` may be compressed."""
        return ceil(n_samples * (1 - (self.max_stretch or 0.0)))

    def longest(self, n_samples: int) -> int:
        """Return the longest length to which `n_samples` may be stretched."""
        return floor(n_samples * (1 + (self.max_stretch or 0.0)))
