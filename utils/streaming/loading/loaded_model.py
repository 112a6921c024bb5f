"""Reports on loaded models: their state, and the memory that an unload released."""

from __future__ import annotations

import msgspec

NOTES = f"{__name__.partition('.utils.')[0]}.notes"
"""The logger of messages for users who don't read the log."""


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an unload: the memory of the model's process trees before and after, in bytes."""

    engine: str
    model: str
    before_bytes: int
    after_bytes: int
    reason: str

    @property
    def released_bytes(self) -> int:
        """The released memory in bytes."""
        return self.before_bytes - self.after_bytes


class ModelStats(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a loaded model. `idle_s` is None while it is in use.

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
