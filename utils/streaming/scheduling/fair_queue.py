"""The order of segments on a worker: live jobs before batch jobs, and one segment of each job in turn."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from enum import Enum
from typing import Generic, Protocol, TypeVar


class Priority(Enum):
    """The priority of a job: a listener waits for its audio (`LIVE`), or it is needed as a whole (`BATCH`)."""

    LIVE = "live"
    BATCH = "batch"


class Queued(Protocol):
    """An item of the queue."""

    @property
    def owner(self) -> object:
        """The job; owners take turns."""
        ...

    @property
    def priority(self) -> Priority:
        """The job's priority."""
        ...

    @property
    def index(self) -> int:
        """Its position in its owner's order."""
        ...

    @property
    def alone(self) -> bool:
        """Whether it must not share a batch."""
        ...


T = TypeVar("T", bound=Queued)


class FairQueue(Generic[T]):
    """A queue in which owners take turns. Belongs to one event loop.

    Each priority has a ring of owners, and each owner a line of items. `take` serves the first owner of the first ring
    that has one, and moves it to the end of its ring.
    """

    def __init__(self) -> None:
        self._rings: dict[Priority, OrderedDict[int, deque[T]]] = {kind: OrderedDict() for kind in Priority}
        self._takers: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        return sum(len(line) for ring in self._rings.values() for line in ring.values())

    def put(self, item: T) -> None:
        """Append to the owner's line."""
        self._line(item).append(item)
        self._wake()

    def put_retry(self, item: T) -> None:
        """Queue an item again for a retry: in the owner's line, before every item with a higher index.

        If it were put in front, items that two workers lost at the same time might change their order. The later ones,
        whose events can't be delivered before those of the earlier ones, would then occupy every worker.
        """
        line = self._line(item)
        line.insert(next((i for i, other in enumerate(line) if other.index > item.index), len(line)), item)
        self._wake()

    def discard(self, item: T) -> bool:
        """Remove an item; false if it isn't in the queue."""
        ring = self._rings[item.priority]
        line = ring.get(id(item.owner))
        if line is None or item not in line:
            return False
        line.remove(item)
        if not line:
            del ring[id(item.owner)]
        return True

    def drain(self) -> list[T]:
        """Remove and return all items."""
        items = [item for ring in self._rings.values() for line in ring.values() for item in line]
        for ring in self._rings.values():
            ring.clear()
        return items

    def has_other_than(self, owner: object) -> bool:
        """Whether another owner has an item in the queue."""
        return any(key != id(owner) for ring in self._rings.values() for key in ring)

    async def take(self, limit: int = 1) -> list[T]:
        """Wait for an item and take up to `limit` of them, in turn. An `alone` one is returned by itself."""
        while not len(self):
            taker = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            try:
                await taker
            except asyncio.CancelledError:
                if taker.done() and not taker.cancelled():
                    self._wake()  # This taker was woken and takes nothing: wake another.
                raise
        taken = [self._next()]
        while len(taken) < limit and not taken[0].alone and (following := self._peek()) is not None:
            if following.alone:
                break
            taken.append(self._next())
        return taken

    def _line(self, item: T) -> deque[T]:
        return self._rings[item.priority].setdefault(id(item.owner), deque())

    def _wake(self) -> None:
        while self._takers:
            taker = self._takers.popleft()
            if not taker.done():
                taker.set_result(None)
                return

    def _peek(self) -> T | None:
        for ring in self._rings.values():
            if ring:
                return next(iter(ring.values()))[0]
        return None

    def _next(self) -> T:
        ring = next(ring for ring in self._rings.values() if ring)
        key, line = next(iter(ring.items()))
        item = line.popleft()
        if line:
            ring.move_to_end(key)
        else:
            del ring[key]
        return item
