"""Recognition for Wyoming's events `transcribe`, `audio-start`, `audio-chunk` and `audio-stop`."""

from __future__ import annotations

import contextlib

from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop

from ...jobs.transcribe.live.rules import LiveRules
from ...jobs.transcribe.live.session import Committed, LiveSession
from ..service.errors import ApiError
from ..service.recognition_request import RunningText, make_recognizer
from ..service.service import Service
from ..service.stats import JobRecord
from .events import EventStream
from .pcm import PcmDecoder
from .requests import PcmRequest, TranscriptionRequest

_RULES = LiveRules(
    lag_s=12.0, dip_s=0.5, dip_step_s=0.5, pause_s=1.5, gap_s=1.5, hold_s=5.0, trim_s=20.0, max_busy_fraction=2.0
)
"""Clients see committed words only, and need the whole text soon after the end.

So a command is recognized as a whole, half a second after its last word: at `audio-stop`, nothing is left to do.
Longer context also gives a better text than words that are committed at each short pause.
"""


class Transcription:
    """One recording, recognized while it arrives. After `open`, `run` sends the text while `feed` adds audio.

    The text is `transcript-start`, a `transcript-chunk` for each committed part, `transcript` with all of it, and
    `transcript-stop`.
    """

    def __init__(
        self, service: Service, events: EventStream, request: TranscriptionRequest, pcm_format: PcmRequest
    ) -> None:
        self._service = service
        self._events = events
        self._request = request
        self._format = pcm_format
        self._decoder = PcmDecoder(pcm_format)
        self._stack = contextlib.AsyncExitStack()
        self._session: LiveSession
        self._record: JobRecord

    async def open(self) -> None:
        """Wait for a place, and load the model.

        Raises:
            ApiError: Unknown model or language, or the engine is busy. Also EngineStartError.
        """
        request, service = self._request, self._service
        choice, recognizer = await make_recognizer(
            service, request.name or "", language=request.language or "", prompt=_prompt(request)
        )
        async with contextlib.AsyncExitStack() as stack:
            slot = await stack.enter_async_context(service.admission.slot(choice.spec.name))
            # Both exist before the model is loaded: `_count` also runs if that fails.
            self._record = JobRecord(engine=choice.spec.name)
            self._session = LiveSession(recognizer, service.runtime, realtime=True, rules=_RULES)
            stack.push(self._count)
            await stack.enter_async_context(self._session)
            stack.enter_context(slot.receiving(lambda: self._session.awaits_audio))
            self._stack = stack.pop_all()

    async def run(self) -> None:
        """Send the text while it is recognized, and close at the end."""
        async with self._stack:
            await self._send_text()

    async def feed(self, pcm: bytes, pcm_format: PcmRequest) -> None:
        """Add audio, whose format may change between pieces.

        Raises:
            ApiError: 413 if the recording exceeds `max_audio_s`; 400 for a format that isn't supported.
        """
        if pcm_format != self._format:
            self._format, self._decoder = pcm_format, PcmDecoder(pcm_format)
        limit_s = self._service.settings.max_audio_s
        if self._session.received_s > limit_s:
            raise ApiError(413, f"the recording is too long; maximum {limit_s:g} s", code="too_long")
        await self._session.feed(self._decoder.samples(pcm), pcm_format.rate)

    async def finish(self) -> None:
        """End the audio: `run` returns after the whole text."""
        await self._session.finish()

    async def _send_text(self) -> None:
        transcript = RunningText()
        is_started = False
        async for event in self._session:
            delta = transcript.add(event.text.strip()) if isinstance(event, Committed) else ""
            if not delta:
                continue
            self._record.note_first_output()
            self._record.segments += 1
            if not is_started:
                is_started = True
                await self._start()
            await self._events.write(TranscriptChunk(text=delta))
        if not is_started:
            await self._start()
        await self._events.write(Transcript(text=transcript.text, language=self._request.language))
        await self._events.write(TranscriptStop())

    async def _start(self) -> None:
        await self._events.write(TranscriptStart(language=self._request.language))

    def _count(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is not None:
            self._record.outcome = "failed" if issubclass(kind, Exception) else "cancelled"
        self._record.audio_s = self._session.received_s
        self._service.stats.end(self._record)


def _prompt(request: TranscriptionRequest) -> str:
    return ", ".join((*(request.transcript_names or ()), *(request.transcript_terms or ())))
