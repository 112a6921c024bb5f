"""A cue: a piece of text with its time, as a file holds it (`Cue`) or exactly (`TimedText`)."""

from __future__ import annotations

from fractions import Fraction

import msgspec


class VoiceText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one of several voices says in a cue, as plain text; `speaker` is empty where none is stated."""

    speaker: str
    text: str


class Cue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""One subtitle of a file. Times are whole milliseconds, which every format read here holds exactly.

    `index` counts from 0 in order of time. `text` is plain: tags are gone, line breaks are `\n`, no line is blank.
    `speaker` is what the format states formally (WebVTT `<v>`, the ASS name field), else empty; where it states
    several, it is the first, and `voices` are all of them in order, with what each says. `line` is the 1-based line of
    the file where the cue's times stand; `number` is its number or identifier as written.
    """

    index: int
    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    line: int
    number: str | None = None
    voices: tuple[VoiceText, ...] = ()

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
        """Return the cue as it would be written, with exact times."""
        return TimedText(
            start_s=Fraction(self.start_ms, 1000),
            end_s=Fraction(self.end_ms, 1000),
            text=self.text,
            speaker=self.speaker,
        )


class TimedText(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of text from `start_s` to `end_s`, in exact seconds; what a subtitle file is written from."""

    start_s: Fraction
    end_s: Fraction
    text: str
    speaker: str = ""

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
