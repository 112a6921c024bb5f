"""Turns of models on a memory that doesn't hold all of them: who is let go of, who gives back, who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from ..contract.adapter import OnProgress
from ..contract.model_key import ModelKey
from .lease import Holder, LoadedEntry
from .memory import tree_bytes


class _Ticket:
    """Somebody who waits for the memory that a model takes."""

    def __init__(self, key: ModelKey, holder: Holder) -> None:
        self.key = key
        self.holder = holder
        self.changed = asyncio.Event()


class ModelRoom:
    """The memory that loaded models may hold. Lives on the runtime loop.

    `budget_bytes` is how much that is (None: no bound); `entries` are the loader's, `unload` its way to let one go.

    Idle models go, the least recently used first, when another needs their place. One that is in use by a `Holder` is
    asked back from him, and whoever needs its place waits for it, in turn, urgent ones first: so a job never holds one
    model while it waits for another, and none waits for ever. What others hold, outside of a job's segments, is never
    waited for: the budget is then exceeded, as it is by one model that alone is larger.
    """

    def __init__(
        self,
        budget_bytes: int | None,
        entries: Mapping[ModelKey, LoadedEntry],
        unload: Callable[[LoadedEntry, str], Awaitable[object]],
    ) -> None:
        self.budget_bytes = budget_bytes
        self.known_bytes: dict[ModelKey, int] = {}
        """What models held when they were last measured."""
        self._entries = entries
        self._unload = unload
        self._queue: list[_Ticket] = []

    async def enter(self, key: ModelKey, holder: Holder, on_progress: OnProgress | None = None) -> None:
        """Return when there may be room for a model, or it is there already; then begin to use it at once."""
        if self.budget_bytes is None:
            return
        if self._is_open(key):
            return
        ticket = _Ticket(key, holder)
        # A model that is wanted back takes no new users before those who wait for its place had theirs.
        place = len(self._queue)
        if holder.urgent:
            place = next((at for at, other in enumerate(self._queue) if not other.holder.urgent), place)
        self._queue.insert(place, ticket)
        try:
            while True:
                ticket.changed.clear()
                if self._queue[0] is ticket and await self._fits(ticket, on_progress):
                    return
                await ticket.changed.wait()
        finally:
            if self._queue[0] is ticket:
                self._want_back([], ticket.holder)
            self._queue.remove(ticket)
            self.look_again()

    def look_again(self) -> None:
        """Something has changed: let whoever is next look whether it may enter."""
        if self._queue:
            self._queue[0].changed.set()

    async def make(self, keep: LoadedEntry) -> None:
        """Unload idle models, least recently used first, until the budget holds what is left, `keep` among it."""
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
        """Learn that a model was loaded: how much it holds, and whether that was too much."""
        if self.budget_bytes is not None:
            # Only a budget needs the figure now; measuring costs milliseconds that a first sentence would wait for.
            entry.memory_bytes = self.known_bytes[entry.key] = await measure((pid,))
            await self.make(keep=entry)

    def _is_open(self, key: ModelKey) -> bool:
        """Whether a model is there, and neither wanted back nor about to be let go of."""
        entry = self._entries.get(key)
        if entry is None or entry.wanted:
            return False
        return entry.users > 0 or self._nothing_has_to_go()

    def _nothing_has_to_go(self) -> bool:
        """Whether what is there and what is being loaded is known to fit."""
        loading = [entry for entry in self._entries.values() if not entry.is_loaded]
        if not loading:
            return True
        if any(entry.key not in self.known_bytes for entry in loading):
            return False
        held_bytes = sum(entry.memory_bytes for entry in self._entries.values() if entry.is_loaded)
        return held_bytes + sum(self.known_bytes[entry.key] for entry in loading) <= (self.budget_bytes or 0)

    async def _fits(self, ticket: _Ticket, on_progress: OnProgress | None) -> bool:
        """Whether whoever is first may enter; if not, what stands in his way is asked back."""
        await self._measure()
        budget_bytes = self.budget_bytes
        assert budget_bytes is not None
        in_use = [entry for entry in self._entries.values() if entry.users]
        in_the_way = [entry for entry in in_use if entry.key != ticket.key and entry.may_be_asked_back]
        if self._is_open(ticket.key):
            return True
        if any(not entry.is_loaded for entry in self._entries.values()):
            return False  # What is being loaded may need the place of what idles.
        if ticket.key in self._entries or not in_the_way:
            return True
        expected_bytes = self.known_bytes.get(ticket.key)
        if expected_bytes is None:
            # Nobody knows yet what it takes: it is loaded when nothing that could wait is in use.
            missing_bytes = budget_bytes
        else:
            missing_bytes = sum(entry.memory_bytes for entry in in_use) + expected_bytes - budget_bytes
            if missing_bytes <= 0:
                return True
        wanted: list[LoadedEntry] = []
        for entry in sorted(in_the_way, key=lambda entry: entry.held_since):
            if missing_bytes <= 0:
                break
            wanted.append(entry)
            missing_bytes -= entry.memory_bytes
        self._want_back(wanted, ticket.holder)
        others = [
            entry.key.engine
            for entry in wanted
            if any(holder.owner is not ticket.holder.owner for holder in entry.holders)
        ]
        if others and on_progress is not None:
            on_progress(f"waiting for the memory of '{others[0]}', which another job uses", None)
        return False

    def _want_back(self, wanted: list[LoadedEntry], by: Holder) -> None:
        for entry in self._entries.values():
            is_wanted = entry in wanted
            if is_wanted != entry.wanted:
                entry.want_back(is_wanted, urgent=by.urgent)

    async def _measure(self) -> None:
        for entry in list(self._entries.values()):
            if entry.is_loaded:
                # Anew each time: models grow with use, and by workers.
                entry.memory_bytes = await measure(entry.pool.pids)
            else:
                entry.memory_bytes = self.known_bytes.get(entry.key, 0)


async def measure(pids: tuple[int, ...]) -> int:
    """Return what processes and their children hold, in bytes."""
    try:
        return sum(await asyncio.gather(*(asyncio.to_thread(tree_bytes, pid) for pid in pids)))
    except RuntimeError:
        # The interpreter is ending and starts no threads any more; nobody minds waiting now.
        return sum(map(tree_bytes, pids))
