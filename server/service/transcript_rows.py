"""Transcripts in the formats of OpenAI's API: segments with their measures, words, and log probabilities."""

from __future__ import annotations

import math
import zlib
from typing import Any

from ...jobs.transcribe import TranscribeJob
from ...media.subtitles.transcript import TranscriptSegment
from ...text.language_names import language_name
from ...utils.streaming import Decoding
from .recognition_request import RunningText, word_rows
from .transcription_request import TranscriptionRequest

_FRAMES_PER_S = 100
"""Unit of `seek` in OpenAI's API."""


def transcript_row(job: TranscribeJob, request: TranscriptionRequest) -> dict[str, Any]:
    """Return a complete transcript: `json`, or `verbose_json`, whose language is an English name."""
    report = job.report()
    row: dict[str, Any] = {"text": joined_text(job)}
    if request.logprobs:
        row["logprobs"] = logprob_rows(job)
    # Whole seconds, as OpenAI counts them.
    row["usage"] = {"type": "duration", "seconds": math.ceil(report.duration_s)}
    if request.response_format != "verbose_json":
        return row
    row |= {
        "task": request.task,
        "language": language_name(report.language or ""),
        "duration": round(report.duration_s, 3),
    }
    if not request.granularities or "segment" in request.granularities:
        row["segments"] = [segment_row(job, number) for number in range(len(job.segments))]
    if "word" in request.granularities:
        row["words"] = [word for segment in report.segments for word in word_rows(segment.words)]
    return row


def segment_row(job: TranscribeJob, number: int) -> dict[str, Any]:
    """Return a segment with the recognizer's measures, or with those that its text gives (`_measured`)."""
    segment = job.segments[number]
    decoding = job.decodings[number] or _measured(segment)
    return {
        "id": number,
        "seek": round(decoding.window_start_s * _FRAMES_PER_S),
        "start": round(segment.start_s, 3),
        "end": round(segment.end_s, 3),
        "text": segment.text,
        "tokens": list(decoding.tokens),
        "temperature": decoding.temperature,
        "avg_logprob": decoding.mean_log_probability,
        "compression_ratio": decoding.compression_ratio,
        "no_speech_prob": decoding.no_speech_probability,
    }


def logprob_rows(job: TranscribeJob) -> list[dict[str, Any]]:
    """Return the log probability of each word, with what is before it in the text: joined, the tokens are the text."""
    rows = []
    transcript = RunningText()
    for segment in job.segments:
        rest = transcript.add(segment.text)
        for word in segment.words:
            _, found, after = rest.partition(word.text)
            token, rest = (rest[: len(rest) - len(after)], after) if found else (word.text, rest)
            rows.append({"token": token, "bytes": list(token.encode()), "logprob": _logarithm(word.probability)})
    return rows


def joined_text(job: TranscribeJob) -> str:
    """Return the text of all segments so far."""
    transcript = RunningText()
    for segment in job.segments:
        transcript.add(segment.text)
    return transcript.text


def _measured(segment: TranscriptSegment) -> Decoding:
    """Return what the text itself tells, for an engine that doesn't report its decoding: clients require numbers.

    The compression ratio is real, and so is the log probability if words have one. There are no tokens, and 0 stands
    for what is unknown.
    """
    logarithms = [_logarithm(word.probability) for word in segment.words if word.probability is not None]
    data = segment.text.encode()
    return Decoding(
        window_start_s=segment.start_s,
        tokens=(),
        temperature=0.0,
        mean_log_probability=sum(logarithms) / len(logarithms) if logarithms else 0.0,
        compression_ratio=len(data) / len(zlib.compress(data)),
        no_speech_probability=0.0,
    )


def _logarithm(probability: float | None) -> float:
    """Return a natural logarithm; -100 for a probability of 0, as in OpenAI's API, and 0 for an unknown one."""
    if probability is None:
        return 0.0
    return math.log(probability) if probability > 0 else -100.0
