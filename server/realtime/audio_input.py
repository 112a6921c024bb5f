"""The audio of a session's client: its turns, found by voice activity or committed by the client."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...jobs.transcribe.live.activity import SpeechActivity
from ...jobs.transcribe.live.events import SpeechStarted as Started
from ...jobs.transcribe.live.pcm_input import FrameBuffer, PcmDecoder
from ...jobs.transcribe.live.vad import VadStream
from ...media.audio import g711
from ...media.audio.speech_frames import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ
from ..service.errors import ApiError, bad_request
from ..service.service import Service
from .audio_queue import Audio, AudioQueue, Barrier, Clear, Commit, InputConfig
from .conversation import Conversation
from .server_events import (
    AudioCleared,
    AudioCommitted,
    ItemAdded,
    ItemDone,
    Message,
    Part,
    SpeechStarted,
    SpeechStopped,
    new_id,
)
from .socket import RealtimeSocket
from .turn import Turn

_MIN_COMMIT_S = 0.1
_MAX_OPEN_TURNS = 4
"""The maximum turns that wait for their transcripts before the client has to wait."""


class AudioInput:
    """Processes audio, commits and clears in the order in which they came, in `run`.

    Times are in seconds of all audio that was processed, at 16 kHz. Belongs to one event loop; `close` it after use.
    """

    def __init__(
        self,
        socket: RealtimeSocket,
        service: Service,
        conversation: Conversation,
        on_speech: Callable[[], Awaitable[None]],
    ) -> None:
        self._socket = socket
        self._service = service
        self._conversation = conversation
        self._on_speech = on_speech
        self._queue = AudioQueue()
        self._is_processing = False
        self._received_s = 0.0
        self._config: InputConfig | None = None
        self._decoder = PcmDecoder("s16le")
        self._frames = FrameBuffer()
        self._activity: SpeechActivity | None = None
        self._vad: VadStream | None = None
        self._lead: deque[NDArray[np.float32]] = deque()
        """The frames before a turn that may become a part of it."""
        self._base_s = self._position_s = 0.0
        """The time of the detector's first frame, and of the next frame."""
        self._turn_start_s: float | None = None
        self._item_id = ""
        self._turn: Turn | None = None
        self._turns: deque[Turn] = deque()
        """The turns that were committed last."""

    @property
    def is_busy(self) -> bool:
        """Whether audio is being processed, or a transcript is due."""
        return self._is_processing or not self._queue.is_empty or any(not turn.task.done() for turn in self._turns)

    async def append(self, data: bytes, config: InputConfig) -> None:
        """Add audio in the format of `config`.

        Raises:
            ApiError: 413 when the session exceeds `max_audio_s`.
        """
        audio = Audio(data, config)
        self._received_s += audio.duration_s
        limit_s = self._service.settings.max_audio_s
        if self._received_s > limit_s:
            raise ApiError(413, f"the session has reached the maximum of {limit_s:g} s of audio", code="too_long")
        await self._queue.put(audio)

    async def commit(self, event_id: str | None) -> None:
        """End the turn at the end of the audio so far."""
        await self._queue.put(Commit(event_id))

    async def clear(self) -> None:
        """Drop the turn."""
        await self._queue.put(Clear())

    async def settle(self) -> None:
        """Wait until all that came so far is processed."""
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._queue.put(Barrier(reached))
        await reached

    async def transcript(self, item_id: str) -> str:
        """Wait for the transcript of a committed turn, and return it; empty if there is none."""
        turn = next((turn for turn in self._turns if turn.item_id == item_id), None)
        if turn is None:
            return ""
        await asyncio.wait({turn.task})
        return turn.transcript

    async def run(self) -> None:
        """Process what comes. Ends with an error only."""
        while True:
            self._is_processing = False
            command = await self._queue.get()
            self._is_processing = True
            if isinstance(command, Audio):
                await self._process(command)
            elif isinstance(command, Commit):
                await self._commit_now(command.event_id)
            elif isinstance(command, Clear):
                await self._clear_now()
            elif not command.reached.done():
                command.reached.set_result(None)

    async def close(self) -> None:
        """Drop all turns, and release the VAD."""
        for turn in (*self._turns, self._turn):
            if turn is not None:
                await turn.cancel()
        await self._close_vad()

    async def _process(self, audio: Audio) -> None:
        config = audio.config
        self._configure(config)
        law = config.format.law
        samples = g711.decode(audio.data, law) if law else self._decoder.samples(audio.data)
        for start in range(0, len(samples), config.format.rate_hz):
            # A second at a time: a large block must neither block the loop nor exceed the limits.
            frames = self._frames.push(samples[start : start + config.format.rate_hz], config.format.rate_hz)
            if len(frames):
                await self._take(frames)

    def _configure(self, config: InputConfig) -> None:
        before = self._config
        self._config = config
        if before is None or before.format != config.format:
            self._decoder = PcmDecoder("s16le")
        if before is None or before.turns != config.turns:
            self._activity = None
            self._lead.clear()
            if config.turns is not None:
                self._activity = SpeechActivity(config.turns.rules)
                self._base_s = self._position_s

    async def _take(self, frames: NDArray[np.float32]) -> None:
        activity = self._activity
        if activity is None:
            await self._open_turn(self._position_s)
            await self._feed(frames)
            self._position_s += len(frames) / SAMPLE_RATE_HZ
            return
        probabilities = await self._probabilities(frames)
        for frame, probability in zip(frames.reshape(-1, FRAME_SAMPLES), probabilities, strict=True):
            self._position_s += FRAME_S
            if self._turn_start_s is None:
                self._lead.append(frame)
            else:
                await self._feed(frame)
            for event in activity.push((probability,)):
                if isinstance(event, Started):
                    await self._start_by_voice(self._base_s + event.at_s)
                elif self._turn_start_s is not None:
                    end_ms = round(self._position_s * 1000)
                    await self._socket.emit(SpeechStopped(audio_end_ms=end_ms, item_id=self._item_id))
                    await self._end_turn()
            self._drop_lead()

    async def _start_by_voice(self, speech_s: float) -> None:
        if self._turn_start_s is not None:
            return
        assert self._config is not None
        assert self._config.turns is not None
        lead_s = self._position_s - (speech_s - self._config.turns.padding_s)
        frames = list(self._lead)[-max(1, round(lead_s / FRAME_S)) :]
        self._lead.clear()
        start_s = self._position_s - len(frames) * FRAME_S
        await self._open_turn(start_s)
        await self._socket.emit(SpeechStarted(audio_start_ms=round(start_s * 1000), item_id=self._item_id))
        if self._config.turns.interrupts:
            await self._on_speech()
        await self._feed(np.concatenate(frames))

    def _drop_lead(self) -> None:
        turns = self._config.turns if self._config is not None else None
        kept_s = 0.0 if turns is None else turns.padding_s + turns.rules.start_s + FRAME_S
        while len(self._lead) * FRAME_S > kept_s:
            self._lead.popleft()

    async def _probabilities(self, frames: NDArray[np.float32]) -> list[float]:
        runtime = self._service.runtime
        if self._vad is None:
            assert self._config is not None
            self._vad = await runtime.arun(VadStream.open(runtime.loader, self._config.vad_engine))
        return await runtime.arun(self._vad.probabilities(frames))

    async def _open_turn(self, start_s: float) -> None:
        if self._turn_start_s is not None:
            return
        while self._turns and self._turns[0].task.done() and len(self._turns) >= _MAX_OPEN_TURNS:
            self._turns.popleft()
        if len(self._turns) >= _MAX_OPEN_TURNS:
            await asyncio.wait({self._turns.popleft().task})
        assert self._config is not None
        self._turn_start_s, self._item_id = start_s, new_id("item")
        listener = self._config.listener
        if listener is not None:
            before = self._turns[-1] if self._turns else None
            self._turn = Turn(self._socket, self._service, listener, self._item_id, before)

    async def _feed(self, frames: NDArray[np.float32]) -> None:
        if self._turn is not None:
            await self._turn.feed(frames)

    async def _commit_now(self, event_id: str | None) -> None:
        if self._activity is None:
            rest = self._frames.flush()
            self._frames = FrameBuffer()
            if len(rest) and self._turn_start_s is not None:
                await self._feed(rest)
                self._position_s += len(rest) / SAMPLE_RATE_HZ
        held_s = 0.0 if self._turn_start_s is None else self._position_s - self._turn_start_s
        if held_s < _MIN_COMMIT_S - FRAME_S / 2:
            held = "speech" if self._activity is not None else "audio"
            error = bad_request(
                f"the buffer holds {round(held_s * 1000)} ms of {held}; a turn has at least "
                f"{round(_MIN_COMMIT_S * 1000)} ms",
                code="input_audio_buffer_commit_empty",
            )
            await self._socket.refuse(error, event_id)
            return
        if self._activity is not None:
            self._activity.finish()
        await self._end_turn()

    async def _end_turn(self) -> None:
        item = Message(id=self._item_id, role="user", content=(Part(type="input_audio"),))
        previous = self._conversation.add(item)
        await self._socket.emit(AudioCommitted(item_id=item.id, previous_item_id=previous))
        await self._socket.emit(ItemAdded(item=item, previous_item_id=previous))
        await self._socket.emit(ItemDone(item=item, previous_item_id=previous))
        turn, self._turn, self._turn_start_s = self._turn, None, None
        if turn is not None:
            turn.task.add_done_callback(lambda _: self._conversation.replace(_heard(item, turn.transcript)))
            turn.end()
            self._turns.append(turn)

    async def _clear_now(self) -> None:
        turn, self._turn, self._turn_start_s = self._turn, None, None
        if turn is not None:
            await turn.cancel()
        self._lead.clear()
        if self._activity is not None:
            self._activity.finish()
        else:
            self._frames = FrameBuffer()
        await self._socket.emit(AudioCleared())

    async def _close_vad(self) -> None:
        vad, self._vad = self._vad, None
        runtime = self._service.runtime
        if vad is not None and not runtime.closed:

            async def release() -> None:
                vad.close()

            await runtime.arun(release())


def _heard(item: Message, transcript: str) -> Message:
    return msgspec.structs.replace(item, content=(Part(type="input_audio", transcript=transcript),))
