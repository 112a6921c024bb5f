"""What an engine is made of, known without starting its worker: the versions that go into cache keys."""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess
import sys

from ...engines.spec import EngineSpec
from ..streaming.process import worker_environment

_ASK_FOR_PATH = "import sys; print(*sys.path[1:], sep='\\n')"
"""Imports nothing else, and leaves out the working directory, which comes first: it is not on a worker's path."""


def installed_versions(spec: EngineSpec) -> dict[str, str]:
    """Return the versions of the engine's distributions where its worker will run; '' for a missing one.

    A damaged or missing interpreter gives no versions: the worker's start then says what is wrong.
    """
    path = None if spec.interpreter in ("", sys.executable) else _module_path(spec.interpreter)
    return {name: _version(name, path) for name in spec.distributions}


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
