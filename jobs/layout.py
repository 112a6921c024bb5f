"""Where each segment of a job starts on its timeline. Integer samples in the job's rate, decided as the audio comes."""

from __future__ import annotations

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
