"""The voices of engines: listed once, looked up by what clients call them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from ...jobs.voices.library import PREFIX
from ...utils.streaming import MixedVoice, NamedVoice, Voice, VoiceInfo
from ...utils.streaming.contract.language_tags import normal_tag
from ...utils.streaming.contract.voice_syntax import parse_voice
from ...utils.streaming.runtime import Runtime
from ...utils.suggestions import did_you_mean
from .errors import ApiError, bad_request
from .model_choice import Choice, check_ready
from .reference_voices import References

_LONGEST_NAME = 1000


class Catalogue(msgspec.Struct, frozen=True):
    """An engine's voices, and every name that one of them may be called by, in lower case, with its own name."""

    voices: tuple[VoiceInfo, ...]
    names: dict[str, str]
    variants: frozenset[str]


class VoiceShelf:
    """Remembers each engine's voices until it is told to look again. Belongs to one event loop."""

    def __init__(self, runtime: Runtime, references: References) -> None:
        self._runtime = runtime
        self._references = references
        self._asked: dict[tuple[str, str], asyncio.Task[Catalogue]] = {}

    def refresh(self) -> None:
        """Look anew the next time."""
        self._asked.clear()

    async def of(self, choice: Choice) -> Catalogue:
        """Return an engine's voices; its worker is started for that. StreamingError or ApiError if it can't be."""
        key = choice.spec.name, choice.model
        asked = self._asked.get(key)
        if asked is None or (asked.done() and (asked.cancelled() or asked.exception() is not None)):
            asked = self._asked[key] = asyncio.create_task(self._ask(choice))
        # Who stops waiting doesn't take it from the others.
        return await asyncio.shield(asked)

    async def voice(self, choice: Choice, name: str, *, fallback: bool) -> tuple[Voice | None, str]:
        """Return the voice that a client means, None for the engine's default, and a remark if it meant another.

        ApiError 400 with near names for one that isn't there, unless `fallback` says to take the default.
        """
        if not name.strip() or name == "default":
            return None, ""
        if len(name) > _LONGEST_NAME:
            raise bad_request(f"a voice's name has at most {_LONGEST_NAME} characters", "voice")
        try:
            if name.startswith(PREFIX):
                return await asyncio.to_thread(self._references.voice, name, choice.spec), ""
            return _find(choice, await self.of(choice), name), ""
        except ApiError as error:
            if not fallback or error.status != 400:
                raise
            return None, error.message

    async def _ask(self, choice: Choice) -> Catalogue:
        await asyncio.to_thread(check_ready, self._runtime, choice)
        infos = await self._runtime.arun(self._runtime.voices(choice.spec.name, choice.model))
        return _catalogue(choice, infos)


def _catalogue(choice: Choice, infos: Sequence[VoiceInfo]) -> Catalogue:
    names: dict[str, str] = {}
    for info in infos:
        if info.kind == "voice":
            for tag in info.languages if not choice.spec.can("mix") else ():
                names.setdefault(normal_tag(tag), info.name)
    for alias, voice in choice.spec.voice_aliases.items():
        names[alias.lower()] = voice
    names |= {info.name.lower(): info.name for info in infos if info.kind == "voice"}
    variants = frozenset(info.name.lower() for info in infos if info.kind == "variant")
    return Catalogue(tuple(infos), names, variants)


def _find(choice: Choice, catalogue: Catalogue, name: str) -> Voice:
    try:
        voice = parse_voice(name, can_mix=choice.spec.can("mix"))
    except ValueError as error:
        raise bad_request(str(error), "voice") from None
    if isinstance(voice, MixedVoice):
        parts = tuple(msgspec.structs.replace(part, name=_named(choice, catalogue, part.name)) for part in voice.parts)
        return MixedVoice(parts)
    assert isinstance(voice, NamedVoice)
    base, plus, variant = voice.name.partition("+")
    if plus and catalogue.variants:
        if f"+{variant.lower()}" not in catalogue.variants:
            raise _unknown(choice, f"+{variant}", catalogue.variants)
        return NamedVoice(f"{_named(choice, catalogue, base)}+{variant}" if base else f"+{variant}")
    return NamedVoice(_named(choice, catalogue, voice.name))


def _named(choice: Choice, catalogue: Catalogue, name: str) -> str:
    found = catalogue.names.get(name.lower()) or catalogue.names.get(normal_tag(name))
    if found is None and catalogue.names:
        raise _unknown(choice, name, catalogue.names)
    return found or name


def _unknown(choice: Choice, name: str, names: Sequence[str] | frozenset[str] | dict[str, str]) -> ApiError:
    known = sorted(names)
    return bad_request(
        f"engine '{choice.spec.name}' has no voice '{name[:100]}'{did_you_mean(name, known)} "
        "(GET /v1/audio/voices lists them)",
        "voice",
        "unknown_voice",
    )


def row(choice: Choice, info: VoiceInfo) -> dict[str, object]:
    """Return a voice as clients get it. `id` and `name` are what goes into `voice`."""
    return {
        "id": info.name,
        "name": info.name,
        "title": info.title,
        "languages": list(info.languages),
        "gender": info.gender,
        "kind": info.kind,
        "model": choice.id,
    }


def reference_row(name: str, choice: Choice | None) -> dict[str, object]:
    """Return a recording as clients get it, for the engine that would imitate it, if there is one."""
    return {
        "id": PREFIX + name,
        "name": PREFIX + name,
        "title": name,
        "languages": [],
        "gender": "",
        "kind": "recording",
        "model": choice.id if choice is not None else None,
    }
