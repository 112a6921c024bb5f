"""Speech over WebSocket from text that is still being written."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

import msgspec
from fastapi import APIRouter, WebSocket

from ...jobs.levels.leveling import Level
from ...utils.streaming import ParamValue
from ..service.errors import bad_request
from ..service.service import Service
from ..service.speech_request import ResolvedSpeech, SpeechRequest, check_sample_rate, check_words, resolve_speech
from .websocket import WebSocketSession, parse_control
from .ws_speech_session import SpeechSession

CONTROLS = frozenset({"text", "flush", "cancel", "end"})


class SpeechConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The first message of a WebSocket: model, voice and settings."""

    model: str = ""
    voice: str = ""
    language: str = ""
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}
    low_latency: bool = False
    level: Level = None
    pause_scale: float = 1.0
    normalize: bool = True
    name_emoji: bool = False
    sample_rate: int | None = None
    word_timestamps: bool = False

    @property
    def request(self) -> SpeechRequest:
        """The fields that requests over HTTP and WebSocket share."""
        return SpeechRequest(
            model=self.model,
            voice=self.voice,
            language=self.language,
            speed=self.speed,
            seed=self.seed,
            params=self.params,
            low_latency=self.low_latency,
            level=self.level,
            pause_scale=self.pause_scale,
            normalize=self.normalize,
            name_emoji=self.name_emoji,
        )


class _TextMessage(SpeechConfig, frozen=True, kw_only=True):
    """A message of `/tts/ws` that sets its own voice and settings."""

    text: str


def ws_speech_routes(service: Service) -> APIRouter:
    """Return the routes that speak over a WebSocket."""
    router = APIRouter()

    @router.websocket("/ws/tts/live")
    async def live(socket: WebSocket) -> None:
        """Speak streaming text: each clause is spoken as soon as it is complete."""
        client = WebSocketSession(socket, service.settings)
        async with client.open():
            config = await client.receive_config(SpeechConfig)
            async with _speech_session(client, service, config) as session:
                await run_until_failure(session, _receive_text(client, session))

    @router.websocket("/tts/ws")
    async def plain(socket: WebSocket) -> None:
        """Speak each message as a whole. Settings are in the query, or in a JSON object with the text."""
        client = WebSocketSession(socket, service.settings)
        async with client.open():
            try:
                config = msgspec.convert(dict(socket.query_params), SpeechConfig, strict=False)
            except msgspec.ValidationError as error:
                raise bad_request(f"invalid query: {error}") from None
            await _speak_messages(client, service, config)

    return router


@contextlib.asynccontextmanager
async def _speech_session(
    client: WebSocketSession, service: Service, config: SpeechConfig
) -> AsyncIterator[SpeechSession]:
    """Load the model, send `ready`, and yield a session with these settings."""
    check_sample_rate(config.sample_rate)
    speech = await resolve_speech(service, config.request)
    if config.word_timestamps:
        check_words(speech)
    async with service.loaded(speech.choice):
        session = SpeechSession(client, service, speech, sample_rate=config.sample_rate, words=config.word_timestamps)
        try:
            await client.send("ready", **ready_fields(speech, config))
            yield session
        finally:
            await session.close()


def ready_fields(speech: ResolvedSpeech, config: SpeechConfig) -> dict[str, object]:
    """Return the fields of the `ready` message that describe the audio."""
    fields: dict[str, object] = {
        "sample_rate": config.sample_rate or speech.choice.spec.sample_rate_of(speech.speaker.params),
        "format": "pcm_s16le",
        "model": speech.choice.id,
        "voice": speech.voice,
    }
    if speech.remark:
        fields["voice_fallback"] = speech.remark
    if speech.notes:
        fields["notes"] = list(speech.notes)
    return fields


async def run_until_failure(session: SpeechSession, receiving: Awaitable[None]) -> None:
    """Await `receiving`. If the session fails first, raise the session's error."""
    task = asyncio.ensure_future(receiving)
    try:
        await asyncio.wait({task, session.failure}, return_when=asyncio.FIRST_COMPLETED)
        if session.failure.done():
            session.failure.result()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def handle_control(message: str, client: WebSocketSession, session: SpeechSession) -> None:
    """Handle a text message: text to speak, a control message, or an empty message that ends the utterance."""
    control = parse_control(message, CONTROLS)
    if not message or (control is not None and control.type == "end"):
        session.end()
    elif control is None:
        session.push(message)
    elif control.type == "text":
        session.push(control.text)
    elif control.type == "flush":
        session.flush()
    else:
        await session.cancel()
        await client.send("cancelled")


async def _receive_text(client: WebSocketSession, session: SpeechSession) -> None:
    while True:
        await handle_control(_text_of(await client.receive(lambda: session.is_speaking)), client, session)


async def _speak_messages(client: WebSocketSession, service: Service, config: SpeechConfig) -> None:
    while True:
        message = _text_of(await client.receive())
        own = _own_settings(message)
        text, settings = (message, config) if own is None else (own.text, own)
        async with _speech_session(client, service, settings) as session:
            session.push(text)
            session.end()
            await run_until_failure(session, session.finish())


def _own_settings(message: str) -> _TextMessage | None:
    """Return a message with settings of its own: a JSON object with `text`. None for any other text.

    ApiError if one of its values is invalid.
    """
    if not message.startswith("{"):
        return None
    try:
        fields = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if "text" not in fields:
        return None
    try:
        return msgspec.convert(fields, _TextMessage)
    except msgspec.ValidationError as error:
        raise bad_request(f"invalid message: {error}") from None


def _text_of(message: str | bytes) -> str:
    if isinstance(message, bytes):
        raise bad_request("unexpected binary frame; send text")
    return message
