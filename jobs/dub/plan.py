"""Plan a dub from the predicted durations of its parts: the speed of each, and where its audio will be.

In `fit`, the speeds are chosen together (`best_speeds`); in `stretch`, each by itself. Nothing is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .best_speeds import Choice, best_speeds
from .cost import Costs
from .exact_speeds import fills
from .fitted import fitted_length, fitted_sentence
from .rules import DubMode, DubRules
from .slots import Slot, SlotLayout, Window


class PlannedPart(NamedTuple):
    """A planned part: the factor on its speaker's speed, and samples `start` up to `end` of the output.

    `n_predicted` is the length that the engine is expected to make, `window` the time that the part has.
    """

    speed: float
    n_predicted: int
    start: int
    end: int
    window: Window
    n_own: int = 0
    """The length at the speaker's own speed."""
    is_known: bool = True
    """Whether the length was predicted."""
    has_speeds: bool = True
    """Whether there was another speed to choose."""
    fills: bool = False
    """Whether the engine makes it as long as its slot, to a frame: then only silence is added."""


class Durations(NamedTuple):
    """The lengths of one part in samples at each of its speeds; None if unknown: it is assumed to fill its slot."""

    speeds: Sequence[float]
    lengths: Sequence[int] | None
    takes_duration: bool = False


def plan(
    slots: Sequence[Slot],
    durations: Sequence[Durations],
    mode: DubMode,
    rules: DubRules,
    sample_rate: int,
    sentences: Sequence[range] | None = None,
) -> list[PlannedPart]:
    """Return the plan of all parts.

    Args:
        slots: The slots of the parts.
        durations: The durations of each part.
        mode: The placement of cues in time.
        rules: The limits, with those of the mode.
        sample_rate: Of slots and lengths.
        sentences: The parts that one segment speaks; None if each part has its own.
    """
    layout = SlotLayout(slots, keeps_lag=mode is DubMode.PAD)
    sentences = sentences or [range(index, index + 1) for index in range(len(slots))]
    chosen: list[int] | None = None
    if mode is DubMode.FIT:
        chosen = _best(sentences, slots, layout, durations, rules, sample_rate)
    parts: list[PlannedPart] = []
    for number, sentence in enumerate(sentences):
        first, window = durations[sentence[0]], layout.window(sentence[0])
        if chosen is not None:
            at = chosen[number]
        elif first.lengths is None or mode is not DubMode.STRETCH:
            at = _own(first.speeds)
        else:
            at = closest(first.lengths, first.speeds, window, may_exceed=not first.takes_duration)
        lengths = [_length(durations[part], slots[part], window, at) for part in sentence]
        is_exact = mode is DubMode.STRETCH and first.takes_duration and fills(lengths[0], room_of(window), sample_rate)
        laid = lay(layout, sentence, lengths, mode, rules, is_exact=is_exact)
        for part, (start, end, of_part) in zip(sentence, laid, strict=True):
            speeds, known = durations[part].speeds, durations[part].lengths is not None
            parts.append(
                PlannedPart(
                    speeds[at] if known else 1.0,
                    lengths[part - sentence[0]],
                    start,
                    end,
                    of_part,
                    n_own=_length(durations[part], slots[part], of_part, _own(speeds)),
                    is_known=known,
                    has_speeds=len(speeds) > 1,
                    fills=is_exact,
                )
            )
    return parts


def _length(durations: Durations, slot: Slot, window: Window, at: int) -> int:
    if durations.lengths is not None:
        return durations.lengths[at]
    return max(0, min(slot.end, window.slot_end) - max(slot.start, window.start))


def lay(
    layout: SlotLayout,
    sentence: range,
    lengths: Sequence[int],
    mode: DubMode,
    rules: DubRules,
    pauses: Sequence[int] | None = None,
    *,
    is_exact: bool = False,
) -> list[tuple[int, int, Window]]:
    """Place the parts of a sentence, and record them in the layout.

    Args:
        layout: All parts before them must have ended.
        sentence: The parts.
        lengths: Their lengths in samples.
        mode: The placement of cues in time.
        rules: The limits, with those of the mode.
        pauses: The pause of the sentence after each part, in samples; None for none.
        is_exact: Whether the engine made it for its slot: in `stretch`, it isn't made longer.

    Returns:
        For each part, the start and the end of its audio, and the time that it had.
    """
    begin = layout.window(sentence[0])
    placed = []
    fitted = _fitted(layout, sentence, lengths, begin, mode, rules, is_exact)
    start = layout.start_of(sentence[0], fitted[0])
    if start > begin.start:
        begin = layout.window(sentence[0], start)
        fitted = _fitted(layout, sentence, lengths, begin, mode, rules, is_exact)
    free = start
    for at, part in enumerate(sentence):
        if at:
            start = max(layout.start_of(part, fitted[at]), free)
            begin = layout.window(part, start)
        end = start + fitted[at]
        free = end + (pauses[at] if pauses is not None else 0)
        layout.ended(part, start, end)
        placed.append((start, end, begin))
    return placed


def _fitted(
    layout: SlotLayout,
    sentence: range,
    lengths: Sequence[int],
    window: Window,
    mode: DubMode,
    rules: DubRules,
    is_exact: bool,
) -> list[int]:
    if len(sentence) == 1:
        return [fitted_length(lengths[0], window, mode, rules, may_lengthen=not is_exact)]
    starts = [layout.slots[part].start for part in sentence]
    fitted = fitted_sentence(
        [np.array(length, np.int64) for length in lengths],
        np.array(window.start, np.int64),
        starts,
        layout.room_ends[sentence[-1]],
        rules.max_stretch or 0.0,
    )
    return [int(length) for length in fitted]


def closest(lengths: Sequence[int], speeds: Sequence[float], window: Window, *, may_exceed: bool = True) -> int:
    """Return the index of the speed that needs the least stretch to fill a slot, or the gap if the slot is empty.

    Unless it `may_exceed` the room, that is the longest that fits, if one does.
    """
    room = room_of(window)
    if room <= 0:
        return _own(speeds) if window.room_end is None else len(speeds) - 1

    def cost(at: int) -> tuple[bool, int, float]:
        return not may_exceed and lengths[at] > room, abs(lengths[at] - room), abs(speeds[at] - 1)

    return min(range(len(speeds)), key=cost)


def room_of(window: Window) -> int:
    """Return the length of a slot, or of the gap after it if the slot is empty."""
    end = window.slot_end if window.slot_end > window.start or window.room_end is None else window.room_end
    return end - window.start


def _own(speeds: Sequence[float]) -> int:
    return min(range(len(speeds)), key=lambda at: abs(speeds[at] - 1))


def _best(
    sentences: Sequence[range],
    slots: Sequence[Slot],
    layout: SlotLayout,
    durations: Sequence[Durations],
    rules: DubRules,
    sample_rate: int,
) -> list[int]:
    """Return the index of the speed for each sentence."""
    choices = []
    for sentence in sentences:
        first = durations[sentence[0]]
        rows: list[Sequence[int]] = []
        for part in sentence:
            slot, known = slots[part], durations[part].lengths
            rows.append([max(0, slot.end - slot.start)] * len(first.speeds) if known is None else known)
        speeds = [1.0] * len(first.speeds) if first.lengths is None else first.speeds
        choices.append(Choice(sentence[0], speeds, rows, first.takes_duration))
    least = min((min(one.speeds) for one in durations), default=1.0)
    costs = Costs(least, rules.max_speed, rules.max_stretch or 0.0, rules.prefer)
    return best_speeds(choices, slots, layout, costs, sample_rate)
