"""Turns: bounded, first come first served, given back whatever happens, and passed on by who waits for a client."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

pytest.importorskip("fastapi")

from voxweft.server.service.admission import Admission
from voxweft.server.service.errors import ApiError


def admission(active: int = 1, queued: int = 2, queue_timeout_s: float = 30.0) -> Admission:
    return Admission(active=active, queued=queued, queue_timeout_s=queue_timeout_s)


def counts(gate: Admission) -> tuple[int, int, int]:
    return tuple(gate.counts()["e"].values())


def test_first_come_first_served() -> None:
    async def run() -> list[int]:
        gate, order = admission(queued=5), []

        async def job(number: int) -> None:
            async with gate.slot("e"):
                order.append(number)
                assert counts(gate)[0] == 1
                await asyncio.sleep(0)

        await asyncio.gather(*map(job, range(5)))
        assert counts(gate) == (0, 0, 0)
        return order

    assert asyncio.run(run()) == [0, 1, 2, 3, 4]


def test_too_many_and_too_long() -> None:
    async def run() -> None:
        gate = admission(queued=0)
        async with gate.slot("e"):
            with pytest.raises(ApiError) as refused:
                async with gate.slot("e"):
                    pass
            assert (refused.value.status, int(refused.value.headers["Retry-After"]) >= 1) == (429, True)
            async with gate.slot("another"):
                pass
        gate = admission(queue_timeout_s=0.01)
        async with gate.slot("e"):
            with pytest.raises(ApiError):
                async with gate.slot("e"):
                    pass
            assert counts(gate) == (1, 0, 0)
        async with gate.slot("e"):
            pass

    asyncio.run(run())


def test_who_leaves_the_queue_takes_no_turn() -> None:
    async def run() -> None:
        gate = admission()

        async def job() -> None:
            async with gate.slot("e"):
                await asyncio.sleep(0)

        async with gate.slot("e"):
            leaving, staying = asyncio.create_task(job()), asyncio.create_task(job())
            await asyncio.sleep(0)
            leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        await staying
        # Cancelled in the very moment in which the turn came.
        async with gate.slot("e"):
            last = asyncio.create_task(job())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        last.cancel()
        with suppress(asyncio.CancelledError):
            await last
        assert counts(gate) == (0, 0, 0)

    asyncio.run(run())


def test_who_waits_for_a_client_steps_aside() -> None:
    async def run() -> None:
        gate = admission()
        async with gate.slot("e") as slot:
            with slot.sending():
                async with gate.slot("e"):
                    assert counts(gate) == (1, 0, 1)
            assert counts(gate) == (1, 0, 0)
            with slot.sending():
                pass
            assert counts(gate) == (1, 0, 0)
        assert counts(gate) == (0, 0, 0)

    asyncio.run(run())
