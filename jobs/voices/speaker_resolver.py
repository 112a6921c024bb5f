"""Resolve the speaker of each part of a script: name, language and settings of its tags to an engine and a voice."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from ...text.script_types import Params
from ...utils.streaming import NamedVoice, SourceSpan, StreamingSegment, TimeSlot
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.language_tags import best_tag
from ...utils.streaming.contract.registry import EngineRegistry
from .cast import Cast, CastSpeaker, as_narrator, check_gain
from .speaker import Speaker, is_default_voice, parsed_voice

_MAX_CACHED = 4096


class ResolvedSpeaker(msgspec.Struct, frozen=True, kw_only=True):
    """A speaker that is checked, with its engine's spec.

    Attributes:
        name: The name in the cast; empty for the narrator.
        gain_db: The gain of the finished audio.
        note: A note for the report: why another speaker than expected was chosen.
    """

    name: str
    speaker: Speaker
    spec: EngineSpec
    gain_db: float = 0.0
    note: str = ""

    @property
    def gain(self) -> float:
        """The gain as a factor."""
        return float(10 ** (self.gain_db / 20))

    def segment(
        self,
        index: int,
        text: str,
        *,
        source: SourceSpan | None = None,
        slot: TimeSlot | None = None,
        pause_after_s: float = 0.0,
    ) -> StreamingSegment:
        """Return the segment for a text, see `Speaker.segment`."""
        return self.speaker.segment(index, text, self.spec, source=source, slot=slot, pause_after_s=pause_after_s)


class SpeakerResolver:
    """Resolves speakers of a cast, which is checked and has a narrator. Results are cached.

    `narrator` is the resolved narrator, if it is already known.
    """

    def __init__(self, cast: Cast, registry: EngineRegistry, narrator: ResolvedSpeaker | None = None) -> None:
        self.cast = cast
        self._registry = registry
        self._cached: dict[tuple[str | None, str | None, Params], ResolvedSpeaker] = {}
        self.narrator = narrator or self.resolve(None)

    def resolve(self, name: str | None, language: str | None = None, params: Params = ()) -> ResolvedSpeaker:
        """Return the speaker of that name, the narrator for None, in a language and with the settings of a tag.

        Raises:
            CastError: There is no speaker of that name.
            ValueError: The engine doesn't have the language or a setting.
        """
        key = (name, language, params)
        found = self._cached.get(key)
        if found is None:
            if len(self._cached) >= _MAX_CACHED:
                self._cached.clear()
            found = self._cached[key] = self._resolve(name, language, params)
        return found

    def engine_params(self, name: str | None) -> Collection[str]:
        """Return the settings that a speaker's engine has; the narrator's for None."""
        return self._registry.get(self.cast.cast_speaker(name).engine).params

    def _resolve(self, name: str | None, language: str | None, params: Params) -> ResolvedSpeaker:
        cast_speaker, note = self.cast.cast_speaker(name), ""
        shown = "" if name is None else cast_speaker.name
        if language is not None:
            cast_speaker, note = self._in_language(cast_speaker, language, may_replace=name is None)
        settings = dict(params)
        gain_db = float(settings.pop("gain", cast_speaker.gain_db))
        check_gain(gain_db)
        seed = settings.pop("seed", cast_speaker.seed)
        changed = msgspec.structs.replace(
            cast_speaker,
            speed=float(settings.pop("speed", cast_speaker.speed)),
            seed=seed if isinstance(seed, int) else None,
            params={**cast_speaker.params, **settings},
        )
        speaker = changed.speaker()
        spec = speaker.check(self._registry)
        return ResolvedSpeaker(name=shown, speaker=speaker, spec=spec, gain_db=gain_db, note=note)

    def _in_language(self, cast_speaker: CastSpeaker, language: str, *, may_replace: bool) -> tuple[CastSpeaker, str]:
        """Return a speaker in another language, with a note; for the narrator, maybe the cast's speaker for it."""
        spec = self._registry.get(cast_speaker.engine)
        if not spec.languages or best_tag(language, spec.languages) is not None:
            voice = cast_speaker.voice
            if isinstance(voice, NamedVoice):
                kept = spec.language_independent_part(voice.name)
                voice = NamedVoice(kept) if kept else None
            return msgspec.structs.replace(cast_speaker, language=language, voice=voice), ""
        other = self.cast.for_language(language) if may_replace else None
        if other is None:
            self._registry.check_language(spec, language)
        assert other is not None, "the check has raised"
        note = f"engine '{spec.name}' doesn't have language '{language}'; {other.name} speaks it"
        return msgspec.structs.replace(other, language=other.language or language), note


def resolve_speakers(speaker: Speaker, registry: EngineRegistry, cast: Cast | None = None) -> SpeakerResolver:
    """Return the resolver for a job: the cast's speakers, with `speaker` as the fallback if it has no narrator.

    Without a cast only `speaker` is checked. CastError or ValueError for a setting that an engine doesn't support.
    """
    if cast is not None and cast.narrator is not None:
        return SpeakerResolver(cast.check(registry), registry)
    spec = speaker.check(registry)
    voice = speaker.voice
    if isinstance(voice, str):
        voice = None if is_default_voice(voice) else parsed_voice(voice, spec)
    speaker = msgspec.structs.replace(speaker, engine=spec.name, voice=voice)
    narrator = ResolvedSpeaker(name="", speaker=speaker, spec=spec)
    whole = (cast or Cast()).with_narrator(as_narrator(speaker))
    return SpeakerResolver(whole.check(registry) if cast is not None else whole, registry, narrator)
