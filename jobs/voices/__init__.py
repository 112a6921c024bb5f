"""The user's own voices: a library of recordings and presets, and what becomes of a voice as it is written."""

from .finder import VoiceFinder
from .library import BrokenVoice, LibraryVoice, VoiceLibrary, VoiceLibraryError
from .recording import Recording

__all__ = ["BrokenVoice", "LibraryVoice", "Recording", "VoiceFinder", "VoiceLibrary", "VoiceLibraryError"]
