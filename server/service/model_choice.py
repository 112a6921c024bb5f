"""Which engine and model a client means by the word in `model`, and which of them are ready."""

from __future__ import annotations

import difflib
from typing import Literal

import msgspec

from ...utils.models.located import ModelMissingError
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.runtime import Runtime
from .errors import ApiError

Task = Literal["speech", "recognition"]
OPENAI_NAMES: dict[Task, tuple[str, ...]] = {
    "speech": ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"),
    "recognition": ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"),
}
"""Names of OpenAI's: they mean the engine that is preferred here."""


class Choice(msgspec.Struct, frozen=True):
    """An engine and a model of it, the default one where it is empty."""

    spec: EngineSpec
    model: str = ""

    @property
    def id(self) -> str:
        """What a client may call it."""
        return f"{self.spec.name}/{self.model}" if self.model else self.spec.name


def choose(runtime: Runtime, task: Task, name: str) -> Choice:
    """Return what a client means: `engine`, `engine/model`, a model's or its repository's name, or one of OpenAI's.

    ApiError 404 with near names for one that isn't there, 400 for an engine that does something else. Reads the disk
    where none is named.
    """
    name = name.strip()
    if not name or any(name == known or name.startswith(f"{known}-20") for known in OPENAI_NAMES[task]):
        return Choice(runtime.registry.default(task))
    specs = [spec for spec in runtime.registry.specs.values() if spec.task == task]
    engine, _, model = name.partition("/")
    for spec in specs:
        if spec.name == engine and (not model or model in spec.models):
            return Choice(spec, model)
    for spec in specs:
        for own, weights in spec.weights.items():
            if name.lower() in (own.lower(), weights.repo.lower()):
                return Choice(spec, own)
    other = runtime.registry.specs.get(engine)
    if other is not None and other.task != task:
        does = "speaks" if other.task == "speech" else "recognises speech"
        raise ApiError(400, f"the model '{engine}' {does}", param="model", code="wrong_task")
    known = [*(spec.name for spec in specs), *(f"{spec.name}/{own}" for spec in specs for own in spec.models)]
    near = difflib.get_close_matches(name, [*known, *OPENAI_NAMES[task]], n=3, cutoff=0.4) or known[:3]
    raise ApiError(
        404,
        f"there is no model '{name[:100]}'; did you mean {', '.join(near)}?",
        param="model",
        code="model_not_found",
    )


def check_ready(runtime: Runtime, choice: Choice) -> None:
    """ApiError 503 if the engine or its weights aren't here: a request downloads nothing. Reads the disk."""
    lack = runtime.environments.placing(choice.spec).lack
    if lack is not None:
        raise ApiError(
            503, f"engine '{choice.spec.name}' isn't ready: {lack.what}; {lack.mend}", code="engine_unavailable"
        )
    if choice.spec.weights:
        try:
            runtime.store.find(choice.spec, choice.model or choice.spec.default_model)
        except ModelMissingError as error:
            raise ApiError(503, str(error).partition("\n")[0], code="model_missing", param="model") from None


def ready_choices(runtime: Runtime) -> list[Choice]:
    """Return every engine and model that could work now, those that are preferred first. Reads the disk."""
    ranked = sorted(runtime.registry.specs.values(), key=lambda spec: (spec.task, -spec.preference, spec.name))
    found = []
    for spec in ranked:
        if runtime.environments.placing(spec).lack is not None:
            continue
        models = spec.models or ("",)
        there = [model for model in models if not spec.weights or _is_there(runtime, spec, model)]
        if spec.default_model in there or (not spec.models and there):
            found.append(Choice(spec))
        found += [Choice(spec, model) for model in there if model]
    return found


def _is_there(runtime: Runtime, spec: EngineSpec, model: str) -> bool:
    try:
        runtime.store.find(spec, model)
    except (ModelMissingError, ValueError):
        return False
    return True


def listing(runtime: Runtime) -> list[dict[str, object]]:
    """Return the models that are ready as OpenAI's API lists them, OpenAI's own names among them."""
    rows: list[dict[str, object]] = []
    choices = ready_choices(runtime)
    for choice in choices:
        spec = choice.spec
        rows.append(
            {
                "id": choice.id,
                "object": "model",
                "created": 0,
                "owned_by": "voxweft",
                "task": spec.task,
                "title": spec.title,
                "languages": list(spec.languages),
            }
        )
    for task, names in OPENAI_NAMES.items():
        first = next((row for row in rows if row["task"] == task), None)
        rows += [{**first, "id": name} for name in names] if first else []
    return rows
