"""A job's way to one model: its segments wait here until the model is there, and again while others have its memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from .loading.lease import Lease
from .scheduling.segment_task import SegmentTask

_HELD_FOR_LOADS = 4.0
"""A model isn't given to another batch job before it was held this many times as long as its load took: loading then
costs no more than a fifth of the time, however many jobs want models that don't fit beside each other."""
_QUIET_S = 0.25
"""A job whose segments come one by one (live ones, a text that is still being cut) is taken for idle after this."""


class GateOwner(Protocol):
    """The job."""

    @property
    def urgent(self) -> bool:
        """Whether somebody listens now."""
        ...

    @property
    def look_ahead(self) -> int:
        """How many segments may be under way beyond the one being delivered."""
        ...

    @property
    def is_filling(self) -> bool:
        """Whether further segments may begin before one of those under way is delivered."""
        ...


class ModelGate:
    """Keeps a lease while there is work for it, and for as long as nobody else needs the memory.

    `open_lease` waits for one. While another model is waited for, what the job has within its look-ahead still goes
    through; then, at the latest after as many segments again, the lease is given back, and asked for anew, behind
    the others, for what is left. So segments run in groups by their models where these don't fit beside each other.
    """

    def __init__(self, owner: GateOwner, open_lease: Callable[[ModelGate], Awaitable[Lease]]) -> None:
        self.owner = owner
        self._open_lease = open_lease
        self._lease: Lease | None = None
        self._failure: str | None = None
        self._waiting: list[SegmentTask] = []
        self._running: set[SegmentTask] = set()
        self._opening: asyncio.Task[None] | None = None
        self._opened_at = 0.0
        self._left: int | None = None
        """How many segments may still go through before the lease goes back; None as long as nobody wants it."""
        self._is_urgent = False
        self._quiet: asyncio.TimerHandle | None = None

    @property
    def urgent(self) -> bool:
        """Whether the job is a live one."""
        return self.owner.urgent

    @property
    def identified(self) -> bool:
        """Whether the worker is what the parent took it for. If not, nothing it makes may be cached."""
        return self._lease is not None and self._lease.identified

    def submit(self, task: SegmentTask) -> None:
        """Send a segment to the model's workers, as soon as there are any for it."""
        if self._failure is not None:
            task.fail(self._failure)
        elif self._lease is not None and self._may_pass():
            self._pass(self._lease, task)
        else:
            self._waiting.append(task)
            self._open()

    def discard(self, task: SegmentTask) -> None:
        """Forget a cancelled segment, wherever it is."""
        if task in self._waiting:
            self._waiting.remove(task)
        if self._lease is not None:
            self._lease.pool.discard(task)
        else:
            task.cancel()
        self.over(task)

    def over(self, task: SegmentTask) -> None:
        """Learn that a segment has its outcome."""
        self._running.discard(task)
        self.look_again()

    def asked_back(self, wanted: bool, *, urgent: bool) -> None:
        """Learn that another model needs the memory, or, if not `wanted`, no longer."""
        if not wanted:
            self._left = None
            if self._lease is not None:
                self._pass_all(self._lease)
            return
        self._is_urgent = urgent
        if self._left is None:
            self._left = self.owner.look_ahead
        self.look_again()

    def look_again(self) -> None:
        """Give the lease back if it is wanted and nothing is under way that needs it."""
        lease = self._lease
        if lease is None or self._left is None or self._running:
            return
        if self._left > 0 and self.owner.is_filling:
            if self._quiet is None:
                self._quiet = asyncio.get_running_loop().call_later(_QUIET_S, self._was_quiet)
            return
        self._give_back(lease)

    async def close(self, *, unload: bool) -> None:
        """Give up what waits, and the lease."""
        if self._opening is not None and not self._opening.done():
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._quiet is not None:
            self._quiet.cancel()
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.release(unload=unload)

    def _open(self) -> None:
        if self._lease is None and self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._wait_for_lease())

    async def _wait_for_lease(self) -> None:
        try:
            lease = self._lease = await self._open_lease(self)
        except Exception as error:  # noqa: BLE001  a model that can't be had fails the segments that need it, by name
            # Later segments of this job fail with the same message; another job tries again.
            self._failure = str(error)
            waiting, self._waiting = self._waiting, []
            for task in waiting:
                task.fail(self._failure)
            return
        finally:
            self._opening = None
        self._opened_at = time.monotonic()
        self._left = self.owner.look_ahead if lease.wanted else None
        self._pass_all(lease)
        self.look_again()

    def _pass_all(self, lease: Lease) -> None:
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            if not task.cancelled:
                self._pass(lease, task)

    def _may_pass(self) -> bool:
        if self._left is None:
            return True
        lease = self._lease
        assert lease is not None
        if self._is_urgent or time.monotonic() - self._opened_at > _HELD_FOR_LOADS * lease.load_s:
            self._left -= 1
        return self._left >= 0

    def _pass(self, lease: Lease, task: SegmentTask) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        self._running.add(task)
        lease.pool.submit(task)

    def _was_quiet(self) -> None:
        self._quiet = None
        if self._lease is not None and self._left is not None and not self._running:
            self._give_back(self._lease)

    def _give_back(self, lease: Lease) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        self._lease = self._left = None
        lease.release()
        if self._waiting:
            self._open()
