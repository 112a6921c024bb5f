"""The settings of a dub in a video file."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..subtitles import Cue, TimedText
from .ducking import Ducking


class Dub(msgspec.Struct, frozen=True):
    """The settings of a dub in a video file. The file's existing tracks are kept.

    Attributes:
        voice_over: Mix the dub over the ducked original, in the original's channels. Otherwise it is a mono track.
        speech_spans: The dub's spans of speech `(start_s, end_s)`, for ducking.
        ducking: The settings of ducking.
        language: The BCP-47 tag of the tracks.
        title: The title of the tracks; empty for the default.
        is_default: Whether players select the dub by default.
        subtitles: Cues for a subtitle track in the same language.
    """

    voice_over: bool = False
    speech_spans: tuple[tuple[float, float], ...] = ()
    ducking: Ducking = Ducking()
    language: str = ""
    title: str = ""
    is_default: bool = True
    subtitles: Sequence[TimedText | Cue] = ()
