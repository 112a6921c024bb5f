"""The event queue: everything arrives, in order, and a waiting consumer is always woken."""

from __future__ import annotations

import threading

from voxweft.utils.streaming.queues import EventQueue


def test_order_and_an_empty_queue() -> None:
    events: EventQueue[int] = EventQueue()
    assert events.pop() is None
    for number in range(3):
        events.push(number)
    assert [events.pop() for _ in range(4)] == [0, 1, 2, None]


def test_wake_is_called_once_and_only_when_empty() -> None:
    events: EventQueue[int] = EventQueue()
    calls: list[int] = []
    assert events.on_next(lambda: calls.append(1))
    events.push(1)
    events.push(2)
    assert calls == [1]
    assert not events.on_next(lambda: calls.append(2)), "there is an item: the consumer must take it, not wait"
    events.clear()
    assert events.on_next(lambda: calls.append(3))
    assert events.on_next(None)
    events.push(3)
    assert calls == [1], "taken back"


def test_across_threads_nothing_is_lost() -> None:
    events: EventQueue[int] = EventQueue()
    count = 20_000
    got: list[int] = []

    def consume() -> None:
        while len(got) < count:
            item = events.pop()
            if item is not None:
                got.append(item)
                continue
            arrived = threading.Event()
            if events.on_next(arrived.set):
                assert arrived.wait(20), f"never woken after {len(got)}"

    consumer = threading.Thread(target=consume)
    consumer.start()
    for number in range(1, count + 1):
        events.push(number)
    consumer.join(30)
    assert got == list(range(1, count + 1))
