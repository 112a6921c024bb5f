"""A model as the loader sees it: what it is, where its weights are, what it holds and what it gave back."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ...engines.spec import EngineSpec

NOTES = f"{__name__.partition('.utils.')[0]}.notes"
"""The logger of what users should know though they didn't ask for the log."""


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


class LocatedModel(NamedTuple):
    """Where a model's weights are, and the digest of their content (both empty for an engine without weights).

    `voices` are the digests of the voices that lie beside them, by name.
    """

    path: str = ""
    fingerprint: str = ""
    voices: tuple[tuple[str, str], ...] = ()


class ModelMissingError(LookupError):
    """A model's weights aren't on this machine; the message says where they were looked for and how to get them."""


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
    """A loaded model as it is now. `idle_s` is None while it is in use.

    `python` and `interpreter` are the version and the executable that its workers run on, `versions` the packages
    there that decide its output.
    """

    engine: str
    model: str
    pids: tuple[int, ...]
    users: int
    memory_bytes: int
    idle_s: float | None
    restarts: int
    python: str
    interpreter: str
    versions: dict[str, str]
