"""A job's access to one model. Segments wait here for the model, and again while its lease is revoked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from .job import JobStream
from .loading.lease import Lease
from .scheduling.segment_task import SegmentTask

_KEEP_PER_LOAD = 4.0
"""A model is kept this many times as long as its load took before another batch job may have it. So at most a fifth of
the time is spent loading, however many jobs need models that don't fit into the budget together."""
_QUIET_S = 0.25
"""A job whose segments come one by one (live, or text that is still being cut) counts as idle after this time."""


class ModelGate:
    """Holds a job's lease on one model. `open_lease` acquires it and waits for it.

    | state | lease | `_quota` | a new segment | leaves the state |
    |---|---|---|---|---|
    | closed | no | None | waits, and opens the gate | lease acquired: open |
    | open | yes | None | goes to the workers | revoked: closing; end of the job |
    | closing | yes | n | goes to the workers while n > 0, else waits | nothing in flight: closed; not revoked: open |

    n starts at the look-ahead. While only batch jobs need the memory, segments don't count before the model was kept
    for `_KEEP_PER_LOAD` times its load. Segments that wait when the gate closes acquire the lease again, after other
    jobs. So segments run in groups by model if the models don't fit into the budget together.
    """

    def __init__(self, owner: JobStream, open_lease: Callable[[ModelGate], Awaitable[Lease]]) -> None:
        self.owner = owner
        self._open_lease = open_lease
        self._lease: Lease | None = None
        self._failure: str | None = None
        self._waiting: list[SegmentTask] = []
        self._running: set[SegmentTask] = set()
        self._opening: asyncio.Task[None] | None = None
        self._opened_at = 0.0
        self._quota: int | None = None
        """The number of segments that may still pass before the lease is released; None while it isn't revoked."""
        self._for_live = False
        self._quiet_timer: asyncio.TimerHandle | None = None

    @property
    def is_live(self) -> bool:
        """Whether the job is a live one."""
        return self.owner.is_live

    @property
    def identified(self) -> bool:
        """Whether the worker is the one that cache keys were made for. If not, nothing it makes may be cached."""
        return self._lease is not None and self._lease.identified

    def submit(self, task: SegmentTask) -> None:
        """Send a segment to the model's workers as soon as possible."""
        if self._failure is not None:
            task.fail(self._failure)
        elif self._lease is not None and self._may_pass():
            self._pass(self._lease, task)
        else:
            self._waiting.append(task)
            self._open()

    def discard(self, task: SegmentTask) -> None:
        """Drop a cancelled segment, whether it waits or runs."""
        if task in self._waiting:
            self._waiting.remove(task)
        if self._lease is not None:
            self._lease.pool.discard(task)
        else:
            task.cancel()
        self.task_over(task)

    def task_over(self, task: SegmentTask) -> None:
        """Note that a segment has its outcome."""
        self._running.discard(task)
        self.release_if_done()

    def set_revoked(self, revoked: bool, *, for_live: bool) -> None:
        """Start or stop closing (see Holder)."""
        if not revoked:
            self._quota = None
            if self._lease is not None:
                self._pass_all(self._lease)
            return
        self._for_live = for_live
        if self._quota is None:
            self._quota = self.owner.look_ahead
        self.release_if_done()

    def release_if_done(self) -> None:
        """Release the lease if it is revoked and nothing in flight needs it."""
        lease = self._lease
        if lease is None or self._quota is None or self._running:
            return
        if self._quota > 0 and self.owner.is_filling:
            if self._quiet_timer is None:
                self._quiet_timer = asyncio.get_running_loop().call_later(_QUIET_S, self._was_quiet)
            return
        self._release(lease)

    async def close(self, *, unload: bool) -> None:
        """Stop waiting for a lease, and release the one that is held."""
        if self._opening is not None and not self._opening.done():
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        self._stop_quiet_timer()
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.release(unload=unload)

    def _open(self) -> None:
        if self._lease is None and self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._wait_for_lease())

    async def _wait_for_lease(self) -> None:
        try:
            lease = self._lease = await self._open_lease(self)
        except Exception as error:  # noqa: BLE001  a model that can't be loaded fails the segments that need it, by name
            # Later segments of this job fail with the same message; another job tries again.
            self._failure = str(error)
            waiting, self._waiting = self._waiting, []
            for task in waiting:
                task.fail(self._failure)
            return
        finally:
            self._opening = None
        self._opened_at = time.monotonic()
        self._quota = self.owner.look_ahead if lease.revoked else None
        self._pass_all(lease)
        self.release_if_done()

    def _pass_all(self, lease: Lease) -> None:
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            if not task.cancelled:
                self._pass(lease, task)

    def _may_pass(self) -> bool:
        if self._quota is None:
            return True
        lease = self._lease
        assert lease is not None
        if self._for_live or time.monotonic() - self._opened_at > _KEEP_PER_LOAD * lease.load_s:
            self._quota -= 1
        return self._quota >= 0

    def _pass(self, lease: Lease, task: SegmentTask) -> None:
        self._stop_quiet_timer()
        self._running.add(task)
        lease.pool.submit(task)

    def _was_quiet(self) -> None:
        self._quiet_timer = None
        if self._lease is not None and self._quota is not None and not self._running:
            self._release(self._lease)

    def _release(self, lease: Lease) -> None:
        self._stop_quiet_timer()
        self._lease = self._quota = None
        lease.release()
        if self._waiting:
            self._open()

    def _stop_quiet_timer(self) -> None:
        if self._quiet_timer is not None:
            self._quiet_timer.cancel()
            self._quiet_timer = None
