"""The voice catalog: lists each engine's voices once, and resolves the names that clients send."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from ...jobs.voices import UnknownVoiceError, VoiceNames
from ...jobs.voices.prepared_voice import SpeakerVoice
from ...jobs.voices.speaker import LIBRARY_PREFIX, is_default_voice
from ...utils.streaming import NamedVoice, VoiceInfo
from ...utils.streaming.runtime import Runtime
from .errors import ApiError, bad_request
from .model_choice import ModelChoice, check_ready
from .reference_voices import ReferenceVoices

_MAX_NAME_CHARS = 1000


class EngineVoices(NamedTuple):
    """An engine's voices, and the names that resolve to them."""

    voices: tuple[VoiceInfo, ...]
    names: VoiceNames


class VoiceCatalog:
    """Caches each engine's voices until `refresh`. Belongs to one event loop."""

    def __init__(self, runtime: Runtime, references: ReferenceVoices, default_voice: str = "") -> None:
        self._runtime = runtime
        self._default_voice = default_voice
        self._references = references
        self._requests: dict[tuple[str, str], asyncio.Task[EngineVoices]] = {}

    def refresh(self) -> None:
        """Clear the cache: engines are queried again when their voices are needed."""
        self._requests.clear()

    async def voices_of(self, choice: ModelChoice) -> EngineVoices:
        """Return an engine's voices; the first call starts its worker.

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
    ) -> tuple[SpeakerVoice | None, str, str]:
        """Resolve the name of a voice; no name means the server's default voice, if the engine has it.

        Returns:
            The voice (None for the engine's default, or that of the language), its name, and the reason if `fallback`
            replaced an unknown voice, else "".

        Raises:
            ApiError: 400 with similar names for an unknown voice, unless `fallback` is True.
        """
        if is_default_voice(name):
            return *await self._default(choice, language), ""
        try:
            return await self._named(choice, name), name, ""
        except ApiError as error:
            if not fallback or error.status != 400:
                raise
            return *await self._default(choice, language), error.message

    async def _default(self, choice: ModelChoice, language: str | None) -> tuple[SpeakerVoice | None, str]:
        """Return the server's default voice; None if there is none, or neither the engine nor the language has it."""
        name = self._default_voice
        is_recording = name.startswith(LIBRARY_PREFIX)
        if not name or not (choice.spec.can("reference") if is_recording else language is None):
            return None, ""
        try:
            return await self._named(choice, name), name
        except ApiError:
            return None, ""

    async def _named(self, choice: ModelChoice, name: str) -> SpeakerVoice | None:
        if len(name) > _MAX_NAME_CHARS:
            raise bad_request(f"the voice has {len(name)} characters; maximum {_MAX_NAME_CHARS}", "voice")
        if name.startswith(LIBRARY_PREFIX):
            return await asyncio.to_thread(self._references.voice, name, choice.spec)
        voice = self._find(choice, await self.voices_of(choice), name)
        spec = choice.spec
        needs_recording = spec.can("reference") and spec.reference_of(choice.model).recording == "required"
        if needs_recording and isinstance(voice, NamedVoice):
            raise bad_request(
                f"engine '{spec.name}' speaks in the voice of a recording, and '{name[:100]}' isn't one; use one "
                "that GET /v1/audio/voices lists as library:NAME",
                "voice",
                "unknown_voice",
            )
        return voice

    async def _list_voices(self, choice: ModelChoice) -> EngineVoices:
        await asyncio.to_thread(check_ready, self._runtime, choice)
        voices = await self._runtime.arun(self._runtime.voices(choice.spec.name, choice.model))
        return EngineVoices(tuple(voices), VoiceNames(choice.spec, voices))

    def _find(self, choice: ModelChoice, voices: EngineVoices, name: str) -> SpeakerVoice | None:
        try:
            return self._references.resolver.voice(name, choice.spec, voices.names)
        except UnknownVoiceError as error:
            message = f"{error} (GET /v1/audio/voices lists them)"
            raise bad_request(message, "voice", "unknown_voice") from None
        except ValueError as error:
            raise bad_request(str(error), "voice") from None


def voice_row(choice: ModelChoice, info: VoiceInfo) -> dict[str, object]:
    """Return a voice as the API lists it. `id` and `name` are values for the field `voice`."""
    return {
        "id": info.name,
        "name": info.name,
        "title": info.title,
        "languages": list(info.languages),
        "gender": info.gender,
        "kind": info.kind,
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
        "transcript": transcript,
        "model": choice.id if choice is not None else None,
    }
