"""Voxweft: streaming speech for ComfyUI, the command line and Python.

    import voxweft as vw

    vw.say("Hello.").save("hello.wav")
    vw.transcribe("talk.mp4").save("talk.srt")

This file is also the entry point that ComfyUI imports, under whatever name the folder has. It imports nothing heavy
(the Python API is loaded at its first use), changes nothing outside itself, and works without ComfyUI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.v0_0_2 import ComfyExtension

    from .jobs.api import (
        Error,
        NarrateSettings,
        Runtime,
        Speaker,
        Speech,
        SpeechStream,
        Transcript,
        dub,
        narrate,
        plan_dub,
        say,
        stream,
        transcribe,
    )

__version__ = "0.1.0"
__all__ = [
    "WEB_DIRECTORY",
    "Error",
    "NarrateSettings",
    "Runtime",
    "Speaker",
    "Speech",
    "SpeechStream",
    "Transcript",
    "__version__",
    "comfy_entrypoint",
    "dub",
    "narrate",
    "plan_dub",
    "say",
    "stream",
    "transcribe",
]

WEB_DIRECTORY = "./web"


def __getattr__(name: str) -> object:
    """Load the Python API when one of its names is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .jobs import api

    value: object = getattr(api, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


async def comfy_entrypoint() -> ComfyExtension:
    """Return the extension that ComfyUI asks for its nodes. Nothing of it is imported before this call."""
    from .nodes import extension

    return extension()
