"""The installed models as the API lists them."""

from __future__ import annotations

from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.runtime import Runtime
from ...utils.suggestions import did_you_mean
from .errors import ApiError
from .model_choice import OPENAI_NAMES, ModelChoice, Task, ready_choices, resolve_model

_TASKS: tuple[Task, ...] = ("speech", "recognition")


def list_models(runtime: Runtime, task: Task | None = None) -> list[dict[str, object]]:
    """Return the installed models, of one task or all, in the format of OpenAI's API, including OpenAI's names."""
    rows = [_row(choice) for choice in ready_choices(runtime) if task in (None, choice.spec.task)]
    for of_task, names in OPENAI_NAMES.items():
        first = next((row for row in rows if row["task"] == of_task), None)
        rows += [{**first, "id": name, "alias_of": first["id"]} for name in names] if first else []
    return rows


def find_model(runtime: Runtime, name: str) -> dict[str, object]:
    """Return an installed model by any name that a request may give.

    Raises:
        ApiError: As `resolve_model`; 404 for no name.
    """
    refusals = []
    for task in _TASKS if name.strip() else ():
        try:
            choice = resolve_model(runtime, task, name)
        except ApiError as error:
            refusals.append(error)
            continue
        return _row(choice) | ({"id": name, "alias_of": choice.id} if name != choice.id else {})
    # The task that knows the name says why it can't be used.
    for refusal in refusals:
        if refusal.code not in ("wrong_task", "model_not_found"):
            raise refusal
    known = [str(row["id"]) for row in list_models(runtime)]
    message = f"unknown model '{name[:100]}'{did_you_mean(name[:100], known)}"
    raise ApiError(404, message, code="model_not_found", param="model")


def _row(choice: ModelChoice) -> dict[str, object]:
    spec, facts = choice.spec, choice.spec.facts(choice.model)
    return {
        "id": choice.id,
        "object": "model",
        "created": 0,
        "owned_by": "voxweft",
        "task": spec.task,
        "title": spec.title,
        "languages": list(facts.languages if choice.model else spec.languages),
        "license": facts.license,
        "commercial": facts.commercial,
        "capabilities": list(spec.capabilities),
    } | (_speech_facts(spec) if spec.task == "speech" else {})


def _speech_facts(spec: EngineSpec) -> dict[str, object]:
    """Return what a user interface needs to offer an engine's settings."""
    has_speed = spec.can("speed")
    return {
        "default_voice": spec.default_voice,
        "min_speed": spec.min_speed if has_speed else 1.0,
        "max_speed": spec.max_speed if has_speed else 1.0,
    }
