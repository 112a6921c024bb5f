"""A bounded wait that loses neither the result nor a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from voxweft.utils.timeouts import within


def test_the_result_or_the_timeout() -> None:
    async def run() -> None:
        assert await within(asyncio.sleep(0, "done"), 10) == "done"
        assert await within(asyncio.sleep(0, "done"), None) == "done"
        with pytest.raises(ZeroDivisionError):
            await within(asyncio.to_thread(lambda: 1 / 0), 10)
        slow = asyncio.ensure_future(asyncio.sleep(100))
        with pytest.raises(asyncio.TimeoutError):
            await within(slow, 0.01)
        assert slow.cancelled()

    asyncio.run(run())


def test_a_cancellation_that_comes_with_the_result_counts() -> None:
    async def run() -> None:
        done = asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(within(done, 10))
        await asyncio.sleep(0)
        done.set_result(None)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(run())
