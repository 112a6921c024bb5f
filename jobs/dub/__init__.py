"""Dub subtitles: each cue in its speaker's voice, at the speed that fits its time slot."""

from .fit import fit
from .job import DubJob, dub
from .report import DubReport
from .rules import DubMode, DubRules

__all__ = [
    "DubJob",
    "DubMode",
    "DubReport",
    "DubRules",
    "dub",
    "fit",
]
