"""A recording as a voice, prepared for each way in which an engine's models want it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable

import msgspec

from ...utils.streaming import ReferenceVoice, Voice
from ...utils.streaming.contract.engine_spec import EngineSpec, ReferencePolicy
from ...utils.streaming.contract.language_tags import primary_tag
from ...utils.streaming.loading.loaded_model import NOTES

_SAME_LANGUAGE = {"nb": "no", "nn": "no", "cmn": "zh", "yue": "zh"}

_notes = logging.getLogger(NOTES)


class ReferenceClip(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine gets of a recording under a policy.

    Attributes:
        voice: The prepared clip by its digest, with its transcript if the policy uses one; None if the recording can't
            be used: then `error` says why.
        duration_s: Its length.
        notes: What users should know: how it was cut, what was heard, faults of the recording.
    """

    policy: ReferencePolicy
    voice: ReferenceVoice | None = None
    error: str = ""
    duration_s: float = 0.0
    notes: tuple[str, ...] = ()


class PreparedVoice(msgspec.Struct, frozen=True, kw_only=True, tag="prepared"):
    """A recording to imitate, prepared for an engine.

    Attributes:
        name: The recording's name in messages.
        language: The language spoken in it (BCP-47); None if unknown.
        clips: One for each policy of the engine's models.
    """

    name: str
    language: str | None = None
    clips: tuple[ReferenceClip, ...]

    def clip(self, spec: EngineSpec, policy: ReferencePolicy) -> ReferenceClip:
        """Return the clip for a policy of an engine. ValueError if the recording can't be used under it."""
        clip = next((clip for clip in self.clips if clip.policy == policy), None)
        if clip is None or clip.voice is None:
            reason = "it was prepared for another engine" if clip is None else clip.error
            raise ValueError(f"engine '{spec.name}' can't use {self.name}: {reason}")
        return clip

    def language_note(self, spoken: str | None) -> str:
        """Return the note for a text in another language than the recording's; '' for the same, or if unknown."""
        if spoken is None or self.language is None or _family(spoken) == _family(self.language):
            return ""
        return f"{self.name} is in language '{self.language}', and the text in '{spoken}': expect an accent"


SpeakerVoice = Voice | PreparedVoice
"""A resolved voice of a speaker."""


def _family(tag: str) -> str:
    primary = primary_tag(tag)
    return _SAME_LANGUAGE.get(primary, primary)


def log_once(notes: Iterable[str]) -> None:
    """Log each note for users, unless this process has logged it before."""
    for note in notes:
        _log(note)


@functools.lru_cache(maxsize=4096)
def _log(note: str) -> None:
    _notes.warning("%s", note)
