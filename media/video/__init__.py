"""Video files: read their subtitle tracks, and add a dub as a track or as a voice-over."""

from .dub import Dub
from .extract import read_track
from .mux import check_mux, mux_dub
from .tracks import SubtitleTrack, choice_reason, choose_track, subtitle_tracks

__all__ = [
    "Dub",
    "SubtitleTrack",
    "check_mux",
    "choice_reason",
    "choose_track",
    "mux_dub",
    "read_track",
    "subtitle_tracks",
]
