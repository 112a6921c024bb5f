"""Transcribe recordings and live audio, and verify generated speech."""

from .files import TranscribeJob, TranscribeReport, astream_transcript, stream_transcript, transcribe
from .live.session import LiveSession
from .progress import RecognitionProgress
from .recognizer import Recognizer
from .verify import Recording, Verification, highest_error_rates, verify

__all__ = [
    "LiveSession",
    "RecognitionProgress",
    "Recognizer",
    "Recording",
    "TranscribeJob",
    "TranscribeReport",
    "Verification",
    "astream_transcript",
    "highest_error_rates",
    "stream_transcript",
    "transcribe",
    "verify",
]
