"""From the runtime loop to one consumer, in a thread or in another loop: nothing is lost, waiting costs nothing."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Outbox(Generic[T]):
    """A queue with one producer and one consumer. Its bound is the producer's business (see `JobStream`)."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None

    def push(self, item: T) -> None:
        """Append, and wake the consumer if it waits. Never blocks."""
        with self._lock:
            self._items.append(item)
            wake, self._wake = self._wake, None
        if wake is not None:
            wake()

    def pop(self) -> T | None:
        """Take the oldest item, or None."""
        try:
            return self._items.popleft()
        except IndexError:
            return None

    def clear(self) -> None:
        """Drop everything that wasn't taken."""
        self._items.clear()

    def on_next(self, wake: Callable[[], None] | None) -> bool:
        """Have `wake` called, once, by the next push. False, without effect, if something is here already."""
        with self._lock:
            if self._items and wake is not None:
                return False
            self._wake = wake
            return True
