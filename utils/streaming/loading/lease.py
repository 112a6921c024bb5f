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


class GiveBack(Protocol):
    """What takes a lease back."""

    def __call__(self, entry: LoadedEntry, *, unload: bool) -> None:
        """Learn that a user is gone; `unload` if the model needn't stay."""


class Holder(Protocol):
    """A user of a model who gives it back when he is asked to."""

    @property
    def owner(self) -> object:
        """Whose work it is."""
        ...

    @property
    def urgent(self) -> bool:
        """Whether somebody listens now."""
        ...

    def asked_back(self, wanted: bool, *, urgent: bool) -> None:
        """Learn that the model's memory is needed for another one, or, if not `wanted`, no longer.

        Then finish what is under way and release the lease.
        """


class LoadedEntry:
    """A model that is loaded, or being loaded, and who uses it."""

    def __init__(self, key: ModelKey, spec: WorkerSpec, located: LocatedModel) -> None:
        self.key = key
        self.spec = spec
        self.located = located
        self.users = 0
        self.holders: list[Holder] = []
        """Those of the users who give it back when they are asked to."""
        self.wanted = False
        """Whether its memory is needed for another model."""
        self.held_since = 0.0
        self.load_s = 0.0
        self.listeners: list[OnProgress] = []
        self.last_used = time.monotonic()
        self.memory_bytes = 0
        self.identified = True
        self.hello: Hello | None = None
        """What the newest worker said of itself."""
        self.pool: WorkerPool
        self.ready: asyncio.Task[None]
        self.idle_timer: asyncio.TimerHandle | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether it was loaded, and not in vain."""
        return self.ready.done() and not self.ready.cancelled() and self.ready.exception() is None

    @property
    def may_be_asked_back(self) -> bool:
        """Whether it is in use, and by nobody who would keep it."""
        return 0 < self.users == len(self.holders)

    def want_back(self, wanted: bool, *, urgent: bool) -> None:
        """Ask the model back from all who hold it, or let them keep it."""
        self.wanted = wanted
        self.pool.hurry(wanted)
        for holder in list(self.holders):
            holder.asked_back(wanted, urgent=urgent)

    def progress(self, message: str, fraction: float | None) -> None:
        """Tell everybody who waits for the load how far it is."""
        for listener in list(self.listeners):
            listener(message, fraction)


class Lease:
    """The right to use a loaded model until `release`."""

    def __init__(self, entry: LoadedEntry, give_back: GiveBack, holder: Holder | None = None) -> None:
        self._entry = entry
        self._give_back = give_back
        self._holder = holder
        self._released = False

    @property
    def pool(self) -> WorkerPool:
        """The model's workers."""
        return self._entry.pool

    @property
    def identified(self) -> bool:
        """Whether the worker is what the parent took it for. If not, nothing it makes may be cached."""
        return self._entry.identified

    @property
    def wanted(self) -> bool:
        """Whether the model's memory is needed for another one."""
        return self._entry.wanted

    @property
    def load_s(self) -> float:
        """How long the model took to load."""
        return self._entry.load_s

    def release(self, *, unload: bool = False) -> None:
        """Give the right back; the model is unloaded after the idle time-out, or at once if nobody else uses it."""
        if not self._released:
            self._released = True
            if self._holder is not None:
                self._entry.holders.remove(self._holder)
            self._give_back(self._entry, unload=unload)
