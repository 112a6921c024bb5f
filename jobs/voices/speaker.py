"""A speaker: an engine, a voice and settings, which turn text into segments the same way in every interface."""

from __future__ import annotations

import msgspec

from ...utils.streaming import NamedVoice, ParamValue, SourceSpan, StreamingSegment, TextPayload, TimeSlot, Voice
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.contract.voice_syntax import parse_voice, voice_text

LIBRARY_PREFIX = "library:"
"""The prefix of a voice that is a recording of the voice library."""
MAX_SEED = (1 << 63) - 1
DEFAULT_VOICE = "default"
"""The text that means the same as no voice."""


class Speaker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voice with its settings.

    Attributes:
        engine: The engine's name; empty for the preferred ready engine.
        model: One of the engine's models; empty for its default.
        voice: The text of a voice (a name, a mix, `library:NAME`, a file) or a resolved voice; None for the voice of
            the language, or the engine's default. `VoiceResolver.speaker` resolves a text.
        language: A BCP-47 tag; None for the voice's own language.
        speed: A factor; 1.0 is the voice's own speed.
        seed: Makes an engine with randomness repeatable; None for a random one, which never uses the cache.
        params: The engine's own settings, as its engine.toml declares them.
    """

    engine: str = ""
    model: str = ""
    voice: str | Voice | None = None
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}

    @property
    def voice_text(self) -> str:
        """The voice as users write it; empty for the default."""
        if self.voice is None or isinstance(self.voice, str):
            return self.voice or ""
        return voice_text(self.voice)

    def check(self, registry: EngineRegistry) -> EngineSpec:
        """Return the engine's spec if the engine supports the speaker's settings.

        Raises:
            UnknownEngineError: There is no such engine, or none is ready.
            ValueError: The engine isn't for speech, or doesn't have the model, the speed, a parameter or the
                language.
        """
        spec = registry.get(self.engine) if self.engine else registry.default("speech")
        if spec.task != "speech":
            speech = ", ".join(sorted(other.name for other in registry.specs.values() if other.task == "speech"))
            raise ValueError(f"engine '{spec.name}' doesn't speak: it is for {spec.task}; speech engines: {speech}")
        spec.model_of(self.model)
        if not spec.can("speed") and self.speed != 1:
            raise ValueError(f"engine '{spec.name}' has no speed control; leave speed at 1.0")
        if not spec.min_speed <= self.speed <= spec.max_speed:
            raise ValueError(
                f"speed {self.speed:g} is out of range for engine '{spec.name}': "
                f"must be between {spec.min_speed:g} and {spec.max_speed:g}"
            )
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"seed {self.seed} is out of range: must be between 0 and {MAX_SEED}")
        spec.complete(self.params)
        if self.language is not None:
            registry.check_language(spec, self.language)
        return spec

    def voice_on(self, spec: EngineSpec) -> Voice | None:
        """Return the voice that the engine speaks with; None leaves it to the engine.

        ValueError for a text that can't be read, or that only a VoiceResolver can resolve.
        """
        voice = self.voice
        if isinstance(voice, str):
            voice = None if is_default_voice(voice) else parsed_voice(voice, spec)
        if voice is None and (name := spec.voice_for(self.language)):
            return NamedVoice(name)
        return voice

    def segment(
        self,
        index: int,
        text: str,
        spec: EngineSpec,
        *,
        source: SourceSpan | None = None,
        slot: TimeSlot | None = None,
        pause_after_s: float = 0.0,
    ) -> StreamingSegment:
        """Return the segment for a text. Defaults become explicit here, so that they are part of the cache key."""
        return StreamingSegment(
            index=index,
            payload=TextPayload(text),
            engine=spec.name,
            model=spec.model_of(self.model),
            voice=self.voice_on(spec),
            language=self.language,
            speed=self.speed,
            seed=self.seed,
            params=self.params,
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
