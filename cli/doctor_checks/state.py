"""One line on where an engine runs, or why it isn't ready."""

from __future__ import annotations

import platform

from packaging.specifiers import SpecifierSet

from ...utils.environments.resolution import Environments, Resolution
from ...utils.models.store import ModelStore
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.loading.readiness import missing_requirement

_MINORS = range(60)


def state_of(spec: EngineSpec, store: ModelStore, environments: Environments) -> str:
    """Return where an engine runs (`ready in the host's Python`), or `not ready: ` with the reason and the fix."""
    resolution = environments.resolve(spec)
    missing = missing_requirement(spec, store, environments)
    if missing is not None:
        what = "its model files are missing" if missing.only_weights else reason(spec, resolution) or missing.what
        return f"not ready: {what}; fix: {missing.fix}"
    assert resolution.location is not None
    location = resolution.location
    if location.kind == "host":
        return "ready in the host's Python"
    if location.kind == "own":
        torch = f" on the host's torch {location.torch}" if location.torch else ""
        return f"ready in its own environment{torch} (Python {location.python})"
    return f"ready in the Python of its engine.toml ({location.python})"


def reason(spec: EngineSpec, resolution: Resolution) -> str:
    """Return why an engine can't run in any Python yet; '' if it can."""
    if resolution.missing is None:
        return ""
    kinds = {problem.kind for problem in resolution.host_problems}
    if kinds == {"python"} and resolution.host_problems[0].what == resolution.missing.what:
        return f"it needs Python {in_words(spec.python)}, but this is {platform.python_version()}"
    return resolution.missing.what


def in_words(python_range: str) -> str:
    """Return a range of Python versions in words, `3.10 to 3.12`; unchanged if it has no such short form."""
    wanted = SpecifierSet(python_range)
    # The first and the last release of each minor version: a range that contains only one of them has no short form.
    ends = [(wanted.contains(f"3.{minor}.0"), wanted.contains(f"3.{minor}.99")) for minor in _MINORS]
    fits = [minor for minor, both in zip(_MINORS, ends, strict=True) if all(both)]
    is_plain = fits == list(range(fits[0], fits[-1] + 1)) if fits else False
    if not is_plain or any(first != last for first, last in ends):
        return python_range
    if fits[-1] == _MINORS[-1]:
        return f"3.{fits[0]} or newer" if fits[0] else python_range
    if not fits[0]:
        return f"3.{fits[-1]} or older"
    return f"3.{fits[0]}" if len(fits) == 1 else f"3.{fits[0]} to 3.{fits[-1]}"
