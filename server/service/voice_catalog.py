"""The voice catalog: lists each engine's voices once, and resolves the names that clients send."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from ...jobs.voices import UnknownVoiceError, VoiceNames
from ...jobs.voices.prepared_voice import SpeakerVoice
from ...jobs.voices.speaker import LIBRARY_PREFIX, is_default_voice
from ...jobs.voices.voice_names import OPENAI_VOICES
from ...utils.names import name_key
from ...utils.streaming import VoiceInfo
from ...utils.streaming.contract.voice_files import declared_voice_names, describe_voice_files
from ...utils.streaming.contract.voice_syntax import parse_voice, voice_text
from ...utils.streaming.runtime import Runtime
from .errors import ApiError, bad_request
from .model_choice import ModelChoice, check_ready
from .reference_voices import ReferenceVoices

_MAX_NAME_CHARS = 1000


class EngineVoices(NamedTuple):
    """An engine's voices, and the names that resolve to them."""

    voices: tuple[VoiceInfo, ...]
    names: VoiceNames


class ResolvedVoice(NamedTuple):
    """The voice of a request.

    `voice` is None for the engine's default, or that of the language. `name` is that of the voice that speaks; empty if
    only the engine knows. `remark` is the reason if another voice than the requested one speaks, or ''.
    """

    voice: SpeakerVoice | None
    name: str
    remark: str = ""


class VoiceCatalog:
    """Caches each engine's voices until `refresh`. Belongs to one event loop."""

    def __init__(self, runtime: Runtime, references: ReferenceVoices, default_voice: str = "") -> None:
        self._runtime = runtime
        self._default_voice = default_voice
        self._references = references
        self._requests: dict[tuple[str, str], asyncio.Task[EngineVoices]] = {}

    def refresh(self) -> None:
        """Clear the cache: voices are listed again when they are needed."""
        self._requests.clear()

    async def voices_of(self, choice: ModelChoice) -> EngineVoices:
        """Return an engine's installed voices.

        Voices that are files are listed without a worker. For other engines, the first call starts one.

        Raises:
            ApiError: The engine isn't ready.
            StreamingError: Its worker fails, or can't start.
        """
        key = choice.spec.name, choice.model
        request = self._requests.get(key)
        if request is None or (request.done() and (request.cancelled() or request.exception() is not None)):
            request = self._requests[key] = asyncio.create_task(self._list_voices(choice))
        # Shielded: a cancelled caller must not cancel the request that others share.
        return await asyncio.shield(request)

    async def resolve(
        self, choice: ModelChoice, name: str, *, fallback: bool, language: str | None = None
    ) -> ResolvedVoice:
        """Resolve the name of a voice; no name means the server's default voice, if the engine has it.

        With `fallback`, the default voice also replaces an unknown one.

        Raises:
            ApiError: 400 with similar names for an unknown voice, unless `fallback` is True.
        """
        if is_default_voice(name):
            return await self._default(choice, language)
        try:
            return await self._named(choice, name, language)
        except ApiError as error:
            if not fallback or error.status != 400:
                raise
            return (await self._default(choice, language))._replace(remark=error.message)

    async def _default(self, choice: ModelChoice, language: str | None) -> ResolvedVoice:
        """Return the server's default voice, or the engine's if the engine or the language doesn't have that one."""
        name = self._default_voice
        is_recording = name.startswith(LIBRARY_PREFIX)
        if name and (choice.spec.can("reference") if is_recording else language is None):
            try:
                return await self._named(choice, name, language)
            except ApiError:
                pass
        if _needs_recording(choice):
            return ResolvedVoice(None, "")
        found = (await self.voices_of(choice)).names.default(language)
        if found is None:
            return ResolvedVoice(None, choice.spec.voice_for(language))
        return ResolvedVoice(found.voice if found.remark else None, voice_text(found.voice), found.remark)

    async def _named(self, choice: ModelChoice, name: str, language: str | None) -> ResolvedVoice:
        if len(name) > _MAX_NAME_CHARS:
            raise bad_request(f"the voice has {len(name)} characters; maximum {_MAX_NAME_CHARS}", "voice")
        spec = choice.spec
        if name.lower().startswith(LIBRARY_PREFIX):
            return await self._recording(choice, name[len(LIBRARY_PREFIX) :])
        voices = await self.voices_of(choice)
        if not voices.voices and name_key(name) in OPENAI_VOICES and name_key(name) not in spec.voice_aliases:
            replacement = await self._replacement(name_key(name)) if spec.can("reference") else ""
            if replacement:
                remark = f"engine '{spec.name}' has no voice '{name}'; '{LIBRARY_PREFIX}{replacement}' speaks instead"
                is_namesake = name_key(replacement) == name_key(name)
                return (await self._recording(choice, replacement))._replace(remark="" if is_namesake else remark)
            if not _needs_recording(choice):
                return await self._default(choice, language)
        try:
            found = voices.names.resolve(parse_voice(name, can_mix=spec.can("mix")), language)
        except UnknownVoiceError as error:
            message = f"{error} (GET /v1/audio/voices lists them)"
            raise bad_request(message, "voice", "unknown_voice") from None
        except ValueError as error:
            raise bad_request(str(error), "voice") from None
        if _needs_recording(choice):
            raise bad_request(
                f"engine '{spec.name}' speaks in the voice of a recording, and '{name[:100]}' isn't one; use one "
                "that GET /v1/audio/voices lists as library:NAME",
                "voice",
                "unknown_voice",
            )
        shown = voice_text(found.voice)
        if spec.variant_mark and shown.startswith(spec.variant_mark):
            default = voices.names.default(language)
            shown = (voice_text(default.voice) if default is not None else "") + shown
        return ResolvedVoice(found.voice, shown, found.remark)

    async def _recording(self, choice: ModelChoice, name: str) -> ResolvedVoice:
        voice, exact_name = await asyncio.to_thread(self._references.voice, name, choice.spec)
        return ResolvedVoice(voice, LIBRARY_PREFIX + exact_name)

    async def _replacement(self, alias: str) -> str:
        """Return the recording that speaks for one of OpenAI's names, without the prefix; '' if there is none.

        It is the one of that name, else the server's default voice, else one of the library.
        """
        names = await asyncio.to_thread(self._references.names)
        namesake = next((name for name in names if name_key(name) == alias), "")
        if namesake or not names:
            return namesake
        if self._default_voice.startswith(LIBRARY_PREFIX):
            return self._default_voice.removeprefix(LIBRARY_PREFIX)
        return names[list(OPENAI_VOICES).index(alias) % len(names)]

    async def _list_voices(self, choice: ModelChoice) -> EngineVoices:
        await asyncio.to_thread(check_ready, self._runtime, choice)
        spec, model = choice.spec, choice.model
        voices: list[VoiceInfo] = []
        if declared_voice_names(spec, model):
            files = await asyncio.to_thread(self._runtime.store.find, spec, model or spec.default_model)
            voices = describe_voice_files(spec, model, files.voices)
        elif not _needs_recording(choice):
            voices = list(await self._runtime.arun(self._runtime.voices(spec.name, model)))
        return EngineVoices(tuple(voices), VoiceNames(spec, voices, model))


def _needs_recording(choice: ModelChoice) -> bool:
    spec = choice.spec
    return spec.can("reference") and spec.reference_of(choice.model).recording == "required"


def voice_rows(choice: ModelChoice, voices: EngineVoices) -> list[dict[str, object]]:
    """Return an engine's voices as the API lists them. `id`, `name` and `aliases` are values for the field `voice`."""
    aliases = voices.names.aliases()
    return [_voice_row(choice, info, aliases.get(info.name, [])) for info in voices.voices]


def _voice_row(choice: ModelChoice, info: VoiceInfo, aliases: list[str]) -> dict[str, object]:
    return {
        "id": info.name,
        "name": info.name,
        "title": info.title,
        "languages": list(info.languages),
        "gender": info.gender,
        "kind": info.kind,
        "aliases": aliases,
        "model": choice.id,
    }


def reference_row(name: str, transcript: str | None, choice: ModelChoice | None) -> dict[str, object]:
    """Return a recording as the API lists it, with its transcript and the engine that can clone it, if any."""
    return {
        "id": LIBRARY_PREFIX + name,
        "name": LIBRARY_PREFIX + name,
        "title": name,
        "languages": [],
        "gender": "",
        "kind": "recording",
        "aliases": [],
        "transcript": transcript,
        "model": choice.id if choice is not None else None,
    }
