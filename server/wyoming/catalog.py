"""The installed voices and models for Wyoming's clients, and which of them a request means."""

from __future__ import annotations

import asyncio
import logging
import time

from wyoming.info import Info

from ...jobs.voices.speaker import LIBRARY_PREFIX
from ...utils.names import name_key
from ...utils.streaming import VoiceInfo
from ..service.errors import as_api_error, bad_request
from ..service.log import LOG
from ..service.model_choice import ModelChoice, ready_choices
from ..service.service import Service
from ..service.speech_request import SpeechRequest
from .programs import info_of, needs_recording, voices_of_engine
from .requests import VoiceRequest

_log = logging.getLogger(LOG)
_MAX_AGE_S = 10.0
"""How old a list may be: it is made again for the next `describe` after that."""


class Catalog:
    """The voices and models of a server. Belongs to one event loop."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listing: asyncio.Task[Info] | None = None
        self._listed = 0.0

    async def info(self) -> Info:
        """Return the installed voices and models. The first call may start workers, to ask for their voices."""
        failed = self._listing is not None and self._listing.done() and self._listing.exception() is not None
        if self._listing is None or failed or time.monotonic() - self._listed > _MAX_AGE_S:
            self._listed = time.monotonic()
            self._listing = asyncio.create_task(self._list())
        # Shielded: a client that goes must not cancel what others wait for.
        return await asyncio.shield(self._listing)

    async def close(self) -> None:
        """Stop listing."""
        if self._listing is not None:
            self._listing.cancel()
            await asyncio.gather(self._listing, return_exceptions=True)

    async def speech_request(self, voice: VoiceRequest | None) -> SpeechRequest:
        """Return the model and the voice of a request: those of its name, else the best ones for its language.

        Raises:
            ApiError: No voice has that name or language.
        """
        voice = voice or VoiceRequest()
        if voice.name:
            return await self._named(voice.name, voice.speaker, voice.language)
        if not voice.language:
            return SpeechRequest()
        for choice in await self._choices("speech"):
            if self._speaks_unnamed(choice) and choice.spec.has_language(choice.model, voice.language):
                speaker = _with_speaker(choice, "", voice.speaker)
                return SpeechRequest(model=choice.id, voice=speaker, language=voice.language)
        raise bad_request(
            f"no installed engine speaks language '{voice.language[:40]}'; the reply to 'describe' lists the languages",
            "language",
            "unknown_language",
        )

    async def _named(self, name: str, speaker: str | None, language: str | None) -> SpeechRequest:
        engine, _, voice = name.partition("/")
        specs = self._service.runtime.registry.specs
        if engine in specs and specs[engine].task == "speech":
            choice = ModelChoice(specs[engine])
        else:
            choice, voice = await self._engine_of(name), name
        voice = _with_speaker(choice, voice, speaker)
        # The name of a voice takes precedence over the language, which only a recording leaves open.
        is_recording = voice.startswith(LIBRARY_PREFIX)
        return SpeechRequest(model=choice.id, voice=voice, language=(language or "") if is_recording else "")

    async def _engine_of(self, voice: str) -> ModelChoice:
        """Return the first engine that has a voice of this name, else the default one, which knows further names."""
        choices = await self._default_choices()
        for choice in choices:
            if any(name_key(info.name) == name_key(voice) for info in await self._voices_of(choice)):
                return choice
        return await self._service.resolve_model("speech", "")

    def _speaks_unnamed(self, choice: ModelChoice) -> bool:
        """Whether an engine speaks if no voice is named."""
        return self._service.settings.default_voice.startswith(LIBRARY_PREFIX) or not needs_recording(choice)

    async def _choices(self, task: str) -> list[ModelChoice]:
        choices = await asyncio.to_thread(ready_choices, self._service.runtime)
        return [choice for choice in choices if choice.spec.task == task]

    async def _default_choices(self) -> list[ModelChoice]:
        """Return one installed model of each engine that speaks: its default one, if that is installed."""
        first: dict[str, ModelChoice] = {}
        for choice in await self._choices("speech"):
            first.setdefault(choice.spec.name, choice)
        return list(first.values())

    async def _voices_of(self, choice: ModelChoice) -> list[VoiceInfo]:
        """Return the voices of an engine that has some of its own."""
        if needs_recording(choice):
            return []
        try:
            return [info for info in (await self._service.voices.voices_of(choice)).voices if info.kind == "voice"]
        except Exception as error:  # noqa: BLE001  one engine that fails must not hide the others
            _log.warning("Wyoming: engine '%s' is not listed: %s", choice.spec.name, as_api_error(error).message)
            return []

    async def _list(self) -> Info:
        recordings = await asyncio.to_thread(self._service.references.transcripts)
        choices = await self._default_choices()
        infos = await asyncio.gather(*map(self._voices_of, choices))
        voices = [
            voice
            for choice, of_engine in zip(choices, infos, strict=True)
            for voice in voices_of_engine(choice, of_engine, recordings)
        ]
        return info_of(voices, await self._choices("recognition"))


def _with_speaker(choice: ModelChoice, voice: str, speaker: str | None) -> str:
    """Return the name of a voice for one of its speakers: a variant, or if there is no voice, one by itself.

    Raises:
        ApiError: The engine's voices have no speakers.
    """
    mark = choice.spec.variant_mark
    if not speaker:
        return voice
    if mark:
        return f"{voice}{mark}{speaker.removeprefix(mark)}"
    if voice:
        raise bad_request(f"voice '{voice[:100]}' has no speakers; leave out 'speaker'", "speaker")
    return speaker
