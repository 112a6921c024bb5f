"""Plain local agreement, to compare with: what Machacek, Dabre and Bojar describe, over the same worker and model.

"Turning Whisper into Real-Time Transcription System" (2023): every second the whole buffer is recognised, the words
that two hypotheses in a row begin with are certain, and a buffer beyond 15 seconds is cut at the end of a segment whose
words are all certain (here, where there is none, behind the last certain word, which is cheaper than to let it grow).
The last 200 certain characters before the buffer are its prompt. No voice activity detection, as is their default.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from voxweft.jobs.transcribe import Recogniser
from voxweft.jobs.transcribe.live.agreement import LocalAgreement
from voxweft.jobs.transcribe.live.words import moved, same_word
from voxweft.utils.streaming import AudioPayload, TranscriptUpdate, Word
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.scheduling.fair_queue import Priority

from .asr_clock import Clock
from .asr_live import Heard, Live
from .asr_speech import RATE_HZ, Recording

STEP_S = 1.0
BUFFER_S = 15.0
_PROMPT_CHARACTERS = 200
_SLACK_S = 0.1
_LONGEST_OVERLAP = 5


class Hypothesis(NamedTuple):
    """The words of the buffer, and where its segments end, in seconds of the stream."""

    words: tuple[Word, ...]
    segment_ends_s: tuple[float, ...]


class PlainState:
    """What is certain, and where the buffer begins. No audio, no clock."""

    def __init__(self) -> None:
        self.start_s = 0.0
        self.certain: list[Word] = []
        self._agreement = LocalAgreement()

    @property
    def prompt(self) -> str:
        """The certain words before the buffer, as many as may be."""
        before = "".join(word.text for word in self.certain if word.end_s <= self.start_s)[-_PROMPT_CHARACTERS:]
        return before.strip()

    def take(self, heard: Hypothesis, end_s: float) -> list[Word]:
        """Take a hypothesis of the buffer, which ends at `end_s`; return the words that are certain now."""
        last_s = self.certain[-1].end_s if self.certain else 0.0
        fresh = [word for word in heard.words if word.start_s > last_s - _SLACK_S]
        fresh = fresh[self._n_overlapping(fresh, last_s) :]
        count = self._agreement.agreed(fresh)
        self._agreement.keep(fresh[count:])
        self.certain += fresh[:count]
        if end_s - self.start_s > BUFFER_S and self.certain:
            self._cut(heard.segment_ends_s)
        return fresh[:count]

    def rest(self, heard: Hypothesis) -> list[Word]:
        """Return the words of the last hypothesis that aren't certain yet: the stream is over."""
        last_s = self.certain[-1].end_s if self.certain else 0.0
        fresh = [word for word in heard.words if word.start_s > last_s - _SLACK_S]
        return fresh[self._n_overlapping(fresh, last_s) :]

    def _n_overlapping(self, fresh: Sequence[Word], last_s: float) -> int:
        """Return how many of the first words repeat the last certain ones."""
        if not fresh or abs(fresh[0].start_s - last_s) >= 1.0:
            return 0
        for length in range(1, min(len(fresh), len(self.certain), _LONGEST_OVERLAP) + 1):
            if all(same_word(one, other) for one, other in zip(self.certain[-length:], fresh, strict=False)):
                return length
        return 0

    def _cut(self, ends_s: Sequence[float]) -> None:
        last_s = self.certain[-1].end_s
        whole = [end_s for end_s in ends_s[:-1] if self.start_s < end_s <= last_s]
        self.start_s = max(whole) if whole else last_s


def listen_plainly(
    recording: Recording, recogniser: Recogniser, runtime: Runtime, make_clock: Callable[[], Clock]
) -> tuple[Live, list[tuple[float, float, str]]]:
    """Recognise a recording as it comes; return what is certain and when, and each window's begin, end and prompt."""
    return asyncio.run(_listen(recording, recogniser, runtime, make_clock))


async def _listen(
    recording: Recording, recogniser: Recogniser, runtime: Runtime, make_clock: Callable[[], Clock]
) -> tuple[Live, list[tuple[float, float, str]]]:
    spec = recogniser.check(runtime.registry)
    state, clock = PlainState(), make_clock()
    heard: list[Heard] = []
    windows: list[tuple[float, float, str]] = []
    end_s = 0.0
    while end_s < recording.duration_s:
        # A model that takes longer than a step finds more at its next one.
        await clock.reach(min(end_s + STEP_S, recording.duration_s))
        end_s = min(clock.now_s(), recording.duration_s)
        windows.append((state.start_s, end_s, state.prompt))
        hypothesis = await _hear(recording, windows[-1], recogniser, spec, runtime)
        words = state.take(hypothesis, end_s)
        if end_s >= recording.duration_s:
            words += state.rest(hypothesis)
        now_s = clock.now_s()
        heard += [Heard(word, now_s) for word in words]
    return Live(heard=tuple(heard)), windows


async def _hear(
    recording: Recording,
    window: tuple[float, float, str],
    recogniser: Recogniser,
    spec: EngineSpec,
    runtime: Runtime,
) -> Hypothesis:
    start_s, end_s, prompt = window
    samples = recording.samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    payload = AudioPayload(samples.astype("<f4", copy=False).tobytes(), RATE_HZ)
    segment = recogniser.segment(0, payload, spec, prompt=prompt)
    words: list[Word] = []
    ends_s: list[float] = []
    with runtime.stream([segment], StreamOptions(priority=Priority.LIVE, use_cache=False)) as events:
        async for event in events:
            if isinstance(event, TranscriptUpdate) and event.text:
                words += [moved(word, start_s) for word in event.words]
                ends_s.append(start_s + event.end_s)
    return Hypothesis(tuple(words), tuple(ends_s))
