"""A speech request: check and resolve it, and stream its audio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...jobs.levels.leveling import Level
from ...jobs.requests.options import stream_options
from ...jobs.requests.speak import SpeakRequest
from ...jobs.run import arun
from ...jobs.speak.job import SpeakJob
from ...jobs.speak.pauses import Pauses
from ...jobs.speak.streaming_input import LiveSpeech
from ...jobs.speech_job import PlacedWord
from ...jobs.voices import Cast, Speaker
from ...jobs.voices.speaker import AUTO_LANGUAGE
from ...text.lexicon import Lexicon
from ...utils.settings import parse_level
from ...utils.streaming import ParamValue
from ...utils.streaming.contract.voice_syntax import voice_text
from .errors import as_api_error, bad_request
from .model_choice import ModelChoice
from .script_files import LexiconField
from .service import Service
from .speech_cast import resolve_cast, resolve_language_voices
from .stats import JobRecord

MAX_RATE_HZ = 192_000
_MAX_EXPANSION = 2
"""The maximum length of what is spoken, as a multiple of that of a text."""
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
    markup: bool | None = None
    cast: str | dict[str, Any] | None = None
    lexicon: LexiconField | None = None


class ResolvedSpeech(NamedTuple):
    """A speech request with engines, models and voices resolved and checked.

    `choice`, `speaker` and `voice`, the name of the voice, are those of the narrator of a cast that has one. `remark`
    is the reason if another voice was requested, or ''. `notes` say what the engines don't support, and what happens
    instead, and what to know of a recording as the voice. The rest is as in `jobs.speak.speak`.
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
    markup: bool | None = None
    cast: Cast | None = None
    lexicon: Lexicon | None = None
    auto_language: bool = False
    language_voices: Mapping[str, Speaker] = {}


class SpeechChunk(NamedTuple):
    """Final audio, float32 mono `[n_samples]`, and the words that became known with it."""

    samples: NDArray[np.float32]
    words: list[PlacedWord]


async def resolve_speech(service: Service, request: SpeechRequest) -> ResolvedSpeech:
    """Resolve a request's engine, model and voice, and check its settings.

    Raises:
        ApiError: Unknown model or voice, an engine that isn't ready, or a recording that is missing or can't be used.
    """
    auto_language = request.language.strip().lower() == AUTO_LANGUAGE
    language = None if auto_language else request.language.strip() or None
    try:
        choice = await service.resolve_model("speech", request.model, language)
    except ValueError as error:
        raise bad_request(str(error), "language") from None
    fallback = service.settings.fallback_voice
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
    _check_settings(service, speaker)
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
    speech = ResolvedSpeech(
        choice, speaker, name, remark, notes, request.level, pauses, request.normalize, request.name_emoji
    )
    lexicon = await asyncio.to_thread(service.scripts.request_lexicon, request.lexicon)
    speech = speech._replace(markup=request.markup, lexicon=lexicon, auto_language=auto_language)
    if auto_language:
        language_voices, more = await resolve_language_voices(service, choice)
        speech = speech._replace(language_voices=language_voices, notes=speech.notes + more)
    return speech if request.cast is None else await _with_cast(service, speech, request)


async def _with_cast(service: Service, speech: ResolvedSpeech, request: SpeechRequest) -> ResolvedSpeech:
    """Return speech with the cast of its request. A narrator of the cast takes the place of the request's speaker."""
    assert request.cast is not None, "the request has one"
    cast, folder = await asyncio.to_thread(service.scripts.cast, request.cast)
    resolved = await resolve_cast(service, cast, folder, speech.speaker)
    speech = speech._replace(cast=resolved.cast)
    narrator = resolved.cast.narrator
    if narrator is None:
        return speech._replace(notes=tuple(dict.fromkeys(speech.notes + resolved.notes)))
    notes = resolved.notes
    if request.voice:
        notes = (
            f"{resolved.cast.source} has a narrator, which speaks in place of voice '{request.voice[:100]}'",
            *notes,
        )
    speaker = narrator.speaker()
    spec = service.runtime.registry.get(speaker.engine)
    spoken = speaker.voice_on(spec)
    name = speaker.voice_text or ("" if spoken is None else voice_text(spoken))
    choice = ModelChoice(spec, speaker.model)
    return speech._replace(choice=choice, speaker=speaker, voice=name, remark="", notes=notes)


def _check_settings(service: Service, speaker: Speaker) -> None:
    """Check a speaker's settings. ApiError, which names the field, for one that the engine doesn't support."""
    registry = service.runtime.registry
    try:
        speaker.check(registry)
    except ValueError as error:
        alone = Speaker(engine=speaker.engine, model=speaker.model)
        for name in ("language", "speed", "seed", "params"):
            try:
                msgspec.structs.replace(alone, **{name: getattr(speaker, name)}).check(registry)
            except ValueError as reason:
                raise bad_request(str(reason), name) from None
        raise bad_request(str(error)) from None


def check_text(service: Service, text: str) -> None:
    """Check a text's length and encoding.

    Raises:
        ApiError: The text is too long, or can't be encoded as UTF-8.
    """
    limit = service.settings.max_text_chars
    if len(text) > limit:
        raise bad_request(
            f"the input has {len(text)} characters; maximum {limit} (option --max-text of the server)",
            "input",
            "text_too_long",
        )
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
        speaker=speech.speaker if not speech.auto_language else _auto(speech.speaker),
        cast=speech.cast,
        markup=speech.markup,
        lexicon=speech.lexicon,
        language_voices=speech.language_voices,
        sample_rate=sample_rate,
        level=speech.level,
        pauses=speech.pauses,
        normalize=speech.normalize,
        name_emoji=speech.name_emoji,
    )
    try:
        job = request.job(service.runtime)
        if speech.lexicon is not None:
            _check_spoken(service, job)
    except ValueError as error:
        known = as_api_error(error)
        raise known if known.param else bad_request(known.message, "input") from None
    return job


def _check_spoken(service: Service, job: SpeakJob) -> None:
    """Check the length of what is spoken: a lexicon of a request can make a short text as long as it likes.

    Raises:
        ApiError: It is too long.
    """
    limit = _MAX_EXPANSION * service.settings.max_text_chars
    n_chars = 0
    for segment in job.segments:
        n_chars += len(segment.text)
        if n_chars > limit:
            raise bad_request(
                f"with its lexicon, the input has more than {limit} characters to speak; shorten the pronunciations",
                "lexicon",
                "text_too_long",
            )


def open_live(service: Service, speech: ResolvedSpeech, sample_rate: int | None) -> LiveSpeech:
    """Return speech of text that arrives in parts."""
    return LiveSpeech(
        speech.speaker,
        service.runtime,
        cast=speech.cast,
        markup=speech.markup,
        lexicon=speech.lexicon,
        auto_language=speech.auto_language,
        language_voices=speech.language_voices,
        sample_rate=sample_rate,
        level=speech.level,
        pauses=speech.pauses,
        normalize=speech.normalize,
        name_emoji=speech.name_emoji,
        options=stream_options(
            workers=service.settings.workers, live=True, several_models=speech.cast is not None or speech.auto_language
        ),
    )


def speaker_of(word: PlacedWord, speech: ResolvedSpeech) -> dict[str, object]:
    """Return the field that names a word's speaker, for speech with a cast; empty for the narrator."""
    return {} if speech.cast is None else {"speaker": word.speaker}


def _auto(speaker: Speaker) -> Speaker:
    return msgspec.structs.replace(speaker, language=AUTO_LANGUAGE)


async def stream_chunks(
    service: Service, job: SpeakJob, speech: ResolvedSpeech, *, live: bool, words: bool
) -> AsyncGenerator[SpeechChunk, None]:
    """Yield a job's audio as it is generated, then record the job. Closing the generator cancels the job."""
    several = speech.cast is not None or speech.auto_language
    options = stream_options(workers=service.settings.workers, live=live, several_models=several)
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
