"""Plain local agreement as the baseline, after Machacek, Dabre and Bojar, with the same worker and model.

"Turning Whisper into Real-Time Transcription System" (2023): at every step the whole buffer is recognized. Their step
is a second; half of it is the one whose lag comes nearest to ours. The common prefix of two consecutive hypotheses is
committed. A buffer of more than 15 seconds is cut at the end of a segment whose words are all committed; without such a
segment, after the last committed word, which is cheaper than letting the buffer grow. The last 200 committed characters
before the buffer are its prompt. No voice activity detection, as is their default.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from voxweft.jobs.transcribe import Recognizer
from voxweft.jobs.transcribe.live.agreement import LocalAgreement
from voxweft.jobs.transcribe.live.words import moved, same_word
from voxweft.utils.streaming import AudioPayload, TranscriptUpdate, Word
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.scheduling.fair_queue import Priority

from .asr_clock import Clock
from .asr_live import CommittedWord, Live
from .asr_speech import RATE_HZ, Recording

STEP_S = 0.5
BUFFER_S = 15.0
_PROMPT_CHARACTERS = 200
_SLACK_S = 0.1
_MAX_OVERLAP = 5


class Hypothesis(NamedTuple):
    """The words of the buffer and the ends of its segments, in seconds of the stream."""

    words: tuple[Word, ...]
    segment_ends_s: tuple[float, ...]


class PlainState:
    """The committed words and the start of the buffer. No audio, no clock."""

    def __init__(self) -> None:
        self.start_s = 0.0
        self.committed: list[Word] = []
        self._agreement = LocalAgreement()

    @property
    def prompt(self) -> str:
        """The end of the committed text before the buffer."""
        before = "".join(word.text for word in self.committed if word.end_s <= self.start_s)[-_PROMPT_CHARACTERS:]
        return before.strip()

    def take(self, hypothesis: Hypothesis, end_s: float) -> list[Word]:
        """Add a hypothesis of the buffer that ends at `end_s`; return the newly committed words."""
        last_s = self.committed[-1].end_s if self.committed else 0.0
        fresh = [word for word in hypothesis.words if word.start_s > last_s - _SLACK_S]
        fresh = fresh[self._n_overlapping(fresh, last_s) :]
        count = self._agreement.agreed(fresh)
        self._agreement.keep(fresh[count:])
        self.committed += fresh[:count]
        if end_s - self.start_s > BUFFER_S and self.committed:
            self._cut(hypothesis.segment_ends_s)
        return fresh[:count]

    def rest(self, hypothesis: Hypothesis) -> list[Word]:
        """Return the remaining words of the last hypothesis at the end of the stream."""
        last_s = self.committed[-1].end_s if self.committed else 0.0
        fresh = [word for word in hypothesis.words if word.start_s > last_s - _SLACK_S]
        return fresh[self._n_overlapping(fresh, last_s) :]

    def _n_overlapping(self, fresh: Sequence[Word], last_s: float) -> int:
        """Return how many of the first words repeat the last committed ones."""
        if not fresh or abs(fresh[0].start_s - last_s) >= 1.0:
            return 0
        for length in range(1, min(len(fresh), len(self.committed), _MAX_OVERLAP) + 1):
            if all(same_word(one, other) for one, other in zip(self.committed[-length:], fresh, strict=False)):
                return length
        return 0

    def _cut(self, ends_s: Sequence[float]) -> None:
        last_s = self.committed[-1].end_s
        whole = [end_s for end_s in ends_s[:-1] if self.start_s < end_s <= last_s]
        self.start_s = max(whole) if whole else last_s


def listen_plainly(
    recording: Recording, recognizer: Recognizer, runtime: Runtime, make_clock: Callable[[], Clock]
) -> tuple[Live, list[tuple[float, float, str]]]:
    """Recognize a recording in real time; return the committed words and each window's start, end and prompt."""
    return asyncio.run(_listen(recording, recognizer, runtime, make_clock))


async def _listen(
    recording: Recording, recognizer: Recognizer, runtime: Runtime, make_clock: Callable[[], Clock]
) -> tuple[Live, list[tuple[float, float, str]]]:
    spec = recognizer.check(runtime.registry)
    state, clock = PlainState(), make_clock()
    committed: list[CommittedWord] = []
    windows: list[tuple[float, float, str]] = []
    end_s = 0.0
    while end_s < recording.duration_s:
        # If the model takes longer than a step, the next window is larger.
        await clock.reach(min(end_s + STEP_S, recording.duration_s))
        end_s = min(clock.now_s(), recording.duration_s)
        windows.append((state.start_s, end_s, state.prompt))
        hypothesis = await _recognize(recording, windows[-1], recognizer, spec, runtime)
        words = state.take(hypothesis, end_s)
        if end_s >= recording.duration_s:
            words += state.rest(hypothesis)
        now_s = clock.now_s()
        committed += [CommittedWord(word, now_s) for word in words]
    return Live(committed=tuple(committed)), windows


async def _recognize(
    recording: Recording,
    window: tuple[float, float, str],
    recognizer: Recognizer,
    spec: EngineSpec,
    runtime: Runtime,
) -> Hypothesis:
    start_s, end_s, prompt = window
    samples = recording.samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    payload = AudioPayload(samples.astype("<f4", copy=False).tobytes(), RATE_HZ)
    segment = recognizer.segment(0, payload, spec, prompt=prompt)
    words: list[Word] = []
    ends_s: list[float] = []
    with runtime.stream([segment], StreamOptions(priority=Priority.LIVE, use_cache=False)) as events:
        async for event in events:
            if isinstance(event, TranscriptUpdate) and event.text:
                words += [moved(word, start_s) for word in event.words]
                ends_s.append(start_s + event.end_s)
    return Hypothesis(tuple(words), tuple(ends_s))
