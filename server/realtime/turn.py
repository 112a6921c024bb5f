"""The transcription of one turn: audio in, deltas and the transcript out."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...jobs.transcribe import Recognizer
from ...jobs.transcribe.live.rules import LiveRules
from ...jobs.transcribe.live.session import Committed, LiveSession
from ...media.audio.speech_frames import SAMPLE_RATE_HZ
from ...utils.streaming import Word
from ..service.errors import ClientGoneError, as_api_error
from ..service.model_choice import ModelChoice
from ..service.recognition_request import RunningText
from ..service.service import Service
from ..service.stats import JobRecord
from .server_events import TranscriptCompleted, TranscriptDelta, TranscriptFailed
from .socket import RealtimeSocket

_MAX_WAITING_SAMPLES = 60 * SAMPLE_RATE_HZ
"""The maximum audio that waits for the session to open."""


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """How turns are transcribed."""

    choice: ModelChoice
    recognizer: Recognizer
    rules: LiveRules
    with_logprobs: bool


class Turn:
    """Transcribes a turn in a task of its own. `feed` audio, then `end` or `cancel` it.

    - Its events follow those of the turn before it.
    - A failure is sent as an event, and ends this turn only.
    """

    def __init__(
        self, socket: RealtimeSocket, service: Service, listener: Listener, item_id: str, before: Turn | None
    ) -> None:
        self.item_id = item_id
        self.transcript = ""
        """The whole text, when the task is done."""
        self._socket = socket
        self._service = service
        self._listener = listener
        self._waiting: deque[NDArray[np.float32]] = deque()
        self._n_waiting = 0
        self._changed = asyncio.Event()
        self._ended = False
        # Only the task: a chain of turns would keep all of them.
        self.task: asyncio.Task[None] = asyncio.create_task(self._run(None if before is None else before.task))

    async def feed(self, samples: NDArray[np.float32]) -> None:
        """Add samples `[n]` at 16 kHz. Waits while too many of them are waiting."""
        if self.task.done():
            return
        self._waiting.append(samples)
        self._n_waiting += len(samples)
        self._changed.set()
        while self._n_waiting > _MAX_WAITING_SAMPLES and not self.task.done():
            self._changed.clear()
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait({changed, self.task}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()

    def end(self) -> None:
        """End the audio. The transcript follows."""
        self._ended = True
        self._changed.set()

    async def cancel(self) -> None:
        """Drop the turn: none of its events are sent afterwards."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _run(self, before: asyncio.Task[None] | None) -> None:
        record = JobRecord(engine=self._listener.choice.spec.name)
        try:
            await self._transcribe(before, record)
        except ClientGoneError:
            record.outcome = "cancelled"
            raise
        except Exception as exception:  # noqa: BLE001  every error is sent to the client
            record.outcome = "failed"
            error = as_api_error(exception)
            self._socket.log_failure("turn", error)
            await self._socket.emit(TranscriptFailed(item_id=self.item_id, error=error.body()["error"]))
        except BaseException:
            record.outcome = "cancelled"
            raise
        finally:
            self._waiting.clear()
            self._service.stats.end(record)

    async def _transcribe(self, before: asyncio.Task[None] | None, record: JobRecord) -> None:
        listener = self._listener
        async with self._service.admission.slot(listener.choice.spec.name) as slot:
            session = LiveSession(listener.recognizer, self._service.runtime, realtime=True, rules=listener.rules)
            async with session:
                with slot.receiving(lambda: session.awaits_audio):
                    await self._run_session(session, before, record)

    async def _run_session(self, session: LiveSession, before: asyncio.Task[None] | None, record: JobRecord) -> None:
        feeding = asyncio.create_task(self._feed_to(session))
        try:
            if before is not None:
                await asyncio.wait({before})
            await self._send_events(session, record)
            await feeding
        finally:
            record.audio_s = session.received_s
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)

    async def _feed_to(self, session: LiveSession) -> None:
        while True:
            while self._waiting:
                samples = self._waiting.popleft()
                self._n_waiting -= len(samples)
                self._changed.set()
                await session.feed(samples, SAMPLE_RATE_HZ)
            if self._ended:
                await session.finish()
                return
            self._changed.clear()
            await self._changed.wait()

    async def _send_events(self, session: LiveSession, record: JobRecord) -> None:
        text = RunningText()
        logprobs: list[dict[str, object]] | None = [] if self._listener.with_logprobs else None
        async for event in session:
            if not isinstance(event, Committed) or not (delta := text.add(event.text.strip())):
                continue
            record.note_first_output()
            record.segments += 1
            self.transcript = text.text
            new = None if logprobs is None else _logprobs(event.words)
            if logprobs is not None:
                logprobs += new or ()
            await self._socket.emit(TranscriptDelta(item_id=self.item_id, delta=delta, logprobs=new))
        usage: dict[str, object] = {"type": "duration", "seconds": round(session.received_s, 3)}
        await self._socket.emit(
            TranscriptCompleted(item_id=self.item_id, transcript=text.text, usage=usage, logprobs=logprobs)
        )


def _logprobs(words: Sequence[Word]) -> list[dict[str, object]]:
    return [
        {"token": word.text, "bytes": list(word.text.encode()), "logprob": math.log(max(word.probability, 1e-9))}
        for word in words
        if word.probability is not None
    ]
