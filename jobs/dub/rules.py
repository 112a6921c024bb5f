"""The modes of a dub, and the limits within which a cue may be changed to fit its slot."""

from __future__ import annotations

from enum import Enum
from math import ceil, floor, isfinite
from typing import Literal, get_args

import msgspec

Prefer = Literal["gap", "slot"]
MIN_SPEED, MAX_SPEED = 0.9, 1.25
"""Within this range, speech still sounds like a relaxed or a hurried speaker."""
MIN_SPEED_OF_DURATION = 0.8
"""The same limit for engines that take a duration: they spread the sounds evenly, as a slow speaker does."""
CATCH_UP_SPEED = 1.4
"""A hurried speaker: harder to listen to, but better than speech that belongs to the picture of the cue before."""
MAX_STRETCH = {"fit": 0.08, "stretch": 0.5}
TOLERANCE_S = 0.5
"""Where lips need not match, speech that is half a second late still seems to belong to its picture."""
_STEP = 0.05
"""About the smallest difference in speed that a listener notices."""


class DubMode(str, Enum):
    """The placement of cues in time; docs/reference/dubbing.md has a drawing of each mode.

    - `fit`: at its time. The speeds, the gaps, slight stretches and delays of all cues are chosen together.
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
        min_speed: The lowest factor on the speaker's own speed, `max_speed` is the highest. None: 0.9, or 0.8 for
            engines that take a duration.
        catch_up_speed: In `fit`, the highest factor for cues that would be late or delay the next at `max_speed`; a
            value up to `max_speed` turns this off.
        prefer: In `fit`, what a long cue uses first: the silent gap after its slot, or a higher speed within its slot.
        max_stretch: The share of its length by which audio may be stretched or compressed, its pitch kept; None for
            the mode's own (8 % in `fit`, 50 % in `stretch`).
        tolerance_s: How late a cue may start before it is reported as late.
    """

    min_speed: float | None = None
    max_speed: float = MAX_SPEED
    catch_up_speed: float = CATCH_UP_SPEED
    prefer: Prefer = "gap"
    max_stretch: float | None = None
    tolerance_s: float = TOLERANCE_S

    def __post_init__(self) -> None:
        lowest = MIN_SPEED if self.min_speed is None else self.min_speed
        if not (0.1 <= lowest <= 1 <= self.max_speed <= 10):
            raise ValueError(
                f"speeds from {lowest:g} to {self.max_speed:g} are out of range: min_speed must be between 0.1 "
                "and 1, max_speed between 1 and 10"
            )
        if not 0.1 <= self.catch_up_speed <= 10:
            raise ValueError(f"catch_up_speed must be between 0.1 and 10, not {self.catch_up_speed:g}")
        if self.prefer not in get_args(Prefer):
            raise ValueError(f"prefer must be 'gap' or 'slot', not '{self.prefer}'")
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

    def speeds_in(self, mode: DubMode, *, takes_duration: bool = False) -> tuple[float, ...]:
        """Return all factors to choose from in a mode, ascending; see `speeds`."""
        if not mode.chooses_speeds:
            return (1.0,)
        return self.speeds(takes_duration=takes_duration) + (self.catch_up_speeds() if mode is DubMode.FIT else ())

    def speeds(self, *, takes_duration: bool = False) -> tuple[float, ...]:
        """Return the factors up to `max_speed`, ascending: in steps of 5 %, with 1 and both limits.

        Args:
            takes_duration: Whether the engine takes a duration, so that slower speech sounds natural.
        """
        default = MIN_SPEED_OF_DURATION if takes_duration else MIN_SPEED
        lowest = default if self.min_speed is None else self.min_speed
        slower = range(1, floor(round((1 - lowest) / _STEP, 6)) + 1)
        return tuple(sorted({lowest, *(round(1 - number * _STEP, 4) for number in slower), *_steps_to(self.max_speed)}))

    def catch_up_speeds(self) -> tuple[float, ...]:
        """Return the factors above `max_speed`, ascending, likewise; empty if there are none."""
        return tuple(sorted(speed for speed in _steps_to(self.catch_up_speed) if speed > self.max_speed))

    def shortest(self, n_samples: int) -> int:
        """Return the shortest length to which `n_samples` may be compressed."""
        return ceil(n_samples * (1 - (self.max_stretch or 0.0)))

    def longest(self, n_samples: int) -> int:
        """Return the longest length to which `n_samples` may be stretched."""
        return floor(n_samples * (1 + (self.max_stretch or 0.0)))


def _steps_to(highest: float) -> set[float]:
    steps = range(1, floor(round((highest - 1) / _STEP, 6)) + 1)
    return {1.0, highest, *(round(1 + number * _STEP, 4) for number in steps)}
