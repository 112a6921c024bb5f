"""Whether an engine could work now, seen without starting it."""

from __future__ import annotations

from ...environments.choice import Environments, Lack
from ...models.located import ModelMissingError
from ...models.store import ModelStore
from ..contract.engine_spec import EngineSpec


def lack_of(spec: EngineSpec, store: ModelStore, environments: Environments) -> Lack | None:
    """Return what an engine lacks, its default model's files included; None if nothing is known to. Reads the disk."""
    lack = environments.placing(spec).lack
    if lack is not None or not spec.weights:
        return lack
    try:
        store.find(spec, spec.default_model)
    except ModelMissingError as error:
        return Lack(str(error).partition("\n")[0], f"voxweft models pull {spec.name}", only_weights=True)
    except ValueError as error:
        return Lack(str(error), f"correct 'weights' in {spec.folder}/engine.toml")
    return None
