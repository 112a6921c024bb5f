"""The jobs people come for. Pure Python: no ComfyUI, no HTTP, no torch; every face calls these.

A job is plain data and a state machine without input or output of its own: it names its segments, takes their events,
and gives out audio that is final. `run` and `arun` drive one on a runtime, blocking or awaiting.
"""

from .cast import Cast, CastError, Member
from .cast_file import read_cast
from .dub import DubJob, DubMode, DubReport, DubRules, dub
from .fit import fit
from .live import LiveSession
from .proof import Proof, Take, proof, worst
from .recogniser import Recogniser
from .run import arun, run
from .speak import SpeakReport, speak
from .speaker import Speaker
from .speech import Placed, SpeechJob
from .transcribe import Listening, TranscribeJob, TranscribeReport, alisten, listen, transcribe

__all__ = [
    "Cast",
    "CastError",
    "DubJob",
    "DubMode",
    "DubReport",
    "DubRules",
    "Listening",
    "LiveSession",
    "Member",
    "Placed",
    "Proof",
    "Recogniser",
    "SpeakReport",
    "Speaker",
    "SpeechJob",
    "Take",
    "TranscribeJob",
    "TranscribeReport",
    "alisten",
    "arun",
    "dub",
    "fit",
    "listen",
    "proof",
    "read_cast",
    "run",
    "speak",
    "transcribe",
    "worst",
]
