"""The identity of a loaded model."""

from __future__ import annotations

from typing import NamedTuple

from .engine_spec import EngineSpec


class ModelKey(NamedTuple):
    """Requests with equal keys share a loaded model."""

    engine: str
    model: str = ""
    device: str = ""
    dtype: str = ""
    interpreter: str = ""

    @classmethod
    def of(cls, spec: EngineSpec, model: str = "", *, device: str = "", dtype: str = "") -> ModelKey:
        """Return the key of an engine's model, the default one for an empty name.

        `device` and `dtype` only count for an engine that leaves them to the user. ValueError if it doesn't have them.
        """
        return cls(
            spec.name,
            model or spec.default_model,
            _choice(spec.name, "device", device, spec.devices),
            _choice(spec.name, "dtype", dtype, spec.dtypes),
            spec.interpreter,
        )


def _choice(engine: str, kind: str, requested: str, possible: tuple[str, ...]) -> str:
    if not possible:
        return ""
    if requested and requested not in possible:
        raise ValueError(f"engine '{engine}' has no {kind} '{requested}'; it has {', '.join(possible)}")
    return requested or possible[0]
