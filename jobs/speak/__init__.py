"""Speak a text or a script: sentence by sentence, with pauses between, each in its speaker's voice."""

from .job import SpeakJob, speak
from .report import SpeakReport, SpokenPiece

__all__ = [
    "SpeakJob",
    "SpeakReport",
    "SpokenPiece",
    "speak",
]
