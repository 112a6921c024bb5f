"""Subtitles: read and written. Laying speech out in their time is a job's work."""

from .cue import Cue, TimedText
from ..errors import SubtitleError
from .subtitle_file import Note, SubtitleFile
from .read import read_subtitles
from .write import write_subtitles

__all__ = ["Cue", "Note", "SubtitleError", "SubtitleFile", "TimedText", "read_subtitles", "write_subtitles"]
