"""Which loaded model a request asks for."""

from __future__ import annotations

from typing import NamedTuple

from .engine_spec import EngineSpec


class ModelKey(NamedTuple):
    """What makes two requests ask for the same loaded model."""

    engine: str
    model: str = ""
    device: str = ""
    dtype: str = ""
    interpreter: str = ""

    @classmethod
    def of(cls, spec: EngineSpec, model: str = "", *, device: str = "", dtype: str = "") -> ModelKey:
        """Return the key of an engine's model, the default one if none is named.

        `device` and `dtype` count for an engine that leaves them to the user; ValueError for one that it can't use.
        """
        return cls(
            spec.name,
            model or spec.default_model,
            _choice(spec.name, "device", device, spec.devices),
            _choice(spec.name, "dtype", dtype, spec.dtypes),
            spec.interpreter,
        )


def _choice(engine: str, what: str, wanted: str, possible: tuple[str, ...]) -> str:
    if not possible:
        return ""
    if wanted and wanted not in possible:
        raise ValueError(f"engine '{engine}' has no {what} '{wanted}'; it has {', '.join(possible)}")
    return wanted or possible[0]
