"""What a dub may do to a cue so that it fits its time."""

from __future__ import annotations

from enum import Enum
from math import ceil, floor, isfinite

import msgspec

MIN_SPEED, MAX_SPEED = 0.9, 1.25
"""A tenth slower and a quarter faster still sound like somebody who takes his time, or is in a hurry."""
MAX_STRETCH = {"fit": 0.08, "stretch": 0.5}
TOLERANCE_S = 0.5
"""Where the lips aren't the point, speech half a second late still belongs to its picture."""
_STEP = 0.05
"""About what a listener can tell of a speed."""


class DubMode(str, Enum):
    """How cues are laid in time; docs/dubbing.md has a drawing of each.

    `fit`: at its time, at the speed that fits; the gap behind it, a slight stretch and a shift of the next make up
    for the rest. `stretch`: exactly as long as its slot, as far as the limits allow. `natural`: at its time and at its
    own speed; one that runs long pushes the next. `pad`: the same, but every pause of the file stays, so that what is
    late once stays late. `concatenate`: one cue after the other, without regard to their times.
    """

    FIT = "fit"
    STRETCH = "stretch"
    NATURAL = "natural"
    PAD = "pad"
    CONCATENATE = "concatenate"

    @property
    def chooses_speeds(self) -> bool:
        """Whether the cues' speeds are to be found, from estimates, before the job is run."""
        return self in (DubMode.FIT, DubMode.STRETCH)


class DubRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits. ValueError for those that can't be meant.

    `min_speed` and `max_speed` are factors on the speaker's own speed. `max_stretch` is by how much of its length a
    cue's audio may become longer or shorter, the pitch kept; None is the mode's own (8 % in `fit`, half in `stretch`).
    `tolerance_s`: how late a cue may start before it is reported.
    """

    min_speed: float = MIN_SPEED
    max_speed: float = MAX_SPEED
    max_stretch: float | None = None
    tolerance_s: float = TOLERANCE_S

    def __post_init__(self) -> None:
        if not (0.1 <= self.min_speed <= 1 <= self.max_speed <= 10):
            raise ValueError(
                f"speeds from {self.min_speed:g} to {self.max_speed:g}: the lowest is a factor from 0.1 to 1, and the "
                "highest one from 1 to 10"
            )
        if self.max_stretch is not None and not 0 <= self.max_stretch <= 0.5:
            raise ValueError(f"a stretch of {self.max_stretch:g}: it is a share of the length, from 0 to 0.5")
        if not (self.tolerance_s >= 0 and isfinite(self.tolerance_s)):
            raise ValueError(f"a tolerance of {self.tolerance_s:g} s: it is a time from 0 on")

    def of(self, mode: DubMode) -> DubRules:
        """Return the rules with the mode's own stretch where none is given; 0 where a mode stretches nothing."""
        if mode.value not in MAX_STRETCH:
            return msgspec.structs.replace(self, max_stretch=0.0)
        if self.max_stretch is not None:
            return self
        return msgspec.structs.replace(self, max_stretch=MAX_STRETCH[mode.value])

    def speeds(self) -> tuple[float, ...]:
        """Return the factors to choose from, in rising order: in steps of 5 %, 1 and both limits among them."""
        slower = range(1, floor(round((1 - self.min_speed) / _STEP, 6)) + 1)
        faster = range(1, floor(round((self.max_speed - 1) / _STEP, 6)) + 1)
        steps = {1.0, self.min_speed, self.max_speed}
        steps |= {round(1 - number * _STEP, 4) for number in slower}
        steps |= {round(1 + number * _STEP, 4) for number in faster}
        return tuple(sorted(steps))

    def shortest(self, n_samples: int) -> int:
        """Return the least length to which so many samples may be stretched."""
        return ceil(n_samples * (1 - (self.max_stretch or 0.0)))

    def longest(self, n_samples: int) -> int:
        """Return the greatest length to which so many samples may be stretched."""
        return floor(n_samples * (1 + (self.max_stretch or 0.0)))
