"""Where each segment of a job starts on its timeline. Integer samples in the job's rate, decided as the audio comes."""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Sequence


class Layout(ABC):
    """Asked and told in segment order: `start(i)` once everything before i has ended, then `ended(i, ...)`."""

    @abstractmethod
    def start(self, index: int) -> int:
        """Return the sample at which the segment starts."""

    @abstractmethod
    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Learn where the segment was laid."""

    @abstractmethod
    def earliest(self, index: int, position: int) -> int:
        """Return a sample before which neither this segment nor a later one will start.

        `position` is where the audio of the segment before it has got to so far.
        """


class OneAfterTheOther(Layout):
    """Each segment starts when the one before it has ended and its pause is over."""

    def __init__(self, pauses_samples: Sequence[int]) -> None:
        self._pauses = pauses_samples
        self._cursor = 0

    def start(self, index: int) -> int:
        """Return the end of the segment before, plus its pause."""
        return self._cursor

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Move on."""
        # A segment that made no sound leaves no pause of its own either.
        pause = self._pauses[index] if end_sample > start_sample else 0
        self._cursor = end_sample + pause

    def earliest(self, index: int, position: int) -> int:
        """Return where the audio has got to."""
        return max(self._cursor, position)


class Natural(Layout):
    """Each segment starts at its slot, or as soon as its own speaker has finished the one before: words are never cut.

    ValueError for slots that aren't in order of their start.
    """

    def __init__(self, slot_starts_samples: Sequence[int], speakers: Sequence[str]) -> None:
        self._slots = slot_starts_samples
        self._speakers = speakers
        self._free_from: dict[str, int] = {}
        self._next_of_speaker: list[int | None] = [None] * len(speakers)
        first: dict[str, int] = {}
        for index in range(len(speakers) - 1, -1, -1):
            if index and slot_starts_samples[index] < slot_starts_samples[index - 1]:
                raise ValueError(f"slot {index} starts before slot {index - 1}: they must be in order of their start")
            self._next_of_speaker[index] = first.get(speakers[index])
            first[speakers[index]] = index
        # Of every speaker the next segment, by a bound of its start that is out of date at worst by being too low.
        self._bounds = [(slot_starts_samples[index], index) for index in first.values()]
        heapq.heapify(self._bounds)

    def start(self, index: int) -> int:
        """Return the later of the slot's start and the end of the same speaker's last words."""
        return max(self._slots[index], self._free_from.get(self._speakers[index], 0))

    def ended(self, index: int, start_sample: int, end_sample: int) -> None:
        """Learn until when the speaker is busy."""
        self._busy_until(index, end_sample)

    def earliest(self, index: int, position: int) -> int:
        """Return the earliest start that a speaker's next segment may have.

        That is its slot, or the end of his words so far. (The next slot alone would be too low a bound: all that a
        speaker lags behind would stay in memory.)
        """
        if index:
            self._busy_until(index - 1, position)
        while self._bounds:
            bound, following = self._bounds[0]
            if following < index:
                after = self._next_of_speaker[following]
                if after is None:
                    heapq.heappop(self._bounds)
                else:
                    heapq.heapreplace(self._bounds, (self.start(after), after))
            elif bound < self.start(following):
                heapq.heapreplace(self._bounds, (self.start(following), following))
            else:
                return bound
        return position

    def _busy_until(self, index: int, sample: int) -> None:
        speaker = self._speakers[index]
        self._free_from[speaker] = max(self._free_from.get(speaker, 0), sample)
