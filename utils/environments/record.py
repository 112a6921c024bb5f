"""The record of a built environment: the request and the installed packages."""

from __future__ import annotations

import msgspec

RECORD_SCHEMA = 2
"""The schema of `environment.json` that this release writes and reads."""


class HostPackages(msgspec.Struct, frozen=True, kw_only=True):
    """What an environment takes from the Python that it was installed for: torch, and what torch requires.

    `versions` are those distributions by canonical name, `modules` the names to import them by, `paths` their folders.
    A worker sees no other packages of that Python.
    """

    versions: dict[str, str] = {}
    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def torch(self) -> str:
        """The version of torch; empty if the environment doesn't use the host's."""
        return self.versions.get("torch", "")


class EnvironmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An engine's own environment, as it was when its build completed.

    `python` is its full version, `base` the executable of the installation it was made from, or that runs its workers.
    Requested: `requirements`, `constraints`, `overrides`, `excludes`, `without_dependencies`, `recommended`, `extra`
    (added by the user), `languages` (whose packages were added) and `torch_backend` (the build of PyTorch, empty for
    the index's default). Installed: `versions`, every distribution by canonical name; `left_out` are the recommended
    packages that couldn't be installed. `host` is what an overlay takes from the host's Python, None for a virtual
    environment. `installer` is the program used, with its version; `built_at` an ISO 8601 time in UTC.
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
    without_dependencies: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    torch_backend: str = ""
    host: HostPackages | None = None
