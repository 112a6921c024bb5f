"""Recognition over HTTP: recordings in, transcripts out, whole or streamed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from ...jobs.requests.options import stream_options
from ...jobs.transcribe import RecognitionProgress, TranscribeJob, astream_transcript
from ...media.subtitles.transcript import TranscriptSegment
from ...media.subtitles.transcript_formats import write_transcript
from ...utils.models.digests import FileDigests
from ..service.recognition_request import RunningText
from ..service.service import Service
from ..service.stats import JobRecord
from ..service.streaming_response import StreamingBody, StreamingJobResponse, header_text
from ..service.transcript_rows import joined_text, logprob_rows, segment_row, transcript_row
from ..service.transcription_request import TranscriptionRequest, openapi_body, read_request
from ..service.uploads import check_recording, closed_upload, stored_upload, too_long
from .speech import error_event, event

_MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "verbose_json": "application/json",
    "text": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}


def transcription_routes(service: Service) -> APIRouter:
    """Return the routes that transcribe recordings."""
    router = APIRouter(tags=["recognition"])

    @router.post("/v1/audio/transcriptions", response_class=Response, openapi_extra=openapi_body("transcribe"))
    async def transcriptions(request: Request) -> Response:
        """Transcribe a recording: a form, or JSON with `input_audio`. Fields without effect are in a header."""
        return await _respond(service, await read_request(service, request, "transcribe"))

    @router.post("/v1/audio/translations", response_class=Response, openapi_extra=openapi_body("translate"))
    async def translations(request: Request) -> Response:
        """Transcribe a recording in any language into English."""
        return await _respond(service, await read_request(service, request, "translate"))

    return router


async def _respond(service: Service, request: TranscriptionRequest) -> Response:
    settings = service.settings
    try:
        # Before the queue, so that a recording that is refused neither waits nor makes others wait.
        await asyncio.to_thread(check_recording, request.upload, settings.max_upload_bytes, settings.max_audio_s)
    except BaseException:
        await request.upload.close()
        raise

    async def write_body(body: StreamingBody) -> None:
        engine = request.choice.spec.name
        body.headers |= _headers(request)
        async with (
            closed_upload(request.upload),
            service.admission.slot(engine) as body.slot,
            stored_upload(request.upload, settings.max_upload_bytes, "file") as path,
        ):
            digest = await asyncio.to_thread(FileDigests(path.with_suffix(".json")).of, path)
            job = TranscribeJob(path, digest, request.recognizer, request.choice.spec, continue_prompt=False)
            record = JobRecord(engine=engine)
            try:
                await (_write_events if request.stream else _write_whole)(service, job, request, record, body)
            except BaseException as error:
                record.outcome = "failed" if isinstance(error, Exception) else "cancelled"
                raise
            finally:
                record.audio_s = job.progress.done_s
                record.segments = len(job.segments)
                service.stats.end(record)

    return StreamingJobResponse(write_body, slow_client_s=settings.slow_client_s, timeout_s=settings.job_timeout_s)


def _headers(request: TranscriptionRequest) -> dict[str, str]:
    headers = {"X-Voxweft-Model": request.choice.id}
    if request.ignored:
        headers["X-Voxweft-Ignored"] = header_text(", ".join(request.ignored))
    if request.choice.notes:
        headers["X-Voxweft-Notes"] = header_text("; ".join(request.choice.notes))
    return headers


async def _stream_segments(
    service: Service, job: TranscribeJob, record: JobRecord, body: StreamingBody
) -> AsyncGenerator[TranscriptSegment, None]:
    limit_s = service.settings.max_audio_s
    slot = body.slot
    assert slot is not None

    def check_duration(progress: RecognitionProgress) -> None:
        if progress.known_s > limit_s:
            raise too_long(limit_s)

    async with contextlib.aclosing(
        astream_transcript(
            job,
            service.runtime,
            stream_options(workers=service.settings.workers),
            on_progress=check_duration,
            before_next_part=slot.take_turns,
        )
    ) as segments:
        async for segment in segments:
            record.note_first_output()
            yield segment


async def _write_whole(
    service: Service, job: TranscribeJob, request: TranscriptionRequest, record: JobRecord, body: StreamingBody
) -> None:
    async for _ in _stream_segments(service, job, record, body):
        pass
    data = _encoded(job, request)
    body.headers |= {"Content-Type": _MEDIA_TYPES[request.response_format], "Content-Length": str(len(data))}
    await body.write(data)
    await body.end()


async def _write_events(
    service: Service, job: TranscribeJob, request: TranscriptionRequest, record: JobRecord, body: StreamingBody
) -> None:
    body.headers["Content-Type"] = "text/event-stream"
    body.encode_error, body.error_completes_body = error_event, True
    transcript = RunningText()
    async for segment in _stream_segments(service, job, record, body):
        delta = transcript.add(segment.text)
        if delta:
            await body.write(event("transcript.text.delta", delta=delta))
        if "segment" in request.granularities or request.response_format == "verbose_json":
            await body.write(event("transcript.text.segment", **segment_row(job, len(job.segments) - 1)))
    if request.response_format == "verbose_json":
        fields = transcript_row(job, request)
    else:
        # Without the usage, which typed clients expect as tokens here.
        fields = {"text": transcript.text} | ({"logprobs": logprob_rows(job)} if request.logprobs else {})
    await body.write(event("transcript.text.done", **fields))
    await body.end()


def _encoded(job: TranscribeJob, request: TranscriptionRequest) -> bytes:
    if request.response_format in ("srt", "vtt"):
        return write_transcript(job.segments, request.response_format).encode()
    if request.response_format == "text":
        return f"{joined_text(job)}\n".encode()
    return msgspec.json.encode(transcript_row(job, request))
