"""Speak text while it is written: text in small parts in, audio out as soon as a clause is complete."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ...text.lexicon import Lexicon
from ...text.sound_tags import has_sounds
from ...utils.streaming import StreamingSegment
from ...utils.streaming.contract.errors import JobCancelledError
from ...utils.streaming.event_stream import EventStream
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from ...utils.streaming.scheduling.fair_queue import Priority
from ...utils.timeouts import within
from ..levels.leveling import Level, Leveling
from ..voices.cast import Cast
from ..voices.speaker import Speaker
from ..voices.speaker_resolver import resolve_speakers
from .job import SpeakJob, pause_of, silence_of_s
from .live_text import LivePlainText, LiveScript, LiveText, Voices
from .pauses import Pauses, is_pause
from .sentence_languages import SentenceLanguages
from .utterances import Normalizers, PlannedUtterance

SENTENCE_TIMEOUT_S = 0.4
"""If no text comes for this long, a sentence that looks complete is spoken without waiting for the next one."""


class LiveSpeech:
    """Speaks text while it is written. Push text in one task and iterate in another, of the same event loop.

    Iterating gives blocks of float32 mono `[n_samples]` at `sample_rate` Hz. A slow listener slows the engine down, and
    `buffered_chars` grows: the task that pushes text should watch it.

    States: open (`push`, `flush`), finished (after `finish`: the iteration ends with the last audio), cancelled (after
    `cancel`: the iteration ends at once, and no audio comes after it).

    The arguments are those of `speak`. An error in a script is raised by `push`, `flush` or `finish`, with its line.

    Raises:
        CastError: The cast can't be used.
        UnknownEngineError: There is no such engine, or none is ready.
        ValueError: The engine doesn't support one of the speaker's settings.
    """

    def __init__(
        self,
        speaker: Speaker,
        runtime: Runtime,
        *,
        cast: Cast | None = None,
        markup: bool | None = None,
        lexicon: Lexicon | None = None,
        auto_language: bool = False,
        language_voices: Mapping[str, Speaker] | None = None,
        sample_rate: int | None = None,
        normalize: bool = True,
        name_emoji: bool = False,
        level: Level = None,
        pauses: Pauses | None = None,
        options: StreamOptions | None = None,
    ) -> None:
        speakers = resolve_speakers(speaker, runtime.registry, cast, language_voices)
        voices = Voices(
            speakers,
            Normalizers(lexicon, normalize=normalize, name_emoji=name_emoji),
            pauses or Pauses(),
            SentenceLanguages(speakers) if auto_language else None,
        )
        is_script = cast is not None if markup is None else markup
        self._text: LiveText = LiveScript(voices) if is_script else LivePlainText(voices)
        self._runtime = runtime
        self._options = options or StreamOptions(priority=Priority.LIVE)
        self.sample_rate = sample_rate or speakers.narrator.sample_rate
        self._leveling = Leveling.of(runtime, level)
        self.job = SpeakJob("", lambda: iter(()), self.sample_rate, leveling=self._leveling)
        """The segments so far, and the positions of their audio."""
        self._ready: deque[PlannedUtterance] = deque()
        self._ready_chars = 0
        self._is_script = is_script
        self._voices = voices
        self._marks = ""
        """The text so far, until some of it is spoken."""
        self._has_words = self._is_spoken = False
        self._before_s = 0.0
        self._changed = asyncio.Event()
        self._finished = False
        self._cancelled = False
        self._stream: EventStream | None = None
        self._plays_until_s = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the text so far isn't spoken as written, and why, each note once."""
        return tuple(self._text.notes)

    @property
    def buffered_chars(self) -> int:
        """The number of characters that wait to be spoken."""
        return self._ready_chars + self._text.buffered_chars

    @property
    def awaits_text(self) -> bool:
        """Whether nothing happens until more text comes: what is ready has been spoken, and the text isn't finished."""
        return not self._finished and not self._ready and len(self.job.placed) == len(self.job.segments)

    def push(self, text: str) -> None:
        """Add text; a word or a tag may come in parts. ValueError after `finish` or `cancel`."""
        if self._finished:
            raise ValueError("the utterance is finished; no more text is accepted")
        self._has_words = self._has_words or any(map(str.isalnum, text))
        if not self._is_spoken:
            self._marks += text
        self._enqueue(self._text.push(text))
        self._changed.set()

    def flush(self) -> None:
        """Speak the text so far without waiting for the rest of its sentence."""
        self._enqueue(self._text.flush())
        self._changed.set()

    def finish(self) -> None:
        """End the text; the iteration ends when all of it is spoken."""
        self._enqueue(self._text.finish())
        voices, marks = self._voices, self._marks
        if not self._is_spoken and marks.strip() and not has_sounds(marks, voices.speakers.sounds):
            self.job.set_pause(pause_of(marks, voices.speakers, voices.pauses, markup=self._is_script))
        elif not self._has_words:
            self.job.silent_s = silence_of_s("", voices.pauses)
        self._finished = True
        self._changed.set()

    def cancel(self) -> None:
        """Stop at once: no audio comes after this, and the iteration ends."""
        self._finished = self._cancelled = True
        self._text.clear()
        self._ready.clear()
        self._ready_chars = 0
        self._changed.set()
        if self._stream is not None:
            self._stream.close()

    async def __aiter__(self) -> AsyncGenerator[NDArray[np.float32], None]:
        """Yield the audio as it becomes final. SegmentError if a segment fails. Leaving the iteration cancels it."""
        if self._is_cancelled():
            return
        with self._runtime.stream_live(self._next_segments(), self._options) as stream:
            self._stream = stream
            try:
                async for event in stream:
                    for block in self.job.feed(event):
                        if self._is_cancelled():
                            return
                        self._plays_until_s = max(time.monotonic(), self._plays_until_s) + block.size / self.sample_rate
                        yield block
            except JobCancelledError:
                if self._is_cancelled():
                    return
                raise
            if not self._is_cancelled():
                for block in self.job.finish():
                    yield block

    @property
    def _is_awaiting(self) -> bool:
        """Whether a listener who plays the audio as it comes has heard all of it."""
        return len(self.job.placed) == len(self.job.segments) and time.monotonic() >= self._plays_until_s

    def _is_cancelled(self) -> bool:
        return self._cancelled

    def _enqueue(self, utterances: list[PlannedUtterance]) -> None:
        # Marks before the first words are no speech: only what a script's tags set for them stays.
        while utterances and not self._is_spoken and is_pause(utterances[0].text):
            marks, *utterances = utterances
            self._before_s += marks.pause_before_s + (marks.pause_after_s if marks.pause_is_explicit else 0.0)
        if utterances and not self._is_spoken:
            self._is_spoken = True
            first = utterances[0]
            utterances = [first._replace(pause_before_s=first.pause_before_s + self._before_s), *utterances[1:]]
        self._ready += utterances
        self._ready_chars += sum(len(utterance.text) for utterance in utterances)

    async def _next_segments(self) -> AsyncIterator[StreamingSegment]:
        while True:
            while self._ready:
                utterance = self._ready.popleft()
                self._ready_chars -= len(utterance.text)
                segment = self.job.add(utterance, is_awaited=self._is_awaiting)
                if self._leveling is not None and not self._leveling.knows(segment):
                    for ready_segment in await asyncio.to_thread(self._leveling.with_samples, segment):
                        yield ready_segment
                else:
                    yield segment
            if self._finished:
                return
            self._changed.clear()
            # A complete sentence doesn't wait for the next one, which may come late.
            timeout_s = SENTENCE_TIMEOUT_S if self._text.ends_sentence else None
            try:
                await within(self._changed.wait(), timeout_s)
            except asyncio.TimeoutError:
                self.flush()
