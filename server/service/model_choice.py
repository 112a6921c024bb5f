"""The engine and the model that a request's field `model` means: one rule for every route, of both tasks.

1. No name, or one of OpenAI's (`tts-1`, `whisper-1`, also with a date): the default engine of the task, of those that
   are installed and have the language (`EngineRegistry.default`).
2. An engine, or `engine/model`.
3. A model's name, an alias of it in engine.toml, or the name of its repository, with or without its owner; an installed
   model takes precedence.

Where no model is named, it is the engine's default one for the language (`EngineRegistry.model_for`); if that isn't
installed, the first one that is and has the language. Letter case, `-` and `_` don't count. What isn't installed is 404
with the command that installs it: a client that gets 503 would try again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from ...utils.models.licenses import terms_of
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.contract.errors import LicenseError, ModelMissingError, UnknownEngineError
from ...utils.streaming.contract.language_tags import has_tag
from ...utils.streaming.runtime import Runtime
from ...utils.suggestions import did_you_mean
from .errors import ApiError

Task = Literal["speech", "recognition"]
_DIARIZE = "gpt-4o-transcribe-diarize"
OPENAI_NAMES: dict[Task, tuple[str, ...]] = {
    "speech": ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"),
    "recognition": (
        "whisper-1",
        "gpt-transcribe",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe",
        _DIARIZE,
        "gpt-live-transcribe",
        "gpt-realtime-whisper",
    ),
}
"""OpenAI's model names. Each means the default engine of its task."""
_VERSION = re.compile(r"-(?:\d{4}(?:-\d{2}-\d{2})?|latest)")
"""What may follow a name of OpenAI's: `tts-1-1106`, `gpt-4o-mini-tts-2025-12-15`."""


class ModelChoice(msgspec.Struct, frozen=True):
    """An engine and one of its models, empty for the default one, with notes for the client."""

    spec: EngineSpec
    model: str = ""
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The name that clients use for it."""
        return f"{self.spec.name}/{self.model}" if self.model else self.spec.name


def resolve_model(runtime: Runtime, task: Task, name: str, language: str | None = None) -> ModelChoice:
    """Return the installed engine and model that a client means, for a language (BCP-47). Reads the disk.

    Raises:
        ApiError: 404 for an unknown model, with similar names, and for one that isn't installed, with the command; 400
            for a model of the other task; 403 for a license that forbids commercial use.
        ValueError: The engine or the model doesn't have the language.
    """
    name = name.strip()
    openai_name = openai_model_name(task, name)
    if not name or openai_name:
        choice = ModelChoice(_default_engine(runtime, task, language))
    else:
        choice = _named(runtime, task, name)
    runtime.registry.check_language(choice.spec, language, choice.model)
    if not choice.model:
        choice = with_model(runtime, choice.spec, language)
    check_ready(runtime, choice)
    if openai_name != _DIARIZE:
        return choice
    note = f"'{name}' tells speakers apart, which engine '{choice.spec.name}' doesn't do"
    return msgspec.structs.replace(choice, notes=(*choice.notes, note))


def openai_model_name(task: Task, name: str) -> str:
    """Return the name of OpenAI's, without a version, that a client means; '' if it is none of this task."""
    key = name.lower()
    for known in OPENAI_NAMES[task]:
        if key == known or (key.startswith(known) and _VERSION.fullmatch(key, len(known))):
            return known
    return ""


def check_ready(runtime: Runtime, choice: ModelChoice) -> None:
    """Check that the engine and its weights are installed and may be used; a request never downloads. Reads the disk.

    Raises:
        ApiError: 404 with the command that installs the missing part; 403 for a license that forbids commercial use if
            the server is for commercial use.
    """
    try:
        runtime.registry.check_license(choice.spec, choice.model)
    except LicenseError as error:
        raise ApiError(403, str(error), code="license_forbids", param="model") from None
    missing = runtime.environments.resolve(choice.spec).missing
    if missing is not None:
        fix = f"run `{missing.fix}` on the server" if missing.fix.startswith("voxweft ") else missing.fix
        raise ApiError(
            404,
            f"engine '{choice.spec.name}' isn't ready: {missing.what}; {fix}",
            code="engine_unavailable",
            param="model",
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
                404,
                f"the files of {terms.subject} aren't on the server; {fix} there",
                code="model_missing",
                param="model",
            ) from None


def ready_choices(runtime: Runtime) -> list[ModelChoice]:
    """Return every engine and model that is installed, by preference: an engine, then its models. Reads the disk."""
    ranked = sorted(runtime.registry.specs.values(), key=lambda spec: (spec.task, -spec.preference, spec.name))
    choices = []
    for spec in ranked:
        if runtime.environments.resolve(spec).missing is not None:
            continue
        installed = [model for model in tuple(spec.models) or ("",) if _is_usable(runtime, spec, model)]
        choices += [ModelChoice(spec)] if installed else []
        choices += [ModelChoice(spec, model) for model in installed if model]
    return choices


def with_model(runtime: Runtime, spec: EngineSpec, language: str | None) -> ModelChoice:
    """Return the model of an engine to use if none is named. ValueError if no model has the language. Reads the disk.

    It is the default one for the language; if that isn't installed, the first installed one that has the language.
    """
    model = runtime.registry.model_for(spec, "", language)
    if not _is_usable(runtime, spec, model):
        others = (other for other in spec.models if spec.has_language(other, language))
        model = next((other for other in others if _is_usable(runtime, spec, other)), model)
    known = spec.facts(model).languages
    is_limited = spec.task == "recognition" and language is None and len(known) == 1 and len(spec.languages) > 1
    notes = (f"model '{model}' understands the language '{known[0]}' alone",) if is_limited else ()
    return ModelChoice(spec, "" if model == spec.default_model else model, notes)


def _default_engine(runtime: Runtime, task: Task, language: str | None) -> EngineSpec:
    default: EngineSpec | None = None
    problem = ""
    try:
        default = runtime.registry.default(task, language=language)
    except UnknownEngineError as error:
        problem = str(error)
    if default is not None and (not language or not default.languages or has_tag(language, default.languages)):
        return default
    for choice in ready_choices(runtime):
        if choice.spec.task == task and choice.model and choice.spec.has_language(choice.model, language):
            return choice.spec
    if default is None:
        raise ApiError(404, problem, code="model_missing", param="model")
    return default


def _named(runtime: Runtime, task: Task, name: str) -> ModelChoice:
    found = list(_meant(runtime, task, name))
    if found:
        return next((choice for choice in found if _is_usable(runtime, choice.spec, choice.model)), found[0])
    other: Task = "recognition" if task == "speech" else "speech"
    if openai_model_name(other, name) or next(_meant(runtime, other, name), None) is not None:
        raise ApiError(
            400,
            f"model '{name[:100]}' is for {other}, not {task}; GET /v1/models lists the models of each task",
            param="model",
            code="wrong_task",
        )
    specs = _specs(runtime, task)
    known = [*(spec.name for spec in specs), *(f"{spec.name}/{model}" for spec in specs for model in spec.models)]
    raise ApiError(
        404,
        f"unknown model '{name[:100]}'{did_you_mean(name[:100], [*known, *OPENAI_NAMES[task]])}",
        param="model",
        code="model_not_found",
    )


def _meant(runtime: Runtime, task: Task, name: str) -> Iterator[ModelChoice]:
    """Yield the engine, or the models, that a name may mean."""
    wanted = _key(name)
    owner, _, last = wanted.rpartition("/")
    specs = _specs(runtime, task)
    for spec in specs:
        if _key(spec.name) in (wanted, owner):
            models = [model for model in spec.models if last in {_key(model), *_published_names(spec, model)}]
            if wanted == _key(spec.name) or models:
                yield ModelChoice(spec, "" if wanted == _key(spec.name) else models[0])
                return
    for spec in specs:
        for model in spec.models:
            if wanted == _key(model) or last in _published_names(spec, model):
                yield ModelChoice(spec, model)


def _published_names(spec: EngineSpec, model: str) -> set[str]:
    """Return the names under which a model is known elsewhere: its aliases, and its repository without the owner."""
    aliases = {_key(alias) for alias, of_model in spec.model_aliases.items() if of_model == model}
    return aliases | ({_key(spec.weights[model].repo.rpartition("/")[2])} if model in spec.weights else set())


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


def _specs(runtime: Runtime, task: Task) -> list[EngineSpec]:
    return [spec for spec in runtime.registry.specs.values() if spec.task == task]


def _is_usable(runtime: Runtime, spec: EngineSpec, model: str) -> bool:
    try:
        runtime.registry.check_license(spec, model)
        if spec.weights:
            runtime.store.find(spec, model)
    except (ModelMissingError, ValueError):
        return False
    return True
