"""What is kept about an environment that was built: how it was asked for, and what came of it."""

from __future__ import annotations

import msgspec

RECORD_SCHEMA = 1
"""The version of `environment.json` that this release writes and reads."""


class EnvironmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An environment of an engine's own, as it was when its build was complete.

    `python` is its full version, `base` the executable of the installation that it was made from. `requirements`,
    `constraints`, `recommended`, `extra` (what the user added) and `torch_backend` (the build of PyTorch, empty for the
    index's own) are what was asked for, `versions` what came: every distribution, by canonical name. `left_out` are the
    recommended packages, by name, that couldn't be had. `installer` is the program that
    brought them, with its version; `built_at` an ISO 8601 time in UTC.
    """

    schema: int
    engine: str
    python: str
    base: str
    installer: str
    built_at: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    extra: tuple[str, ...]
    versions: dict[str, str]
    recommended: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    torch_backend: str = ""
