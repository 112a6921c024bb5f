"""Resolve the speakers of a request: the cast's, and the voices of languages."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import msgspec

from ...jobs.voices import Cast, CastError, CastSpeaker, Speaker, VoiceResolver
from ...jobs.voices.cast import as_narrator
from ...jobs.voices.recording import SUFFIXES
from ...jobs.voices.speaker import is_default_voice
from ...utils.streaming.contract.errors import UnknownEngineError
from .errors import ApiError, bad_request
from .model_choice import ModelChoice, check_ready
from .service import Service

_FILE_SUFFIXES = frozenset({*SUFFIXES, ".pt"})


class ResolvedCast(NamedTuple):
    """A cast whose engines and voices are resolved and checked, and what to know of them."""

    cast: Cast
    notes: tuple[str, ...]


async def resolve_cast(service: Service, cast: Cast, folder: Path | None, narrator: Speaker) -> ResolvedCast:
    """Resolve and check the speakers of a cast. `narrator` speaks the rest, unless the cast has a narrator.

    Args:
        service: The service.
        cast: The cast as read.
        folder: The folder of voice files; None: no voice is a file.
        narrator: A resolved speaker.

    Raises:
        ApiError: Names the speaker that can't be used, and why.
    """
    notes: dict[str, None] = {}
    ready: set[tuple[str, str]] = set()

    async def resolved(member: CastSpeaker) -> CastSpeaker:
        try:
            return await _resolved(service, member, folder, ready, notes)
        except (ApiError, ValueError, UnknownEngineError, OSError) as error:
            raise _cast_error(cast, member, error) from None

    fallback = cast.narrator or as_narrator(narrator)
    if not fallback.engine:
        fallback = msgspec.structs.replace(fallback, engine=narrator.engine, model=fallback.model or narrator.model)
    if cast.narrator is not None:
        fallback = await resolved(fallback)
    members = []
    for member in cast.members:
        own = member
        if not own.engine:
            own = msgspec.structs.replace(own, engine=fallback.engine, model=own.model or fallback.model)
        members.append(await resolved(own))
    whole = msgspec.structs.replace(
        cast, members=tuple(members), narrator=fallback if cast.narrator is not None else None
    )
    try:
        checked = await asyncio.to_thread(whole.check, service.runtime.registry)
    except CastError as error:
        raise bad_request(str(error), "cast", "invalid_cast") from None
    return ResolvedCast(checked, tuple(notes))


async def resolve_language_voices(
    service: Service, request_choice: ModelChoice
) -> tuple[dict[str, Speaker], tuple[str, ...]]:
    """Return the speakers of the setting `language_voices` by language, and notes on those that can't speak now.

    A voice without a model is one of the request's engine; engines without such a voice use their own.
    """
    found: dict[str, Speaker] = {}
    notes: list[str] = []
    for tag, model, voice in service.settings.voices_by_language:
        try:
            choice = await service.resolve_model("speech", model, tag) if model else request_choice
            resolved = await service.voices.resolve(choice, voice, fallback=False, language=tag)
        except (ApiError, ValueError, UnknownEngineError) as error:
            if model:
                notes.append(f"the server's voice for language '{tag}' can't speak: {error}")
            continue
        found[tag] = Speaker(engine=choice.spec.name, model=choice.model, voice=resolved.voice, language=tag)
    return found, tuple(notes)


async def _resolved(
    service: Service, member: CastSpeaker, folder: Path | None, ready: set[tuple[str, str]], notes: dict[str, None]
) -> CastSpeaker:
    """Return a speaker of a cast with its voice resolved, if its model is ready."""
    registry = service.runtime.registry
    spec = msgspec.structs.replace(member, voice=None).speaker().check(registry)
    choice = ModelChoice(spec, spec.model_for(member.model, member.language))
    if (spec.name, choice.model) not in ready:
        await asyncio.to_thread(check_ready, service.runtime, choice)
        ready.add((spec.name, choice.model))
    voice = member.voice
    if isinstance(voice, str) and not is_default_voice(voice):
        if folder is not None and Path(voice).suffix.lower() in _FILE_SUFFIXES:
            resolver = VoiceResolver.of(service.runtime, folder)
            voice = await asyncio.to_thread(resolver.voice, voice, spec)
        else:
            found = await service.voices.resolve(choice, voice, fallback=False, language=member.language)
            if found.remark:
                notes[f"{member.name or 'the narrator'}: {found.remark}"] = None
            voice = found.voice
    elif isinstance(voice, str):
        voice = None
    resolved = msgspec.structs.replace(member, engine=spec.name, voice=voice)
    notes |= dict.fromkeys(resolved.speaker().replacements(spec) + resolved.speaker().voice_notes(spec))
    return resolved


def _cast_error(cast: Cast, member: CastSpeaker, error: Exception) -> ApiError:
    label = f"'{member.name}'" if member.name else "the narrator"
    status = error.status if isinstance(error, ApiError) else 400
    code = error.code if isinstance(error, ApiError) else "invalid_cast"
    reason = "its voice file can't be read" if isinstance(error, OSError) else str(error)
    return ApiError(status, f"{cast.source}, {label}: {reason}", code=code, param="cast")
