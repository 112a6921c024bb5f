"""What one client does to others: with texts that keep a worker busy longest, and with sockets that send nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .bench import median, sentence
from .server_load import ServerProcess, server_process, speak

_ORDINARY = 4
_ROUNDS = 3
_IDLE = 300
_WORST = (
    "สวัสดี" * 80,
    "$1,234,567.89 " * 60,
    "語" * 400,
    "A." * 300,
    "and so we go on " * 900,
    "Numbers such as 123456789 and so. " * 2900,
)
"""Long tokens, numbers that take minutes to say, and a text without a sentence's end, near the limit of 100,000
characters."""


def measure_disturbance(*, seconds: float) -> dict[str, float]:
    """Return how much slower ordinary clients are beside others, as ratios of medians of whole responses.

    Four clients ask for sentences one after the other, `seconds` for each measurement, alternately alone and beside the
    others; the median of three pairs.

    - `worst_texts_slowdown`: beside a client that asks for the worst texts, one after the other.
    - `idle_sockets_slowdown`: beside 300 sockets that send nothing, or half a header.
    - `disturbed_errors`: responses to the four that were incomplete, or had another status than 200.
    """
    with server_process() as server:
        return asyncio.run(_measure(server, seconds))


async def _measure(server: ServerProcess, seconds: float) -> dict[str, float]:
    await speak(server, sentence(0))
    errors = 0
    figures = {}
    for name, beside in (("worst_texts_slowdown", _hostile_client), ("idle_sockets_slowdown", _idle_sockets)):
        ratios = []
        for _ in range(_ROUNDS):
            alone_ms, failed = await _ordinary(server, seconds)
            async with beside(server):
                disturbed_ms, failed_beside = await _ordinary(server, seconds)
            errors += failed + failed_beside
            ratios.append(disturbed_ms / alone_ms)
        figures[name] = median(ratios)
    return figures | {"disturbed_errors": float(errors)}


async def _ordinary(server: ServerProcess, seconds: float) -> tuple[float, int]:
    """Return the median time of a response in milliseconds, and the number of failed ones."""
    until_s = time.perf_counter() + seconds

    async def ask(client: int) -> list[tuple[float, int]]:
        found: list[tuple[float, int]] = []
        while time.perf_counter() < until_s:
            began_s = time.perf_counter()
            # The time is another one in each round, so that no audio comes from the cache.
            answer = await speak(server, f"Client {client} says at {began_s:.6f}: {sentence(len(found))}")
            found.append(((time.perf_counter() - began_s) * 1e3, answer.status))
        return found

    answers = [answer for own in await asyncio.gather(*map(ask, range(_ORDINARY))) for answer in own]
    return median([whole_ms for whole_ms, _ in answers]), sum(status != 200 for _, status in answers)


@asynccontextmanager
async def _hostile_client(server: ServerProcess) -> AsyncIterator[None]:
    async def ask() -> None:
        number = 0
        while True:
            text = _WORST[number % len(_WORST)]
            number += 1
            await speak(server, f"{time.perf_counter():.6f} {text}")

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@asynccontextmanager
async def _idle_sockets(server: ServerProcess) -> AsyncIterator[None]:
    opened = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(_IDLE)]
    for number, (_, writer) in enumerate(opened):
        if number % 2:
            writer.write(b"POST /v1/audio/speech HTTP/1.1\r\nHost: 127")
    try:
        yield
    finally:
        for _, writer in opened:
            writer.transport.abort()
