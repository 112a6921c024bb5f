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

    If `engine` is empty, the default recognition engine is used; if `model` is, the largest one on this machine that
    has the language. If `language` is None, it is detected. `translate` translates into English. `prompt` is text in
    the style of the recording, for names and spellings.
    """

    engine: str = ""
    model: str = ""
    language: str | None = None
    translate: bool = False
    prompt: str = ""
    seed: int | None = 0
    params: dict[str, ParamValue] = {}

    def resolved(self, registry: EngineRegistry) -> Recognizer:
        """Return these settings with engine and model filled in (see `EngineRegistry.default` and `model_for`).

        Raises as `check` does.
        """
        spec = self.check(registry)
        model = registry.model_for(spec, self.model, self.language)
        return msgspec.structs.replace(self, engine=spec.name, model=model)

    def check(self, registry: EngineRegistry) -> EngineSpec:
        """Return the engine's spec if the engine supports these settings.

        Raises:
            UnknownEngineError: The engine doesn't exist, or none that has the model is ready.
            ValueError: It isn't a recognition engine or doesn't support one of the settings.
            LicenseError: The settings ask for commercial use, which the license of the model forbids.
        """
        engine = self.engine
        spec = registry.get(engine) if engine else registry.default("recognition", self.model, self.language)
        if spec.task != "recognition":
            raise ValueError(f"engine '{spec.name}' doesn't recognize speech; its task is {spec.task}")
        if self.translate and _TRANSLATE not in getattr(spec.params.get(_TASK), "choices", ()):
            raise ValueError(f"engine '{spec.name}' doesn't support translation")
        registry.check_language(spec, self.language, self.model)
        registry.check_license(spec, registry.model_for(spec, self.model, self.language))
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
