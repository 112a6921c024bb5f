"""A speech request on its way: what it asks for, checked, and its audio as it is made."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...jobs.run import arun
from ...jobs.speak import speak
from ...jobs.speak.job import SpeakJob
from ...jobs.speech_job import SpokenWord
from ...jobs.voices import Speaker
from ...utils.streaming import ParamValue, ReferenceVoice
from ...utils.streaming.contract.voice_syntax import voice_text
from ...utils.streaming.job import StreamOptions
from ...utils.streaming.scheduling.fair_queue import Priority
from .errors import bad_request
from .model_choice import Choice
from .service import Service
from .stats import Job

MAX_RATE_HZ = 192_000
MIN_RATE_HZ = 8_000


class Wanted(NamedTuple):
    """How something is to be spoken, as clients say it."""

    model: str = ""
    voice: str = ""
    language: str = ""
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}  # noqa: RUF012  never changed


class Chosen(NamedTuple):
    """Who speaks, and what is to be said about that. `remark` is why it isn't the voice that was asked for."""

    choice: Choice
    speaker: Speaker
    voice: str
    remark: str


class Piece(NamedTuple):
    """Audio that is final, float32 mono `[n_samples]`, and the words that became known with it."""

    samples: NDArray[np.float32]
    words: list[SpokenWord]


async def chosen(service: Service, wanted: Wanted) -> Chosen:
    """Return who speaks. ApiError, or ValueError, for what can't be."""
    choice = await service.choice("speech", wanted.model)
    fallback = service.settings.fallback_voice
    voice, remark = await service.voices.voice(choice, wanted.voice, fallback=fallback)
    speaker = Speaker(
        engine=choice.spec.name,
        model=choice.model,
        voice=voice,
        language=wanted.language or None,
        speed=wanted.speed,
        seed=wanted.seed,
        params=wanted.params,
    )
    speaker.check(service.runtime.registry)
    if voice is None:
        name = choice.spec.voice_for(speaker.language)
    else:
        name = wanted.voice if isinstance(voice, ReferenceVoice) else voice_text(voice)
    return Chosen(choice, speaker, name, remark)


def check_text(service: Service, text: str) -> None:
    """ApiError for a text that is too long, or holds what can't be written as UTF-8."""
    most = service.settings.max_text_chars
    if len(text) > most:
        raise bad_request(f"the input has {len(text)} characters; this server takes {most}", "input", "text_too_long")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise bad_request(f"the input isn't valid Unicode at character {error.start + 1}", "input") from None


def make_job(service: Service, chosen: Chosen, text: str, sample_rate: int | None) -> SpeakJob:
    """Return the job for a text, which is still to be run. ApiError for an empty text or a rate that can't be."""
    check_text(service, text)
    if not text.strip():
        raise bad_request("there is nothing to speak: the input is empty", "input")
    if sample_rate is not None and not MIN_RATE_HZ <= sample_rate <= MAX_RATE_HZ:
        raise bad_request(f"a sample rate is {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, not {sample_rate}", "sample_rate")
    service.note_text(text)
    return speak(text, chosen.speaker, service.runtime.registry, sample_rate=sample_rate)


async def pieces(
    service: Service, job: SpeakJob, chosen: Chosen, *, live: bool, words: bool
) -> AsyncGenerator[Piece, None]:
    """Yield a job's audio as it is made; counts it when it ends, however it ends. Leaving cancels the job."""
    options = StreamOptions(workers=service.settings.workers, priority=Priority.LIVE if live else Priority.BATCH)
    job.words = [] if words else None
    with counted(service, chosen) as figures:
        async with contextlib.aclosing(arun(job, service.runtime, options)) as blocks:
            try:
                async for block in blocks:
                    figures.first()
                    figures.audio_s += len(block) / job.sample_rate
                    known, job.words = job.words or [], [] if words else None
                    yield Piece(block, known)
            finally:
                figures.segments = len(job.placed)
                figures.cached = sum(place.cached for place in job.placed)


@contextlib.contextmanager
def counted(service: Service, chosen: Chosen) -> Iterator[Job]:
    """Count a job when it ends."""
    figures = Job(engine=chosen.choice.spec.name, voice=chosen.voice)
    try:
        yield figures
    except BaseException as error:
        figures.outcome = "failed" if isinstance(error, Exception) else "cancelled"
        raise
    finally:
        service.stats.end(figures)
