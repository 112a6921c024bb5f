"""Live transcription over WebSocket, alone or together with speech for voice bots."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Literal

from fastapi import APIRouter, WebSocket
from pydantic import Field

from ...jobs.transcribe.live.events import Committed, LiveEvent, SpeechStarted, SpeechStopped
from ...jobs.transcribe.live.pcm_input import PcmDecoder
from ...jobs.transcribe.live.session import LiveSession
from ..service.errors import ApiError, bad_request
from ..service.recognition_request import RunningText, recognizer_of, resolve_recognition, word_rows
from ..service.service import Service
from ..service.speech_request import check_sample_rate, resolve_speech
from ..service.speech_settings import Param, RequestModel, SpeechSettings
from ..service.stats import JobRecord
from .socket_messages import EndMessage, FinishMessage, parse_message
from .websocket import WebSocketSession
from .ws_speech import SPEECH_MESSAGES, handle_message, ignored_fields, ready_fields, run_until_failure
from .ws_speech_session import SpeechSession

AUDIO_MESSAGES = (FinishMessage, EndMessage)
VOICE_MESSAGES = (*SPEECH_MESSAGES, FinishMessage)


class TranscriptionSettings(RequestModel):
    """The first message of a WebSocket: model, language and the format of the audio."""

    model: str = ""
    language: str = Field("", max_length=100)
    prompt: str = ""
    translate: bool = False
    params: dict[str, Param] = Field({})
    sample_rate: int = 16_000
    format: Literal["s16le", "pcm_s16le", "f32le", "pcm_f32le"] = "s16le"

    def decoder(self) -> PcmDecoder:
        """Return a decoder for the audio.

        Raises:
            ApiError: The sample rate is out of range.
        """
        check_sample_rate(self.sample_rate)
        return PcmDecoder("f32le" if self.format.endswith("f32le") else "s16le")


class VoiceSettings(RequestModel):
    """The first message of `/ws/voice`. With `barge_in`, a person who starts to speak cancels the speech being sent."""

    speech: SpeechSettings = SpeechSettings.model_validate({})
    recognition: TranscriptionSettings = TranscriptionSettings.model_validate({})
    barge_in: bool = True

    @property
    def ignored(self) -> list[str]:
        """The unknown fields, sorted; those of `speech` and `recognition` with that name before them."""
        parts = (("speech", self.speech.ignored), ("recognition", self.recognition.ignored))
        return sorted([*super().ignored, *(f"{part}.{name}" for part, names in parts for name in names)])


def ws_transcription_routes(service: Service) -> APIRouter:
    """Return the routes that transcribe over a WebSocket."""
    router = APIRouter()

    @router.websocket("/ws/asr/live")
    async def transcribe(socket: WebSocket) -> None:
        """Transcribe PCM in binary frames to partial and committed words; `finish` requests the last words."""
        client = WebSocketSession(socket, service.settings)
        async with client.open():
            config = await client.receive_settings(TranscriptionSettings)
            async with _TranscriptionSession(client, service, config) as session:
                ready: dict[str, object] = {"sample_rate": config.sample_rate, "format": config.format}
                if session.notes:
                    ready["notes"] = list(session.notes)
                await client.send("ready", **ready, model=session.model, **ignored_fields(config))
                await _run_together(_receive_audio(client, session), session.send_events())

    @router.websocket("/ws/voice")
    async def voice(socket: WebSocket) -> None:
        """Speak and transcribe at the same time: audio in and words out, text in and audio out, with barge-in."""
        client = WebSocketSession(socket, service.settings)
        async with client.open():
            config = await client.receive_settings(VoiceSettings)
            check_sample_rate(config.speech.sample_rate)
            speech = await resolve_speech(service, config.speech.request)
            async with (
                _TranscriptionSession(client, service, config.recognition) as transcription,
                service.loaded(speech.choice),
            ):
                speaking = SpeechSession(
                    client,
                    service,
                    speech,
                    sample_rate=config.speech.sample_rate,
                    words=config.speech.word_timestamps,
                )
                transcription.barge_in = speaking if config.barge_in else None
                try:
                    recognition = {"sample_rate": config.recognition.sample_rate, "model": transcription.model}
                    ready = ready_fields(speech, config.speech) | ignored_fields(config)
                    await client.send("ready", **ready, recognition=recognition)
                    receiving = _receive_audio_and_text(client, transcription, speaking)
                    await run_until_failure(speaking, _run_together(receiving, transcription.send_events()))
                finally:
                    await speaking.close()

    return router


class _TranscriptionSession:
    """Live transcription on a WebSocket. `feed` adds audio while `send_events` sends the words."""

    def __init__(self, client: WebSocketSession, service: Service, config: TranscriptionSettings) -> None:
        self._client = client
        self._service = service
        self._config = config
        self._decoder = config.decoder()
        self._stack = contextlib.AsyncExitStack()
        self._transcript = RunningText()
        self._session: LiveSession
        self._record: JobRecord
        self.model = ""
        self.notes: tuple[str, ...] = ()
        self.barge_in: SpeechSession | None = None
        """The speech that is cancelled when a person starts to speak."""

    async def __aenter__(self) -> _TranscriptionSession:
        config, service = self._config, self._service
        choice = await resolve_recognition(service, config.model, config.language)
        recognizer = recognizer_of(
            service,
            choice,
            language=config.language,
            prompt=config.prompt,
            translate=config.translate,
            params=dict(config.params),
        )
        self.model, self.notes = choice.id, choice.notes
        async with contextlib.AsyncExitStack() as stack:
            slot = await stack.enter_async_context(service.admission.slot(choice.spec.name))
            # Both exist before the model is loaded: `_count` also runs if that fails.
            self._record = JobRecord(engine=choice.spec.name)
            self._session = LiveSession(recognizer, service.runtime, realtime=True)
            stack.push(self._count)
            await stack.enter_async_context(self._session)
            stack.enter_context(slot.receiving(lambda: self._session.awaits_audio))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._stack.__aexit__(None, None, None)

    async def feed(self, data: bytes) -> None:
        """Add audio.

        Raises:
            ApiError: 413 when the session exceeds `max_audio_s`.
        """
        limit_s = self._service.settings.max_audio_s
        if self._session.received_s > limit_s:
            raise ApiError(413, f"the session has reached the maximum of {limit_s:g} s of audio", code="too_long")
        await self._session.feed(self._decoder.samples(data), self._config.sample_rate)

    async def finish(self) -> None:
        """End the audio; `send_events` returns after the last words."""
        await self._session.finish()

    async def send_events(self) -> None:
        """Send partial and committed words until the session ends, then the whole text."""
        async for event in self._session:
            await self._send_event(event)
        await self._client.send("done", text=self._transcript.text, duration=round(self._session.received_s, 3))

    async def _send_event(self, event: LiveEvent) -> None:
        if isinstance(event, SpeechStarted):
            self._record.note_speech()
            await self._client.send("speech_started", start_s=event.at_s)
            if self.barge_in is not None and await self.barge_in.cancel():
                await self._client.send("cancelled")
        elif isinstance(event, SpeechStopped):
            await self._client.send("speech_stopped", end_s=event.at_s)
        else:
            if event.words:
                self._record.note_first_output()
            kind = "committed" if isinstance(event, Committed) else "partial"
            fields: dict[str, object] = {"text": event.text.strip(), "words": word_rows(event.words)}
            if isinstance(event, Committed):
                self._transcript.add(event.text.strip())
                self._record.segments += 1
                fields["pause"] = event.pause
            await self._client.send(kind, **fields)

    def _count(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is not None:
            self._record.outcome = "failed" if issubclass(kind, Exception) else "cancelled"
        self._record.audio_s = self._session.received_s
        self._service.stats.end(self._record)


async def _receive_audio(client: WebSocketSession, session: _TranscriptionSession) -> None:
    while True:
        message = await client.receive()
        if isinstance(message, bytes):
            await session.feed(message)
        elif not message or parse_message(message, AUDIO_MESSAGES):
            await session.finish()
            return
        else:
            raise bad_request('unexpected text; send audio as binary frames, or {"type": "finish"}')


async def _receive_audio_and_text(
    client: WebSocketSession, transcription: _TranscriptionSession, speech: SpeechSession
) -> None:
    while True:
        message = await client.receive(lambda: speech.is_speaking)
        if isinstance(message, bytes):
            await transcription.feed(message)
            continue
        control = parse_message(message, VOICE_MESSAGES)
        if isinstance(control, FinishMessage):
            await transcription.finish()
            await speech.finish()
            return
        await handle_message(control or message, client, speech)


async def _run_together(*awaitables: Awaitable[None]) -> None:
    """Run all awaitables to their end. If one fails, cancel the others and raise its error."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
