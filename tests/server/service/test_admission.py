"""Admission: bounded, first come first served, released after every outcome, and freed by stalled jobs."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

pytest.importorskip("fastapi")

from voxweft.server.service.admission import Admission
from voxweft.server.service.errors import ApiError
from voxweft.server.service.stats import Stats


def admission(active: int = 1, queued: int = 2, queue_timeout_s: float = 30.0) -> Admission:
    return Admission(active=active, queued=queued, queue_timeout_s=queue_timeout_s, stats=Stats())


def counts(limits: Admission) -> tuple[int, int, int]:
    return tuple(limits.counts()["e"].values())


def test_first_come_first_served() -> None:
    async def run() -> list[int]:
        limits, order = admission(queued=5), []

        async def job(number: int) -> None:
            async with limits.slot("e"):
                order.append(number)
                assert counts(limits)[0] == 1
                await asyncio.sleep(0)

        await asyncio.gather(*map(job, range(5)))
        assert counts(limits) == (0, 0, 0)
        return order

    assert asyncio.run(run()) == [0, 1, 2, 3, 4]


def test_a_job_of_many_parts_takes_turns_with_those_that_wait() -> None:
    async def run() -> list[str]:
        limits, order = admission(queued=5), []

        async def job(name: str, n_parts: int) -> None:
            async with limits.slot("e") as slot:
                for part in range(n_parts):
                    if part:
                        await slot.take_turns()
                    order.append(f"{name}{part}")
                    assert counts(limits)[0] == 1
                    await asyncio.sleep(0)

        await asyncio.gather(job("long", 4), job("a", 1), job("b", 1))
        assert counts(limits) == (0, 0, 0)
        return order

    assert asyncio.run(run()) == ["long0", "a0", "b0", "long1", "long2", "long3"]


def test_a_job_that_is_cancelled_while_another_has_its_turn_frees_no_place_of_others() -> None:
    async def run() -> None:
        limits = admission()

        async def long() -> None:
            async with limits.slot("e") as slot:
                await slot.take_turns()
                await slot.take_turns()

        async with limits.slot("e"):
            waiting = asyncio.ensure_future(long())
            await asyncio.sleep(0.01)
            second = limits.slot("e")
            other = asyncio.ensure_future(second.__aenter__())
            await asyncio.sleep(0.01)
        await asyncio.wait_for(other, 5)  # `waiting` has given its place to it
        assert counts(limits) == (1, 1, 0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert counts(limits) == (1, 0, 0)
        await second.__aexit__(None, None, None)
        assert counts(limits) == (0, 0, 0)

    asyncio.run(run())


def test_a_full_queue_and_a_long_wait_are_refused() -> None:
    async def run() -> None:
        limits = admission(queued=0)
        async with limits.slot("e"):
            with pytest.raises(ApiError) as refused:
                async with limits.slot("e"):
                    pass
            assert (refused.value.status, int(refused.value.headers["Retry-After"]) >= 1) == (429, True)
            async with limits.slot("another"):
                pass
        limits = admission(queue_timeout_s=0.01)
        async with limits.slot("e"):
            with pytest.raises(ApiError):
                async with limits.slot("e"):
                    pass
            assert counts(limits) == (1, 0, 0)
        async with limits.slot("e"):
            pass

    asyncio.run(run())


def test_a_cancelled_queued_job_uses_no_slot() -> None:
    async def run() -> None:
        limits = admission()

        async def job() -> None:
            async with limits.slot("e"):
                await asyncio.sleep(0)

        async with limits.slot("e"):
            leaving, staying = asyncio.create_task(job()), asyncio.create_task(job())
            await asyncio.sleep(0)
            leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
        await staying
        # Cancelled in the moment of its admission.
        async with limits.slot("e"):
            last = asyncio.create_task(job())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        last.cancel()
        with suppress(asyncio.CancelledError):
            await last
        assert counts(limits) == (0, 0, 0)

    asyncio.run(run())


def test_a_job_that_waits_for_its_client_is_stalled() -> None:
    async def run() -> None:
        limits = admission()
        async with limits.slot("e") as slot:
            with slot.sending():
                async with limits.slot("e"):
                    assert counts(limits) == (1, 0, 1)
            assert counts(limits) == (1, 0, 0)
            with slot.sending():
                pass
            assert counts(limits) == (1, 0, 0)
        assert counts(limits) == (0, 0, 0)

    asyncio.run(run())


def test_a_job_whose_client_sends_nothing_is_stalled() -> None:
    async def run() -> None:
        limits = admission()
        async with limits.slot("e") as slot:
            is_awaiting = True
            with slot.receiving(lambda: is_awaiting):
                async with limits.slot("e"):
                    assert counts(limits) == (1, 0, 1)
                    with slot.sending():
                        await asyncio.sleep(0.3)
                    assert counts(limits) == (1, 0, 1), "it still waits for the client to send"
                is_awaiting = False
                await asyncio.sleep(0.3)
                assert counts(limits) == (1, 0, 0)
                is_awaiting = True
            assert counts(limits) == (1, 0, 0)
        assert counts(limits) == (0, 0, 0)

    asyncio.run(run())
