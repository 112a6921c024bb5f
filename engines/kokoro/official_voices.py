"""The official voices of Kokoro-82M, and the properties that their names encode."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ...utils.streaming import VoiceInfo
from ...utils.streaming.contract.engine_spec import read_spec
from ...utils.streaming.contract.voice_files import declared_voice_names, describe_voice_files

_SPEC = read_spec(Path(__file__).resolve().parent)

OFFICIAL = declared_voice_names(_SPEC, "")
"""The 54 voices of version 1.0, by language and name."""

OPENAI_ALIASES = _SPEC.voice_aliases
"""Aliases: the voices of OpenAI's speech API, with the official voice used for each."""

_PREFIX = re.compile(r"([abefhijpz])[fm]_.")


def language_letter(name: str) -> str | None:
    """Return the letter of a voice's language, None without an official prefix (`af_`)."""
    match = _PREFIX.match(name)
    return None if match is None else match[1]


def describe(names: Iterable[str]) -> list[VoiceInfo]:
    """Return voices' properties by their names: the official ones by language, then the user's own by name."""
    return describe_voice_files(_SPEC, "", names)
