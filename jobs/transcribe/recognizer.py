"""The recognition settings of a user: an engine and its options, and the segments made with them."""

from __future__ import annotations

import msgspec

from ...utils.streaming import ParamValue, Payload, SegmentContext, StreamingSegment
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.registry import EngineRegistry

_TASK = "task"
_TRANSLATE = "translate"


class Recognizer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recognition engine with its settings. See StreamingSegment for the fields.

    If `engine` is empty, the default recognition engine is used. If `language` is None, it is detected. `translate`
    translates into English. `prompt` is text in the style of the recording, for names and spellings.
    """

    engine: str = ""
    model: str = ""
    language: str | None = None
    translate: bool = False
    prompt: str = ""
    seed: int | None = 0
    params: dict[str, ParamValue] = {}

    def check(self, registry: EngineRegistry) -> EngineSpec:
        """Return the engine's spec if the engine supports these settings.

        Raises:
            UnknownEngineError: The engine doesn't exist.
            ValueError: It isn't a recognition engine or doesn't support one of the settings.
            LicenseError: The settings ask for commercial use, which the license of the model forbids.
        """
        spec = registry.get(self.engine) if self.engine else registry.default("recognition")
        if spec.task != "recognition":
            raise ValueError(f"engine '{spec.name}' doesn't recognize speech; its task is {spec.task}")
        if self.translate and _TRANSLATE not in getattr(spec.params.get(_TASK), "choices", ()):
            raise ValueError(f"engine '{spec.name}' doesn't support translation")
        registry.check_language(spec, self.language, self.model)
        registry.check_license(spec, spec.model_for(self.model, self.language))
        spec.complete(self.params)
        return spec

    def segment(self, index: int, payload: Payload, spec: EngineSpec, *, prompt: str = "") -> StreamingSegment:
        """Return the segment that recognizes some audio. `prompt`, if not empty, replaces the recognizer's prompt."""
        words = prompt or self.prompt
        return StreamingSegment(
            index=index,
            payload=payload,
            engine=spec.name,
            model=spec.model_for(self.model, self.language),
            language=self.language,
            seed=self.seed,
            params=self.params | {_TASK: _TRANSLATE} if self.translate else self.params,
            context=SegmentContext(prompt=words) if words else None,
        )
