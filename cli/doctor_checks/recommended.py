"""Packages that an engine can do without, but not with the same result."""

from __future__ import annotations

import sys
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ...utils.environments.choice import Place
from ...utils.environments.command import install, line
from ...utils.environments.installed import Installed
from ...utils.streaming.contract.engine_spec import EngineSpec
from .finding import Finding


class _Known(NamedTuple):
    """A package that has a better name, a reason, and a better command than pip's (where there is pip)."""

    title: str
    why: str
    command: tuple[str, ...]


_KNOWN = {
    "en-core-web-sm": _Known(
        "spaCy's English model",
        "until it is, eSpeak NG pronounces English, which sounds less natural",
        ("-m", "spacy", "download", "en_core_web_sm"),
    )
}


def findings(spec: EngineSpec, place: Place, installed: Installed) -> list[Finding]:
    """Return the recommended packages of an engine that aren't installed where it runs."""
    return [
        _finding(spec, place, installed, Requirement(wanted))
        for wanted in spec.environment.recommended
        if installed.get(Requirement(wanted).name) is None
    ]


def _finding(spec: EngineSpec, place: Place, installed: Installed, wanted: Requirement) -> Finding:
    known = _KNOWN.get(canonicalize_name(wanted.name))
    python = place.interpreter or sys.executable
    if place.kind == "own":
        mend = f"voxweft engines install {spec.name}"
    elif known is not None and installed.get("pip") is not None:
        mend = line(python, *known.command)
    else:
        mend = install(python, installed, str(wanted))
    return Finding(
        subject=f"engine {spec.name}",
        state="warning",
        detail=f"{known.title if known else wanted.name} isn't installed",
        why=known.why if known else "the engine can do without, but not with the same result",
        mend=mend,
    )
