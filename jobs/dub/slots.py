"""The allowed position of each part of a dub: its slot, the gap after it, and the parts that it must wait for."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from ..speech_job import Layout


class Slot(NamedTuple):
    """The time at which a part should be spoken, in samples, and its speaker. `end` isn't before `start`."""

    start: int
    end: int
    speaker: str


class Window(NamedTuple):
    """The time that a part has, from its actual start.

    `slot_end` is where it should end: the end of its slot, or where its speaker's next part starts. `room_end` is where
    the next part starts that it must not overlap; None if there is none. Between the two is the silent gap that it may
    use.
    """

    start: int
    slot_end: int
    room_end: int | None


class SlotLayout(Layout):
    """Starts each part at its slot, or as soon as the parts before allow it.

    Invariants:

    - A speaker's parts never overlap.
    - Two parts overlap only if their slots do.
    - Parts start in the order of their slots.

    So a part that runs long delays the next parts, and the next gap absorbs the lag. With `keeps_lag` it doesn't:
    each part is at least as late as the one before, and the pauses of the subtitles stay.

    ValueError for slots that aren't sorted by their start, or that end before they start.
    """

    def __init__(self, slots: Sequence[Slot], *, keeps_lag: bool = False) -> None:
        self._slots = slots
        self._keeps_lag = keeps_lag
        self._free_from: dict[str, int] = {}
        self._last_start = 0
        self._lag = 0
        self._ended_until = 0
        """The end of the audio of all parts whose slots end before the next slot starts."""
        self._pending: list[tuple[int, int]] = []
        """A heap of the other placed parts: the ends of their slots and of their audio."""
        self._n_placed = 0
        self._room_ends = _room_ends(slots)

    def start(self, index: int) -> int:
        """Return where the part starts. All parts before it must have ended."""
        return self._earliest(index, -1)

    def window(self, index: int) -> Window:
        """Return the time that the part has. All parts before it must have ended."""
        start = self.start(index)
        slot, room_end = self._slots[index], self._room_ends[index]
        slot_end = slot.end if room_end is None else min(slot.end, room_end)
        if self._keeps_lag:
            moved = start - slot.start
            slot_end, room_end = slot_end + moved, None if room_end is None else room_end + moved
        return Window(start, slot_end, room_end)

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Record where the part's audio is."""
        slot = self._slots[index]
        self._lag = start_sample - slot.start
        self._last_start = start_sample
        self._free_from[slot.speaker] = max(self._free_from.get(slot.speaker, 0), end_sample)
        heapq.heappush(self._pending, (slot.end, end_sample))
        self._n_placed = index + 1
        if self._n_placed < len(self._slots):
            following = self._slots[self._n_placed].start
            while self._pending and self._pending[0][0] <= following:
                self._ended_until = max(self._ended_until, heapq.heappop(self._pending)[1])

    def earliest(self, index: int, position: int) -> int:
        """Return the earliest start of this part, and so of every later one: they start in order."""
        return self._earliest(index, position) if index < len(self._slots) else position

    def _earliest(self, index: int, position: int) -> int:
        slot = self._slots[index]
        start = slot.start + (self._lag if self._keeps_lag else 0)
        start = max(start, self._last_start, self._ended_until, self._free_from.get(slot.speaker, 0))
        if index <= self._n_placed:
            return start
        # The part before it is still open: its audio ends at `position` so far.
        before = self._slots[index - 1]
        start = max(start, self._earliest(index - 1, -1))
        if before.speaker == slot.speaker or before.end <= slot.start:
            start = max(start, position)
        return start


def _room_ends(slots: Sequence[Slot]) -> list[int | None]:
    for index, slot in enumerate(slots):
        if slot.end < slot.start:
            raise ValueError(f"slot {index} ends before it starts")
        if index and slot.start < slots[index - 1].start:
            raise ValueError(f"slot {index} starts before slot {index - 1}; sort the slots by their start")
    starts = [slot.start for slot in slots]
    next_of: dict[str, int] = {}
    rooms: list[int | None] = [None] * len(slots)
    for index in range(len(slots) - 1, -1, -1):
        slot = slots[index]
        following = bisect_left(starts, slot.end, lo=index + 1)
        ends = [] if following == len(slots) else [starts[following]]
        if slot.speaker in next_of:
            ends.append(next_of[slot.speaker])
        rooms[index] = min(ends, default=None)
        next_of[slot.speaker] = slot.start
    return rooms
