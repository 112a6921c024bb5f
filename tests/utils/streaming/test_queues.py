"""The outbox: everything arrives, in order, and a waiting consumer is always woken."""

from __future__ import annotations

import threading

from voxweft.utils.streaming.queues import Outbox


def test_order_and_emptiness() -> None:
    outbox: Outbox[int] = Outbox()
    assert outbox.pop() is None
    for number in range(3):
        outbox.push(number)
    assert [outbox.pop() for _ in range(4)] == [0, 1, 2, None]


def test_wake_is_called_once_and_only_when_empty() -> None:
    outbox: Outbox[int] = Outbox()
    calls: list[int] = []
    assert outbox.on_next(lambda: calls.append(1))
    outbox.push(1)
    outbox.push(2)
    assert calls == [1]
    assert not outbox.on_next(lambda: calls.append(2)), "something is there: whoever asks must look, not wait"
    outbox.clear()
    assert outbox.on_next(lambda: calls.append(3))
    assert outbox.on_next(None)
    outbox.push(3)
    assert calls == [1], "taken back"


def test_across_threads_nothing_is_lost() -> None:
    outbox: Outbox[int] = Outbox()
    count = 20_000
    got: list[int] = []

    def consume() -> None:
        while len(got) < count:
            item = outbox.pop()
            if item is not None:
                got.append(item)
                continue
            arrived = threading.Event()
            if outbox.on_next(arrived.set):
                assert arrived.wait(20), f"never woken after {len(got)}"

    consumer = threading.Thread(target=consume)
    consumer.start()
    for number in range(1, count + 1):
        outbox.push(number)
    consumer.join(30)
    assert got == list(range(1, count + 1))
