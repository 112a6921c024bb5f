"""Speak a text or a script: sentence by sentence, with pauses, each in its speaker's voice."""

from .job import SpeakJob, speak
from .report import SegmentReport, SpeakReport

__all__ = [
    "SegmentReport",
    "SpeakJob",
    "SpeakReport",
    "speak",
]
