"""Check whether an engine is ready, without starting it."""

from __future__ import annotations

from ...environments.resolution import Environments, MissingRequirement
from ...models.licenses import terms_of
from ...models.store import ModelStore
from ..contract.engine_spec import EngineSpec
from ..contract.errors import ModelMissingError


def missing_requirement(spec: EngineSpec, store: ModelStore, environments: Environments) -> MissingRequirement | None:
    """Return the first requirement that an engine is missing, or its default model's files; None if it is ready.

    A license that forbids commercial use counts, too, if the user's settings ask for commercial use.
    """
    missing = environments.resolve(spec).missing
    if missing is not None:
        return missing
    if store.commercial and not spec.facts("").commercial:
        reason = f"the license of its default model, {spec.facts('').license}, forbids commercial use"
        return MissingRequirement(reason, "unset VOXWEFT_COMMERCIAL, or use another engine")
    if not spec.weights:
        return None
    try:
        store.find(spec, spec.default_model)
    except ModelMissingError as error:
        return MissingRequirement(str(error).partition("\n")[0], terms_of(spec, "").command, only_weights=True)
    except ValueError as error:
        return MissingRequirement(str(error), f"correct 'weights' in {spec.folder}/engine.toml")
    return None
