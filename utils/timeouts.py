"""Wait for something, but not for ever, and never lose a cancellation over it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(awaitable: Awaitable[T], timeout_s: float | None) -> T:
    """Return what an awaitable comes to; asyncio.TimeoutError, and it is cancelled, if that takes longer.

    What `asyncio.wait_for` is for. But up to Python 3.11 that returns the result, and forgets that it was cancelled,
    when both happen in one turn of the loop: a client's end completes a waiting `send` and cancels who waits for it.
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
