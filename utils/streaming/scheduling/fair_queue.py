"""Whose segment is next on a worker: live jobs before batch jobs, and within each kind one segment a turn."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from enum import Enum
from typing import Generic, Protocol, TypeVar


class Priority(Enum):
    """How urgent a job is: somebody listens now (`LIVE`), or the result is wanted as a whole (`BATCH`)."""

    LIVE = "live"
    BATCH = "batch"


class Turn(Protocol):
    """What is queued. `owner` groups what takes turns together."""

    @property
    def owner(self) -> object:
        """Whose turn it is."""

    @property
    def priority(self) -> Priority:
        """How urgent it is."""
        ...

    @property
    def place(self) -> int:
        """Its place in its owner's order."""
        ...

    @property
    def alone(self) -> bool:
        """Whether it must be taken by itself."""
        ...


T = TypeVar("T", bound=Turn)


class TurnQueue(Generic[T]):
    """A queue in which owners take turns. Belongs to one event loop."""

    def __init__(self) -> None:
        self._rings: dict[Priority, OrderedDict[int, deque[T]]] = {kind: OrderedDict() for kind in Priority}
        self._takers: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        return sum(len(line) for ring in self._rings.values() for line in ring.values())

    def put(self, turn: T) -> None:
        """Queue at the end of the owner's line."""
        self._line(turn).append(turn)
        self._wake()

    def put_back(self, turn: T) -> None:
        """Queue something that is done again: in the owner's line, before whatever comes later in its order.

        Were it only put in front, those that two workers lost at once might change places: then later ones, which
        nobody takes before the earlier ones, would hold every worker.
        """
        line = self._line(turn)
        line.insert(next((at for at, other in enumerate(line) if other.place > turn.place), len(line)), turn)
        self._wake()

    def discard(self, turn: T) -> bool:
        """Take something out; false if it isn't waiting."""
        ring = self._rings[turn.priority]
        line = ring.get(id(turn.owner))
        if line is None or turn not in line:
            return False
        line.remove(turn)
        if not line:
            del ring[id(turn.owner)]
        return True

    def drain(self) -> list[T]:
        """Take everything out."""
        everything = [turn for ring in self._rings.values() for line in ring.values() for turn in line]
        for ring in self._rings.values():
            ring.clear()
        return everything

    def waits_other_than(self, owner: object) -> bool:
        """Whether somebody else's turn is waiting."""
        return any(key != id(owner) for ring in self._rings.values() for key in ring)

    async def take(self, most: int = 1) -> list[T]:
        """Wait for something and take up to `most` of it, in turn. An `alone` one comes by itself."""
        while not len(self):
            taker = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            try:
                await taker
            except asyncio.CancelledError:
                if taker.done() and not taker.cancelled():
                    self._wake()  # The call was for this taker; pass it on.
                raise
        taken = [self._next()]
        while len(taken) < most and not taken[0].alone and (following := self._peek()) is not None:
            if following.alone:
                break
            taken.append(self._next())
        return taken

    def _line(self, turn: T) -> deque[T]:
        return self._rings[turn.priority].setdefault(id(turn.owner), deque())

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
        turn = line.popleft()
        if line:
            ring.move_to_end(key)
        else:
            del ring[key]
        return turn
