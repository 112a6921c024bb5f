"""Speech over WebSocket from text that is still being written."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

from fastapi import APIRouter, WebSocket

from ..service.encoding import default_rate
from ..service.errors import bad_request
from ..service.service import Service
from ..service.speech_request import ResolvedSpeech, check_sample_rate, check_words, resolve_speech
from ..service.speech_settings import RequestModel, SpeechSettings
from .socket_messages import (
    CancelMessage,
    EndMessage,
    FlushMessage,
    Message,
    TextMessage,
    checked_settings,
    first_settings,
    parse_message,
    query_fields,
)
from .websocket import BinarySession, WebSocketSession
from .ws_speech_session import SpeechSession

SPEECH_MESSAGES = (TextMessage, FlushMessage, EndMessage, CancelMessage)
_BINARY_MESSAGES = (TextMessage, FlushMessage, EndMessage)


def ws_speech_routes(service: Service) -> APIRouter:
    """Return the routes that speak over a WebSocket."""
    router = APIRouter()

    @router.websocket("/ws/tts/live")
    async def live(socket: WebSocket) -> None:
        """Speak streaming text: each clause is spoken as soon as it is complete."""
        client = WebSocketSession(socket, service.settings)
        async with client.open():
            settings = await client.receive_settings(SpeechSettings)
            async with _speech_session(client, service, settings) as session:
                await run_until_failure(session, _receive_text(client, session))

    @router.websocket("/tts/ws")
    async def plain(socket: WebSocket) -> None:
        """Speak streaming text, and answer with audio in binary frames alone, then close."""
        client = BinarySession(socket, service.settings)
        async with client.open():
            query = query_fields(socket)
            _binary_settings(query)
            first = await _first_text(client)
            fields = first_settings(first)
            text = None if fields is None else fields.pop("text", None)
            settings = _binary_settings(query | (fields or {}))
            async with _speech_session(client, service, settings) as session:
                message = TextMessage(_checked_text(text)) if fields is not None else first
                await run_until_failure(session, _speak_utterance(client, session, message))

    return router


@contextlib.asynccontextmanager
async def _speech_session(
    client: WebSocketSession, service: Service, config: SpeechSettings
) -> AsyncIterator[SpeechSession]:
    """Load the model, send `ready`, and yield a session with these settings."""
    check_sample_rate(config.sample_rate)
    speech = await resolve_speech(service, config.request)
    if config.word_timestamps:
        check_words(speech)
    async with service.loaded(speech.choice):
        rate = config.sample_rate
        if rate is None and isinstance(client, BinarySession):
            # As in a body of raw PCM: its client can't be told the rate.
            rate = default_rate("pcm", speech.choice.spec.sample_rate_of(speech.speaker.params))
        session = SpeechSession(client, service, speech, sample_rate=rate, words=config.word_timestamps)
        try:
            await client.send("ready", **ready_fields(speech, config))
            yield session
        finally:
            await session.close()


def ready_fields(speech: ResolvedSpeech, config: SpeechSettings) -> dict[str, object]:
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
    return fields | ignored_fields(config)


def ignored_fields(config: RequestModel) -> dict[str, object]:
    """Return the field of the `ready` message that names the settings without effect, if there are any."""
    return {"ignored": config.ignored} if config.ignored else {}


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


async def handle_text(message: str, client: WebSocketSession, session: SpeechSession) -> None:
    """Handle a frame of text: text to speak, a message, or nothing, which ends an utterance that has text."""
    await handle_message(parse_message(message, SPEECH_MESSAGES) or message, client, session)


async def handle_message(message: Message | str, client: WebSocketSession, session: SpeechSession) -> None:
    """Handle text to speak or a message. Empty text ends an utterance that has text."""
    if isinstance(message, EndMessage) or (message == "" and session.is_open):
        session.end()
    elif isinstance(message, str):
        session.push(message)
    elif isinstance(message, TextMessage):
        session.push(message.text)
    elif isinstance(message, FlushMessage):
        session.flush()
    elif isinstance(message, CancelMessage):
        await session.cancel()
        await client.send("cancelled")


async def _receive_text(client: WebSocketSession, session: SpeechSession) -> None:
    while True:
        await handle_text(_text_of(await client.receive(lambda: session.is_speaking)), client, session)


def _binary_settings(fields: dict[str, object]) -> SpeechSettings:
    """Return the settings of a session without messages, in which nothing can be named as ignored."""
    settings = checked_settings(fields, SpeechSettings)
    if settings.ignored:
        raise bad_request(f"unknown field '{settings.ignored[0][:60]}'", settings.ignored[0], "unknown_field")
    if settings.word_timestamps:
        raise bad_request("word_timestamps needs /ws/tts/live; only audio is sent here", "word_timestamps")
    return settings


async def _first_text(client: WebSocketSession) -> str:
    """Return the first text that isn't empty."""
    while not (first := _text_of(await client.receive())):
        pass
    return first


def _checked_text(text: object) -> str:
    if text is not None and not isinstance(text, str):
        raise bad_request("text must be a string", "text")
    return text or ""


async def _speak_utterance(client: WebSocketSession, session: SpeechSession, message: Message | str) -> None:
    """Handle a message and those after it, up to the end of the utterance, and wait until it is spoken."""
    while True:
        if isinstance(message, str):
            message = parse_message(message, _BINARY_MESSAGES) or message
        await handle_message(message, client, session)
        if session.was_ended:
            break
        message = _text_of(await client.receive(lambda: session.is_speaking))
    receiving = asyncio.ensure_future(client.receive(lambda: True))
    finishing = asyncio.ensure_future(session.finish())
    try:
        await asyncio.wait({receiving, finishing}, return_when=asyncio.FIRST_COMPLETED)
        if receiving.done():
            receiving.result()
            raise bad_request("the text has ended; open another connection for more")
    finally:
        for task in (receiving, finishing):
            task.cancel()
        await asyncio.gather(receiving, finishing, return_exceptions=True)


def _text_of(message: str | bytes) -> str:
    if isinstance(message, bytes):
        raise bad_request("unexpected binary frame; send text")
    return message
