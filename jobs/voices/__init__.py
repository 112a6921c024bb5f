"""Who speaks: speakers, casts, and the user's own voices."""

from .cast import Cast, CastError, Member
from .cast_file import read_cast
from .finder import VoiceFinder
from .library import BrokenVoice, LibraryVoice, VoiceLibrary, VoiceLibraryError
from .recording import Recording
from .speaker import Speaker

__all__ = [
    "BrokenVoice",
    "Cast",
    "CastError",
    "LibraryVoice",
    "Member",
    "Recording",
    "Speaker",
    "VoiceFinder",
    "VoiceLibrary",
    "VoiceLibraryError",
    "read_cast",
]
