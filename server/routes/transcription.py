"""Recognition over HTTP: recordings in, transcripts out, whole or streamed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import Response

from ...jobs.requests.options import stream_options
from ...jobs.transcribe import RecognitionProgress, Recognizer, TranscribeJob, astream_transcript
from ...media.subtitles.transcript import TranscriptSegment
from ...media.subtitles.transcript_formats import write_transcript
from ...utils.models.digests import FileDigests
from ..service.errors import bad_request
from ..service.model_choice import ModelChoice
from ..service.recognition_request import RunningText, make_recognizer, segment_rows, word_rows
from ..service.service import Service
from ..service.stats import JobRecord
from ..service.streaming_response import StreamingBody, StreamingJobResponse
from ..service.uploads import check_recording, stored_upload, too_long
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


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request, with its model resolved."""

    choice: ModelChoice
    recognizer: Recognizer
    response_format: Format
    granularities: frozenset[str]
    stream: bool
    task: Literal["transcribe", "translate"]


def transcription_routes(service: Service) -> APIRouter:
    """Return the routes that transcribe recordings."""
    router = APIRouter(tags=["recognition"])

    @router.post("/v1/audio/transcriptions", response_class=Response)
    async def transcriptions(
        file: Annotated[UploadFile, File(description="A recording: audio or video, in any format that FFmpeg reads.")],
        model: Annotated[str, Form(description="whisper-1, an engine, or engine/model; see /v1/models.")] = "",
        language: Annotated[str, Form(max_length=100, description="A BCP-47 tag; default: detected.")] = "",
        prompt: Annotated[str, Form(description="Preceding text, names and spellings, as a hint.")] = "",
        response_format: Annotated[Format, Form()] = "json",
        temperature: Annotated[float, Form(description="Must be 0; fallback temperatures are automatic.")] = 0.0,
        timestamp_granularities: Annotated[
            list[Literal["word", "segment"]] | None, Form(alias="timestamp_granularities[]")
        ] = None,
        stream: Annotated[bool, Form()] = False,
    ) -> Response:
        """Transcribe a recording."""
        granularities = frozenset(timestamp_granularities or ())
        _check(response_format, temperature, granularities, stream=stream)
        subtitles = response_format in ("srt", "vtt")
        choice, recognizer = await make_recognizer(
            service, model, language=language, prompt=prompt, words="word" in granularities or subtitles
        )
        request = _Request(
            choice=choice,
            recognizer=recognizer,
            response_format=response_format,
            granularities=granularities,
            stream=stream,
            task="transcribe",
        )
        return _respond(service, file, request)

    @router.post("/v1/audio/translations", response_class=Response)
    async def translations(
        file: Annotated[UploadFile, File(description="A recording in any language.")],
        model: Annotated[str, Form()] = "",
        prompt: Annotated[str, Form()] = "",
        response_format: Annotated[Format, Form()] = "json",
        temperature: Annotated[float, Form()] = 0.0,
        stream: Annotated[bool, Form()] = False,
    ) -> Response:
        """Transcribe a recording into English."""
        _check(response_format, temperature, frozenset(), stream=stream)
        choice, recognizer = await make_recognizer(service, model, language="", prompt=prompt, translate=True)
        request = _Request(
            choice=choice,
            recognizer=recognizer,
            response_format=response_format,
            granularities=frozenset(),
            stream=stream,
            task="translate",
        )
        return _respond(service, file, request)

    return router


def _check(response_format: str, temperature: float, granularities: frozenset[str], *, stream: bool) -> None:
    if temperature != 0:
        raise bad_request("only temperature=0 is supported (fallback temperatures are automatic)", "temperature")
    if stream and response_format not in _STREAMED:
        raise bad_request(
            f"response_format '{response_format}' can't be streamed; use json, text or verbose_json", "response_format"
        )
    if granularities and response_format != "verbose_json":
        raise bad_request("timestamp_granularities requires response_format=verbose_json", "timestamp_granularities")


def _respond(service: Service, file: UploadFile, request: _Request) -> Response:
    async def write_body(body: StreamingBody) -> None:
        engine = request.choice.spec.name
        async with (
            service.admission.slot(engine) as body.slot,
            stored_upload(file, service.settings.max_upload_bytes, "file") as path,
        ):
            await asyncio.to_thread(check_recording, path, service.settings.max_audio_s)
            digest = await asyncio.to_thread(FileDigests(path.with_suffix(".json")).of, path)
            job = TranscribeJob(path, digest, request.recognizer, request.choice.spec)
            record = JobRecord(engine=engine)
            try:
                await (_write_events if request.stream else _write_whole)(service, job, request, record, body)
            except BaseException as error:
                record.outcome = "failed" if isinstance(error, Exception) else "cancelled"
                raise
            finally:
                record.audio_s = job.progress.done_s
                service.stats.end(record)

    settings = service.settings
    return StreamingJobResponse(write_body, slow_client_s=settings.slow_client_s, timeout_s=settings.job_timeout_s)


async def _stream_segments(
    service: Service, job: TranscribeJob, record: JobRecord
) -> AsyncGenerator[TranscriptSegment, None]:
    limit_s = service.settings.max_audio_s

    def check_duration(progress: RecognitionProgress) -> None:
        if progress.known_s > limit_s:
            raise too_long(limit_s)

    async with contextlib.aclosing(
        astream_transcript(
            job, service.runtime, stream_options(workers=service.settings.workers), on_progress=check_duration
        )
    ) as segments:
        async for segment in segments:
            record.note_first_output()
            yield segment


async def _write_whole(
    service: Service, job: TranscribeJob, request: _Request, record: JobRecord, body: StreamingBody
) -> None:
    async for _ in _stream_segments(service, job, record):
        pass
    data = _encoded(job, request)
    body.headers |= {"Content-Type": _MEDIA_TYPES[request.response_format], "Content-Length": str(len(data))}
    await body.write(data)
    await body.end()


async def _write_events(
    service: Service, job: TranscribeJob, request: _Request, record: JobRecord, body: StreamingBody
) -> None:
    body.headers["Content-Type"] = "text/event-stream"
    body.encode_error, body.error_completes_body = error_event, True
    transcript = RunningText()
    async for segment in _stream_segments(service, job, record):
        delta = transcript.add(segment.text)
        if delta:
            await body.write(event("transcript.text.delta", delta=delta))
        if "segment" in request.granularities or request.response_format == "verbose_json":
            row = segment_rows([segment])[0] | {"id": len(job.segments) - 1}
            await body.write(event("transcript.text.segment", **row))
    fields = _verbose(job, request) if request.response_format == "verbose_json" else {"text": transcript.text}
    await body.write(event("transcript.text.done", **fields))
    await body.end()


def _encoded(job: TranscribeJob, request: _Request) -> bytes:
    if request.response_format in ("srt", "vtt"):
        return write_transcript(job.segments, request.response_format).encode()
    if request.response_format == "verbose_json":
        return msgspec.json.encode(_verbose(job, request))
    text = _text(job)
    return f"{text}\n".encode() if request.response_format == "text" else msgspec.json.encode({"text": text})


def _verbose(job: TranscribeJob, request: _Request) -> dict[str, object]:
    report = job.report()
    rows: dict[str, object] = {
        "task": request.task,
        "language": report.language or "",
        "duration": round(report.duration_s, 3),
        "text": _text(job),
    }
    if not request.granularities or "segment" in request.granularities:
        rows["segments"] = segment_rows(report.segments)
    if "word" in request.granularities:
        rows["words"] = [row for segment in report.segments for row in word_rows(segment.words)]
    return rows


def _text(job: TranscribeJob) -> str:
    transcript = RunningText()
    for segment in job.segments:
        transcript.add(segment.text)
    return transcript.text
