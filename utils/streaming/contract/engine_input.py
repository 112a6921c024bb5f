"""A segment as its engine gets it: complete, checked, and without anything that the engine doesn't use."""

from __future__ import annotations

import msgspec

from .engine_spec import EngineSpec
from .segment import StreamingSegment
from .voice import ReferenceVoice


def engine_input(segment: StreamingSegment, spec: EngineSpec) -> StreamingSegment:
    """Return a segment with its model and all settings, and without what its engine doesn't declare to use.

    Every segment passes here before it reaches a cache or a worker. Two segments with the same result have the same
    cache key, apart from the case of their languages and where their audio goes.

    ValueError if the engine or the model can't do what the segment asks for: an unknown setting, a language that the
    model doesn't have, a speed.
    """
    spec.check_speed(segment.speed)
    # An engine that declares no models takes the name of any folder.
    model = spec.model_for(segment.model if spec.models else "", segment.language)
    voice = segment.voice
    if isinstance(voice, ReferenceVoice) and not spec.takes_transcript(model):
        voice = msgspec.structs.replace(voice, transcript=None)
    return msgspec.structs.replace(
        segment,
        model=model if spec.models else segment.model or model,
        voice=voice,
        seed=segment.seed if spec.can("seed") or segment.seed is None else 0,
        params=spec.complete(segment.params),
        context=segment.context if spec.can("context") else None,
    )
