"""Speak text while it is written: text in small parts in, audio out as soon as a clause is complete."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...text.incremental_segmenter import CutEnd, IncrementalSegmenter, ReadySegment
from ...utils.streaming import StreamingSegment
from ...utils.streaming.contract.errors import JobCancelledError
from ...utils.streaming.event_stream import EventStream
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from ...utils.streaming.scheduling.fair_queue import Priority
from ...utils.timeouts import within
from ..levels.leveling import Level, Leveling
from ..speech_job import SequentialLayout, SpeechJob
from ..voices.speaker import Speaker
from ..voices.speaker_resolver import resolve_speakers
from .pauses import Pauses
from .utterances import Normalizers

CLAUSE_PAUSE_S = 0.1
SENTENCE_TIMEOUT_S = 0.4
"""If no text comes for this long, a sentence that looks complete is spoken without waiting for the next one."""


class LiveSpeech:
    """Speaks text while it is written. Push text in one task and iterate in another, of the same event loop.

    Iterating gives blocks of float32 mono `[n_samples]` at `sample_rate` Hz. A slow listener slows the engine down, and
    `buffered_chars` grows: the task that pushes text should watch it.

    States: open (`push`, `flush`), finished (after `finish`: the iteration ends with the last audio), cancelled (after
    `cancel`: the iteration ends at once, and no audio comes after it).

    Raises:
        UnknownEngineError: There is no such engine, or none is ready.
        ValueError: The engine doesn't support one of the speaker's settings.
    """

    def __init__(
        self,
        speaker: Speaker,
        runtime: Runtime,
        *,
        sample_rate: int | None = None,
        normalize: bool = True,
        name_emoji: bool = False,
        level: Level = None,
        pauses: Pauses | None = None,
        options: StreamOptions | None = None,
    ) -> None:
        speakers = resolve_speakers(speaker, runtime.registry)
        self._speaker = speakers.narrator
        self._verbalizer = Normalizers(normalize=normalize, name_emoji=name_emoji).of(self._speaker).verbalizer
        self._runtime = runtime
        self._options = options or StreamOptions(priority=Priority.LIVE)
        self.sample_rate = sample_rate or self._speaker.sample_rate
        self.notes: dict[str, None] = {}
        """What the engine doesn't support in the text so far, each note once."""
        self._segments: list[StreamingSegment] = []
        self._pauses = pauses or Pauses()
        self._ended: CutEnd = "sentence"
        """What the text so far ends with."""
        self._pauses_samples: list[int] = []
        self._leveling = Leveling.of(runtime, level)
        self.job = SpeechJob(self._segments, SequentialLayout(self._pauses_samples), self.sample_rate, self._leveling)
        """The segments so far, and the positions of their audio."""
        self._text = IncrementalSegmenter(self._speaker.performed, speakers.sounds)
        self._ready: deque[ReadySegment] = deque()
        self._ready_chars = 0
        self._changed = asyncio.Event()
        self._finished = False
        self._cancelled = False
        self._stream: EventStream | None = None
        self._plays_until_s = 0.0

    @property
    def buffered_chars(self) -> int:
        """The number of characters that wait to be spoken."""
        return self._ready_chars + self._text.buffered_chars

    def push(self, text: str) -> None:
        """Add text; a word may come in parts. ValueError after `finish` or `cancel`."""
        if self._finished:
            raise ValueError("the utterance is finished; no more text is accepted")
        self._enqueue(self._text.push(text))
        self._changed.set()

    def flush(self) -> None:
        """Speak the text so far without waiting for the rest of its sentence."""
        self._enqueue(self._text.flush())
        self._changed.set()

    def finish(self) -> None:
        """End the text; the iteration ends when all of it is spoken."""
        self.flush()
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
        return len(self.job.placed) == len(self._segments) and time.monotonic() >= self._plays_until_s

    def _is_cancelled(self) -> bool:
        return self._cancelled

    def _enqueue(self, segments: list[ReadySegment]) -> None:
        self.notes |= dict.fromkeys(self._speaker.left_out(tag) for segment in segments for tag in segment.left_out)
        if self._verbalizer is not None:
            apply = self._verbalizer.apply
            segments = [msgspec.structs.replace(segment, text=apply(segment.text).strip()) for segment in segments]
        self._ready += [segment for segment in segments if segment.text]
        self._ready_chars += sum(len(segment.text) for segment in segments)

    def _pause_s(self, ready: ReadySegment) -> float:
        """Return the pause after the next segment. The end of a sentence that was cut isn't a short reply."""
        is_part, self._ended = self._ended == "clause", ready.end
        if ready.end == "clause":
            return CLAUSE_PAUSE_S * self._pauses.scale
        return self._pauses.after_s("" if is_part else ready.text, ends_paragraph=ready.end == "paragraph")

    async def _next_segments(self) -> AsyncIterator[StreamingSegment]:
        while True:
            while self._ready:
                ready = self._ready.popleft()
                self._ready_chars -= len(ready.text)
                pause_s = self._speaker.spec.added_pause_s(self._pause_s(ready))
                segment = self._speaker.segment(
                    len(self._segments), ready.text, pause_after_s=pause_s, is_awaited=self._is_awaiting
                )
                self._segments.append(segment)
                self._pauses_samples.append(round(pause_s * self.sample_rate))
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
