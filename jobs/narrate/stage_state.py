"""What the stages of a narration share: which segments are there, how loud chapters are, and when to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ..errors import StageStoppedError
from .folder import Kept, NarrationFolder
from .job import NarrateJob


class StageState:
    """One for each round. Any thread may call it."""

    def __init__(self, job: NarrateJob, folder: NarrationFolder, pending: Iterable[int]) -> None:
        self._job = job
        self._folder = folder
        self._pending = set(pending)
        self._failed: set[int] = set()
        self._gains: dict[int, Level | None] = {}
        self._changed = threading.Condition()
        self.error: BaseException | None = None
        """What ended the round before its time."""
        self.damaged: set[int] = set()
        """Segments whose audio isn't what was kept."""
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether the round is over before its time."""
        return self._stopped

    @property
    def any_pending(self) -> bool:
        """Whether a segment isn't there yet."""
        return bool(self._pending)

    def is_pending(self, number: int) -> bool:
        """Whether this segment isn't there yet."""
        return number in self._pending

    def is_coming(self, number: int) -> bool:
        """Whether a segment is there, or will be."""
        return number in self._pending or self._job.plan.identities[number - 1] in self._folder.kept

    def kept(self, number: int) -> None:
        """A segment is there."""
        with self._changed:
            self._pending.discard(number)
            self._changed.notify_all()

    def failed(self, number: int) -> None:
        """A segment couldn't be made, and leaves a gap."""
        with self._changed:
            self._failed.add(number)
            self._pending.discard(number)
            self._changed.notify_all()

    def take(self, number: int) -> Kept | None:
        """Return what is kept of a segment, waiting until it is there; None for a gap. StageStoppedError."""
        if number in self._pending or self._stopped:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or number not in self._pending)
                if self._stopped:
                    raise StageStoppedError
        if number in self._failed:
            return None
        return self._folder.kept.get(self._job.plan.identities[number - 1])

    def level(self, chapter: int, level: Level | None) -> None:
        """How a chapter is to be leveled is known; None if its audio is damaged."""
        with self._changed:
            self._gains[chapter] = level
            self._changed.notify_all()

    def take_level(self, chapter: int) -> Level | None:
        """Return how a chapter is to be leveled, waiting until that is known. StageStoppedError."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or chapter in self._gains)
            if self._stopped:
                raise StageStoppedError
            return self._gains[chapter]

    def stop(self, error: BaseException | None = None) -> None:
        """End the round: whoever waits gets StageStoppedError. The first error is the round's."""
        with self._changed:
            self.error = self.error or error
            self._stopped = True
            self._changed.notify_all()


class Level:
    """What brings a chapter to its loudness: a gain, and whether peaks have to be taken down."""

    def __init__(self, gain_db: float, lufs: float | None, *, limits: bool) -> None:
        self.gain_db = gain_db
        self.lufs = lufs
        self.limits = limits
