"""The memory budget of loaded models: evicts idle models, revokes leases, and queues holders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from ..contract.adapter import OnProgress
from ..contract.model_key import ModelKey
from .lease import Holder, LoadedEntry
from .memory import tree_bytes


class _Ticket:
    """A holder that waits for the memory of a model."""

    def __init__(self, key: ModelKey, holder: Holder) -> None:
        self.key = key
        self.holder = holder
        self.changed = asyncio.Event()


class MemoryBudget:
    """The memory that loaded models may hold. Lives on the runtime loop.

    `budget_bytes` is the limit (None: no limit); `entries` are the loader's models, `unload` evicts one. Invariants:

    - Idle models are evicted first, the least recently used one before the others.
    - A model in use by holders alone can be revoked: they release it once the segments in flight have finished. No
      holder waits for a model with other users (a live session). The budget is exceeded instead, and also by a single
      model that is larger than the budget.
    - Holders wait in one queue, live ones first, without a lease on the model they wait for. So no two jobs wait for
      each other, and each holder in the queue gets its turn.
    - Only the first holder in the queue revokes. A revoked model takes no new users until that holder has entered.
    """

    def __init__(
        self,
        budget_bytes: int | None,
        entries: Mapping[ModelKey, LoadedEntry],
        unload: Callable[[LoadedEntry, str], Awaitable[object]],
    ) -> None:
        self.budget_bytes = budget_bytes
        self.known_bytes: dict[ModelKey, int] = {}
        """The memory of models when it was last measured."""
        self._entries = entries
        self._unload = unload
        self._queue: list[_Ticket] = []

    async def enter(self, key: ModelKey, holder: Holder, on_progress: OnProgress | None = None) -> None:
        """Return when the model is loaded, or its memory may be taken. The caller must acquire it at once."""
        if self.budget_bytes is None:
            return
        if self._can_enter(key):
            return
        ticket = _Ticket(key, holder)
        position = len(self._queue)
        if holder.is_live:
            position = next((i for i, other in enumerate(self._queue) if not other.holder.is_live), position)
        self._queue.insert(position, ticket)
        try:
            while True:
                ticket.changed.clear()
                if self._queue[0] is ticket and await self._fits(ticket, on_progress):
                    return
                await ticket.changed.wait()
        finally:
            if self._queue[0] is ticket:
                self._revoke_only([], ticket.holder)
            self._queue.remove(ticket)
            self.recheck()

    def recheck(self) -> None:
        """Let the first in the queue check again, because something has changed."""
        if self._queue:
            self._queue[0].changed.set()

    async def evict(self, keep: LoadedEntry) -> None:
        """Unload idle models, least recently used first, until the rest, with `keep`, is within the budget."""
        if self.budget_bytes is None:
            return
        await self._measure()
        while sum(entry.memory_bytes for entry in self._entries.values()) > self.budget_bytes:
            idle = [
                entry for entry in self._entries.values() if not entry.users and entry is not keep and entry.is_loaded
            ]
            if not idle:
                return
            oldest = min(idle, key=lambda entry: entry.last_used)
            await asyncio.shield(asyncio.ensure_future(self._unload(oldest, "its memory was needed")))

    async def loaded(self, entry: LoadedEntry, pid: int) -> None:
        """Measure a model that was just loaded, and evict others if the budget is exceeded."""
        if self.budget_bytes is not None:
            # Without a budget nothing is measured: that takes milliseconds, which would delay the first sentence.
            entry.memory_bytes = self.known_bytes[entry.key] = await measure((pid,))
            await self.evict(keep=entry)

    def _can_enter(self, key: ModelKey) -> bool:
        """Return whether a model is loaded, and neither revoked nor about to be evicted."""
        entry = self._entries.get(key)
        if entry is None or entry.revoked:
            return False
        return entry.users > 0 or self._loads_fit()

    def _loads_fit(self) -> bool:
        """Return whether the loaded models and those being loaded are known to fit into the budget together."""
        loading = [entry for entry in self._entries.values() if not entry.is_loaded]
        if not loading:
            return True
        if any(entry.key not in self.known_bytes for entry in loading):
            return False
        held_bytes = sum(entry.memory_bytes for entry in self._entries.values() if entry.is_loaded)
        return held_bytes + sum(self.known_bytes[entry.key] for entry in loading) <= (self.budget_bytes or 0)

    async def _fits(self, ticket: _Ticket, on_progress: OnProgress | None) -> bool:
        """Return whether the first holder in the queue may enter; if not, revoke the models whose memory it needs."""
        await self._measure()
        budget_bytes = self.budget_bytes
        assert budget_bytes is not None
        in_use = [entry for entry in self._entries.values() if entry.users]
        revocable = [entry for entry in in_use if entry.key != ticket.key and entry.is_revocable]
        if self._can_enter(ticket.key):
            return True
        if any(not entry.is_loaded for entry in self._entries.values()):
            return False  # A model that is being loaded may need the memory of idle ones.
        if ticket.key in self._entries or not revocable:
            return True
        expected_bytes = self.known_bytes.get(ticket.key)
        if expected_bytes is None:
            # The size is unknown before the first load, which therefore waits until nothing revocable is in use.
            missing_bytes = budget_bytes
        else:
            missing_bytes = sum(entry.memory_bytes for entry in in_use) + expected_bytes - budget_bytes
            if missing_bytes <= 0:
                return True
        chosen: list[LoadedEntry] = []
        for entry in sorted(revocable, key=lambda entry: entry.acquired_at):
            if missing_bytes <= 0:
                break
            chosen.append(entry)
            missing_bytes -= entry.memory_bytes
        self._revoke_only(chosen, ticket.holder)
        others = [
            entry.key.engine
            for entry in chosen
            if any(holder.owner is not ticket.holder.owner for holder in entry.holders)
        ]
        if others and on_progress is not None:
            on_progress(f"waiting for the memory of '{others[0]}', which another job uses", None)
        return False

    def _revoke_only(self, chosen: list[LoadedEntry], by: Holder) -> None:
        for entry in self._entries.values():
            if (entry in chosen) != entry.revoked:
                entry.set_revoked(entry in chosen, for_live=by.is_live)

    async def _measure(self) -> None:
        for entry in list(self._entries.values()):
            if entry.is_loaded:
                # Measured again each time: models grow with use and with the number of workers.
                entry.memory_bytes = await measure(entry.pool.pids)
            else:
                entry.memory_bytes = self.known_bytes.get(entry.key, 0)


async def measure(pids: tuple[int, ...]) -> int:
    """Return the memory of processes and their children in bytes."""
    try:
        return sum(await asyncio.gather(*(asyncio.to_thread(tree_bytes, pid) for pid in pids)))
    except RuntimeError:
        # The interpreter is ending and starts no more threads; blocking is acceptable now.
        return sum(map(tree_bytes, pids))
