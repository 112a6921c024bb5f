"""A loaded model with its users, and the right to be one of them."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from ...models.located import LocatedModel
from ..contract.adapter import OnProgress
from ..contract.helper import WorkerSpec
from ..contract.model_key import ModelKey
from ..scheduling.pool import WorkerPool
from ..worker.protocol import Hello


class OnRelease(Protocol):
    """Called when a lease was released."""

    def __call__(self, entry: LoadedEntry, *, unload: bool) -> None:
        """Remove the user; with `unload`, unload the model once it has no users."""


class Holder(Protocol):
    """A user of a model whose lease may be revoked."""

    @property
    def owner(self) -> object:
        """The job that it works for."""
        ...

    @property
    def is_live(self) -> bool:
        """Whether it works for a live job."""
        ...

    def set_revoked(self, revoked: bool, *, for_live: bool) -> None:
        """Finish the segments in flight and release the lease, or, if not `revoked` any more, keep it.

        `for_live`: Whether a live job needs the memory.
        """


class LoadedEntry:
    """A model that is loaded, or being loaded, and its users."""

    def __init__(self, key: ModelKey, spec: WorkerSpec, located: LocatedModel) -> None:
        self.key = key
        self.spec = spec
        self.located = located
        self.users = 0
        self.holders: list[Holder] = []
        """The users whose leases may be revoked."""
        self.revoked = False
        """Whether its leases are revoked, because another model needs the memory."""
        self.acquired_at = 0.0
        """The time when it was acquired while it had no users."""
        self.load_s = 0.0
        self.listeners: list[OnProgress] = []
        self.last_used = time.monotonic()
        self.memory_bytes = 0
        self.identified = True
        self.hello: Hello | None = None
        """The hello of its newest worker."""
        self.pool: WorkerPool
        self.ready: asyncio.Task[None]
        self.idle_timer: asyncio.TimerHandle | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether loading has ended with success."""
        return self.ready.done() and not self.ready.cancelled() and self.ready.exception() is None

    @property
    def is_revocable(self) -> bool:
        """Whether it is in use, and every user would release it when revoked."""
        return 0 < self.users == len(self.holders)

    def set_revoked(self, revoked: bool, *, for_live: bool) -> None:
        """Revoke all leases on the model, or let their holders keep them."""
        self.revoked = revoked
        self.pool.lift_credit(revoked)
        for holder in list(self.holders):
            holder.set_revoked(revoked, for_live=for_live)

    def progress(self, message: str, fraction: float | None) -> None:
        """Report progress to all callers that wait for the load."""
        for listener in list(self.listeners):
            listener(message, fraction)


class Lease:
    """The right to use a loaded model until `release`."""

    def __init__(self, entry: LoadedEntry, on_release: OnRelease, holder: Holder | None = None) -> None:
        self._entry = entry
        self._on_release = on_release
        self._holder = holder
        self._released = False

    @property
    def pool(self) -> WorkerPool:
        """The model's workers."""
        return self._entry.pool

    @property
    def identified(self) -> bool:
        """Whether the worker is the one that cache keys were made for. If not, nothing it makes may be cached."""
        return self._entry.identified

    @property
    def revoked(self) -> bool:
        """Whether the lease should be released soon, because another model needs the memory."""
        return self._entry.revoked

    @property
    def load_s(self) -> float:
        """The duration of the model's load."""
        return self._entry.load_s

    def release(self, *, unload: bool = False) -> None:
        """End the use. The model is unloaded after the idle time-out, or, with `unload`, once it has no users."""
        if not self._released:
            self._released = True
            if self._holder is not None:
                self._entry.holders.remove(self._holder)
            self._on_release(self._entry, unload=unload)
