"""Cues: text with times, as in a file (`Cue`) or exact (`TimedText`)."""

from __future__ import annotations

from fractions import Fraction

import msgspec


class VoiceText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The plain text of one of several voices in a cue; `speaker` is empty if none is given."""

    speaker: str
    text: str


class Cue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""A cue of a subtitle file. Times are whole milliseconds, which is exact for every format.

    Attributes:
        index: Counts from 0 in time order.
        text: Plain text without tags and blank lines; line breaks are `\n`.
        speaker: The speaker set by the format (WebVTT `<v>`, the ASS name field), the first of several; else empty.
        line: The 1-based line of the cue's times.
        number: The cue's number or identifier as written.
        voices: If the cue has several speakers, all of them with their texts.
        italics: The parts of the text in italics, from and to a character.
        place: Where the cue stands, by the keys of a number pad (8 is the top center); 0 for the usual place.
    """

    index: int
    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    line: int
    number: str | None = None
    voices: tuple[VoiceText, ...] = ()
    italics: tuple[tuple[int, int], ...] = ()
    place: int = 0

    @property
    def start_s(self) -> float:
        """The start in seconds."""
        return self.start_ms / 1000

    @property
    def end_s(self) -> float:
        """The end in seconds."""
        return self.end_ms / 1000

    @property
    def spoken_text(self) -> str:
        """The text as one line: breaks and runs of white space are single spaces."""
        return " ".join(self.text.split())

    def timed(self) -> TimedText:
        """Return the cue with exact times, for writing."""
        return self.at(Fraction(self.start_ms, 1000), Fraction(self.end_ms, 1000))

    def at(self, start_s: Fraction, end_s: Fraction) -> TimedText:
        """Return the cue at another time, for writing."""
        return TimedText(
            start_s=start_s,
            end_s=end_s,
            text=self.text,
            speaker=self.speaker,
            italics=self.italics,
            place=self.place,
        )


class TimedText(msgspec.Struct, frozen=True, kw_only=True):
    """A text from `start_s` to `end_s`, in exact seconds. Subtitle files are written from these.

    `italics` and `place` are those of a `Cue`.
    """

    start_s: Fraction
    end_s: Fraction
    text: str
    speaker: str = ""
    italics: tuple[tuple[int, int], ...] = ()
    place: int = 0

    @classmethod
    def from_samples(
        cls, start_sample: int, end_sample: int, sample_rate: int, text: str, speaker: str = ""
    ) -> TimedText:
        """Return the text at sample positions of audio at `sample_rate` Hz."""
        return cls(
            start_s=Fraction(start_sample, sample_rate),
            end_s=Fraction(end_sample, sample_rate),
            text=text,
            speaker=speaker,
        )
