"""Write down what is being said: audio in as it comes, words out while the person still speaks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ....media.audio.speech_frames import FRAME_SAMPLES, SAMPLE_RATE_HZ
from ....utils.streaming import (
    AudioPayload,
    ParamValue,
    SegmentDone,
    SegmentFailed,
    StreamEvent,
    StreamingSegment,
    TranscriptUpdate,
    Word,
)
from ....utils.streaming.contract.engine_spec import EngineSpec
from ....utils.streaming.contract.errors import SegmentError
from ....utils.streaming.event_stream import EventStream
from ....utils.streaming.job import StreamOptions
from ....utils.streaming.loading.lease import Lease
from ....utils.streaming.runtime import Runtime
from ....utils.streaming.scheduling.fair_queue import Priority
from ..recognizer import Recognizer
from .events import Committed, LiveEvent, Partial
from .pcm_input import FrameBuffer, PcmDecoder
from .policy import LiveState, Window
from .rules import LiveRules
from .vad import VadStream
from .words import spread

_HELD_S = 60.0
"""How much audio may wait for the model before `feed` waits for it."""
_HELD_IN_REAL_TIME_S = 600.0
"""The same for a source that can't wait: 37 MiB."""
_MOST_UNREAD = 4096
"""Committed events that nobody has taken, before `feed` waits; hours of speech."""
_STEP_FRAMES = 32
"""Audio is taken in about a second at a time, so that a large piece doesn't pass the bounds."""
_LIVE_PARAMS: dict[str, ParamValue] = {
    "word_timestamps": True,
    # Six decodings of a window that ends in the middle of a word would make it no better, and the rest late.
    "temperature_fallback": False,
}


class LiveSession:
    """A stream of audio being written down. Use it in `async with`, feed it in one task and read it in another.

    Reading gives `Committed` and `Partial` events as they come; the words' times are seconds of the stream. A source
    faster than the model is held up by `feed`. One that is fed in real time and can't wait says so (`realtime`): then
    words are looked at less often while the model is behind (`skipped_partials` counts it), and no audio is dropped;
    only with 10 minutes of it waiting does `feed` wait, too.
    """

    def __init__(
        self, recognizer: Recognizer, runtime: Runtime, *, realtime: bool = False, rules: LiveRules | None = None
    ) -> None:
        self._runtime = runtime
        self._spec = recognizer.check(runtime.registry)
        self._recogniser = _for_live(recognizer, self._spec)
        rules = rules or LiveRules()
        follows = self._spec.complete(self._recogniser.params).get("condition_on_previous_text", True)
        if not (follows and self._spec.can("context")):
            rules = msgspec.structs.replace(rules, prompt_characters=0)
        self._state = LiveState(rules, prompt=recognizer.prompt)
        self._most_held_s = max(_HELD_IN_REAL_TIME_S if realtime else _HELD_S, 2 * rules.longest_s)
        self._realtime = realtime
        self._inlet = FrameBuffer()
        self._cutter = PcmDecoder("s16le")
        self._events: deque[LiveEvent] = deque()
        self._words: list[Word] = []
        self._window: Window | None = None
        self._again = False
        self._index = 0
        self._news = asyncio.Event()
        """There may be a window."""
        self._room = asyncio.Event()
        self._arrived = asyncio.Event()
        self._idle = False
        """Whether nothing is to be done before more audio comes: then it has to be let in, however much is held."""
        self._over = False
        self._failure: BaseException | None = None
        self._vad: VadStream | None = None
        self._lease: Lease | None = None
        self._stream: EventStream | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def heard_s(self) -> float:
        """How much audio has been taken in, in seconds."""
        return self._state.heard_s

    @property
    def skipped_partials(self) -> int:
        """How many partial updates never came because the model was behind."""
        return self._state.skipped_partials

    @property
    def is_idle(self) -> bool:
        """Whether it waits for more audio, and all that came of what there is has been read.

        A source with a clock of its own may then go on to the time of its next piece.
        """
        return self._idle and not self._events

    async def open(self, on_progress: Callable[[str, float | None], None] | None = None) -> None:
        """Load the model, downloaded first if need be, and the VAD. EngineStartError or ModelMissingError if not.

        `on_progress` is told what goes on, on the runtime's thread.
        """
        self._lease = await self._runtime.arun(self._acquire(on_progress))
        self._vad = await self._runtime.arun(VadStream.open(self._runtime.loader, self._spec))
        options = StreamOptions(priority=Priority.LIVE, on_failure="report", look_ahead=1, use_cache=False)
        self._stream = self._runtime.stream_live(self._segments(), options)
        self._listening = asyncio.create_task(self._listen(self._stream))

    async def __aenter__(self) -> LiveSession:
        if self._stream is None:
            try:
                await self.open()
            except BaseException:
                await self.close()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def feed(self, audio: bytes | NDArray[Any], sample_rate: int) -> None:
        """Take audio: mono, float32 or int16 `[n]`, or bytes of 16-bit little-endian samples, cut anywhere.

        ValueError or TypeError for what is no such audio: then none of this piece was taken, and the session goes on.
        What ended the session is raised here, too.
        """
        samples = self._cutter.samples(audio) if isinstance(audio, bytes) else audio
        if self._state.finished:
            raise ValueError("the session is finished")
        await self._push(self._inlet.push(samples, sample_rate))

    async def finish(self) -> None:
        """Say that no more audio comes, and wait until the last words are out; then reading ends, too."""
        if not self._state.finished:
            await self._push(self._inlet.flush())
            self._state.finish()
            self._news.set()
        if self._listening is not None:
            await asyncio.shield(self._listening)
        self._raise()

    async def close(self) -> None:
        """End the session where it is; what was committed can still be read."""
        self._end(None)
        if self._stream is not None:
            self._stream.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        vad, self._vad = self._vad, None
        lease, self._lease = self._lease, None
        if not self._runtime.closed:
            await self._runtime.arun(_release(vad, lease))

    async def __aiter__(self) -> AsyncIterator[LiveEvent]:
        """Yield what is said until the session is over. What ended it early is raised behind what was committed."""
        while True:
            while self._events:
                event = self._events.popleft()
                self._room.set()
                yield event
            if self._over:
                break
            self._arrived.clear()
            await self._arrived.wait()
        self._raise()

    async def _acquire(self, on_progress: Callable[[str, float | None], None] | None) -> Lease:
        loader = self._runtime.loader
        spec = await loader.source.resolved(self._spec)
        model = spec.model_of(self._recogniser.model)
        return await loader.acquire(spec, loader.key_of(spec, model), on_progress=on_progress)

    async def _push(self, frames: NDArray[np.float32]) -> None:
        step = _STEP_FRAMES * FRAME_SAMPLES
        for start in range(0, len(frames), step):
            self._raise()
            if self._vad is None:
                raise ValueError("the session isn't open")
            block = frames[start : start + step]
            try:
                probabilities = await self._runtime.arun(self._vad.probabilities(block))
            except Exception as error:
                # Without these frames the rest would be out of place.
                self._end(error)
                raise
            self._state.push(block, probabilities)
            self._idle = False
            self._news.set()
            while self._is_full() and not self._over:
                self._room.clear()
                await self._room.wait()

    def _is_full(self) -> bool:
        held = self._state.held_s > self._most_held_s and not self._idle
        return held or (not self._realtime and len(self._events) > _MOST_UNREAD)

    async def _segments(self) -> AsyncIterator[StreamingSegment]:
        """Yield a window's segment as soon as there is one: the next comes when it was heard."""
        while not self._over:
            self._news.clear()
            window = self._window if self._again else self._state.next_window()
            self._again = False
            self._idle = window is None and not self._state.waits
            self._room.set()  # silence may have been let go of
            if window is not None:
                self._window, self._words = window, []
                yield self._segment(window)
            elif self._state.finished and not self._state.waits:
                return
            else:
                await self._news.wait()

    def _segment(self, window: Window) -> StreamingSegment:
        payload = AudioPayload(self._state.samples(window).astype("<f4", copy=False).tobytes(), SAMPLE_RATE_HZ)
        index, self._index = self._index, self._index + 1
        return self._recogniser.segment(index, payload, self._spec, prompt=window.prompt)

    async def _listen(self, stream: EventStream) -> None:
        failed: SegmentFailed | None = None
        try:
            async for event in stream:
                if isinstance(event, SegmentFailed) and failed is None:
                    # Its worker may have died under it. A window can be heard again; a second failure is one.
                    failed, self._again = event, True
                elif isinstance(event, SegmentFailed):
                    raise SegmentError(event)
                else:
                    failed = None if isinstance(event, SegmentDone) else failed
                    self._take(event)
                self._news.set()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  it is raised where the session is fed and read
            self._end(error)
        else:
            self._end(None)

    def _take(self, event: StreamEvent) -> None:
        if isinstance(event, TranscriptUpdate) and event.committed and event.text:
            self._words.extend(event.words or spread(event.text, event.start_s, event.end_s))
        elif isinstance(event, SegmentDone) and self._window is not None:
            # The wait for other sessions' turns counts: who shares a model looks less often.
            for said in self._state.take(self._window, self._words, event.figures.total_s):
                self._say(said)
            self._window = None
            self._room.set()

    def _say(self, event: LiveEvent) -> None:
        if isinstance(event, Partial) and self._events and isinstance(self._events[-1], Partial):
            self._events.pop()
        self._events.append(event)
        self._arrived.set()

    def _end(self, failure: BaseException | None) -> None:
        if not self._over:
            self._over = True
            self._failure = failure
        for waiting in (self._arrived, self._room, self._news):
            waiting.set()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure


def _for_live(recognizer: Recognizer, spec: EngineSpec) -> Recognizer:
    params = {name: value for name, value in _LIVE_PARAMS.items() if name in spec.params} | recognizer.params
    # The policy puts the prompt before what was said.
    return msgspec.structs.replace(recognizer, params=params, prompt="")


async def _release(vad: VadStream | None, lease: Lease | None) -> None:
    if vad is not None:
        vad.close()
    if lease is not None:
        lease.release()


__all__ = ["Committed", "LiveEvent", "LiveSession", "Partial"]
