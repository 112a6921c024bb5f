"""In a few words, where an engine runs or what it waits for."""

from __future__ import annotations

import platform

from packaging.specifiers import SpecifierSet

from ...utils.environments.choice import Environments, Placing
from ...utils.models.store import ModelStore
from ...utils.streaming.contract.engine_spec import EngineSpec
from ...utils.streaming.loading.readiness import lack_of

_MINORS = range(60)


def state_of(spec: EngineSpec, store: ModelStore, environments: Environments) -> str:
    """Return where an engine runs (`ready in the host's Python`), or `not yet: ` with the reason and what mends it."""
    placing = environments.placing(spec)
    lack = lack_of(spec, store, environments)
    if lack is not None:
        what = "its model's files are missing" if lack.only_weights else reason(spec, placing) or lack.what
        return f"not yet: {what}; {lack.mend}"
    assert placing.place is not None
    kind, _, python = placing.place
    if kind == "host":
        return "ready in the host's Python"
    if kind == "own":
        return f"ready in its own environment (Python {python})"
    return f"ready in the Python that its engine.toml names ({python})"


def reason(spec: EngineSpec, placing: Placing) -> str:
    """Return why an engine can't run in any Python yet, for a user; '' if it can."""
    if placing.lack is None:
        return ""
    kinds = {problem.kind for problem in placing.host}
    if kinds == {"python"} and placing.host[0].what == placing.lack.what:
        return f"it needs Python {in_words(spec.python)}, and this is {platform.python_version()}"
    return placing.lack.what


def in_words(python_range: str) -> str:
    """Return a range of Python versions as people say it, `3.10 to 3.12`; as it is where that can't be said."""
    wanted = SpecifierSet(python_range)
    # The first and the last of a minor version's releases: a range that parts them has no short name.
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
