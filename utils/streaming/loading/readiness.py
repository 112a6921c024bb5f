"""Check whether an engine is ready, without starting it."""

from __future__ import annotations

from ...environments.resolution import Environments, MissingRequirement
from ...models.licenses import terms_of
from ...models.store import ModelStore
from ..contract.engine_spec import EngineSpec
from ..contract.errors import ModelMissingError


def missing_requirement(
    spec: EngineSpec, store: ModelStore, environments: Environments, model: str = ""
) -> MissingRequirement | None:
    """Return the first requirement that an engine is missing, or its model's files; None if it is ready.

    Without a model, it is the default one; a recognizer is then ready with any of its models. A license that forbids
    commercial use counts, too, if the user's settings ask for commercial use.
    """
    missing = environments.resolve(spec).missing
    if missing is not None:
        return missing
    missing = _missing_model(spec, store, model)
    others = spec.models if spec.task == "recognition" and not model else {}
    is_ready = missing is None or any(_missing_model(spec, store, other) is None for other in others)
    return None if is_ready else missing


def _missing_model(spec: EngineSpec, store: ModelStore, model: str) -> MissingRequirement | None:
    facts = spec.facts(model)
    if store.commercial and not facts.commercial:
        reason = f"the license of its {'' if model else 'default '}model, {facts.license}, forbids commercial use"
        return MissingRequirement(reason, "unset VOXWEFT_COMMERCIAL, or use another engine")
    if not spec.weights:
        return None
    try:
        store.find(spec, model or spec.default_model)
    except ModelMissingError as error:
        return MissingRequirement(str(error).partition("\n")[0], terms_of(spec, model).command, only_weights=True)
    except ValueError as error:
        return MissingRequirement(str(error), f"correct 'weights' in {spec.folder}/engine.toml")
    return None
