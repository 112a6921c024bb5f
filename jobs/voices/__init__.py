"""Speakers, casts, and the voice library."""

from ..errors import CastError, UnknownVoiceError, VoiceLibraryError
from .cast import Cast, CastSpeaker
from .cast_file import read_cast
from .prepared_voice import PreparedVoice
from .recording import VoiceRecording
from .resolve import VoiceResolver
from .speaker import Speaker
from .voice_library import BrokenVoice, LibraryVoice, VoiceLibrary
from .voice_names import VoiceNames

__all__ = [
    "BrokenVoice",
    "Cast",
    "CastError",
    "CastSpeaker",
    "LibraryVoice",
    "PreparedVoice",
    "Speaker",
    "UnknownVoiceError",
    "VoiceLibrary",
    "VoiceLibraryError",
    "VoiceNames",
    "VoiceRecording",
    "VoiceResolver",
    "read_cast",
]
