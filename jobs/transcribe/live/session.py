"""Transcribe live audio: feed audio as it arrives, read words while the person still speaks."""

from __future__ import annotations

import asyncio
import time
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
from .activity import SpeechActivity
from .events import Committed, LiveEvent, Partial, SpeechStarted, SpeechStopped
from .pcm_input import FrameBuffer, PcmDecoder
from .policy import LiveState, Window
from .rules import LiveRules
from .vad import VadStream
from .words import spread

_HELD_S = 60.0
"""The maximum audio in the buffer before `feed` waits for the model."""
_HELD_IN_REAL_TIME_S = 600.0
"""The same for a real-time source, which can't wait: 37 MiB."""
_AWAITED_AFTER_S = 2.0
"""How long no audio may come until the source is taken for one that has stopped."""
_MAX_UNREAD = 4096
"""The maximum unread committed events before `feed` waits: hours of speech."""
_STEP_FRAMES = 32
"""Audio is processed about a second at a time, so that a large block can't exceed the limits."""
LIVE_PARAMS: dict[str, ParamValue] = {
    "word_timestamps": True,
    # Up to six decodings of a window that ends in the middle of a word would only add latency.
    "temperature_fallback": False,
    # Short windows of songs or noise get improbable words. Of real speech, also noisy, hardly a window is both.
    "no_speech_threshold": 0.4,
    "log_prob_threshold": -0.9,
}
"""The engine's settings for windows, where the user chose none."""


class LiveSession:
    """A live transcription. Use it in `async with`; feed it in one task and iterate over it in another.

    Iterating yields `SpeechStarted` and `SpeechStopped` events as soon as the VAD finds them, and `Committed` and
    `Partial` events with words; times are in seconds of the stream. If the source is faster than the model, `feed`
    waits (backpressure). A `realtime` source can't wait: partial updates are skipped while the model is too slow (see
    `skipped_partials`), and no audio is dropped. `feed` waits only after 10 minutes of backlog.
    """

    def __init__(
        self, recognizer: Recognizer, runtime: Runtime, *, realtime: bool = False, rules: LiveRules | None = None
    ) -> None:
        self._runtime = runtime
        recognizer = recognizer.resolved(runtime.registry)
        self._spec = runtime.registry.get(recognizer.engine)
        self._recognizer = _for_live(recognizer, self._spec)
        rules = rules or LiveRules()
        uses_prompt = self._spec.complete(self._recognizer.params).get("condition_on_previous_text", True)
        if not (uses_prompt and self._spec.can("context")):
            rules = msgspec.structs.replace(rules, prompt_characters=0)
        self._state = LiveState(rules, prompt=recognizer.prompt)
        self._activity = SpeechActivity(rules)
        self._max_held_s = max(_HELD_IN_REAL_TIME_S if realtime else _HELD_S, 2 * rules.max_window_s)
        self._realtime = realtime
        self._frames = FrameBuffer()
        self._decoder = PcmDecoder("s16le")
        self._events: deque[LiveEvent] = deque()
        self._words: list[Word] = []
        self._window: Window | None = None
        self._retry = False
        self._index = 0
        self._work_available = asyncio.Event()
        """Set when there may be a new window."""
        self._space_available = asyncio.Event()
        self._event_available = asyncio.Event()
        self._idle = False
        """Whether the model waits for audio: then `feed` must not wait, however full the buffer is."""
        self._over = False
        self._fed_at = time.monotonic()
        self._failure: BaseException | None = None
        self._vad: VadStream | None = None
        self._lease: Lease | None = None
        self._stream: EventStream | None = None
        self._recognition: asyncio.Task[None] | None = None

    @property
    def received_s(self) -> float:
        """The length of the audio that was fed, in seconds."""
        return self._state.received_s

    @property
    def skipped_partials(self) -> int:
        """The number of partial updates that were skipped because the model was too slow."""
        return self._state.skipped_partials

    @property
    def is_idle(self) -> bool:
        """Whether the session waits for audio and all its events were read.

        A source with a simulated clock may then advance to the time of its next block.
        """
        return self._idle and not self._events

    @property
    def awaits_audio(self) -> bool:
        """Whether its source has stopped: all audio is recognized, and none has come for two seconds."""
        paused = time.monotonic() - self._fed_at > _AWAITED_AFTER_S
        return paused and self.is_idle and not self._state.finished

    async def open(self, on_progress: Callable[[str, float | None], None] | None = None) -> None:
        """Load the model, after a download if needed, and the VAD.

        `on_progress` gets a message and the fraction done (None if unknown), on the runtime's thread.

        Raises:
            EngineStartError: A worker can't be started.
            ModelMissingError: The model's files are missing.
        """
        self._lease = await self._runtime.arun(self._acquire(on_progress))
        self._vad = await self._runtime.arun(VadStream.open(self._runtime.loader, self._spec))
        options = StreamOptions(priority=Priority.LIVE, on_failure="report", look_ahead=1, use_cache=False)
        self._stream = self._runtime.stream_live(self._segments(), options)
        self._recognition = asyncio.create_task(self._recognize(self._stream))

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
        """Add mono audio: float32 or int16 `[n]`, or bytes of 16-bit little-endian samples, cut anywhere.

        An error that ended the session is raised here, too.

        Raises:
            ValueError: The audio is invalid. None of it was added, and the session continues. Also TypeError.
        """
        samples = self._decoder.samples(audio) if isinstance(audio, bytes) else audio
        if self._state.finished:
            raise ValueError("the session is finished")
        self._fed_at = time.monotonic()
        await self._push(self._frames.push(samples, sample_rate))

    async def finish(self) -> None:
        """End the audio and wait until all words are committed; then iterating ends, too."""
        if not self._state.finished:
            await self._push(self._frames.flush())
            for event in self._activity.finish():
                self._emit(event)
            self._state.finish()
            self._work_available.set()
        if self._recognition is not None:
            await asyncio.shield(self._recognition)
        self._raise()

    async def close(self) -> None:
        """End the session at once; committed events can still be read."""
        self._end(None)
        if self._stream is not None:
            self._stream.close()
        if self._recognition is not None:
            self._recognition.cancel()
            await asyncio.gather(self._recognition, return_exceptions=True)
        vad, self._vad = self._vad, None
        lease, self._lease = self._lease, None
        if not self._runtime.closed:
            await self._runtime.arun(_release(vad, lease))

    async def __aiter__(self) -> AsyncIterator[LiveEvent]:
        """Yield the events until the session ends. An error that ended it is raised after the committed events."""
        while True:
            while self._events:
                event = self._events.popleft()
                self._space_available.set()
                yield event
            if self._over:
                break
            self._event_available.clear()
            await self._event_available.wait()
        self._raise()

    async def _acquire(self, on_progress: Callable[[str, float | None], None] | None) -> Lease:
        loader = self._runtime.loader
        spec = await loader.source.resolved(self._spec)
        model = spec.model_for(self._recognizer.model, self._recognizer.language)
        return await loader.acquire(spec, loader.key_of(spec, model), on_progress=on_progress)

    async def _push(self, frames: NDArray[np.float32]) -> None:
        step = _STEP_FRAMES * FRAME_SAMPLES
        for start in range(0, len(frames), step):
            self._raise()
            if self._vad is None:
                raise ValueError("the session is not open; use it in 'async with'")
            block = frames[start : start + step]
            try:
                probabilities = await self._runtime.arun(self._vad.probabilities(block))
            except Exception as error:
                # Without these frames, all later times would be wrong.
                self._end(error)
                raise
            self._state.push(block, probabilities)
            for event in self._activity.push(probabilities):
                self._emit(event)
            self._idle = False
            self._work_available.set()
            while self._is_full() and not self._over:
                self._space_available.clear()
                await self._space_available.wait()

    def _is_full(self) -> bool:
        held = self._state.held_s > self._max_held_s and not self._idle
        return held or (not self._realtime and len(self._events) > _MAX_UNREAD)

    async def _segments(self) -> AsyncIterator[StreamingSegment]:
        """Yield the segment of each window as soon as there is one, one at a time."""
        while not self._over:
            self._work_available.clear()
            for event in self._state.settle():
                self._emit(event)
            window = self._window if self._retry else self._state.next_window()
            self._retry = False
            self._idle = window is None and not self._state.is_busy
            self._space_available.set()  # silence may have been dropped
            if window is not None:
                self._window, self._words = window, []
                yield self._segment(window)
            elif self._state.finished and not self._state.is_busy:
                return
            else:
                await self._work_available.wait()

    def _segment(self, window: Window) -> StreamingSegment:
        payload = AudioPayload(self._state.samples(window).astype("<f4", copy=False).tobytes(), SAMPLE_RATE_HZ)
        index, self._index = self._index, self._index + 1
        return self._recognizer.segment(index, payload, self._spec, prompt=window.prompt)

    async def _recognize(self, stream: EventStream) -> None:
        failed: SegmentFailed | None = None
        try:
            async for event in stream:
                if isinstance(event, SegmentFailed) and failed is None:
                    # The worker may have died: retry the window once; a second failure is final.
                    failed, self._retry = event, True
                elif isinstance(event, SegmentFailed):
                    raise SegmentError(event)
                else:
                    failed = None if isinstance(event, SegmentDone) else failed
                    self._on_event(event)
                self._work_available.set()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  `feed` and iteration raise it
            self._end(error)
        else:
            self._end(None)

    def _on_event(self, event: StreamEvent) -> None:
        if isinstance(event, TranscriptUpdate) and event.committed and event.text:
            self._words.extend(event.words or spread(event.text, event.start_s, event.end_s))
        elif isinstance(event, SegmentDone) and self._window is not None:
            # Including the wait in the fair queue: sessions that share a model get larger steps.
            for result in self._state.accept(self._window, self._words, event.stats.total_s):
                self._emit(result)
            self._window = None
            self._space_available.set()

    def _emit(self, event: LiveEvent) -> None:
        if isinstance(event, Partial) and self._events and isinstance(self._events[-1], Partial):
            self._events.pop()
        self._events.append(event)
        self._event_available.set()

    def _end(self, failure: BaseException | None) -> None:
        if not self._over:
            self._over = True
            self._failure = failure
        for signal in (self._event_available, self._space_available, self._work_available):
            signal.set()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure


def _for_live(recognizer: Recognizer, spec: EngineSpec) -> Recognizer:
    params = {name: value for name, value in LIVE_PARAMS.items() if name in spec.params} | recognizer.params
    # The policy adds the prompt to the committed text.
    return msgspec.structs.replace(recognizer, params=params, prompt="")


async def _release(vad: VadStream | None, lease: Lease | None) -> None:
    if vad is not None:
        vad.close()
    if lease is not None:
        lease.release()


__all__ = ["Committed", "LiveEvent", "LiveSession", "Partial", "SpeechStarted", "SpeechStopped"]
