"""What an engine is made of, known without starting its worker: the versions that go into cache keys."""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess
import sys
from typing import NamedTuple

from packaging.specifiers import SpecifierSet

from ...engines.spec import EngineSpec
from ..streaming.errors import EngineStartError
from ..streaming.process import worker_environment

_ASK_FOR_PATH = "import sys; print(*sys.path[1:], sep='\\n')"
"""Imports nothing else, and leaves out the working directory, which comes first: it is not on a worker's path."""


class Lack(NamedTuple):
    """What an engine lacks, and what mends it. `only_weights`: a model's files, which its first job would fetch."""

    what: str
    mend: str
    only_weights: bool = False


def installed_versions(spec: EngineSpec) -> dict[str, str]:
    """Return the versions of the engine's distributions where its worker will run; '' for a missing one.

    A damaged or missing interpreter gives no versions: the worker's start then says what is wrong.
    """
    path = None if spec.interpreter in ("", sys.executable) else _module_path(spec.interpreter)
    return {name: _version(name, path) for name in spec.deciding_distributions}


def missing_distributions(spec: EngineSpec, versions: dict[str, str] | None = None) -> list[str]:
    """Return the distributions that an engine needs and its worker's interpreter doesn't have."""
    known = installed_versions(spec) if versions is None else versions
    return [name for name in spec.distributions if not known[name]]


def what_is_missing(spec: EngineSpec, versions: dict[str, str] | None = None) -> Lack | None:
    """Return what keeps an engine from running, found without starting it; None if nothing is known to."""
    running = ".".join(map(str, sys.version_info[:3]))
    if not spec.interpreter and spec.python and running not in SpecifierSet(spec.python, prereleases=True):
        return Lack(
            f"it runs on Python {spec.python}, and this is {running}",
            f"install Speechloom under a Python {spec.python}, or name one as 'interpreter' in its engine.toml",
        )
    missing = missing_distributions(spec, versions)
    if not missing:
        return None
    wanted = " ".join(f"'{requirement}'" for requirement in spec.requirements or missing)
    return Lack(f"missing: {', '.join(missing)}", f"{spec.interpreter or sys.executable} -m pip install {wanted}")


def check_runnable(spec: EngineSpec, versions: dict[str, str] | None = None) -> None:
    """EngineStartError if an engine can't run under this interpreter; of another one its start says what is wrong."""
    lack = None if spec.interpreter else what_is_missing(spec, versions)
    if lack is not None:
        raise EngineStartError(f"engine '{spec.name}' can't run here: {lack.what}; {lack.mend}")


def _version(name: str, path: tuple[str, ...] | None) -> str:
    found = (
        importlib.metadata.distributions(name=name)
        if path is None
        else importlib.metadata.distributions(name=name, path=list(path))
    )
    return next((distribution.version for distribution in found), "")


@functools.lru_cache(maxsize=64)
def _module_path(interpreter: str) -> tuple[str, ...]:
    try:
        answer = subprocess.run(
            [interpreter, "-X", "utf8", "-c", _ASK_FOR_PATH],
            capture_output=True,
            check=True,
            timeout=20,
            encoding="utf-8",
            env=worker_environment(interpreter),
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(filter(None, answer.stdout.splitlines()))
