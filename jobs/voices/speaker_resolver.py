"""Resolve the speaker of each part of a script: name, language and settings of its tags to an engine and a voice."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from ...text.script_types import EMOTION, Params
from ...text.sounds import canonical_names
from ...utils.streaming import NamedVoice, SourceSpan, StreamingSegment, TimeSlot
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.language_tags import best_tag
from ...utils.streaming.contract.registry import EngineRegistry
from .cast import Cast, CastSpeaker, as_narrator, check_gain
from .prepared_voice import log_once
from .speaker import Speaker, is_default_voice, parsed_voice

_MAX_CACHED = 4096


class ResolvedSpeaker(msgspec.Struct, frozen=True, kw_only=True):
    """A speaker that is checked, with its engine's spec.

    Attributes:
        name: The name in the cast; empty for the narrator.
        gain_db: The gain of the finished audio.
        notes: Notes for the report: why another speaker was chosen, and what the engine doesn't support.
        mood: The mood that a script sets; empty for none.
    """

    name: str
    speaker: Speaker
    spec: EngineSpec
    gain_db: float = 0.0
    notes: tuple[str, ...] = ()
    mood: str = ""

    @property
    def gain(self) -> float:
        """The gain as a factor."""
        return float(10 ** (self.gain_db / 20))

    @property
    def sample_rate(self) -> int:
        """The rate in Hz of what the engine speaks with the speaker's settings."""
        return self.spec.sample_rate_of(self.speaker.params)

    @property
    def model(self) -> str:
        """The model that speaks."""
        return self.spec.model_for(self.speaker.model, self.speaker.language)

    @property
    def performed(self) -> Mapping[str, str]:
        """The sounds and moods that the model performs, by their names in `text.sounds`, with the engine's names."""
        return canonical_names(self.spec.tags_of(self.model))

    def left_out(self, written: str) -> str:
        """Return the note on a sound or mood that the model doesn't perform."""
        model = f"model '{self.model}' of " if self.spec.models else ""
        return f"{written} is left out: {model}engine '{self.spec.name}' doesn't perform it"

    @property
    def tempo(self) -> float:
        """The factor on the tempo of the finished audio."""
        return self.speaker.tempo_on(self.spec)

    def segment(
        self,
        index: int,
        text: str,
        *,
        source: SourceSpan | None = None,
        slot: TimeSlot | None = None,
        pause_after_s: float = 0.0,
        is_awaited: bool = False,
    ) -> StreamingSegment:
        """Return the segment for a text, see `Speaker.segment`."""
        return self.speaker.segment(
            index, text, self.spec, source=source, slot=slot, pause_after_s=pause_after_s, is_awaited=is_awaited
        )


class SpeakerResolver:
    """Resolves speakers of a cast, which is checked and has a narrator. Results are cached.

    `narrator` is the resolved narrator, if it is already known. `language_voices` are the speakers of the narrator's
    text by language (BCP-47), checked; other languages are spoken with the narrator's engine, or by the cast's speaker.
    """

    def __init__(
        self,
        cast: Cast,
        registry: EngineRegistry,
        narrator: ResolvedSpeaker | None = None,
        language_voices: Mapping[str, CastSpeaker] | None = None,
    ) -> None:
        self.cast = cast
        self._registry = registry
        self._language_voices = language_voices or {}
        self._cached: dict[tuple[str | None, str | None, Params], ResolvedSpeaker] = {}
        self._voice_notes: dict[str, None] = {}
        self._left_out: dict[str, None] = {}
        self.narrator = narrator or self.resolve(None)
        self._note_voice(self.narrator)

    @property
    def voice_notes(self) -> tuple[str, ...]:
        """What users should know of the recordings of the speakers so far, each note once."""
        return tuple(self._voice_notes)

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
            self._note_voice(found)
        return found

    def languages_of(self, name: str | None) -> set[str]:
        """Return the languages (BCP-47) in which the text of a speaker can be spoken; the narrator's for None."""
        cast_speaker = self.cast.cast_speaker(name)
        spec = self._registry.get(cast_speaker.engine)
        languages = set(spec.facts(cast_speaker.model).languages if cast_speaker.model else spec.languages)
        if name is None:
            of_members = {member.language for member in self.cast.members if member.language}
            languages |= {*self._language_voices, *self.cast.languages, *of_members}
        return languages

    def engine_params(self, name: str | None) -> Collection[str]:
        """Return the settings that a speaker's engine has; the narrator's for None."""
        return self._registry.get(self.cast.cast_speaker(name).engine).params

    def leave_out(self, resolved: ResolvedSpeaker, written: str) -> str:
        """Record that a sound or mood is left out, and return the note on it."""
        note = resolved.left_out(written)
        self._left_out[note] = None
        return note

    @property
    def left_out(self) -> tuple[str, ...]:
        """The notes of `leave_out` so far, each once."""
        return tuple(self._left_out)

    @property
    def sounds(self) -> frozenset[str]:
        """The names of the sounds and moods that the engines of the cast perform, with any of their models."""
        cast_speakers = [*self.cast.members, *([self.cast.narrator] if self.cast.narrator else [])]
        specs = {cast_speaker.engine: self._registry.get(cast_speaker.engine) for cast_speaker in cast_speakers}
        specs[self.narrator.spec.name] = self.narrator.spec
        specs |= {speaker.engine: self._registry.get(speaker.engine) for speaker in self._language_voices.values()}
        return frozenset(
            name
            for spec in specs.values()
            for model in ("", *spec.models)
            for name in canonical_names(spec.tags_of(model))
        )

    def _note_voice(self, resolved: ResolvedSpeaker) -> None:
        notes = resolved.speaker.voice_notes(resolved.spec)
        log_once(notes)
        self._voice_notes |= dict.fromkeys(notes)

    def _resolve(self, name: str | None, language: str | None, params: Params) -> ResolvedSpeaker:
        cast_speaker = self.cast.cast_speaker(name)
        notes: list[str] = []
        shown = "" if name is None else cast_speaker.name
        if language is not None:
            cast_speaker, notes = self._in_language(cast_speaker, language, may_replace=name is None)
        settings = dict(params)
        gain_db = float(settings.pop("gain", cast_speaker.gain_db))
        check_gain(gain_db)
        has_emotion = EMOTION in self._registry.get(cast_speaker.engine).params
        mood = "" if has_emotion else str(settings.pop(EMOTION, ""))
        seed = settings.pop("seed", cast_speaker.seed)
        changed = msgspec.structs.replace(
            cast_speaker,
            speed=float(settings.pop("speed", cast_speaker.speed)),
            seed=seed if isinstance(seed, int) else None,
            params={**cast_speaker.params, **settings},
        )
        speaker = changed.speaker()
        spec = speaker.check(self._registry)
        speaker.voice_on(spec)
        notes += speaker.replacements(spec)
        resolved = ResolvedSpeaker(
            name=shown, speaker=speaker, spec=spec, gain_db=gain_db, notes=tuple(notes), mood=mood
        )
        if mood and mood not in resolved.performed:
            note = resolved.left_out(f"emotion '{mood}'")
            return msgspec.structs.replace(resolved, notes=(*resolved.notes, note))
        return resolved

    def _in_language(
        self, cast_speaker: CastSpeaker, language: str, *, may_replace: bool
    ) -> tuple[CastSpeaker, list[str]]:
        """Return a speaker in another language, with notes; for the narrator, maybe the cast's speaker for it."""
        tag = best_tag(language, self._language_voices) if may_replace else None
        if tag is not None:
            return msgspec.structs.replace(self._language_voices[tag], language=language), []
        spec = self._registry.get(cast_speaker.engine)
        try:
            self._registry.check_language(spec, language, cast_speaker.model)
        except ValueError:
            other = self.cast.for_language(language) if may_replace else None
            if other is None:
                raise
            who = f"model '{cast_speaker.model}'" if cast_speaker.model else f"engine '{spec.name}'"
            note = f"{who} doesn't have language '{language}'; {other.name} speaks it"
            return msgspec.structs.replace(other, language=other.language or language), [note]
        voice = cast_speaker.voice
        if isinstance(voice, NamedVoice):
            kept = spec.language_independent_part(voice.name)
            voice = NamedVoice(kept) if kept else None
        return msgspec.structs.replace(cast_speaker, language=language, voice=voice), []


def resolve_speakers(
    speaker: Speaker,
    registry: EngineRegistry,
    cast: Cast | None = None,
    language_voices: Mapping[str, Speaker] | None = None,
) -> SpeakerResolver:
    """Return the resolver for a job: the cast's speakers, with `speaker` as the fallback if it has no narrator.

    Without a cast only `speaker` is checked. `low_latency` of the speaker holds for the whole cast. `language_voices`
    are resolved speakers, see SpeakerResolver. CastError or ValueError for a setting that an engine doesn't support.
    """
    voices = {tag: as_narrator(one) for tag, one in (language_voices or {}).items()}
    if cast is not None and speaker.low_latency:
        cast = cast.with_low_latency()
    if cast is not None and cast.narrator is not None:
        return SpeakerResolver(cast.check(registry), registry, None, voices)
    spec = speaker.check(registry)
    voice = speaker.voice
    if isinstance(voice, str):
        voice = None if is_default_voice(voice) else parsed_voice(voice, spec)
    speaker = msgspec.structs.replace(speaker, engine=spec.name, voice=voice)
    speaker.voice_on(spec)
    narrator = ResolvedSpeaker(name="", speaker=speaker, spec=spec, notes=speaker.replacements(spec))
    whole = (cast or Cast()).with_narrator(as_narrator(speaker))
    return SpeakerResolver(whole.check(registry) if cast is not None else whole, registry, narrator, voices)
