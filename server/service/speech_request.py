"""A speech request: check and resolve it, and stream its audio."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...jobs.levels.leveling import Level
from ...jobs.requests.options import stream_options
from ...jobs.requests.speak import SpeakRequest
from ...jobs.run import arun
from ...jobs.speak.job import SpeakJob
from ...jobs.speak.pauses import Pauses
from ...jobs.speech_job import PlacedWord
from ...jobs.voices import Speaker
from ...utils.settings import parse_level
from ...utils.streaming import ParamValue
from .errors import bad_request
from .model_choice import ModelChoice
from .service import Service
from .stats import JobRecord

MAX_RATE_HZ = 192_000
MIN_RATE_HZ = 8_000


class SpeechRequest(NamedTuple):
    """Model, voice and settings as a client sent them."""

    model: str = ""
    voice: str = ""
    language: str = ""
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}  # noqa: RUF012  never mutated
    low_latency: bool = False
    level: Level = None
    pause_scale: float = 1.0
    normalize: bool = True
    name_emoji: bool = False


class ResolvedSpeech(NamedTuple):
    """A speech request with engine, model and voice resolved and checked.

    `voice` is the name of the voice that speaks. `remark` is the reason if another one was requested, or ''. `notes`
    say what the engine doesn't support, and what happens instead, and what to know of a recording as the voice.
    """

    choice: ModelChoice
    speaker: Speaker
    voice: str
    remark: str
    notes: tuple[str, ...] = ()
    level: Level = None
    pauses: Pauses = Pauses()
    normalize: bool = True
    name_emoji: bool = False


class SpeechChunk(NamedTuple):
    """Final audio, float32 mono `[n_samples]`, and the words that became known with it."""

    samples: NDArray[np.float32]
    words: list[PlacedWord]


async def resolve_speech(service: Service, request: SpeechRequest) -> ResolvedSpeech:
    """Resolve a request's engine, model and voice, and check its settings.

    Raises:
        ApiError: Unknown model or voice, an engine that isn't ready, or a recording that is missing or can't be used.
        ValueError: The engine doesn't support a setting.
    """
    choice = await service.resolve_model("speech", request.model, request.language or None)
    fallback = service.settings.fallback_voice
    language = request.language or None
    voice, name, remark = await service.voices.resolve(choice, request.voice, fallback=fallback, language=language)
    speaker = Speaker(
        engine=choice.spec.name,
        model=choice.model,
        voice=voice,
        language=language,
        speed=request.speed,
        seed=request.seed,
        params=request.params,
        low_latency=request.low_latency,
    )
    speaker.check(service.runtime.registry)
    if request.name_emoji and not request.normalize:
        raise bad_request("name_emoji requires normalize; omit one of them", "name_emoji")
    if request.level is not None:
        parse_level(str(request.level))
    pauses = Pauses(scale=request.pause_scale)
    try:
        speaker.voice_on(choice.spec)
    except ValueError as error:
        raise bad_request(str(error), "voice", "unusable_voice") from None
    notes = choice.notes + speaker.replacements(choice.spec) + speaker.voice_notes(choice.spec)
    return ResolvedSpeech(
        choice, speaker, name, remark, notes, request.level, pauses, request.normalize, request.name_emoji
    )


def check_text(service: Service, text: str) -> None:
    """Check a text's length and encoding.

    Raises:
        ApiError: The text is too long, or can't be encoded as UTF-8.
    """
    limit = service.settings.max_text_chars
    if len(text) > limit:
        raise bad_request(f"the input has {len(text)} characters; maximum {limit}", "input", "text_too_long")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise bad_request(f"the input isn't valid Unicode at character {error.start + 1}", "input") from None


def check_words(speech: ResolvedSpeech) -> None:
    """Check that the engine provides the times of words.

    Raises:
        ApiError: It doesn't.
    """
    if not speech.choice.spec.can("word_timings"):
        raise bad_request(
            f"engine '{speech.choice.spec.name}' doesn't provide word timestamps; use another engine or omit the field",
            "word_timestamps",
        )


def check_sample_rate(sample_rate: int | None) -> None:
    """Check a requested sample rate; None selects the engine's rate.

    Raises:
        ApiError: The rate is out of range.
    """
    if sample_rate is not None and not MIN_RATE_HZ <= sample_rate <= MAX_RATE_HZ:
        raise bad_request(
            f"sample_rate must be between {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz, not {sample_rate}", "sample_rate"
        )


def make_job(service: Service, speech: ResolvedSpeech, text: str, sample_rate: int | None) -> SpeakJob:
    """Return the job for a text, not yet started.

    Raises:
        ApiError: The text is empty or invalid, or the sample rate is out of range.
    """
    check_text(service, text)
    if not text.strip():
        raise bad_request("the input is empty; send the text to speak", "input")
    check_sample_rate(sample_rate)
    service.log_text(text)
    request = SpeakRequest(
        text=text,
        speaker=speech.speaker,
        sample_rate=sample_rate,
        level=speech.level,
        pauses=speech.pauses,
        normalize=speech.normalize,
        name_emoji=speech.name_emoji,
    )
    return request.job(service.runtime)


async def stream_chunks(
    service: Service, job: SpeakJob, speech: ResolvedSpeech, *, live: bool, words: bool
) -> AsyncGenerator[SpeechChunk, None]:
    """Yield a job's audio as it is generated, then record the job. Closing the generator cancels the job."""
    options = stream_options(workers=service.settings.workers, live=live)
    job.words = [] if words else None
    with record_job(service, speech) as record:
        async with contextlib.aclosing(arun(job, service.runtime, options)) as blocks:
            try:
                async for block in blocks:
                    record.note_first_output()
                    record.audio_s += len(block) / job.sample_rate
                    known, job.words = job.words or [], [] if words else None
                    yield SpeechChunk(block, known)
            finally:
                record.segments = len(job.placed)
                record.cached = sum(segment.cached for segment in job.placed)


@contextlib.contextmanager
def record_job(service: Service, speech: ResolvedSpeech) -> Iterator[JobRecord]:
    """Yield a record to fill in, and add it to the statistics when the block ends."""
    record = JobRecord(engine=speech.choice.spec.name, voice=speech.voice)
    try:
        yield record
    except BaseException as error:
        record.outcome = "failed" if isinstance(error, Exception) else "cancelled"
        raise
    finally:
        service.stats.end(record)
