"""Speak text while it is being written: bit by bit in, audio out as soon as a clause is complete."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator

import numpy as np
from numpy.typing import NDArray

from ...text.incremental_segmenter import ReadySegment, IncrementalSegmenter, CutEnd
from ...utils.streaming import StreamingSegment
from ...utils.streaming.contract.errors import JobCancelledError
from ...utils.streaming.event_stream import EventStream
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.runtime import Runtime
from ...utils.streaming.scheduling.fair_queue import Priority
from ...utils.timeouts import within
from ..speech_job import OneAfterTheOther, SpeechJob
from ..voices.speaker import Speaker
from .job import PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S

CLAUSE_PAUSE_S = 0.1
PATIENCE_S = 0.4
"""A sentence that looks complete is spoken when nothing has come for so long."""
_PAUSES_S: dict[CutEnd, float] = {
    "clause": CLAUSE_PAUSE_S,
    "sentence": SENTENCE_PAUSE_S,
    "paragraph": PARAGRAPH_PAUSE_S,
}


class LiveSpeech:
    """An utterance that is spoken as it is written. Feed it in one task and read it in another, of the same loop.

    Reading gives blocks of float32 mono `[n_samples]` at `sample_rate` Hz. A listener that stalls holds up the engine,
    and `held_chars` grows: who feeds it looks at that. ValueError for what the engine can't do.
    """

    def __init__(
        self,
        speaker: Speaker,
        runtime: Runtime,
        *,
        sample_rate: int | None = None,
        options: StreamOptions | None = None,
    ) -> None:
        self._speaker = speaker
        self._runtime = runtime
        self._options = options or StreamOptions(priority=Priority.LIVE)
        self._spec = speaker.check(runtime.registry)
        self.sample_rate = sample_rate or self._spec.native_sample_rate
        self._segments: list[StreamingSegment] = []
        self._pauses: list[int] = []
        self.job = SpeechJob(self._segments, OneAfterTheOther(self._pauses), self.sample_rate)
        """What was spoken so far, and where."""
        self._text = IncrementalSegmenter()
        self._ready: deque[ReadySegment] = deque()
        self._ready_chars = 0
        self._news = asyncio.Event()
        self._finished = False
        self._cancelled = False
        self._stream: EventStream | None = None

    @property
    def held_chars(self) -> int:
        """How much text waits to be spoken."""
        return self._ready_chars + self._text.buffered_chars

    @property
    def began(self) -> bool:
        """Whether any text came that can be spoken."""
        return bool(self._segments or self._ready)

    def push(self, text: str) -> None:
        """Take some text; a word may come in several pieces. ValueError after `finish`."""
        if self._finished:
            raise ValueError("the utterance is finished")
        self._take(self._text.push(text))
        self._news.set()

    def flush(self) -> None:
        """Have what came so far spoken without waiting for the rest of its sentence."""
        self._take(self._text.flush())
        self._news.set()

    def finish(self) -> None:
        """Say that no more text comes; reading ends when all of it is spoken."""
        self.flush()
        self._finished = True
        self._news.set()

    def cancel(self) -> None:
        """Stop at once: no audio comes after this, and reading ends."""
        self._finished = self._cancelled = True
        self._text.clear()
        self._ready.clear()
        self._ready_chars = 0
        self._news.set()
        if self._stream is not None:
            self._stream.close()

    async def __aiter__(self) -> AsyncGenerator[NDArray[np.float32], None]:
        """Yield the audio as it becomes final. SegmentError where a piece fails; leaving cancels the rest."""
        if self._is_cancelled():
            return
        with self._runtime.stream_live(self._pieces(), self._options) as stream:
            self._stream = stream
            try:
                async for event in stream:
                    for block in self.job.feed(event):
                        if self._is_cancelled():
                            return
                        yield block
            except JobCancelledError:
                if self._is_cancelled():
                    return
                raise
            if not self._is_cancelled():
                for block in self.job.finish():
                    yield block

    def _is_cancelled(self) -> bool:
        return self._cancelled

    def _take(self, pieces: list[ReadySegment]) -> None:
        self._ready += pieces
        self._ready_chars += sum(len(piece.text) for piece in pieces)

    async def _pieces(self) -> AsyncIterator[StreamingSegment]:
        while True:
            while self._ready:
                piece = self._ready.popleft()
                self._ready_chars -= len(piece.text)
                pause_s = _PAUSES_S[piece.end]
                segment = self._speaker.segment(len(self._segments), piece.text, self._spec, pause_after_s=pause_s)
                self._segments.append(segment)
                self._pauses.append(round(pause_s * self.sample_rate))
                yield segment
            if self._finished:
                return
            self._news.clear()
            # What is complete needn't wait for a next sentence that may be long in coming.
            patience_s = PATIENCE_S if self._text.ends_sentence else None
            try:
                await within(self._news.wait(), patience_s)
            except asyncio.TimeoutError:
                self.flush()
