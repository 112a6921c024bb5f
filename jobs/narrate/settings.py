"""The output settings of a narration, and the pauses between its segments."""

from __future__ import annotations

from typing import Literal

import msgspec

from ...media.audio.formats import AudioFormat
from ...media.subtitles.presets import PRESETS
from ...utils.settings import MAX_LUFS, MIN_LUFS, parse_level
from ..levels.leveling import Level
from ..speak.pauses import MAX_PAUSE_S, Pauses

CHAPTER_PAUSE_S = 1.5
CHAPTER_FORMATS: tuple[AudioFormat, ...] = ("wav", "flac", "mp3", "opus", "m4a")
MIN_CEILING_DBTP, MAX_CEILING_DBTP = -20.0, 0.0


class BookPauses(Pauses, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The silence after a sentence, a paragraph and a chapter, in seconds; see `Pauses`."""

    chapter_s: float = CHAPTER_PAUSE_S

    @property
    def after_chapter_s(self) -> float:
        """The pause after a chapter in seconds."""
        return self.chapter_s * self.scale

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.chapter_s <= MAX_PAUSE_S:
            raise ValueError(f"chapter_s must be between 0 and {MAX_PAUSE_S:g} seconds, not {self.chapter_s:g}")


class NarrateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The output settings. Changing them never re-synthesizes a segment. ValueError for invalid values.

    Attributes:
        format: The format of the chapters' files; None writes no chapter files.
        m4b: Also write an audiobook of the whole book, with chapter marks.
        sample_rate: In Hz; None uses the engine's native rate.
        bit_rate: In bits per second; None uses the format's default.
        level: The loudness that every voice is brought to.
        loudness_lufs: The loudness of each chapter, after that; None leaves it unchanged.
        ceiling_dbtp: The maximum true peak if a loudness is set.
        subtitles: The format of a subtitle file for each chapter; None writes none.
        preset: The layout preset of the subtitles.
        words: Write a JSON file with the word timings of each chapter.
    """

    format: AudioFormat | None = "mp3"
    m4b: bool = False
    sample_rate: int | None = None
    bit_rate: int | None = None
    level: Level = None
    loudness_lufs: float | None = None
    ceiling_dbtp: float = -1.0
    pauses: BookPauses = BookPauses()
    subtitles: Literal["srt", "vtt", "ass"] | None = "srt"
    preset: str = "streaming"
    words: bool = True

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in CHAPTER_FORMATS:
            raise ValueError(f"unknown chapter format '{self.format}'; choose one of {', '.join(CHAPTER_FORMATS)}")
        if self.level is not None:
            parse_level(str(self.level))
        if self.preset not in PRESETS:
            raise ValueError(f"unknown subtitle preset '{self.preset}'; choose one of {', '.join(PRESETS)}")
        if self.loudness_lufs is not None and not MIN_LUFS <= self.loudness_lufs <= MAX_LUFS:
            raise ValueError(
                f"the loudness must be between {MIN_LUFS:g} and {MAX_LUFS:g} LUFS, not {self.loudness_lufs:g}"
            )
        if not MIN_CEILING_DBTP <= self.ceiling_dbtp <= MAX_CEILING_DBTP:
            raise ValueError(
                f"the ceiling must be between {MIN_CEILING_DBTP:g} and {MAX_CEILING_DBTP:g} dBTP, "
                f"not {self.ceiling_dbtp:g}"
            )
