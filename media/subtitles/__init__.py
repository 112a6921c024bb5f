"""Read and write subtitles, and lay out transcripts as subtitles."""

from ..errors import SubtitleError
from .cue import Cue, TimedText
from .options import ReadOptions
from .read import read_subtitles
from .subtitle_file import Note, SubtitleFile
from .write import write_subtitles

__all__ = [
    "Cue",
    "Note",
    "ReadOptions",
    "SubtitleError",
    "SubtitleFile",
    "TimedText",
    "read_subtitles",
    "write_subtitles",
]
