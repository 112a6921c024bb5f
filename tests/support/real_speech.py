"""Helpers for tests with real weights: Kokoro speaks, Whisper listens, and what is heard becomes a figure.

VOXWEFT_REAL_MODELS is a folder with `kokoro` and `whisper-base`, each as its engine's `--model-path` takes it
(`scripts/real_models.py` makes it). English needs spaCy's own tagger beside the tests' stand-in: `needs_tagger`.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voxweft.jobs.api.functions import say
from voxweft.jobs.api.results import Speech
from voxweft.jobs.speak.report import SpeakReport
from voxweft.jobs.voices import VoiceRecording
from voxweft.jobs.voices.heard import Listener
from voxweft.media.audio.loudness import LoudnessMeter
from voxweft.media.audio.speech_activity import Span, find_speech
from voxweft.utils.streaming.runtime import Runtime

MODELS = Path(os.environ.get("VOXWEFT_REAL_MODELS", ""))
KOKORO, WHISPER = MODELS / "kokoro", MODELS / "whisper-base"
_is_there = KOKORO.is_dir() and WHISPER.is_dir() and bool(MODELS.parts)

real = [
    pytest.mark.real,
    pytest.mark.skipif(not _is_there, reason="VOXWEFT_REAL_MODELS has no kokoro and whisper-base"),
]
"""A module's `pytestmark`."""

has_tagger = importlib.util.find_spec("en_core_web_sm") is not None
needs_tagger = pytest.mark.skipif(not has_tagger, reason="the English tagger isn't installed")

VOICES = {
    "en-us": ("af_heart", "am_michael"),
    "en-gb": ("bf_emma", "bm_george"),
    "es": ("ef_dora",),
    "fr": ("ff_siwis",),
    "it": ("if_sara",),
    "pt-br": ("pf_dora",),
    "hi": ("hf_alpha",),
    "ja": ("jf_alpha",),
    "zh": ("zf_xiaobei",),
}
"""Voices by language, all in the folder."""


def speak(runtime: Runtime, text: str, voice: str = "af_heart", **fields: object) -> Speech[SpeakReport]:
    """Speak a text with Kokoro."""
    return say(text, engine="kokoro", voice=voice, runtime=runtime, **fields)


def hear(runtime: Runtime, samples: NDArray[np.float32], rate_hz: int, language: str | None = None) -> str:
    """Return what Whisper hears in mono samples `[n_samples]`, between two silences of half a second."""
    silence = np.zeros(rate_hz // 2, np.float32)
    padded = np.concatenate([silence, samples, silence])
    recording = VoiceRecording(samples=padded, sample_rate=rate_hz, language=language)
    heard = Listener(runtime).hear(recording, recording.duration_s)
    return heard.text if heard is not None else ""


def sounds(samples: NDArray[np.float32], rate_hz: int) -> list[Span]:
    """Return where mono samples `[n_samples]` have sound, between pauses of at least 0.1 s, with 10 ms resolution."""
    activity = find_speech(samples, rate_hz)
    bounds = [activity.speech.start, *(edge for pause in activity.pauses for edge in pause), activity.speech.end]
    return [Span(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=True)]


def silences_s(samples: NDArray[np.float32], rate_hz: int) -> tuple[float, float]:
    """Return the silence before the first sound and after the last one, in seconds."""
    speech = find_speech(samples, rate_hz).speech
    return speech.start / rate_hz, (len(samples) - speech.end) / rate_hz


def lufs(samples: NDArray[np.float32], rate_hz: int) -> float:
    """Return the integrated loudness of mono samples in LUFS."""
    loudness = LoudnessMeter.of_recording(samples[np.newaxis], rate_hz).integrated_lufs
    assert loudness is not None
    return loudness
