"""The fair queue: fair between jobs, live ones first, nothing lost."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.utils.streaming.scheduling.fair_queue import FairQueue, Priority


class Job:
    """An owner."""


class Piece(NamedTuple):
    owner: object
    number: int
    priority: Priority = Priority.BATCH
    alone: bool = False

    @property
    def index(self) -> int:
        return self.number


def take_all(queue: FairQueue[Piece], most: int = 1) -> list[list[Piece]]:
    async def take() -> list[list[Piece]]:
        return [await queue.take(most) for _ in iter(lambda: len(queue), 0)]

    return asyncio.run(take())


def test_owners_take_turns() -> None:
    queue: FairQueue[Piece] = FairQueue()
    one, two = Job(), Job()
    for number in range(4):
        queue.put(Piece(one, number))
    for number in range(2):
        queue.put(Piece(two, number))
    taken = [pieces[0] for pieces in take_all(queue)]
    assert [(piece.owner is two, piece.number) for piece in taken] == [
        (False, 0),
        (True, 0),
        (False, 1),
        (True, 1),
        (False, 2),
        (False, 3),
    ]


def test_live_before_batch() -> None:
    queue: FairQueue[Piece] = FairQueue()
    long, live = Job(), Job()
    for number in range(3):
        queue.put(Piece(long, number))
        queue.put(Piece(live, number, Priority.LIVE))
    assert [pieces[0].priority for pieces in take_all(queue)] == [Priority.LIVE] * 3 + [Priority.BATCH] * 3


def test_a_retry_keeps_its_position_among_its_owners_items() -> None:
    queue: FairQueue[Piece] = FairQueue()
    job = Job()
    queue.put(Piece(job, 4))
    # Two workers died at once, each with two.
    for number in (2, 3, 0, 1):
        queue.put_retry(Piece(job, number))
    assert [pieces[0].number for pieces in take_all(queue)] == [0, 1, 2, 3, 4]


def test_discard_and_drain() -> None:
    queue: FairQueue[Piece] = FairQueue()
    job, other = Job(), Job()
    pieces = [Piece(job, 0), Piece(job, 1), Piece(other, 2, Priority.LIVE)]
    for piece in pieces:
        queue.put(piece)
    assert queue.discard(pieces[0])
    assert not queue.discard(pieces[0])
    assert not queue.discard(Piece(Job(), 7))
    assert len(queue) == 2
    assert queue.has_other_than(job)
    assert queue.discard(pieces[2])
    assert not queue.has_other_than(job)
    assert queue.drain() == [pieces[1]]
    assert len(queue) == 0


def test_alone_shares_no_batch() -> None:
    queue: FairQueue[Piece] = FairQueue()
    job = Job()
    for number in range(6):
        queue.put(Piece(job, number, alone=number in (0, 3)))
    assert [[piece.number for piece in pieces] for pieces in take_all(queue, 4)] == [[0], [1, 2], [3], [4, 5]]


def test_a_cancelled_taker_takes_nothing() -> None:
    async def scenario() -> None:
        queue: FairQueue[Piece] = FairQueue()
        leaving, staying = asyncio.create_task(queue.take()), asyncio.create_task(queue.take())
        await asyncio.sleep(0)
        queue.put(Piece(Job(), 5))  # wakes the first, which is cancelled before it runs
        leaving.cancel()
        assert [piece.number for piece in await asyncio.wait_for(staying, 5)] == [5]

    asyncio.run(scenario())


steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "first", "take", "discard"]), st.integers(0, 3), st.integers(1, 4), st.booleans()
    ),
    max_size=60,
)


@settings(deadline=None)
@given(steps)
def test_nothing_is_lost_and_each_owner_keeps_its_order(plan: list[tuple[str, int, int, bool]]) -> None:
    async def scenario() -> None:
        queue: FairQueue[Piece] = FairQueue()
        owners = [Job() for _ in range(4)]
        lines: dict[int, list[Piece]] = {number: [] for number in range(4)}
        for step, (what, who, most, alone) in enumerate(plan):
            line = lines[who]
            piece = Piece(owners[who], step, Priority.LIVE if who == 3 else Priority.BATCH, alone)
            if what == "put":
                queue.put(piece)
                line.append(piece)
            elif what == "first":
                piece = piece._replace(number=step - 30)
                queue.put_retry(piece)
                line.insert(next((at for at, other in enumerate(line) if other.number > step - 30), len(line)), piece)
            elif what == "discard":
                known = bool(line)
                assert queue.discard(line.pop() if known else piece) == known
            elif len(queue):
                taken = await queue.take(most)
                assert 1 <= len(taken) <= most
                assert len(taken) == 1 or not any(piece.alone for piece in taken)
                for got in taken:
                    assert lines[owners.index(got.owner)].pop(0) is got
            assert len(queue) == sum(map(len, lines.values()))
        assert sorted(piece.number for piece in queue.drain()) == sorted(
            piece.number for line in lines.values() for piece in line
        )

    asyncio.run(scenario())
