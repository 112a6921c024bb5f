"""What a dubbing director would object to, as numbers: the cost of a speed, a change, a gap, a stretch and a delay.

docs/explanation/dubbing-plan.md explains each. A cost of 1 is about a jump of the speed that everyone notices. All
functions take arrays that broadcast; times are in seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from .rules import Prefer

if TYPE_CHECKING:
    Numbers = NDArray[np.float64]

JUMP = 0.2
"""A change of the speed that everyone notices."""
_RANGE = 0.25
_ENDS = 0.35
_CHANGE, _JUMP = 12.0, 0.6
_REMEMBERED_S, _FORGOTTEN_S = 2.0, 6.0
"""After a pause of more than two seconds listeners compare less, after six seconds no more."""
_CATCH_UP, _CATCH_UP_SLOPE = 1.5, 3.0
_NOTICED_S, _BAD_S = 0.1, 0.5
FILLED = 0.8
"""A part that fills this share of its slot is long enough; of an engine that takes a duration, only all of it is."""
MIN_SLOWED_S = 1.0
"""A shorter part ("Yes.") isn't slowed: subtitles stay on screen for a second however short their text is."""


class Costs(msgspec.Struct, frozen=True):
    """The costs under these limits: factors on the speaker's own speed, and what a long part uses first."""

    min_speed: float
    max_speed: float
    max_stretch: float
    prefer: Prefer

    def speed(self, speeds: Numbers) -> Numbers:
        """Return the cost of a speed: little near 1, more at the ends of the range, most beyond it."""
        away = np.abs(speeds - 1) / _RANGE
        cost: Numbers = 0.6 * away**2
        cost += _ENDS * ((speeds >= self.max_speed - 1e-9) | (speeds <= self.min_speed + 1e-9)) * (speeds != 1)
        beyond = np.maximum(0.0, speeds - self.max_speed)
        cost += (beyond > 1e-9) * (_CATCH_UP + _CATCH_UP_SLOPE * beyond)
        return cost

    def change(self, before: Numbers, after: Numbers, pause_s: float) -> Numbers:
        """Return the cost of a change of a speaker's speed from one part to the next, after a pause between slots."""
        change = np.abs(after - before)
        compared = min(max((_FORGOTTEN_S - pause_s) / (_FORGOTTEN_S - _REMEMBERED_S), 0.0), 1.0)
        cost: Numbers = compared * (_CHANGE * change**2 + _JUMP * (change >= JUMP - 1e-9))
        return cost

    def saved(self, before: float, others: Numbers, lowest: float, highest: float) -> Numbers:
        """Return how much less a change from `others` can cost than one from `before`, to any speed in a range."""
        reach = np.maximum(np.abs(before + others - 2 * lowest), np.abs(2 * highest - before - others))
        saved: Numbers = _CHANGE * np.abs(before - others) * reach + _JUMP * (others != before)
        return saved

    def gap(self, used_s: Numbers) -> Numbers:
        """Return the cost of speech in the gap after its slot."""
        fixed, slope = (0.05, 0.2) if self.prefer == "gap" else (0.3, 6.0)
        cost: Numbers = (used_s > 1e-9) * fixed + slope * used_s
        return cost

    def stretch(self, factor: Numbers) -> Numbers:
        """Return the cost of audio that is compressed to this share of its length."""
        by = 1 - factor
        return (by > 1e-9) * 3.5 + by / max(self.max_stretch, 0.01)

    def delay(self, late_s: Numbers) -> Numbers:
        """Return the cost of a late start: more than in proportion."""
        bad, worse = np.maximum(0.0, late_s - _BAD_S), np.maximum(0.0, late_s - 2 * _BAD_S)
        cost: Numbers = 6 * late_s + 1.6 * (late_s > _NOTICED_S) + 25 * bad + 50 * worse
        return cost

    def silence(self, filled: Numbers, spoken_s: Numbers, *, goes_on: bool, takes_duration: bool) -> Numbers:
        """Return the cost of the silence in a slot.

        Args:
            filled: The share of the slot that speech fills.
            spoken_s: The length of the speech.
            goes_on: Whether the sentence goes on in the next cue.
            takes_duration: Whether the engine takes a duration.
        """
        wanted = 1.0 if takes_duration or goes_on else FILLED
        weight = 3.0 if takes_duration or goes_on else 1.0
        return weight * np.clip(wanted - filled, 0.0, 0.5) ** 2 * (spoken_s >= MIN_SLOWED_S)
