"""Feed a live session as a microphone would, and measure the lag of its committed words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from voxweft.jobs.transcribe import LiveSession, Recognizer
from voxweft.jobs.transcribe.live.session import Committed
from voxweft.text.lcs import common_subsequence
from voxweft.text.tokens import token_key
from voxweft.utils.streaming import Word
from voxweft.utils.streaming.runtime import Runtime

from .asr_clock import Clock
from .asr_speech import RATE_HZ, Recording
from .bench import percentile

_CHUNK_SAMPLES = RATE_HZ // 10
"""A tenth of a second, as sound cards and browsers deliver it."""


class CommittedWord(NamedTuple):
    """A committed word, and when it was committed, in seconds of the source's clock."""

    word: Word
    at_s: float


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a live stream."""

    committed: tuple[CommittedWord, ...]
    skipped_partials: int = 0

    @property
    def text(self) -> str:
        """The committed words."""
        return "".join(f" {each.word.text.strip()}" for each in self.committed).strip()


def listen_live(
    recording: Recording,
    recognizer: Recognizer,
    runtime: Runtime,
    make_clock: Callable[[], Clock],
    *,
    on_second: Callable[[float], None] = lambda _now_s: None,
) -> Live:
    """Feed a recording to a live session in real time of `make_clock`, and return the committed words.

    `on_second` is called with the position in the recording, in seconds.
    """
    return asyncio.run(_listen(recording, recognizer, runtime, make_clock, on_second))


async def _listen(
    recording: Recording,
    recognizer: Recognizer,
    runtime: Runtime,
    make_clock: Callable[[], Clock],
    on_second: Callable[[float], None],
) -> Live:
    committed: list[CommittedWord] = []
    samples = recording.samples
    async with LiveSession(recognizer, runtime, realtime=True) as session:
        clock = make_clock()

        async def feed() -> None:
            for start in range(0, len(samples), _CHUNK_SAMPLES):
                chunk = samples[start : start + _CHUNK_SAMPLES]
                await clock.reach((start + len(chunk)) / RATE_HZ, lambda: session.is_idle)
                await session.feed(chunk, RATE_HZ)
                if start % RATE_HZ == 0:
                    on_second(start / RATE_HZ)
            await session.finish()

        feeding = asyncio.create_task(feed())
        async for event in session:
            if isinstance(event, Committed):
                now_s = clock.now_s()
                committed += [CommittedWord(word, now_s) for word in event.words]
        await feeding
        return Live(committed=tuple(committed), skipped_partials=session.skipped_partials)


def lags_s(recording: Recording, live: Live) -> list[float]:
    """Return the lag of each correctly recognized word, in order: from its end to its commit.

    The end is the true one, from the speech engine, not the one that the model finds.
    """
    expected = [token_key(word.text) for word in recording.words]
    committed = [token_key(each.word.text) for each in live.committed]
    pairs = common_subsequence(expected, committed)
    return [live.committed[at].at_s - recording.words[index].end_s for index, at in pairs]


def lag_figures(prefix: str, lags: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile of lags."""
    return {f"{prefix}lag_p50_s": percentile(lags, 50), f"{prefix}lag_p95_s": percentile(lags, 95)}
