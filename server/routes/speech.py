"""Speech over HTTP, streamed in every format while the audio is generated."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import BinaryIO, Literal, cast

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from ...jobs.speak.job import SpeakJob
from ...jobs.speech_job import PlacedWord
from ..service.effects import Effects
from ..service.encoding import BodyEncoder, BodyFormat, default_rate, encode_whole, media_type, open_encoder
from ..service.errors import ApiError, bad_request
from ..service.service import Service
from ..service.speech_request import (
    ResolvedSpeech,
    SpeechChunk,
    check_text,
    check_words,
    make_job,
    resolve_speech,
    speaker_of,
    stream_chunks,
)
from ..service.speech_settings import FiniteFloat, SpeechSettings
from ..service.streaming_response import StreamingBody, StreamingJobResponse

_READ_BYTES = 256 << 10
_MAX_NOTES_CHARS = 2000


class _Text(BaseModel):
    """The field that a request over HTTP must have; a base class, so that it is listed first."""

    input: str = Field(description="The text to speak.")


class SpeechBody(SpeechSettings, _Text):
    """The body of a speech request. Unknown fields are ignored and listed in the header `X-Voxweft-Ignored`."""

    response_format: BodyFormat = "mp3"
    stream: bool = Field(True, description="Send audio while it is generated; false sends it when it is complete.")
    stream_format: Literal["audio", "sse"] = "audio"
    volume: FiniteFloat = Field(1.0, ge=0, le=4, description="Gain as a factor; a limiter prevents clipping.")
    tempo: FiniteFloat = Field(
        1.0, ge=0.5, le=2, description="Time-stretch factor for the finished speech; the pitch is kept."
    )


def speech_routes(service: Service) -> APIRouter:
    """Return the routes that speak."""
    router = APIRouter(tags=["speech"])

    @router.post("/v1/audio/speech", response_class=Response)
    async def speech(body: SpeechBody) -> Response:
        """Speak a text. The response is audio, or events with base64 audio (`stream_format: sse`)."""
        if body.word_timestamps and body.stream_format != "sse":
            raise bad_request(
                "word_timestamps requires stream_format=sse or /v1/audio/captioned_speech",
                "word_timestamps",
            )
        return await _respond(service, body, _write_events if body.stream_format == "sse" else _write_audio)

    @router.post("/v1/audio/speech-stream", response_class=Response)
    async def speech_stream(body: SpeechBody) -> Response:
        """Speak a text as raw PCM: 16-bit little-endian mono at the engine's rate (`X-Sample-Rate`)."""
        raw = body.model_copy(update={"response_format": "pcm", "stream": True})
        return await _respond(service, raw, _write_audio, native=True)

    @router.post("/v1/audio/captioned_speech", response_class=Response)
    async def captioned_speech(body: SpeechBody) -> Response:
        """Speak a text with word times: one line of JSON per chunk, or one object (`stream: false`)."""
        return await _respond(service, body, _write_captions)

    return router


class _Output(msgspec.Struct, frozen=True):
    """The audio of a request: its job, and the format and effects of its body."""

    service: Service
    options: SpeechBody
    speech: ResolvedSpeech
    job: SpeakJob
    words: bool

    async def chunks(self) -> AsyncGenerator[SpeechChunk, None]:
        """Yield the audio while it is generated, with volume and tempo applied."""
        options = self.options
        effects = Effects(self.job.sample_rate, volume=options.volume, tempo=options.tempo)
        generated = stream_chunks(self.service, self.job, self.speech, live=options.stream, words=self.words)
        async with contextlib.aclosing(generated):
            async for chunk in generated:
                yield effects.process(chunk)
        yield effects.flush()

    def encoder(self, file: BinaryIO | None = None) -> contextlib.AbstractAsyncContextManager[BodyEncoder]:
        """Return an encoder for the requested format."""
        return open_encoder(self.options.response_format, self.job.sample_rate, self.service.executor, file)

    async def write_file(self, file: BinaryIO, on_chunk: Callable[[SpeechChunk], None] = lambda _chunk: None) -> int:
        """Encode all audio into a file, and return its size in bytes."""
        async with contextlib.aclosing(self.chunks()) as chunks, self.encoder(file) as encoder:
            await encode_whole(chunks, encoder, on_chunk)
        return file.seek(0, os.SEEK_END)


_Writer = Callable[[_Output, StreamingBody], Awaitable[None]]


async def _respond(service: Service, options: SpeechBody, write: _Writer, *, native: bool = False) -> Response:
    check_text(service, options.input)
    speech = await resolve_speech(service, options.request)
    spec = speech.choice.spec
    rate = options.sample_rate
    if rate is None and not native:
        rate = default_rate(options.response_format, spec.sample_rate_of(speech.speaker.params))
    with_words = options.word_timestamps or write is _write_captions
    if with_words:
        check_words(speech)
    # Segmenting a whole book takes too long for the event loop.
    job = await asyncio.to_thread(make_job, service, speech, options.input, rate)
    output = _Output(service, options, speech, job, with_words)

    async def write_body(body: StreamingBody) -> None:
        async with service.admission.slot(spec.name) as body.slot:
            body.headers |= _headers(output)
            await write(output, body)

    settings = service.settings
    return StreamingJobResponse(write_body, slow_client_s=settings.slow_client_s, timeout_s=settings.job_timeout_s)


def _headers(output: _Output) -> dict[str, str]:
    headers = {
        "Content-Type": media_type(output.options.response_format),
        "X-Sample-Rate": str(output.job.sample_rate),
        "X-Voxweft-Model": output.speech.choice.id,
    }
    if output.speech.voice:
        headers["X-Voice-Used"] = ascii(output.speech.voice)[1:-1]
    if output.job.is_pause:
        headers["X-Voxweft-Status"] = "silent"
    if ignored := output.options.ignored:
        # A header's value is ASCII, and may neither begin nor end with a space.
        headers["X-Voxweft-Ignored"] = ascii(", ".join(ignored))[1:-1][:500].strip()
    if output.speech.remark:
        headers["X-Voxweft-Voice-Fallback"] = ascii(output.speech.remark)[1:-1]
    if notes := dict.fromkeys((*output.speech.notes, *output.job.segment_notes)):
        headers["X-Voxweft-Notes"] = ascii("; ".join(notes))[1:-1][:_MAX_NOTES_CHARS].strip()
    return headers


async def _write_audio(output: _Output, body: StreamingBody) -> None:
    if not output.options.stream:
        await _write_whole_audio(output, body)
        return
    async with contextlib.aclosing(output.chunks()) as chunks, output.encoder() as encoder:
        async for chunk in chunks:
            await body.write(await encoder.write(chunk.samples))
        await body.write(await encoder.close())
    await body.end()


async def _write_whole_audio(output: _Output, body: StreamingBody) -> None:
    with tempfile.SpooledTemporaryFile(max_size=8 << 20, prefix="voxweft-") as file:
        body.headers["Content-Length"] = str(await output.write_file(cast("BinaryIO", file)))
        file.seek(0)
        while data := file.read(_READ_BYTES):
            await body.write(data)
    await body.end()


async def _write_events(output: _Output, body: StreamingBody) -> None:
    body.headers["Content-Type"] = "text/event-stream"
    body.encode_error, body.error_completes_body = error_event, True
    n_samples = 0
    async with contextlib.aclosing(output.chunks()) as chunks, output.encoder() as encoder:
        async for chunk in chunks:
            n_samples += len(chunk.samples)
            if chunk.words:
                words = [_word(word, output.speech) for word in chunk.words]
                await body.write(event("speech.audio.words", words=words))
            await _write_delta(body, await encoder.write(chunk.samples))
        await _write_delta(body, await encoder.close())
    duration_s = round(n_samples / output.job.sample_rate, 3)
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "characters": len(output.options.input)}
    status = {"status": "silent"} if output.job.is_silent else {}
    await body.write(event("speech.audio.done", usage=usage, duration=duration_s, **status))
    await body.end()


async def _write_delta(body: StreamingBody, data: bytes) -> None:
    if data:
        await body.write(event("speech.audio.delta", audio=base64.b64encode(data).decode()))


async def _write_captions(output: _Output, body: StreamingBody) -> None:
    kind = media_type(output.options.response_format)
    if not output.options.stream:
        await _write_whole_captions(output, body, kind)
        return
    body.headers["Content-Type"] = "application/x-ndjson"
    # A client that ignores the error line still detects an incomplete body.
    body.encode_error = lambda error: msgspec.json.encode(error.body()) + b"\n"
    waiting: list[dict[str, object]] = []
    async with contextlib.aclosing(output.chunks()) as chunks, output.encoder() as encoder:
        async for chunk in chunks:
            waiting += [_word(word, output.speech) for word in chunk.words]
            if data := await encoder.write(chunk.samples):
                await body.write(_caption(data, kind, waiting))
                waiting = []
        data = await encoder.close()
        if data or waiting:
            await body.write(_caption(data, kind, waiting))
    await body.end()


async def _write_whole_captions(output: _Output, body: StreamingBody, kind: str) -> None:
    words: list[dict[str, object]] = []

    def keep(chunk: SpeechChunk) -> None:
        words.extend(_word(word, output.speech) for word in chunk.words)

    with tempfile.SpooledTemporaryFile(max_size=8 << 20, prefix="voxweft-") as file:
        await output.write_file(cast("BinaryIO", file), keep)
        file.seek(0)
        data = _caption(file.read(), kind, words)
    body.headers |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
    await body.write(data)
    await body.end()


def _caption(data: bytes, kind: str, words: list[dict[str, object]]) -> bytes:
    line = {"audio": base64.b64encode(data).decode(), "audio_format": kind, "timestamps": words}
    return msgspec.json.encode(line) + b"\n"


def _word(word: PlacedWord, speech: ResolvedSpeech) -> dict[str, object]:
    return {
        "word": word.text,
        "start_time": round(word.start_s, 4),
        "end_time": round(word.end_s, 4),
        "start_char": word.source_start,
        "end_char": word.source_end,
        **speaker_of(word, speech),
    }


def event(kind: str, **fields: object) -> bytes:
    """Return a server-sent event in the format of OpenAI's API."""
    return b"data: " + msgspec.json.encode({"type": kind, **fields}) + b"\n\n"


def error_event(error: ApiError) -> bytes:
    """Return the event that ends a failed stream."""
    return event("error", error=error.body()["error"])
