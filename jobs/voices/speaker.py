"""Who speaks, and how: what turns a piece of text into a segment, the same in every face."""

from __future__ import annotations

import msgspec

from ...utils.streaming import NamedVoice, ParamValue, SourceSpan, StreamingSegment, TextPayload, TimeSlot, Voice
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry


class Speaker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voice with its settings. See StreamingSegment for the fields.

    An empty `engine` is the one that is preferred of those that are ready; None for `voice` is the language's own, or
    the engine's default.
    """

    engine: str = ""
    model: str = ""
    voice: Voice | None = None
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    params: dict[str, ParamValue] = {}

    def check(self, registry: EngineRegistry) -> EngineSpec:
        """Return the engine, if it can do what is asked for. UnknownEngineError or ValueError otherwise."""
        spec = registry.get(self.engine) if self.engine else registry.default("speech")
        if spec.task != "speech":
            raise ValueError(f"engine '{spec.name}' doesn't speak: it is for {spec.task}")
        if not spec.min_speed <= self.speed <= spec.max_speed:
            raise ValueError(
                f"speed {self.speed:g} is outside what engine '{spec.name}' does: "
                f"{spec.min_speed:g} to {spec.max_speed:g}"
            )
        spec.complete(self.params)
        if self.language is not None:
            registry.check_language(spec, self.language)
        return spec

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
        """Return the segment for a piece of text. Defaults are made explicit here, so that they reach the cache key."""
        voice = self.voice
        if voice is None and (name := spec.voice_for(self.language)):
            voice = NamedVoice(name)
        return StreamingSegment(
            index=index,
            payload=TextPayload(text),
            engine=spec.name,
            model=self.model or spec.default_model,
            voice=voice,
            language=self.language,
            speed=self.speed,
            seed=self.seed,
            params=self.params,
            pause_after_s=pause_after_s,
            slot=slot,
            source=source,
        )
