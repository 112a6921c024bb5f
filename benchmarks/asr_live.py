"""A live session fed as a microphone would feed it: what it commits, and how long after it was said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from voxweft.jobs.transcribe import LiveSession, Recogniser
from voxweft.jobs.transcribe.live.session import Committed
from voxweft.text.edits import common_subsequence
from voxweft.text.tokens import token_key
from voxweft.utils.streaming import Word
from voxweft.utils.streaming.runtime import Runtime

from .asr_clock import Clock
from .asr_speech import RATE_HZ, Recording
from .bench import percentile

_PIECE_SAMPLES = RATE_HZ // 10
"""A tenth of a second, as sound cards and browsers give it."""


class Heard(NamedTuple):
    """A certain word, and when it was certain, in seconds of the source's clock."""

    word: Word
    at_s: float


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a live stream."""

    heard: tuple[Heard, ...]
    skipped_partials: int = 0

    @property
    def text(self) -> str:
        """The certain words."""
        return "".join(f" {one.word.text.strip()}" for one in self.heard).strip()


def listen_live(
    recording: Recording,
    recogniser: Recogniser,
    runtime: Runtime,
    make_clock: Callable[[], Clock],
    *,
    on_second: Callable[[float], None] = lambda _now_s: None,
) -> Live:
    """Feed a recording to a live session, a piece as soon as it would have been said, and return what it commits.

    `on_second` is told the place in the recording now and then.
    """
    return asyncio.run(_listen(recording, recogniser, runtime, make_clock, on_second))


async def _listen(
    recording: Recording,
    recogniser: Recogniser,
    runtime: Runtime,
    make_clock: Callable[[], Clock],
    on_second: Callable[[float], None],
) -> Live:
    heard: list[Heard] = []
    samples = recording.samples
    async with LiveSession(recogniser, runtime, realtime=True) as session:
        clock = make_clock()

        async def feed() -> None:
            for start in range(0, len(samples), _PIECE_SAMPLES):
                piece = samples[start : start + _PIECE_SAMPLES]
                await clock.reach((start + len(piece)) / RATE_HZ, lambda: session.is_idle)
                await session.feed(piece, RATE_HZ)
                if start % RATE_HZ == 0:
                    on_second(start / RATE_HZ)
            await session.finish()

        feeding = asyncio.create_task(feed())
        async for event in session:
            if isinstance(event, Committed):
                now_s = clock.now_s()
                heard += [Heard(word, now_s) for word in event.words]
        await feeding
        return Live(heard=tuple(heard), skipped_partials=session.skipped_partials)


def lags_s(recording: Recording, live: Live) -> list[float]:
    """Return how long after the end of each word that was heard right it was certain, in the words' order.

    The end is the true one, where the voice ends the word, not the one that the model finds.
    """
    said = [token_key(word.text) for word in recording.words]
    heard = [token_key(one.word.text) for one in live.heard]
    pairs = common_subsequence(said, heard)
    return [live.heard[at].at_s - recording.words[place].end_s for place, at in pairs]


def lag_figures(prefix: str, lags: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile of lags."""
    return {f"{prefix}lag_p50_s": percentile(lags, 50), f"{prefix}lag_p95_s": percentile(lags, 95)}
