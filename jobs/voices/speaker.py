"""A speaker: an engine, a voice and settings, which turn text into segments the same way in every interface."""

from __future__ import annotations

import msgspec

from ...media.audio.tempo import MAX_TEMPO, MIN_TEMPO
from ...utils.streaming import (
    NamedVoice,
    ParamValue,
    ReferenceVoice,
    SourceSpan,
    StreamingSegment,
    TensorVoice,
    TextPayload,
    TimeSlot,
    Voice,
)
from ...utils.streaming.contract.engine_spec import EngineSpec, ReferencePolicy
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.contract.voice_syntax import parse_voice, voice_text
from .prepared_voice import PreparedVoice, ReferenceClip, SpeakerVoice

LIBRARY_PREFIX = "library:"
"""The prefix of a voice that is a recording of the voice library."""
MAX_SEED = (1 << 63) - 1
AUTO_LANGUAGE = "auto"
"""The language of a request that asks for that of each sentence. No speaker has it: see `jobs.speak.speak`."""
DEFAULT_VOICE = "default"
"""The text that means the same as no voice."""


class Speaker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voice with its settings.

    Attributes:
        engine: The engine's name; empty for the preferred ready engine, of those that have the language.
        model: One of the engine's models; empty for its default one, or the first one that has the language.
        voice: The text of a voice (a name, a mix, `library:NAME`, a file) or a resolved voice; None for the voice of
            the language, or the engine's default. `VoiceResolver.speaker` resolves a text, and prepares a recording.
        language: A BCP-47 tag; None for the voice's own language.
        speed: A factor; 1.0 is the voice's own speed. For an engine without speed control, the tempo of the finished
            audio is changed.
        seed: Makes an engine with randomness repeatable; None for a random one, which never uses the cache.
        params: The engine's own settings, as its engine.toml declares them.
        low_latency: Whether the first audio should come soon, by the settings that the engine has for that. `params`
            take precedence.
    """

    engine: str = ""
    model: str = ""
    voice: str | SpeakerVoice | None = None
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}
    low_latency: bool = False

    @property
    def voice_text(self) -> str:
        """The voice as users write it; empty for the default."""
        if self.voice is None or isinstance(self.voice, str):
            return self.voice or ""
        return self.voice.name if isinstance(self.voice, PreparedVoice) else voice_text(self.voice)

    def check(self, registry: EngineRegistry) -> EngineSpec:
        """Return the engine's spec if the engine supports the speaker's settings.

        Raises:
            UnknownEngineError: There is no such engine, or none is ready.
            ValueError: The engine isn't for speech, or doesn't have the model, the speed, a parameter or the
                language.
            LicenseError: The settings ask for commercial use, which the license of the model forbids.
        """
        # A voice is one of the preferred engine's, whatever the language.
        language = self.language if is_default_voice(self.voice_text) else None
        spec = registry.get(self.engine) if self.engine else registry.default("speech", self.model, language)
        if spec.task != "speech":
            speech = ", ".join(sorted(other.name for other in registry.specs.values() if other.task == "speech"))
            raise ValueError(f"engine '{spec.name}' doesn't speak: it is for {spec.task}; speech engines: {speech}")
        registry.check_language(spec, self.language, self.model)
        registry.check_license(spec, spec.model_for(self.model, self.language))
        if spec.can("speed"):
            spec.check_speed(self.speed)
        elif not MIN_TEMPO <= self.speed <= MAX_TEMPO:
            raise ValueError(
                f"speed {self.speed:g} is out of range for engine '{spec.name}', which has no speed control: "
                f"a tempo change must be between {MIN_TEMPO:g} and {MAX_TEMPO:g}"
            )
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed {self.seed} is out of range: must be between 0 and {MAX_SEED}")
        spec.complete(self.params)
        return spec

    def replacements(self, spec: EngineSpec) -> tuple[str, ...]:
        """Return notes on the settings that the engine doesn't support, and what happens instead."""
        notes = []
        if self.speed != 1 and not spec.can("speed"):
            notes.append(f"speed {self.speed:g} by tempo change: engine '{spec.name}' has no speed control")
        if self.seed and not spec.can("seed"):
            notes.append(f"seed {self.seed} has no effect: engine '{spec.name}' has no seed")
        return tuple(notes)

    def voice_on(self, spec: EngineSpec) -> Voice | None:
        """Return the voice that the engine speaks with; None leaves it to the engine.

        ValueError for a text that can't be read, or that only a VoiceResolver can resolve; for a recording that the
        model can't use; and for a model that needs a recording, if there is none.
        """
        voice = self.voice
        if isinstance(voice, PreparedVoice):
            return self._clip(voice, spec).voice
        if isinstance(voice, str):
            voice = None if is_default_voice(voice) else parsed_voice(voice, spec)
        has_recording = isinstance(voice, (ReferenceVoice, TensorVoice))
        if spec.can("reference") and not has_recording and self._policy(spec).recording == "required":
            needs = f"'{voice.name}' isn't one; give" if isinstance(voice, NamedVoice) else "needs one:"
            raise ValueError(
                f"engine '{spec.name}' speaks in the voice of a recording, and {needs} a file (--voice alice.wav), "
                "a voice of your library (--voice library:alice), or a 'Voice from audio' node"
            )
        if voice is None and (name := spec.voice_for(self.language)):
            return NamedVoice(name)
        return voice

    def with_clip(self, spec: EngineSpec) -> Speaker:
        """Return the speaker with the clip that the engine gets in place of the recording: what decides the audio."""
        if not isinstance(self.voice, PreparedVoice):
            return self
        return msgspec.structs.replace(self, voice=self._clip(self.voice, spec).voice)

    def voice_notes(self, spec: EngineSpec) -> tuple[str, ...]:
        """Return what users should know of the recording that the engine imitates."""
        if not isinstance(self.voice, PreparedVoice):
            return ()
        about_language = self.voice.language_note(self.language)
        notes = self._clip(self.voice, spec).notes
        return (*notes, about_language) if about_language else notes

    def _clip(self, voice: PreparedVoice, spec: EngineSpec) -> ReferenceClip:
        return voice.clip(spec, self._policy(spec))

    def _policy(self, spec: EngineSpec) -> ReferencePolicy:
        return spec.reference_of(spec.model_for(self.model, self.language))

    def tempo_on(self, spec: EngineSpec) -> float:
        """Return the factor on the tempo of the finished audio: the speed, for an engine without speed control."""
        return 1.0 if spec.can("speed") else self.speed

    def segment(
        self,
        index: int,
        text: str,
        spec: EngineSpec,
        *,
        source: SourceSpan | None = None,
        slot: TimeSlot | None = None,
        pause_after_s: float = 0.0,
        is_awaited: bool = False,
    ) -> StreamingSegment:
        """Return the segment for a text. Defaults become explicit here, so that they are part of the cache key.

        `is_awaited`: a listener has nothing else to hear until its audio comes, as at the start of a job.

        ValueError if the model doesn't have the language.
        """
        tempo = self.tempo_on(spec)
        is_early = self.low_latency and (is_awaited or spec.low_latency_segments == "all")
        return StreamingSegment(
            index=index,
            payload=TextPayload(text),
            engine=spec.name,
            model=spec.model_for(self.model, self.language),
            voice=self.voice_on(spec),
            language=self.language,
            speed=self.speed / tempo,
            seed=self.seed,
            params={**spec.low_latency, **self.params} if is_early else self.params,
            tempo=tempo,
            pause_after_s=pause_after_s,
            slot=slot,
            source=source,
        )


def is_default_voice(text: str) -> bool:
    """Return whether the text of a voice means the default one."""
    return text.strip() in ("", DEFAULT_VOICE)


def parsed_voice(text: str, spec: EngineSpec) -> Voice:
    """Return the named voice or the mix that a text means for an engine. ValueError if it can't be read."""
    if text.startswith(LIBRARY_PREFIX):
        raise ValueError(f"voice '{text}' is not resolved: pass the speaker to VoiceResolver.speaker first")
    return parse_voice(text, can_mix=spec.can("mix"))
