"""The identity of a loaded model."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .engine_spec import EngineSpec

_AUTO = "auto"


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
            spec.model_aliases.get(model, model) or spec.default_model,
            _choice(spec.name, "device", device, spec.devices),
            _choice(spec.name, "dtype", dtype, spec.dtypes),
            spec.overlay or spec.interpreter,
        )


def check_choice(spec: EngineSpec, kind: Literal["device", "dtype"], requested: str) -> None:
    """Check a device or dtype that was requested for this engine; empty and `auto` suit every engine.

    Raises:
        ValueError: The engine doesn't have it, or leaves no choice.
    """
    possible = spec.devices if kind == "device" else spec.dtypes
    if requested in ("", _AUTO):
        return
    if not possible:
        raise ValueError(f"engine '{spec.name}' has no choice of {kind}; leave out --{kind}")
    _choice(spec.name, kind, requested, possible)


def _choice(engine: str, kind: str, requested: str, possible: tuple[str, ...]) -> str:
    if not possible:
        return ""
    if requested == _AUTO and _AUTO not in possible:
        return possible[0]
    if requested and requested not in possible:
        raise ValueError(f"engine '{engine}' has no {kind} '{requested}'; it has {', '.join(possible)}")
    return requested or possible[0]
