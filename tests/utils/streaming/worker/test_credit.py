"""Flow control between one sender and one listener."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.streaming.worker.credit import UNLIMITED_BYTES, Credit


@given(window=st.integers(1, 1000), sizes=st.lists(st.integers(1, 400), max_size=60), rounds=st.integers(1, 5))
def test_a_sender_is_bounded_by_the_window_and_one_chunk(window: int, sizes: list[int], rounds: int) -> None:
    """On both sides of a process border: one object spends, the other takes."""
    sender, listener = Credit(window), Credit(window)
    waiting: list[int] = []
    for number, size in enumerate(sizes):
        if sender.is_open:
            sender.spend(size)
            waiting.append(size)
        assert sum(waiting) < window + max(sizes)
        if number % rounds == 0 and waiting:
            sender.grant(listener.take(waiting.pop(0)))
    while waiting:
        sender.grant(listener.take(waiting.pop(0)))
    assert sender.is_open, "a listener that took everything leaves its sender credit"
    sender.grant(listener.take_rest())
    assert listener.take_rest() == 0


def test_taken_bytes_are_granted_in_halves_of_the_window() -> None:
    credit = Credit(100)
    assert [credit.take(20) for _ in range(6)] == [0, 0, 60, 0, 0, 60]
    assert credit.take(10) == 0
    assert credit.take_rest() == 10


def test_a_lifted_credit_is_never_used_up() -> None:
    credit = Credit(10)
    credit.spend(50)
    assert not credit.is_open
    assert not credit.is_lifted
    credit.grant(UNLIMITED_BYTES)
    credit.spend(1 << 34)
    assert credit.is_open
    assert credit.is_lifted
