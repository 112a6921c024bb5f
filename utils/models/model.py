"""A model as the loader sees it: what it is, where its weights are, what it holds and what it gave back."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ...engines.spec import EngineSpec


class ModelKey(NamedTuple):
    """What makes two requests ask for the same loaded model."""

    engine: str
    model: str = ""
    device: str = ""
    dtype: str = ""
    interpreter: str = ""

    @classmethod
    def of(cls, spec: EngineSpec, model: str = "") -> ModelKey:
        """Return the key of an engine's model, the default one if none is named."""
        return cls(spec.name, model or spec.default_model, interpreter=spec.interpreter)


class LocatedModel(NamedTuple):
    """Where a model's weights are, and the digest of their content (both empty for an engine without weights)."""

    path: str = ""
    fingerprint: str = ""


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """What an unload gave back: the memory of the model's process trees before and after, in bytes."""

    engine: str
    model: str
    before_bytes: int
    after_bytes: int
    reason: str

    @property
    def released_bytes(self) -> int:
        """Bytes that came back."""
        return self.before_bytes - self.after_bytes


class ModelStats(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded model as it is now. `idle_s` is None while it is in use."""

    engine: str
    model: str
    pids: tuple[int, ...]
    users: int
    memory_bytes: int
    idle_s: float | None
    restarts: int
