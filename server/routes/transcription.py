"""Recognition over HTTP: recordings in, transcripts out, whole or while they are recognised."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import Response

from ...jobs.transcribe import Listening, Recogniser, TranscribeJob, alisten
from ...media.subtitles.transcript import TranscriptPiece
from ...media.subtitles.transcript_formats import write_transcript
from ...utils.models.digests import FileDigests
from ...utils.streaming.job import StreamOptions
from ..service.errors import ApiError, bad_request
from ..service.model_choice import Choice
from ..service.recognition_request import RunningText, piece_rows, recogniser, word_rows
from ..service.service import Service
from ..service.stats import Job
from ..service.streaming_response import Body, WorkResponse
from ..service.uploads import uploaded
from .speech import error_event, event

Format = Literal["json", "text", "srt", "verbose_json", "vtt"]
_MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "verbose_json": "application/json",
    "text": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
_STREAMED = ("json", "text", "verbose_json")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a recording."""

    choice: Choice
    recogniser: Recogniser
    response_format: Format
    granularities: frozenset[str]
    stream: bool
    task: Literal["transcribe", "translate"]


def transcription_routes(service: Service) -> APIRouter:
    """Return the routes that write down."""
    router = APIRouter(tags=["recognition"])

    @router.post("/v1/audio/transcriptions", response_class=Response)
    async def transcriptions(
        file: Annotated[UploadFile, File(description="A recording: audio or video, in any format that FFmpeg reads.")],
        model: Annotated[str, Form(description="whisper-1, an engine, or engine/model; see /v1/models.")] = "",
        language: Annotated[str, Form(max_length=100, description="A BCP-47 tag; detected if left out.")] = "",
        prompt: Annotated[str, Form(description="Text that could stand before: names and spellings.")] = "",
        response_format: Annotated[Format, Form()] = "json",
        temperature: Annotated[float, Form(description="0: higher ones are tried where that fails.")] = 0.0,
        timestamp_granularities: Annotated[
            list[Literal["word", "segment"]] | None, Form(alias="timestamp_granularities[]")
        ] = None,
        stream: Annotated[bool, Form()] = False,
    ) -> Response:
        """Write down what is said in a recording."""
        granularities = frozenset(timestamp_granularities or ())
        _check(response_format, temperature, granularities, stream=stream)
        subtitles = response_format in ("srt", "vtt")
        choice, who = await recogniser(
            service, model, language=language, prompt=prompt, words="word" in granularities or subtitles
        )
        order = Order(
            choice=choice,
            recogniser=who,
            response_format=response_format,
            granularities=granularities,
            stream=stream,
            task="transcribe",
        )
        return _respond(service, file, order)

    @router.post("/v1/audio/translations", response_class=Response)
    async def translations(
        file: Annotated[UploadFile, File(description="A recording in any language.")],
        model: Annotated[str, Form()] = "",
        prompt: Annotated[str, Form()] = "",
        response_format: Annotated[Format, Form()] = "json",
        temperature: Annotated[float, Form()] = 0.0,
        stream: Annotated[bool, Form()] = False,
    ) -> Response:
        """Write down in English what is said in a recording."""
        _check(response_format, temperature, frozenset(), stream=stream)
        choice, who = await recogniser(service, model, language="", prompt=prompt, translate=True)
        order = Order(
            choice=choice,
            recogniser=who,
            response_format=response_format,
            granularities=frozenset(),
            stream=stream,
            task="translate",
        )
        return _respond(service, file, order)

    return router


def _check(response_format: str, temperature: float, granularities: frozenset[str], *, stream: bool) -> None:
    if temperature != 0:
        raise bad_request(
            "the temperature has to be 0: higher ones are tried by themselves where that fails", "temperature"
        )
    if stream and response_format not in _STREAMED:
        raise bad_request(f"a stream is json or text, not {response_format}", "response_format")
    if granularities and response_format != "verbose_json":
        raise bad_request("timestamp granularities need the response format verbose_json", "timestamp_granularities")


def _respond(service: Service, file: UploadFile, order: Order) -> Response:
    async def work(body: Body) -> None:
        engine = order.choice.spec.name
        async with (
            service.admission.slot(engine) as body.slot,
            uploaded(file, service.settings.max_upload_bytes, "file") as path,
        ):
            digest = await asyncio.to_thread(FileDigests(path.with_suffix(".json")).of, path)
            job = TranscribeJob(path, digest, order.recogniser, order.choice.spec)
            figures = Job(engine=engine)
            try:
                await (_stream if order.stream else _whole)(service, job, order, figures, body)
            except BaseException as error:
                figures.outcome = "failed" if isinstance(error, Exception) else "cancelled"
                raise
            finally:
                figures.audio_s = job.progress.done_s
                service.stats.end(figures)

    settings = service.settings
    return WorkResponse(work, slow_client_s=settings.slow_client_s, limit_s=settings.job_timeout_s)


async def _pieces(service: Service, job: TranscribeJob, figures: Job) -> AsyncGenerator[TranscriptPiece, None]:
    most_s = service.settings.max_audio_s

    def bounded(progress: Listening) -> None:
        if progress.known_s > most_s:
            raise ApiError(413, f"a recording may last {most_s:g} s", code="too_long", param="file")

    async with contextlib.aclosing(
        alisten(job, service.runtime, StreamOptions(workers=service.settings.workers), on_progress=bounded)
    ) as pieces:
        async for piece in pieces:
            figures.first()
            yield piece


async def _whole(service: Service, job: TranscribeJob, order: Order, figures: Job, body: Body) -> None:
    async for _ in _pieces(service, job, figures):
        pass
    data = _encoded(job, order)
    body.headers |= {"Content-Type": _MEDIA_TYPES[order.response_format], "Content-Length": str(len(data))}
    await body.write(data)
    await body.end()


async def _stream(service: Service, job: TranscribeJob, order: Order, figures: Job, body: Body) -> None:
    body.headers |= {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    body.last_words, body.ends_with_last_words = error_event, True
    running = RunningText()
    async for piece in _pieces(service, job, figures):
        delta = running.add(piece.text)
        if delta:
            await body.write(event("transcript.text.delta", delta=delta))
        if "segment" in order.granularities or order.response_format == "verbose_json":
            row = piece_rows([piece])[0] | {"id": len(job.pieces) - 1}
            await body.write(event("transcript.text.segment", **row))
    fields = _verbose(job, order) if order.response_format == "verbose_json" else {"text": running.text}
    await body.write(event("transcript.text.done", **fields))
    await body.end()


def _encoded(job: TranscribeJob, order: Order) -> bytes:
    if order.response_format in ("srt", "vtt"):
        return write_transcript(job.pieces, order.response_format).encode()
    if order.response_format == "verbose_json":
        return msgspec.json.encode(_verbose(job, order))
    text = _text(job)
    return f"{text}\n".encode() if order.response_format == "text" else msgspec.json.encode({"text": text})


def _verbose(job: TranscribeJob, order: Order) -> dict[str, object]:
    report = job.report()
    rows: dict[str, object] = {
        "task": order.task,
        "language": report.language or "",
        "duration": round(report.duration_s, 3),
        "text": _text(job),
    }
    if not order.granularities or "segment" in order.granularities:
        rows["segments"] = piece_rows(report.pieces)
    if "word" in order.granularities:
        rows["words"] = [row for piece in report.pieces for row in word_rows(piece.words)]
    return rows


def _text(job: TranscribeJob) -> str:
    running = RunningText()
    for piece in job.pieces:
        running.add(piece.text)
    return running.text
