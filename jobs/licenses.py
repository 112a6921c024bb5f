"""The licenses of the models that a job used, for its report."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..utils.streaming.contract.engine_spec import EngineSpec


class UsedLicense(msgspec.Struct, frozen=True, kw_only=True):
    """The license of a model's weights. `commercial`: it allows commercial use, as far as its name says."""

    engine: str
    model: str
    license: str
    commercial: bool


def licenses_of(models: Iterable[tuple[EngineSpec, str]]) -> tuple[UsedLicense, ...]:
    """Return the licenses of engines' models, each once, in the order of their first use."""
    used = {}
    for spec, model in models:
        if (spec.name, model) not in used:
            facts = spec.facts(model)
            used[spec.name, model] = UsedLicense(
                engine=spec.name, model=model, license=facts.license, commercial=facts.commercial
            )
    return tuple(used.values())
