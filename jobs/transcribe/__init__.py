"""Transcribe recordings and live audio, and verify generated speech."""

from .files import Listening, TranscribeJob, TranscribeReport, alisten, listen, transcribe
from .live.session import LiveSession
from .recognizer import Recogniser
from .verify import Proof, Take, proof, worst

__all__ = [
    "Listening",
    "LiveSession",
    "Proof",
    "Recogniser",
    "Take",
    "TranscribeJob",
    "TranscribeReport",
    "alisten",
    "listen",
    "proof",
    "transcribe",
    "worst",
]
