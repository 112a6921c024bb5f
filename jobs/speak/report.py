"""The report of a spoken text: each segment, how it was spoken, and its position in the audio."""

from __future__ import annotations

import msgspec

from ..levels.leveling import VoiceLevel
from ..licenses import UsedLicense
from ..speech_job import Status


class SegmentReport(msgspec.Struct, frozen=True, kw_only=True):
    """A segment and the position of its audio.

    Attributes:
        text: The words that the engine received, on one line; empty if the segment has only sounds.
        written: The words as written, if the engine received others.
        performed: The sounds and moods that it performed, by the engine's names.
        source_start: The first character of its source in the whole text; `source_end` is the end.
        start_sample: Where its audio starts, in the report's rate; `end_sample` is the end. `start_s` and `end_s` are
            the same in seconds.
        message: Why it failed.
        cached: Whether its audio came from the cache.
        speaker: The name in the cast; empty for the narrator.
        model: The engine's model; empty if it has only one.
        voice: The voice as users write it; empty if the engine chose one by the language.
        notes: Parts of the script that were not followed, and settings that the engine doesn't support.
    """

    index: int
    text: str
    written: str = ""
    source_start: int
    source_end: int
    start_s: float
    end_s: float
    start_sample: int
    end_sample: int
    status: Status
    message: str = ""
    cached: bool = False
    speaker: str = ""
    engine: str = ""
    model: str = ""
    voice: str = ""
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    gain_db: float = 0.0
    notes: tuple[str, ...] = ()
    performed: tuple[str, ...] = ()


class SpeakReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a spoken text.

    `notes` name parts of a script that were read as text; `n_notes` counts them. `voice_notes` are what users should
    know of the recordings that the speakers imitate. `levels` are the gains of the voices; empty if levels are off.
    `licenses` are those of the models that spoke.
    """

    sample_rate: int
    duration_s: float
    segments: tuple[SegmentReport, ...]
    notes: tuple[str, ...] = ()
    n_notes: int = 0
    voice_notes: tuple[str, ...] = ()
    levels: tuple[VoiceLevel, ...] = ()
    licenses: tuple[UsedLicense, ...] = ()
