"""Recognition over WebSocket while somebody speaks; and both directions at once, as a voice bot needs them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Literal

import msgspec
from fastapi import APIRouter, WebSocket

from ...jobs.transcribe.live.events import LiveEvent
from ...jobs.transcribe.live.pcm_input import PcmCutter
from ...jobs.transcribe.live.session import Committed, LiveSession
from ..service.errors import ApiError, bad_request
from ..service.recognition_request import RunningText, recogniser, word_rows
from ..service.service import Service
from ..service.speech_request import MAX_RATE_HZ, MIN_RATE_HZ, chosen
from ..service.stats import Job
from .websocket import Talk, control_of
from .ws_speech import SpeechConfig, obey, ready_fields, until_failure
from .ws_speech_session import Utterances

_FINISH = frozenset({"finish", "end"})


class ListeningConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How audio comes and is to be understood, as the first message says it."""

    model: str = ""
    language: str = ""
    prompt: str = ""
    translate: bool = False
    sample_rate: int = 16_000
    format: Literal["s16le", "pcm_s16le", "f32le", "pcm_f32le"] = "s16le"

    def cutter(self) -> PcmCutter:
        """Return what makes samples of bytes. ApiError for a rate that can't be."""
        if not MIN_RATE_HZ <= self.sample_rate <= MAX_RATE_HZ:
            raise bad_request(
                f"a sample rate is {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, not {self.sample_rate}", "sample_rate"
            )
        return PcmCutter("f32le" if self.format.endswith("f32le") else "s16le")


class VoiceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Both directions. `barge_in`: who begins to speak silences what is being spoken."""

    speech: SpeechConfig = SpeechConfig()
    recognition: ListeningConfig = ListeningConfig()
    barge_in: bool = True


def live_listening_routes(service: Service) -> APIRouter:
    """Return the routes that listen on a WebSocket."""
    router = APIRouter()

    @router.websocket("/ws/asr/live")
    async def listen(socket: WebSocket) -> None:
        """PCM in (binary frames), partial and committed words out; `finish` for the last ones."""
        talk = Talk(socket, service.settings)
        async with talk.open():
            config = await talk.hear_config(ListeningConfig)
            async with _Ear(talk, service, config) as ear:
                await talk.say("ready", sample_rate=config.sample_rate, format=config.format, model=ear.model)
                await _both(_feed(talk, ear), ear.tell())

    @router.websocket("/ws/voice")
    async def voice(socket: WebSocket) -> None:
        """Both at once: audio in and words out, text in and audio out; who speaks is not spoken over."""
        talk = Talk(socket, service.settings)
        async with talk.open():
            config = await talk.hear_config(VoiceConfig)
            config.speech.check_rate()
            who = await chosen(service, config.speech.wanted)
            async with _Ear(talk, service, config.recognition) as ear, service.loaded(who.choice):
                utterances = Utterances(
                    talk,
                    service,
                    who,
                    sample_rate=config.speech.sample_rate,
                    words=config.speech.word_timestamps,
                )
                ear.barge_in = utterances if config.barge_in else None
                try:
                    heard = {"sample_rate": config.recognition.sample_rate, "model": ear.model}
                    await talk.say("ready", **ready_fields(who, config.speech), recognition=heard)
                    await until_failure(utterances, _both(_converse(talk, ear, utterances), ear.tell()))
                finally:
                    await utterances.close()

    return router


class _Ear:
    """A live session on a talk: feed it, and have it tell what it hears."""

    def __init__(self, talk: Talk, service: Service, config: ListeningConfig) -> None:
        self._talk = talk
        self._service = service
        self._config = config
        self._cutter = config.cutter()
        self._stack = contextlib.AsyncExitStack()
        self._running = RunningText()
        self._session: LiveSession
        self._figures: Job
        self._in_speech = False
        self.model = ""
        self.barge_in: Utterances | None = None

    async def __aenter__(self) -> _Ear:
        config, service = self._config, self._service
        choice, who = await recogniser(
            service, config.model, language=config.language, prompt=config.prompt, translate=config.translate
        )
        self.model = choice.id
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(service.admission.slot(choice.spec.name))
            self._figures = Job(engine=choice.spec.name)
            stack.callback(self._count)
            self._session = await stack.enter_async_context(LiveSession(who, service.runtime, realtime=True))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._stack.__aexit__(None, None, None)

    async def feed(self, data: bytes) -> None:
        """Take audio. ApiError when it is more than one session may have."""
        most_s = self._service.settings.max_audio_s
        if self._session.heard_s > most_s:
            raise ApiError(413, f"a session may last {most_s:g} s of audio", code="too_long")
        await self._session.feed(self._cutter.samples(data), self._config.sample_rate)

    async def finish(self) -> None:
        """Say that no more audio comes; what is told ends with the last words."""
        await self._session.finish()

    async def tell(self) -> None:
        """Tell what is heard until the session is over, then the whole."""
        async for event in self._session:
            await self._tell(event)
        await self._talk.say("done", text=self._running.text, duration=round(self._session.heard_s, 3))

    async def _tell(self, event: LiveEvent) -> None:
        if event.words and not self._in_speech:
            self._in_speech = True
            self._figures.first()
            await self._talk.say("speech_started")
            if self.barge_in is not None and await self.barge_in.cancel():
                await self._talk.say("cancelled")
        kind = "committed" if isinstance(event, Committed) else "partial"
        fields: dict[str, object] = {"text": event.text.strip(), "words": word_rows(event.words)}
        if isinstance(event, Committed):
            self._running.add(event.text.strip())
            fields["pause"] = event.pause
            self._in_speech = self._in_speech and not event.pause
        await self._talk.say(kind, **fields)

    def _count(self) -> None:
        self._figures.audio_s = self._session.heard_s
        self._service.stats.end(self._figures)


async def _feed(talk: Talk, ear: _Ear) -> None:
    while True:
        message = await talk.hear()
        if isinstance(message, bytes):
            await ear.feed(message)
        elif not message or control_of(message, _FINISH):
            await ear.finish()
            return
        else:
            raise bad_request('audio was expected, or {"type": "finish"}')


async def _converse(talk: Talk, ear: _Ear, utterances: Utterances) -> None:
    while True:
        message = await talk.hear(lambda: utterances.speaking)
        if isinstance(message, bytes):
            await ear.feed(message)
        elif control_of(message, frozenset({"finish"})):
            await ear.finish()
            await utterances.finish()
            return
        else:
            await obey(message, talk, utterances)


async def _both(*both: Awaitable[None]) -> None:
    """Run both until both are done, or one fails."""
    tasks = [asyncio.ensure_future(one) for one in both]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
