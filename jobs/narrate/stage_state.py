"""The shared state of the stages of a narration: finished segments, levels of chapters, and the stop signal.

Invariants: a segment leaves the pending set once and never returns. A level is set once for each chapter. After `stop`
every wait raises StageStoppedError.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ..errors import StageStoppedError
from .folder import KeptSegment, NarrationFolder
from .job import NarrateJob


class StageState:
    """The state of one round. Thread-safe."""

    def __init__(self, job: NarrateJob, folder: NarrationFolder, pending: Iterable[int]) -> None:
        self._job = job
        self._folder = folder
        self._pending = set(pending)
        self._failed: set[int] = set()
        self._levels: dict[int, Level | None] = {}
        self._changed = threading.Condition()
        self.error: BaseException | None = None
        """The error that stopped the round."""
        self.damaged: set[int] = set()
        """Segments whose audio doesn't match the manifest."""
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether the round was stopped."""
        return self._stopped

    @property
    def any_pending(self) -> bool:
        """Whether any segment isn't finished yet."""
        return bool(self._pending)

    def is_pending(self, number: int) -> bool:
        """Return whether this segment isn't finished yet."""
        return number in self._pending

    def is_expected(self, number: int) -> bool:
        """Return whether a segment is finished, or is made in this round."""
        return number in self._pending or self._job.plan.identities[number - 1] in self._folder.kept

    def set_kept(self, number: int) -> None:
        """Mark a segment as finished and stored."""
        with self._changed:
            self._pending.discard(number)
            self._changed.notify_all()

    def set_failed(self, number: int) -> None:
        """Mark a segment as failed; it becomes a gap."""
        with self._changed:
            self._failed.add(number)
            self._pending.discard(number)
            self._changed.notify_all()

    def wait_for_segment(self, number: int) -> KeptSegment | None:
        """Wait until a segment is finished and return it; None for a gap. StageStoppedError if the round is stopped."""
        if number in self._pending or self._stopped:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or number not in self._pending)
                if self._stopped:
                    raise StageStoppedError
        if number in self._failed:
            return None
        return self._folder.kept.get(self._job.plan.identities[number - 1])

    def set_level(self, chapter: int, level: Level | None) -> None:
        """Set the level of a chapter; None if its audio is damaged."""
        with self._changed:
            self._levels[chapter] = level
            self._changed.notify_all()

    def wait_for_level(self, chapter: int) -> Level | None:
        """Wait until a chapter's level is set and return it. StageStoppedError if the round is stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or chapter in self._levels)
            if self._stopped:
                raise StageStoppedError
            return self._levels[chapter]

    def stop(self, error: BaseException | None = None) -> None:
        """Stop the round: every wait raises StageStoppedError. The first error is kept."""
        with self._changed:
            self.error = self.error or error
            self._stopped = True
            self._changed.notify_all()


class Level:
    """The gain that brings a chapter to its loudness, and whether its peaks have to be limited."""

    def __init__(self, gain_db: float, lufs: float | None, *, limits: bool) -> None:
        self.gain_db = gain_db
        self.lufs = lufs
        self.limits = limits
