"""Plan a dub from the predicted durations of its lines: at which speed each is spoken, and where it will then be.

The order of means is that of docs/dubbing.md: the speed, the silent gap behind the slot, a stretch, and only then does
a line push the next. No line is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .rules import DubMode, DubRules
from .slots import Slotted, Window

FILLED = 0.8
"""A line that fills so much of its slot is long enough."""
WORTH_SLOWING_S = 1.0
"""A shorter line ("Yes.") isn't drawn out: subtitles stay on the screen for a second however short they are."""


class Planned(NamedTuple):
    """A line as planned: the factor on its speaker's speed, and samples `start` up to `end` of the output."""

    speed: float
    n_predicted: int
    start: int
    end: int


def plan(
    layout: Slotted,
    durations: Sequence[Sequence[int] | None],
    speeds: Sequence[Sequence[float]],
    mode: DubMode,
    rules: DubRules,
    sample_rate: int,
) -> list[Planned]:
    """Return the plan of all lines. `layout` is a fresh one, and used up.

    `speeds[i]` are the factors that line i can be spoken at, in rising order, and `durations[i]` its lengths in samples
    at each; None where they aren't known: such a line is taken to fill its slot.
    """
    lines: list[Planned] = []
    for index, lengths in enumerate(durations):
        window = layout.window(index)
        if lengths is None:
            speed, n_samples = 1.0, max(0, window.slot_end - window.start)
        else:
            chosen = choose(window, lengths, speeds[index], mode, sample_rate)
            speed, n_samples = speeds[index][chosen], lengths[chosen]
        end = window.start + fitted_length(n_samples, window, mode, rules)
        layout.ended(index, window.start, end)
        lines.append(Planned(speed, n_samples, window.start, end))
    return lines


def choose(window: Window, lengths: Sequence[int], speeds: Sequence[float], mode: DubMode, sample_rate: int) -> int:
    """Return which of the speeds a line is to be spoken at.

    Its own if that fits into the slot, else the lowest that does, else the highest. A line that would leave much of
    its slot silent is slowed until it doesn't. In `stretch` it is the speed that leaves the least to stretch.
    """
    own = min(range(len(speeds)), key=lambda at: abs(speeds[at] - 1))
    # Without a slot of its own, what a line has is the gap.
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
    if has_slot and lengths[own] >= WORTH_SLOWING_S * sample_rate:
        return next((at for at in range(own, 0, -1) if lengths[at] >= FILLED * room), 0)
    return own


def fitted_length(n_samples: int, window: Window, mode: DubMode, rules: DubRules) -> int:
    """Return the length to which so many samples are stretched: the same, where nothing has to be."""
    if mode is DubMode.STRETCH and window.slot_end > window.start:
        wanted = window.slot_end - window.start
        return min(max(wanted, rules.shortest(n_samples)), rules.longest(n_samples))
    if mode in (DubMode.FIT, DubMode.STRETCH) and window.room_end is not None:
        return min(n_samples, max(window.room_end - window.start, rules.shortest(n_samples)))
    return n_samples
