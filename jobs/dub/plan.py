"""Plan a dub from the predicted durations of its parts: the speed of each, and where its audio will be.

The order of measures is that of docs/dubbing.md: the speed, the silent gap after the slot, stretching, and only then is
the next part delayed. Nothing is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .rules import DubMode, DubRules
from .slots import SlotLayout, Window

FILLED = 0.8
"""A part that fills this share of its slot is long enough."""
MIN_SLOWED_S = 1.0
"""A shorter part ("Yes.") isn't slowed: subtitles stay on screen for a second however short their text is."""


class PlannedPart(NamedTuple):
    """A planned part: the factor on its speaker's speed, and samples `start` up to `end` of the output."""

    speed: float
    n_predicted: int
    start: int
    end: int


def plan(
    layout: SlotLayout,
    durations: Sequence[Sequence[int] | None],
    speeds: Sequence[Sequence[float]],
    mode: DubMode,
    rules: DubRules,
    sample_rate: int,
) -> list[PlannedPart]:
    """Return the plan of all parts.

    Args:
        layout: A new layout; it is used up.
        durations: The lengths of each part in samples at each of its speeds; None if unknown: the part is assumed to
            fill its slot.
        speeds: The factors that each part can be spoken at, ascending.
    """
    parts: list[PlannedPart] = []
    for index, lengths in enumerate(durations):
        window = layout.window(index)
        if lengths is None:
            speed, n_samples = 1.0, max(0, window.slot_end - window.start)
        else:
            chosen = choose(window, lengths, speeds[index], mode, sample_rate)
            speed, n_samples = speeds[index][chosen], lengths[chosen]
        end = window.start + fitted_length(n_samples, window, mode, rules)
        layout.ended(index, window.start, end)
        parts.append(PlannedPart(speed, n_samples, window.start, end))
    return parts


def choose(window: Window, lengths: Sequence[int], speeds: Sequence[float], mode: DubMode, sample_rate: int) -> int:
    """Return the index of the speed for a part.

    It is the speaker's own speed if that fits the slot, else the lowest that does, else the highest. A part that would
    leave much of its slot silent is slowed until it doesn't. In `stretch` it is the speed that needs the least stretch.
    """
    own = min(range(len(speeds)), key=lambda at: abs(speeds[at] - 1))
    # A part whose slot is empty has the gap after it.
    has_slot = window.slot_end > window.start or window.room_end is None
    end = window.slot_end if has_slot else window.room_end
    assert end is not None
    room = end - window.start
    if room <= 0:
        return own if window.room_end is None else len(speeds) - 1
    if mode is DubMode.STRETCH:
        return min(range(len(speeds)), key=lambda at: (abs(lengths[at] - room), abs(speeds[at] - 1)))
    if lengths[own] > room:
        return next((at for at in range(own, len(speeds)) if lengths[at] <= room), len(speeds) - 1)
    if has_slot and lengths[own] >= MIN_SLOWED_S * sample_rate:
        return next((at for at in range(own, 0, -1) if lengths[at] >= FILLED * room), 0)
    return own


def fitted_length(n_samples: int, window: Window, mode: DubMode, rules: DubRules) -> int:
    """Return the length to which `n_samples` are stretched: unchanged if they fit."""
    if mode is DubMode.STRETCH and window.slot_end > window.start:
        wanted = window.slot_end - window.start
        return min(max(wanted, rules.shortest(n_samples)), rules.longest(n_samples))
    if mode in (DubMode.FIT, DubMode.STRETCH) and window.room_end is not None:
        return min(n_samples, max(window.room_end - window.start, rules.shortest(n_samples)))
    return n_samples
