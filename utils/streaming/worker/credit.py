"""Flow control: how many bytes of samples a sender may send before its listener has taken some."""

from __future__ import annotations

UNLIMITED_BYTES = 1 << 40
"""A window or a grant of this many bytes is no limit."""


class Credit:
    """The credit of one sender and one listener.

    There are two such pairs: a worker and its segment task, with one object on each side of the process border, and a
    job and its consumer, which share one. Invariants:

    - A sender sends only while `is_open`. So the bytes sent and not taken are less than the window plus one chunk.
    - The listener grants the taken bytes in halves of the window, since a message for every chunk would cost more than
      the chunk. It holds back less than half a window, so the sender of a listener that took everything may send.
    - A grant of UNLIMITED_BYTES lifts the limit for good.
    - The sender's side (`spend`, `grant`) and the listener's (`take`, `take_rest`) share no field. Each may be
      used by a different thread.
    """

    def __init__(self, window_bytes: int) -> None:
        self.window_bytes = window_bytes
        self._left_bytes = window_bytes
        self._taken_bytes = 0

    @property
    def is_open(self) -> bool:
        """Whether the sender may send."""
        return self._left_bytes > 0

    @property
    def is_lifted(self) -> bool:
        """Whether there is no limit."""
        return self._left_bytes > UNLIMITED_BYTES // 2

    def spend(self, n_bytes: int) -> None:
        """Count bytes as sent."""
        self._left_bytes -= n_bytes

    def grant(self, n_bytes: int) -> None:
        """Let the sender send `n_bytes` more bytes."""
        self._left_bytes += n_bytes

    def take(self, n_bytes: int) -> int:
        """Count bytes as taken by the listener; return how many are due to be granted, 0 below half the window."""
        self._taken_bytes += n_bytes
        return self.take_rest() if self._taken_bytes * 2 >= self.window_bytes else 0

    def take_rest(self) -> int:
        """Return the number of taken bytes that weren't granted yet: all of them are due now."""
        n_bytes, self._taken_bytes = self._taken_bytes, 0
        return n_bytes
