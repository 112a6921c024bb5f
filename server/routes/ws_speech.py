"""Speech over WebSocket, while its text is being written."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

import msgspec
from fastapi import APIRouter, WebSocket

from ...utils.streaming import ParamValue
from ..service.errors import bad_request
from ..service.service import Service
from ..service.speech_request import MAX_RATE_HZ, MIN_RATE_HZ, Chosen, Wanted, chosen
from .websocket import Talk, control_of
from .ws_speech_session import Utterances

CONTROLS = frozenset({"text", "flush", "cancel", "end"})


class SpeechConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How something is to be spoken, as the first message of a WebSocket says it."""

    model: str = ""
    voice: str = ""
    language: str = ""
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}
    sample_rate: int | None = None
    word_timestamps: bool = False

    @property
    def wanted(self) -> Wanted:
        """The same as other requests have it."""
        return Wanted(self.model, self.voice, self.language, self.speed, self.seed, self.params)

    def check_rate(self) -> None:
        """ApiError for a sample rate that can't be."""
        if self.sample_rate is not None and not MIN_RATE_HZ <= self.sample_rate <= MAX_RATE_HZ:
            raise bad_request(
                f"a sample rate is {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, not {self.sample_rate}", "sample_rate"
            )


class _Plain(SpeechConfig, frozen=True, kw_only=True):
    """A message of the plain form that says more than the text."""

    text: str


def live_speech_routes(service: Service) -> APIRouter:
    """Return the routes that speak on a WebSocket."""
    router = APIRouter()

    @router.websocket("/ws/tts/live")
    async def live(socket: WebSocket) -> None:
        """Text in as it is written, audio out as soon as a clause of it is complete."""
        talk = Talk(socket, service.settings)
        async with talk.open():
            config = await talk.hear_config(SpeechConfig)
            async with speaking(talk, service, config) as utterances:
                await until_failure(utterances, _follow(talk, utterances))

    @router.websocket("/tts/ws")
    async def plain(socket: WebSocket) -> None:
        """Each text that comes is spoken whole; how is said in the query, or in a JSON object around a text."""
        talk = Talk(socket, service.settings)
        async with talk.open():
            try:
                config = msgspec.convert(dict(socket.query_params), SpeechConfig, strict=False)
            except msgspec.ValidationError as error:
                raise bad_request(f"the query can't be understood: {error}") from None
            await _plain(talk, service, config)

    return router


@contextlib.asynccontextmanager
async def speaking(talk: Talk, service: Service, config: SpeechConfig) -> AsyncIterator[Utterances]:
    """Load what is to speak, say that it is ready, and give the utterances."""
    config.check_rate()
    who = await chosen(service, config.wanted)
    async with service.loaded(who.choice):
        utterances = Utterances(talk, service, who, sample_rate=config.sample_rate, words=config.word_timestamps)
        try:
            await talk.say("ready", **ready_fields(who, config))
            yield utterances
        finally:
            await utterances.close()


def ready_fields(who: Chosen, config: SpeechConfig) -> dict[str, object]:
    """Return what a client has to know of the audio that comes."""
    fields: dict[str, object] = {
        "sample_rate": config.sample_rate or who.choice.spec.native_sample_rate,
        "format": "pcm_s16le",
        "model": who.choice.id,
        "voice": who.voice,
    }
    return {**fields, "remark": who.remark} if who.remark else fields


async def until_failure(utterances: Utterances, following: Awaitable[None]) -> None:
    """Follow what the client says until it ends, or until something can't be spoken: then raise why."""
    task = asyncio.ensure_future(following)
    try:
        await asyncio.wait({task, utterances.failure}, return_when=asyncio.FIRST_COMPLETED)
        if utterances.failure.done():
            utterances.failure.result()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def obey(message: str, talk: Talk, utterances: Utterances) -> None:
    """Do what a client's message says: text to speak, nothing for the end of it, or a control message."""
    control = control_of(message, CONTROLS)
    if not message or (control is not None and control.type == "end"):
        utterances.end()
    elif control is None:
        utterances.push(message)
    elif control.type == "text":
        utterances.push(control.text)
    elif control.type == "flush":
        utterances.flush()
    else:
        await utterances.cancel()
        await talk.say("cancelled")


async def _follow(talk: Talk, utterances: Utterances) -> None:
    while True:
        message = await talk.hear(lambda: utterances.speaking)
        if isinstance(message, bytes):
            raise bad_request("text was expected, not a binary frame")
        await obey(message, talk, utterances)


async def _plain(talk: Talk, service: Service, config: SpeechConfig) -> None:
    while True:
        message = await talk.hear()
        if isinstance(message, bytes):
            raise bad_request("text was expected, not a binary frame")
        text, own = message, config
        if message.startswith("{"):
            with contextlib.suppress(msgspec.DecodeError, UnicodeError):
                own = msgspec.json.decode(message, type=_Plain)
                text = own.text
        async with speaking(talk, service, own) as utterances:
            utterances.push(text)
            utterances.end()
            await until_failure(utterances, utterances.finish())
