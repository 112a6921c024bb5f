"""The Python API. Its names are also the package's own: `import voxweft as vw; vw.say("Hello.").save("hello.wav")`."""

from __future__ import annotations

from ...utils.streaming.contract.errors import Error
from ...utils.streaming.runtime import Runtime
from ..narrate.settings import NarrateSettings
from ..voices.speaker import Speaker
from .functions import dub, narrate, plan_dub, say, stream, transcribe
from .results import Speech, SpeechStream, Transcript

__all__ = [
    "Error",
    "NarrateSettings",
    "Runtime",
    "Speaker",
    "Speech",
    "SpeechStream",
    "Transcript",
    "dub",
    "narrate",
    "plan_dub",
    "say",
    "stream",
    "transcribe",
]
