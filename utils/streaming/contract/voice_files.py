"""The voices of an engine whose voices are files, described by their names: no worker is needed to list them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from .adapter import VoiceInfo
from .engine_spec import EngineSpec
from .voice_syntax import VOICE_NAME

_OWN_TITLE = "your own file"


def describe_voice_file(spec: EngineSpec, model: str, name: str) -> VoiceInfo:
    """Return a voice's properties by its name. A user's own file may begin like the engine's, too."""
    start = next((start for start in spec.voice_languages if name.startswith(start) and name != start), "")
    return VoiceInfo(
        name=name,
        title=name.removeprefix(start).capitalize() if name in declared_voice_names(spec, model) else _OWN_TITLE,
        languages=(spec.voice_languages[start],) if start else (),
        gender=spec.gender_of(name) if start else "",
    )


def describe_voice_files(spec: EngineSpec, model: str, names: Iterable[str]) -> list[VoiceInfo]:
    """Return the voices with these names: the declared ones in their order, then the user's own by name."""
    order = {name: number for number, name in enumerate(declared_voice_names(spec, model))}
    valid = (name for name in names if VOICE_NAME.fullmatch(name))
    ranked = sorted(valid, key=lambda name: (order.get(name, len(order)), name))
    return [describe_voice_file(spec, model, name) for name in ranked]


def declared_voice_names(spec: EngineSpec, model: str) -> tuple[str, ...]:
    """Return the names of a model's voices that can be downloaded; none if its voices aren't files."""
    weights = spec.weights.get(spec.model_aliases.get(model, model) or spec.default_model)
    return () if weights is None else tuple(PurePosixPath(file.path).stem for file in weights.voices)
