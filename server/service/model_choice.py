"""Resolve the field `model` to an engine and its model, and list the ready ones."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...utils.models.licenses import terms_of
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import LicenseError, ModelMissingError
from ...utils.streaming.contract.registry import EngineRegistry
from ...utils.streaming.runtime import Runtime
from ...utils.suggestions import did_you_mean
from .errors import ApiError

Task = Literal["speech", "recognition"]
OPENAI_NAMES: dict[Task, tuple[str, ...]] = {
    "speech": ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"),
    "recognition": ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"),
}
"""OpenAI's model names. Each selects the default engine of its task."""


class ModelChoice(msgspec.Struct, frozen=True):
    """An engine and one of its models; empty for the default model, of a recognizer its largest one on the machine."""

    spec: EngineSpec
    model: str = ""

    @property
    def id(self) -> str:
        """The name that clients use for it."""
        return f"{self.spec.name}/{self.model}" if self.model else self.spec.name

    def in_language(self, registry: EngineRegistry, language: str | None) -> ModelChoice:
        """Return the choice for a language: the model of `EngineRegistry.model_for`.

        ValueError if the named model, or every model, lacks the language.
        """
        model = registry.model_for(self.spec, self.model, language)
        return self if model == self.spec.model_of(self.model) else ModelChoice(self.spec, model)


def resolve_model(runtime: Runtime, task: Task, name: str, language: str | None = None) -> ModelChoice:
    """Resolve `engine`, `engine/model`, a model's name, its repository's name, or one of OpenAI's names.

    An empty name and OpenAI's names select the default engine (of recognizers, for a language), which reads the disk.

    Raises:
        ApiError: 404 with similar names for an unknown one, 400 for an engine of another task.
    """
    name = name.strip()
    if not name or any(name == known or name.startswith(f"{known}-20") for known in OPENAI_NAMES[task]):
        return ModelChoice(runtime.registry.default(task, language=language if task == "recognition" else None))
    specs = [spec for spec in runtime.registry.specs.values() if spec.task == task]
    engine, _, model = name.partition("/")
    for spec in specs:
        if spec.name == engine and (not model or model in spec.models or model in spec.model_aliases):
            return ModelChoice(spec, spec.model_aliases.get(model, model))
    for spec in specs:
        for model_name, weights in spec.weights.items():
            if name.lower() in (model_name.lower(), weights.repo.lower()):
                return ModelChoice(spec, model_name)
    other = runtime.registry.specs.get(engine)
    if other is not None and other.task != task:
        raise ApiError(
            400,
            f"model '{engine}' is for {other.task}, not {task}; GET /v1/models lists the models of each task",
            param="model",
            code="wrong_task",
        )
    known = [*(spec.name for spec in specs), *(f"{spec.name}/{name}" for spec in specs for name in spec.models)]
    raise ApiError(
        404,
        f"unknown model '{name[:100]}'{did_you_mean(name, [*known, *OPENAI_NAMES[task]])}",
        param="model",
        code="model_not_found",
    )


def check_ready(runtime: Runtime, choice: ModelChoice) -> None:
    """Check that the engine and its weights are installed and may be used; a request never downloads. Reads the disk.

    Raises:
        ApiError: 503 with the command that installs the missing part; 403 for a license that forbids commercial use if
            the server is for commercial use.
    """
    try:
        runtime.registry.check_license(choice.spec, choice.model)
    except LicenseError as error:
        raise ApiError(403, str(error), code="license_forbids", param="model") from None
    missing = runtime.environments.resolve(choice.spec).missing
    if missing is not None:
        raise ApiError(
            503, f"engine '{choice.spec.name}' isn't ready: {missing.what}; {missing.fix}", code="engine_unavailable"
        )
    if choice.spec.weights:
        try:
            runtime.store.find(choice.spec, choice.model or choice.spec.default_model)
        except ModelMissingError:
            terms = terms_of(choice.spec, choice.model)
            fix = f"run `{terms.command}` (license {terms.summary})"
            if choice.spec.name in runtime.store.paths:
                fix = "complete the folder of --model-path"
            raise ApiError(
                503,
                f"the files of {terms.subject} aren't on the server; {fix} there",
                code="model_missing",
                param="model",
            ) from None


def ready_choices(runtime: Runtime) -> list[ModelChoice]:
    """Return every engine and model that is installed, by preference. Reads the disk."""
    ranked = sorted(runtime.registry.specs.values(), key=lambda spec: (spec.task, -spec.preference, spec.name))
    choices = []
    for spec in ranked:
        if runtime.environments.resolve(spec).missing is not None:
            continue
        models = tuple(spec.models) or ("",)
        installed = [model for model in models if _is_usable(runtime, spec, model)]
        default = runtime.registry.model_for(spec, "", None) if spec.models else ""
        if default in installed:
            choices.append(ModelChoice(spec))
        choices += [ModelChoice(spec, model) for model in installed if model]
    return choices


def _is_usable(runtime: Runtime, spec: EngineSpec, model: str) -> bool:
    try:
        runtime.registry.check_license(spec, model)
        if spec.weights:
            runtime.store.find(spec, model)
    except (ModelMissingError, ValueError):
        return False
    return True


def list_models(runtime: Runtime) -> list[dict[str, object]]:
    """Return the ready models in the format of OpenAI's API, including OpenAI's names."""
    rows: list[dict[str, object]] = []
    choices = ready_choices(runtime)
    for choice in choices:
        spec, facts = choice.spec, choice.spec.facts(choice.model)
        rows.append(
            {
                "id": choice.id,
                "object": "model",
                "created": 0,
                "owned_by": "voxweft",
                "task": spec.task,
                "title": spec.title,
                "languages": list(facts.languages if choice.model else spec.languages),
                "license": facts.license,
                "commercial": facts.commercial,
            }
        )
    for task, names in OPENAI_NAMES.items():
        first = next((row for row in rows if row["task"] == task), None)
        rows += [{**first, "id": name} for name in names] if first else []
    return rows
