"""A loaded model with its users, and the right to be one of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from ...engines.spec import EngineSpec
from ..streaming.pool import WorkerPool
from ..streaming.protocol import Hello
from .model import LocatedModel, ModelKey

OnProgress = Callable[[str, float | None], None]


class GiveBack(Protocol):
    """What takes a lease back."""

    def __call__(self, entry: LoadedEntry, *, unload: bool) -> None:
        """Learn that a user is gone; `unload` if the model needn't stay."""


class LoadedEntry:
    """A model that is loaded, or being loaded, and who uses it."""

    def __init__(self, key: ModelKey, spec: EngineSpec, located: LocatedModel) -> None:
        self.key = key
        self.spec = spec
        self.located = located
        self.users = 0
        self.listeners: list[OnProgress] = []
        self.last_used = time.monotonic()
        self.memory_bytes = 0
        self.identified = True
        self.hello: Hello | None = None
        """What the newest worker said of itself."""
        self.pool: WorkerPool
        self.ready: asyncio.Task[None]
        self.idle_timer: asyncio.TimerHandle | None = None

    def progress(self, message: str, fraction: float | None) -> None:
        """Tell everybody who waits for the load how far it is."""
        for listener in list(self.listeners):
            listener(message, fraction)


class Lease:
    """The right to use a loaded model until `release`."""

    def __init__(self, entry: LoadedEntry, give_back: GiveBack) -> None:
        self._entry = entry
        self._give_back = give_back
        self._released = False

    @property
    def pool(self) -> WorkerPool:
        """The model's workers."""
        return self._entry.pool

    @property
    def identified(self) -> bool:
        """Whether the worker is what the parent took it for. If not, nothing it makes may be cached."""
        return self._entry.identified

    def release(self, *, unload: bool = False) -> None:
        """Give the right back; the model is unloaded after the idle time-out, or at once if nobody else uses it."""
        if not self._released:
            self._released = True
            self._give_back(self._entry, unload=unload)
