"""Speech over HTTP: bytes leave when a chunk is made, in every format."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any, BinaryIO, Literal, cast

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ...jobs.speak.job import SpeakJob
from ..service.effects import Effects
from ..service.encoding import BodyEncoder, BodyFormat, encode_whole, encoding, media_type, rate_for
from ..service.errors import ApiError, bad_request
from ..service.service import Service
from ..service.speech_request import Chosen, Piece, Wanted, check_text, chosen, make_job, pieces
from ..service.streaming_response import Body, WorkResponse

_PART_BYTES = 256 << 10
_Int = Annotated[int, Field(ge=-(2**63), lt=2**63)]
_Float = Annotated[float, Field(allow_inf_nan=False)]
_Param = bool | _Int | _Float | str


class VoiceId(BaseModel):
    """OpenAI's other way to name a voice."""

    id: str


class SpeechRequest(BaseModel):
    """What to speak, and how. Fields that aren't known are named in the header `X-Voxweft-Ignored`."""

    model_config = ConfigDict(extra="allow")

    input: str = Field(description="The text.")
    model: str = Field("", description="tts-1, an engine, or engine/model; see /v1/models.")
    voice: str | VoiceId = Field("", description="A voice, or a mix such as af_bella(2)+af_sky; see /v1/audio/voices.")
    response_format: BodyFormat = "mp3"
    speed: _Float = Field(1.0, gt=0, le=10, description="The engine's own speed, as a factor.")
    stream: bool = Field(True, description="Send audio while it is made; false sends it as a whole.")
    stream_format: Literal["audio", "sse"] = "audio"
    language: str = Field("", max_length=100, description="A BCP-47 tag; the voice's own language if left out.")
    sample_rate: int | None = Field(None, description="Hz; the engine's own if left out (24000 for pcm, as OpenAI's).")
    volume: _Float = Field(1.0, ge=0, le=4, description="A factor; what becomes too loud is limited.")
    tempo: _Float = Field(1.0, ge=0.5, le=2, description="Faster or slower after it was spoken, with the pitch kept.")
    seed: _Int | None = 0
    params: dict[str, _Param] = Field({}, description="The engine's own settings; see `voxweft engines show`.")
    word_timestamps: bool = Field(False, description="Events with words and their times, in a stream of events.")

    @property
    def wanted(self) -> Wanted:
        """How it is to be spoken."""
        voice = self.voice if isinstance(self.voice, str) else self.voice.id
        return Wanted(self.model, voice, self.language, self.speed, self.seed, dict(self.params))


def speech_routes(service: Service) -> APIRouter:
    """Return the routes that speak."""
    router = APIRouter(tags=["speech"])

    @router.post("/v1/audio/speech", response_class=Response)
    async def speech(request: SpeechRequest) -> Response:
        """Speak a text; the body is audio, or events with audio in base64 (`stream_format: sse`)."""
        if request.word_timestamps and request.stream_format != "sse":
            raise bad_request(
                "words have no place in a stream of audio: ask for stream_format sse, or /v1/audio/captioned_speech",
                "word_timestamps",
            )
        return await _respond(service, request, _events if request.stream_format == "sse" else _audio)

    @router.post("/v1/audio/speech-stream", response_class=Response)
    async def speech_stream(request: SpeechRequest) -> Response:
        """Speak a text as raw PCM: 16 bits, little-endian, mono, at the engine's own rate (`X-Sample-Rate`)."""
        raw = request.model_copy(update={"response_format": "pcm", "stream": True})
        return await _respond(service, raw, _audio, native=True)

    @router.post("/v1/audio/captioned_speech", response_class=Response)
    async def captioned_speech(request: SpeechRequest) -> Response:
        """Speak a text with the times of its words: a line of JSON a piece, or one object (`stream: false`)."""
        return await _respond(service, request, _captions)

    return router


class Speech(msgspec.Struct, frozen=True):
    """A speech request that is known to be possible."""

    service: Service
    request: SpeechRequest
    chosen: Chosen
    job: SpeakJob
    words: bool

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """Yield its audio as it is made, with what was asked for done to it."""
        request = self.request
        effects = Effects(self.job.sample_rate, volume=request.volume, tempo=request.tempo)
        made = pieces(self.service, self.job, self.chosen, live=request.stream, words=self.words)
        async with contextlib.aclosing(made):
            async for piece in made:
                yield effects.process(piece)
        yield effects.flush()

    def encoding(self, file: BinaryIO | None = None) -> contextlib.AbstractAsyncContextManager[BodyEncoder]:
        """Give what makes bytes of it."""
        return encoding(self.request.response_format, self.job.sample_rate, self.service.executor, file)

    async def into(self, file: BinaryIO, on_piece: Callable[[Piece], None] = lambda _piece: None) -> int:
        """Write all of it into a file, and return how many bytes that were."""
        async with contextlib.aclosing(self.pieces()) as made, self.encoding(file) as encoder:
            await encode_whole(made, encoder, on_piece)
        return file.seek(0, os.SEEK_END)


async def _respond(service: Service, request: SpeechRequest, way: Any, *, native: bool = False) -> Response:
    check_text(service, request.input)
    who = await chosen(service, request.wanted)
    rate = request.sample_rate
    if rate is None and not native:
        rate = rate_for(request.response_format, who.choice.spec.native_sample_rate)
    with_words = request.word_timestamps or way is _captions
    if with_words and not who.choice.spec.can("word_timings"):
        raise bad_request(f"engine '{who.choice.spec.name}' doesn't know when its words are heard", "word_timestamps")
    # A book's worth of sentences takes long enough to be noticed by everybody else.
    job = await asyncio.to_thread(make_job, service, who, request.input, rate)
    speech = Speech(service, request, who, job, with_words)

    async def work(body: Body) -> None:
        async with service.admission.slot(who.choice.spec.name) as body.slot:
            body.headers |= _headers(speech)
            await way(speech, body)

    settings = service.settings
    return WorkResponse(work, slow_client_s=settings.slow_client_s, limit_s=settings.job_timeout_s)


def _headers(speech: Speech) -> dict[str, str]:
    headers = {
        "Content-Type": media_type(speech.request.response_format),
        "Cache-Control": "no-store",
        "X-Sample-Rate": str(speech.job.sample_rate),
        "X-Voxweft-Model": speech.chosen.choice.id,
    }
    ignored = sorted(speech.request.model_extra or ())
    if ignored:
        headers["X-Voxweft-Ignored"] = ascii(", ".join(ignored))[1:-1][:500]
    if speech.chosen.remark:
        headers["X-Voxweft-Voice-Fallback"] = ascii(speech.chosen.remark)[1:-1]
    return headers


async def _audio(speech: Speech, body: Body) -> None:
    if not speech.request.stream:
        await _whole(speech, body)
        return
    async with contextlib.aclosing(speech.pieces()) as made, speech.encoding() as encoder:
        async for piece in made:
            await body.write(await encoder.write(piece.samples))
        await body.write(await encoder.close())
    await body.end()


async def _whole(speech: Speech, body: Body) -> None:
    with tempfile.SpooledTemporaryFile(max_size=8 << 20, prefix="voxweft-") as file:
        body.headers["Content-Length"] = str(await speech.into(cast("BinaryIO", file)))
        file.seek(0)
        while part := file.read(_PART_BYTES):
            await body.write(part)
    await body.end()


async def _events(speech: Speech, body: Body) -> None:
    body.headers["Content-Type"] = "text/event-stream"
    body.last_words, body.ends_with_last_words = error_event, True
    n_samples = 0
    async with contextlib.aclosing(speech.pieces()) as made, speech.encoding() as encoder:
        async for piece in made:
            n_samples += len(piece.samples)
            if piece.words:
                words = [_word(word) for word in piece.words]
                await body.write(event("speech.audio.words", words=words))
            await _delta(body, await encoder.write(piece.samples))
        await _delta(body, await encoder.close())
    spoken_s = round(n_samples / speech.job.sample_rate, 3)
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "characters": len(speech.request.input)}
    await body.write(event("speech.audio.done", usage=usage, duration=spoken_s))
    await body.end()


async def _delta(body: Body, data: bytes) -> None:
    if data:
        await body.write(event("speech.audio.delta", audio=base64.b64encode(data).decode()))


async def _captions(speech: Speech, body: Body) -> None:
    kind = media_type(speech.request.response_format)
    if not speech.request.stream:
        await _whole_captions(speech, body, kind)
        return
    body.headers["Content-Type"] = "application/x-ndjson"
    # Who doesn't read that line still sees that the body has no end.
    body.last_words = lambda error: msgspec.json.encode(error.body()) + b"\n"
    waiting: list[dict[str, object]] = []
    async with contextlib.aclosing(speech.pieces()) as made, speech.encoding() as encoder:
        async for piece in made:
            waiting += [_word(word) for word in piece.words]
            if data := await encoder.write(piece.samples):
                await body.write(_caption(data, kind, waiting))
                waiting = []
        data = await encoder.close()
        if data or waiting:
            await body.write(_caption(data, kind, waiting))
    await body.end()


async def _whole_captions(speech: Speech, body: Body, kind: str) -> None:
    words: list[dict[str, object]] = []
    with tempfile.SpooledTemporaryFile(max_size=8 << 20, prefix="voxweft-") as file:
        await speech.into(cast("BinaryIO", file), lambda piece: words.extend(map(_word, piece.words)))
        file.seek(0)
        data = _caption(file.read(), kind, words)
    body.headers |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
    await body.write(data)
    await body.end()


def _caption(data: bytes, kind: str, words: list[dict[str, object]]) -> bytes:
    line = {"audio": base64.b64encode(data).decode(), "audio_format": kind, "timestamps": words}
    return msgspec.json.encode(line) + b"\n"


def _word(word: Any) -> dict[str, object]:
    return {
        "word": word.text,
        "start_time": round(word.start_s, 4),
        "end_time": round(word.end_s, 4),
        "start_char": word.source_start,
        "end_char": word.source_end,
    }


def event(kind: str, **fields: object) -> bytes:
    """Return a server-sent event as OpenAI's API words it."""
    return b"data: " + msgspec.json.encode({"type": kind, **fields}) + b"\n\n"


def error_event(error: ApiError) -> bytes:
    """Return the event that ends a stream which can't go on."""
    return event("error", error=error.body()["error"])
