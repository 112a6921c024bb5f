"""What was spoken, and where."""

from __future__ import annotations

import msgspec

from ..speech_job import Status


class SpokenPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence and where its audio is.

    `source_start` and `source_end` are characters of the whole text; `text` is what the engine was given for them, on
    one line. `speaker` is empty for the narrator; `voice` is as users write it, empty where the engine chose by the
    language. `notes` say what of the script wasn't done as it was asked for.
    """

    index: int
    text: str
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
    voice: str = ""
    language: str | None = None
    speed: float = 1.0
    seed: int | None = 0
    gain_db: float = 0.0
    notes: tuple[str, ...] = ()


class SpeakReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was spoken, and where. `notes` are what of a script was left as text, `n_notes` how many there are."""

    sample_rate: int
    duration_s: float
    pieces: tuple[SpokenPiece, ...]
    notes: tuple[str, ...] = ()
    n_notes: int = 0
