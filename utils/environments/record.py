"""The record of a built environment: the request and the installed packages."""

from __future__ import annotations

import msgspec

RECORD_SCHEMA = 1
"""The schema of `environment.json` that this release writes and reads."""


class EnvironmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An engine's own environment, as it was when its build completed.

    `python` is its full version, `base` the executable of the installation it was made from. Requested: `requirements`,
    `constraints`, `overrides`, `excludes`, `recommended`, `extra` (added by the user) and `torch_backend` (the build of
    PyTorch, empty for the index's default). Installed: `versions`, every distribution by canonical name; `left_out` are
    the recommended packages that couldn't be installed. `installer` is the program used, with its version; `built_at`
    an ISO 8601 time in UTC.
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
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    torch_backend: str = ""
