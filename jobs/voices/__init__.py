"""The user's own voices: a library of recordings and presets, and what becomes of a voice as it is written."""

from .finder import VoiceFinder
from .recording import Recording
from .voice_library import BrokenVoice, LibraryVoice, VoiceLibrary, VoiceLibraryError

__all__ = ["BrokenVoice", "LibraryVoice", "Recording", "VoiceFinder", "VoiceLibrary", "VoiceLibraryError"]
