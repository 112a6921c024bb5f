"""Who listens, and how: what turns audio into a segment to recognise, the same in every face."""

from __future__ import annotations

import msgspec

from ...utils.streaming import ParamValue, Payload, SegmentContext, StreamingSegment
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry

_TASK = "task"
_TRANSLATE = "translate"


class Recognizer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An engine for recognition with its settings. See StreamingSegment for the fields.

    An empty `engine` is the one that is preferred of those that are ready. None for `language` leaves it to be
    detected. `translate` asks for English whatever is spoken. `prompt` is text that could stand before what is said:
    names and spellings are taken from it.
    """

    engine: str = ""
    model: str = ""
    language: str | None = None
    translate: bool = False
    prompt: str = ""
    seed: int | None = 0
    params: dict[str, ParamValue] = {}

    def check(self, registry: EngineRegistry) -> EngineSpec:
        """Return the engine, if it can do what is asked for. UnknownEngineError or ValueError otherwise."""
        spec = registry.get(self.engine) if self.engine else registry.default("recognition")
        if spec.task != "recognition":
            raise ValueError(f"engine '{spec.name}' doesn't recognise speech: it is for {spec.task}")
        if self.translate and _TRANSLATE not in getattr(spec.params.get(_TASK), "choices", ()):
            raise ValueError(f"engine '{spec.name}' doesn't translate")
        spec.model_of(self.model)
        spec.complete(self.params)
        if self.language is not None:
            registry.check_language(spec, self.language)
        return spec

    def segment(self, index: int, payload: Payload, spec: EngineSpec, *, prompt: str = "") -> StreamingSegment:
        """Return the segment for a piece of audio; `prompt` is what was said before, if it isn't the recognizer's."""
        words = prompt or self.prompt
        return StreamingSegment(
            index=index,
            payload=payload,
            engine=spec.name,
            model=spec.model_of(self.model),
            language=self.language,
            seed=self.seed,
            params=self.params | {_TASK: _TRANSLATE} if self.translate else self.params,
            context=SegmentContext(prompt=words) if words else None,
        )
