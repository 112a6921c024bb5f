"""Check whether an engine is ready, without starting it."""

from __future__ import annotations

from ...environments.resolution import Environments, MissingRequirement
from ...models.store import ModelStore
from ..contract.engine_spec import EngineSpec
from ..contract.errors import ModelMissingError


def missing_requirement(spec: EngineSpec, store: ModelStore, environments: Environments) -> MissingRequirement | None:
    """Return the first requirement that an engine is missing, or its default model's files; None if it is ready."""
    missing = environments.resolve(spec).missing
    if missing is not None or not spec.weights:
        return missing
    try:
        store.find(spec, spec.default_model)
    except ModelMissingError as error:
        return MissingRequirement(str(error).partition("\n")[0], f"voxweft models pull {spec.name}", only_weights=True)
    except ValueError as error:
        return MissingRequirement(str(error), f"correct 'weights' in {spec.folder}/engine.toml")
    return None
