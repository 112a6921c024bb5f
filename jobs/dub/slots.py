"""The allowed position of each part of a dub: its slot, the gap after it, and the parts that it must wait for."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import NamedTuple

from ..speech_job import Layout

_ENDLESS = 1 << 62


class Slot(NamedTuple):
    """The time at which a part should be spoken, in samples, and its speaker. `end` isn't before `start`."""

    start: int
    end: int
    speaker: str


class Window(NamedTuple):
    """The time that a part has, from its actual start.

    `slot_end` is where it should end: the end of its slot, or where its speaker's next part starts. `room_end` is the
    latest end that delays no other part; None if there is none. Between the two is the silent gap that it may use.
    """

    start: int
    slot_end: int
    room_end: int | None


class SlotLayout(Layout):
    """Starts each part at its slot, or as soon as the parts before allow it.

    Invariants:

    - A speaker's parts never overlap.
    - Two parts overlap at most as long as their slots do. A slot without a length is as long as the gap after it.
    - Parts start in the order of their slots.

    So a part that runs long delays the next parts, and the next gap absorbs the lag. With `keeps_lag` it doesn't:
    each part is at least as late as the one before and as the ends before it, and the pauses of the subtitles stay.

    ValueError for slots that aren't sorted by their start, or that end before they start.
    """

    def __init__(self, slots: Sequence[Slot], *, keeps_lag: bool = False) -> None:
        self.slots = slots
        self._keeps_lag = keeps_lag
        self._free_from: dict[str, int] = {}
        self._last_start = 0
        self._lag = 0
        self._ended_until = 0
        """The end of the audio of all parts whose slots end before the next slot starts."""
        self._pending: list[int] = []
        """The slots of the other placed parts overlap the next one: the ends of these slots, each once, in order."""
        self._pending_ends: dict[int, int] = {}
        """For each of these ends, where the last audio of such a part ends."""
        self._n_placed = 0
        self.room_ends = _room_ends(slots)
        """For each part, the latest end that delays no other part if all start on time; None if there is no limit."""
        self.slot_ends = [_slot_end(slot, end) for slot, end in zip(slots, self.room_ends, strict=True)]
        """The ends of the slots; for one without a length, the end of the gap after it."""

    def start(self, index: int) -> int:
        """Return the earliest start of the part. All parts before it must have ended.

        It starts later if `needs_length` and its length says so: see `start_of`.
        """
        return self._earliest(index, -1)

    def needs_length(self, index: int) -> bool:
        """Return whether the start of the next part depends on its length."""
        return self._overlap_start(index, _ENDLESS) > self.start(index)

    def start_of(self, index: int, n_samples: int) -> int:
        """Return where the next part starts if it is `n_samples` long. All parts before it must have ended."""
        return max(self.start(index), self._overlap_start(index, n_samples))

    def _overlap_start(self, index: int, n_samples: int) -> int:
        """Return the start from which the part overlaps no part before it for longer than their slots overlap."""
        start, slot_end, earliest = self.slots[index].start, self.slot_ends[index], 0
        for end in self._pending:
            allowed = min(end, slot_end) - start
            if n_samples > allowed:
                earliest = max(earliest, self._pending_ends[end] - allowed)
        return earliest

    def lengths_that_fill(self, index: int) -> list[int]:
        """Return the lengths of a part that fill its slot, or its slot and the gap after it, if it starts on time."""
        start, ends = self.slots[index].start, (self.slot_ends[index], self.room_ends[index])
        return [end - start for end in ends if end is not None and end > start]

    def window(self, index: int, start: int | None = None) -> Window:
        """Return the time that the part has, from `start` or its earliest one. All parts before it must have ended."""
        start = self.start(index) if start is None else start
        slot, room_end = self.slots[index], self.room_ends[index]
        slot_end = slot.end if room_end is None else min(slot.end, room_end)
        if self._keeps_lag:
            moved = start - slot.start
            slot_end, room_end = slot_end + moved, None if room_end is None else room_end + moved
        return Window(start, slot_end, room_end)

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Record where the part's audio is."""
        slot, slot_end = self.slots[index], self.slot_ends[index]
        self._lag = max(self._lag, start_sample - slot.start)
        self._last_start = start_sample
        self._free_from[slot.speaker] = max(self._free_from.get(slot.speaker, 0), end_sample)
        if slot_end not in self._pending_ends:
            insort(self._pending, slot_end)
        self._pending_ends[slot_end] = max(self._pending_ends.get(slot_end, 0), end_sample)
        self._n_placed = index + 1
        if self._n_placed < len(self.slots):
            n_ended = bisect_left(self._pending, self.slots[self._n_placed].start + 1)
            for end in self._pending[:n_ended]:
                audio_end = self._pending_ends.pop(end)
                self._ended_until = max(self._ended_until, audio_end)
                self._lag = max(self._lag, audio_end - end)
            del self._pending[:n_ended]

    def earliest(self, index: int, position: int) -> int:
        """Return the earliest start of this part, and so of every later one: they start in order."""
        return self._earliest(index, position) if index < len(self.slots) else position

    def _earliest(self, index: int, position: int) -> int:
        slot = self.slots[index]
        start = slot.start + (self._lag if self._keeps_lag else 0)
        start = max(start, self._last_start, self._ended_until, self._free_from.get(slot.speaker, 0))
        if index <= self._n_placed:
            return start
        # The part before it is still open: its audio ends at `position` so far.
        before = self.slots[index - 1]
        start = max(start, self._earliest(index - 1, -1))
        if before.speaker == slot.speaker or self.slot_ends[index - 1] <= slot.start:
            start = max(start, position)
        return start


def _slot_end(slot: Slot, room_end: int | None) -> int:
    if slot.end > slot.start:
        return slot.end
    return _ENDLESS if room_end is None else room_end


def _room_ends(slots: Sequence[Slot]) -> list[int | None]:
    for index, slot in enumerate(slots):
        if slot.end < slot.start:
            raise ValueError(f"slot {index} ends before it starts")
        if index and slot.start < slots[index - 1].start:
            raise ValueError(f"slot {index} starts before slot {index - 1}; sort the slots by their start")
    starts = [slot.start for slot in slots]
    next_of: dict[str, int] = {}
    rooms: list[int | None] = [None] * len(slots)
    later: list[int] = []
    """Of the slots after this one, those that end later than all slots between."""
    for index in range(len(slots) - 1, -1, -1):
        slot = slots[index]
        following = bisect_left(starts, slot.end, lo=index + 1)
        ends = [] if following == len(slots) else [starts[following]]
        if slot.speaker in next_of:
            ends.append(next_of[slot.speaker])
        while later and slots[later[-1]].end < slot.end:
            later.pop()
        if later and later[-1] < following:
            # A slot that starts within this one and ends no earlier: more overlap than the slots have delays it.
            ends.append(slot.end)
        later.append(index)
        rooms[index] = min(ends, default=None)
        next_of[slot.speaker] = slot.start
    return rooms
