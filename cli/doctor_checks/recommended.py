"""Check the optional packages that an engine recommends for better results."""

from __future__ import annotations

import sys
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ...utils.environments.command import install, line
from ...utils.environments.installed import Installed
from ...utils.environments.resolution import Location
from ...utils.streaming.contract.engine_spec import EngineSpec
from .finding import Finding


class _Known(NamedTuple):
    """A package with a readable title, a reason, and its own install command (which needs pip)."""

    title: str
    why: str
    command: tuple[str, ...]


_KNOWN = {
    "en-core-web-sm": _Known(
        "spaCy's English model",
        "without it, eSpeak NG pronounces English, which sounds less natural",
        ("-m", "spacy", "download", "en_core_web_sm"),
    )
}


def findings(spec: EngineSpec, location: Location, installed: Installed) -> list[Finding]:
    """Return the recommended packages of an engine that aren't installed where it runs."""
    return [
        _finding(spec, location, installed, Requirement(wanted))
        for wanted in spec.environment.recommended
        if installed.get(Requirement(wanted).name) is None
    ]


def _finding(spec: EngineSpec, location: Location, installed: Installed, wanted: Requirement) -> Finding:
    known = _KNOWN.get(canonicalize_name(wanted.name))
    python = location.interpreter or sys.executable
    if location.kind == "own":
        fix = f"voxweft engines install {spec.name}"
    elif known is not None and installed.get("pip") is not None:
        fix = line(python, *known.command)
    else:
        fix = install(python, installed, str(wanted))
    return Finding(
        subject=f"engine {spec.name}",
        state="warning",
        detail=f"{known.title if known else wanted.name} is not installed",
        why=known.why if known else "the engine works without it, but with lower quality",
        fix=fix,
    )
