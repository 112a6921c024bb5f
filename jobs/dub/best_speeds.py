"""Choose the speeds of all segments of a dub together: the plan with the least cost, by dynamic programming.

The state after a segment is what later costs depend on: the last speeds of the last two speakers, and how far the audio
is. Invariants:

- Where the audio is follows the rules of `SlotLayout`, for all states at once.
- Of states with the same speeds, one that is later and not cheaper is dropped. So is one that costs more than the
  cheapest of those that are nowhere later, by more than its speeds can save later: neither can win.
- At most `MAX_STATES` are kept, the cheapest. Until this limit is reached, the result is optimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cost import Costs
from .fitted import fitted_sentence
from .slots import Slot, SlotLayout

MAX_STATES = 256
N_SPEAKERS = 2
"""A speaker who returns after two others have spoken may have another speed: nobody compares them."""


class Choice(NamedTuple):
    """A segment to choose a speed for: parts `first` and following, with their lengths at each of the speeds."""

    first: int
    speeds: Sequence[float]
    lengths: Sequence[Sequence[int]]
    takes_duration: bool = False


class _Pending(NamedTuple):
    """A part whose slot may overlap later ones: where its slot ends, its speaker, and where its audio ends."""

    slot_end: int
    speaker: str
    end: NDArray[np.int64]


class _States(NamedTuple):
    """All states, an item each: cost, last speeds (newest speaker first), last start, end of what must be over."""

    cost: NDArray[np.float64]
    last: list[NDArray[np.float64]]
    start: NDArray[np.int64]
    until: NDArray[np.int64]
    pending: list[_Pending]


def best_speeds(
    choices: Sequence[Choice], slots: Sequence[Slot], layout: SlotLayout, costs: Costs, sample_rate: int
) -> list[int]:
    """Return the index of the speed for each segment. `layout` is one of these slots; it isn't changed."""
    states = _States(np.zeros(1), [], np.zeros(1, np.int64), np.zeros(1, np.int64), [])
    speakers: list[str] = []
    pauses_s = _pauses_s(choices, slots, layout, sample_rate)
    trail: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    lowest = min((min(choice.speeds) for choice in choices), default=1.0)
    highest = max((max(choice.speeds) for choice in choices), default=1.0)
    for choice, pause_s in zip(choices, pauses_s, strict=True):
        speaker = slots[choice.first].speaker
        states = _spoken(states, speakers, choice, pause_s, slots, layout, costs, sample_rate)
        speakers = [speaker, *(one for one in speakers if one != speaker)][:N_SPEAKERS]
        kept = _kept(states, costs, lowest, highest)
        trail.append(np.divmod(kept, len(choice.speeds)))
        states = _States(
            states.cost[kept],
            [speeds[kept] for speeds in states.last],
            states.start[kept],
            states.until[kept],
            [pending._replace(end=pending.end[kept]) for pending in states.pending],
        )
    chosen = []
    at = int(np.argmin(states.cost))
    for parents, speeds in reversed(trail):
        chosen.append(int(speeds[at]))
        at = int(parents[at])
    return chosen[::-1]


def _pauses_s(choices: Sequence[Choice], slots: Sequence[Slot], layout: SlotLayout, sample_rate: int) -> list[float]:
    """Return how long each segment's speaker is silent before it, by the slots."""
    pauses_s = []
    ends: dict[str, int] = {}
    for choice in choices:
        slot = slots[choice.first]
        pauses_s.append(max(0, slot.start - ends.get(slot.speaker, slot.start)) / sample_rate)
        ends[slot.speaker] = layout.slot_ends[choice.first + len(choice.lengths) - 1]
    return pauses_s


def _spoken(
    states: _States,
    speakers: Sequence[str],
    choice: Choice,
    pause_s: float,
    slots: Sequence[Slot],
    layout: SlotLayout,
    costs: Costs,
    sample_rate: int,
) -> _States:
    """Return the states after a segment: for each state before it, one for each speed."""
    speeds = np.array(choice.speeds)
    lengths = [np.array(row, np.int64) for row in choice.lengths]
    shape = states.cost.size, speeds.size
    parts = range(choice.first, choice.first + len(lengths))
    own = slots[choice.first].speaker
    cost: Any = states.cost[:, None] + len(lengths) * costs.speed(speeds)
    if own in speakers:
        cost = cost + costs.change(states.last[speakers.index(own)][:, None], speeds, pause_s)
    start: Any = states.start[:, None]
    until: Any = states.until[:, None]
    pending: list[Any] = [one._replace(end=one.end[:, None]) for one in states.pending]
    fitted: list[Any] = []
    for at, part in enumerate(parts):
        slot, slot_end, room_end = slots[part], layout.slot_ends[part], layout.room_ends[part]
        lowest = np.maximum(np.maximum(start, until), slot.start)
        for one in pending:
            if one.speaker == slot.speaker:
                lowest = np.maximum(lowest, one.end)
        if not at:
            starts, last_room = [slots[one].start for one in parts], layout.room_ends[parts[-1]]
            fitted = fitted_sentence(lengths, lowest, starts, last_room, costs.max_stretch)
        start = lowest
        for one in pending:
            allowed = min(one.slot_end, slot_end) - slot.start
            start = np.where(fitted[at] > allowed, np.maximum(start, one.end - allowed), start)
        if not at and pending:
            fitted = fitted_sentence(lengths, start, starts, last_room, costs.max_stretch)
        end = start + fitted[at]
        cost = cost + costs.delay((start - slot.start) / sample_rate)
        cost = cost + costs.stretch(fitted[at] / np.maximum(lengths[at], 1))
        if slot.end > slot.start:
            limit = slot.end if room_end is None else min(slot.end, room_end)
            cost = cost + costs.gap(np.maximum(0, end - np.maximum(limit, start)) / sample_rate)
            cost = cost + costs.silence(
                lengths[at] / (limit - slot.start) if limit > slot.start else np.ones(speeds.size),
                lengths[at] / sample_rate,
                goes_on=part != parts[-1],
                takes_duration=choice.takes_duration,
            )
        pending.append(_Pending(slot_end, slot.speaker, end))
        following = slots[part + 1].start if part + 1 < len(slots) else None
        if following is not None:
            # What is over by then makes no difference: states that differ only in this are alike.
            for one in pending:
                if one.slot_end <= following:
                    until = np.maximum(until, one.end)
            pending = [one._replace(end=np.maximum(one.end, following)) for one in pending if one.slot_end > following]
            until = np.maximum(until, following)
            start = np.maximum(start, following)

    def flat(values: Any) -> Any:
        return np.broadcast_to(values, shape).ravel()

    others = [states.last[at] for at, speaker in enumerate(speakers) if speaker != own]
    return _States(
        flat(cost),
        [flat(speeds), *(flat(other[:, None]) for other in others)][:N_SPEAKERS],
        flat(start),
        flat(until),
        [one._replace(end=flat(one.end)) for one in pending],
    )


def _kept(states: _States, costs: Costs, lowest: float, highest: float) -> NDArray[np.intp]:
    """Return which states are worth keeping, if all speeds are between these."""
    times = [states.until, *((states.start, *(one.end for one in states.pending)) if states.pending else ())]
    is_early = np.logical_and.reduce([time == time.min() for time in times])
    at = np.arange(states.cost.size)
    if is_early.any():
        early = np.flatnonzero(is_early)
        best = early[np.argmin(states.cost[early])]
        most = states.cost[best] + sum(costs.saved(float(last[best]), last, lowest, highest) for last in states.last)
        at = np.flatnonzero(states.cost <= most)
    cost, until = states.cost[at], states.until[at]
    alike = [*(last[at] for last in states.last), *(time[at] for time in times[1:])]
    order = np.lexsort((cost, until, *alike))
    changes = np.zeros(at.size, bool)
    for values in alike:
        ordered = values[order]
        changes[1:] |= ordered[1:] != ordered[:-1]
    # Each group of states that are alike is far below the one before it, so that the running minimum starts again.
    lowered = cost[order] - np.cumsum(changes) * (float(np.ptp(cost)) + 1)
    lowest_so_far = np.minimum.accumulate(lowered)
    is_better = np.ones(at.size, bool)
    is_better[1:] = lowered[1:] < lowest_so_far[:-1]
    kept = at[order[is_better]]
    if kept.size > MAX_STATES:
        kept = kept[np.argpartition(states.cost[kept], MAX_STATES)[:MAX_STATES]]
    return kept
