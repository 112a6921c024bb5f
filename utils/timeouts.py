"""Wait with a timeout, without losing a cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(awaitable: Awaitable[T], timeout_s: float | None) -> T:
    """Return an awaitable's result. After `timeout_s` it is cancelled and asyncio.TimeoutError is raised.

    A replacement for `asyncio.wait_for`, which up to Python 3.11 returns the result and swallows a cancellation that
    arrives in the same iteration of the loop, as when a client disconnects: that completes a pending `send` and cancels
    the task that awaits it.
    """
    task = asyncio.ensure_future(awaitable)
    try:
        await asyncio.wait({task}, timeout=timeout_s)
        if not task.done():
            raise asyncio.TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif not task.cancelled():
            task.exception()  # retrieved: it may have failed in the iteration of a cancellation
