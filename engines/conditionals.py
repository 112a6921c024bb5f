"""What an adapter derives from a recording, kept between segments: one helper for all engines that clone voices."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

_MAX_BYTES = 64 << 20


class Conditionals(Generic[T]):
    """Least recently used conditionals of one loaded model, limited by their size.

    A key names everything that a conditional depends on beside the model: the clip's digest, the transcript if the
    engine uses it, settings of the preparation, device and dtype. Every caller gets a copy, because packages change
    what they are given: the kept one stays what it was.

    Args:
        copy: Returns an independent copy.
        n_bytes: Returns the size in bytes.
        max_bytes: The limit. A conditional above it is made, and not kept.
    """

    def __init__(self, copy: Callable[[T], T], n_bytes: Callable[[T], int], max_bytes: int = _MAX_BYTES) -> None:
        self._copy = copy
        self._size_of = n_bytes
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self.n_bytes = 0
        """The size of all that is kept, in bytes."""
        self.made = 0
        """How many were made since the model was loaded."""

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return a copy of the conditional of a key, made by `make` if it isn't kept."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return self._copy(found[0])
        value = make()
        self.made += 1
        size = self._size_of(value)
        if size <= self._max_bytes:
            self._kept[key] = self._copy(value), size
            self.n_bytes += size
            while self.n_bytes > self._max_bytes:
                _, (_, freed) = self._kept.popitem(last=False)
                self.n_bytes -= freed
        return value

    def clear(self) -> int:
        """Drop all that is kept, and return its size in bytes."""
        freed, self.n_bytes = self.n_bytes, 0
        self._kept.clear()
        return freed
