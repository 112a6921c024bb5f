"""What is made of a book's spoken segments, and the silence between them."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...media.audio.formats import AudioFormat
from ...media.subtitles.presets import PRESETS
from ..speak.lines import LONGEST_PAUSE_S, Pauses

CHAPTER_PAUSE_S = 1.5
CHAPTER_FORMATS: tuple[AudioFormat, ...] = ("wav", "flac", "mp3", "opus", "m4a")
MIN_LUFS, MAX_LUFS = -40.0, -5.0
MIN_CEILING_DBTP, MAX_CEILING_DBTP = -20.0, 0.0


class BookPauses(Pauses, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds of silence behind a sentence, a paragraph and a chapter. ValueError for what is no pause."""

    chapter_s: float = CHAPTER_PAUSE_S

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.chapter_s <= LONGEST_PAUSE_S:
            raise ValueError(f"chapter_s is {self.chapter_s:g}, outside 0 to {LONGEST_PAUSE_S:g} seconds")


class NarrateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is made of the spoken segments. None of it needs a segment to be spoken again.

    `format` is that of the chapters' files (None: none), `m4b` also makes an audiobook with chapter marks.
    `sample_rate` in Hz is the engine's own where None, `bit_rate` in bits a second the format's default.
    `loudness_lufs` is what each chapter is brought to, with true peaks at or below `ceiling_dbtp`; None leaves the
    levels alone.
    `subtitles` and `words` lie beside each chapter. ValueError for what can't be.
    """

    format: AudioFormat | None = "mp3"
    m4b: bool = False
    sample_rate: int | None = None
    bit_rate: int | None = None
    loudness_lufs: float | None = None
    ceiling_dbtp: float = -1.0
    pauses: BookPauses = BookPauses()
    subtitles: Literal["srt", "vtt", "ass"] | None = "srt"
    preset: str = "streaming"
    words: bool = True

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in CHAPTER_FORMATS:
            raise ValueError(f"chapters are written as {', '.join(CHAPTER_FORMATS)}, not {self.format}")
        if self.preset not in PRESETS:
            raise ValueError(f"the layout of subtitles is one of {', '.join(PRESETS)}, not {self.preset!r}")
        if self.loudness_lufs is not None and not MIN_LUFS <= self.loudness_lufs <= MAX_LUFS:
            raise ValueError(f"a loudness is from {MIN_LUFS:g} to {MAX_LUFS:g} LUFS, not {self.loudness_lufs:g}")
        if not MIN_CEILING_DBTP <= self.ceiling_dbtp <= MAX_CEILING_DBTP:
            raise ValueError(
                f"a ceiling is from {MIN_CEILING_DBTP:g} to {MAX_CEILING_DBTP:g} dBTP, not {self.ceiling_dbtp:g}"
            )
