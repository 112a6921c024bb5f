"""Measure what Whisper hears in speech by Kokoro's real weights: by this package, and by the kokoro package."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxweft.jobs.api.functions import say, transcribe
from voxweft.media.audio.speech_activity import find_speech
from voxweft.media.audio.wav import whole_wav
from voxweft.text.wer import Wer, word_error_rate
from voxweft.utils.streaming.runtime import Runtime

from .heard_texts import PASSAGES
from .program import Program, ProgramError
from .real_runtime import real_runtime

VOICES = {
    "af_heart": ("en-us", "a"),
    "am_michael": ("en-us", "a"),
    "bf_emma": ("en-gb", "b"),
    "bm_george": ("en-gb", "b"),
    "ef_dora": ("es", "e"),
    "ff_siwis": ("fr-fr", "f"),
    "if_sara": ("it", "i"),
    "pf_dora": ("pt-br", "p"),
    "jf_alpha": ("ja", "j"),
    "zf_xiaobei": ("zh", "z"),
    "hf_alpha": ("hi", "h"),
}
"""The language of each voice, and the package's letter for it."""
_NOT_JUDGED = ("hi",)
"""Whisper base writes Hindi in other letters, so its words can't be compared."""
_N_SEAMS = 3
_SILENCE_S = 0.5
_HIGHEST_PAUSE_S = 3.0

Figures = dict[str, float]
Progress = Callable[[str], None]
Samples = NDArray[np.float32]


class _Clip(NamedTuple):
    samples: Samples
    sample_rate: int


def run_heard(models: Path, *, quick: bool = False, progress: Progress = lambda _message: None) -> Figures:
    """Measure the voices of a folder with `kokoro` and `whisper-base` (scripts/real_models.py) and return the figures.

    For each voice, ours and the package's (`package_…`): word errors in percent (characters in Chinese and Japanese),
    and the median of the pauses between sentences in seconds: the three longest of each passage of four sentences. Of
    ours also the longest silence at a passage's begin and end.

    About six minutes of processor time; `quick` measures three voices.
    """
    voices = list(VOICES)[::4] if quick else list(VOICES)
    figures: Figures = {"load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0}
    with (
        tempfile.TemporaryDirectory() as folder,
        real_runtime(models, Path(folder) / "cache") as runtime,
        Program("kokoro_baseline", str(models / "kokoro")) as package,
    ):
        for voice in voices:
            progress(f"listening to {voice}")
            figures |= _voice(runtime, package, voice, Path(folder) / "speech.npy")
    return figures


def _voice(runtime: Runtime, package: Program, voice: str, file: Path) -> Figures:
    language, letter = VOICES[voice]
    base = language.partition("-")[0]
    try:
        package.ask("load", voice=voice, letter=letter)
        has_package = True
    except ProgramError:
        # A language whose own packages are missing, as of Japanese.
        has_package = False
    ours, theirs = [], []
    for text in PASSAGES[base]:
        speech = say(text, engine="kokoro", voice=voice, runtime=runtime)
        ours.append(_Clip(speech.samples, speech.sample_rate))
        if has_package:
            rate = package.ask("say", text=text, file=str(file))["sample_rate"]
            theirs.append(_Clip(np.load(file), rate))
    figures: Figures = {}
    for prefix, clips in (("", ours), *((("package_", theirs),) if has_package else ())):
        if base not in _NOT_JUDGED:
            figures[f"{prefix}{voice}_wer_percent"] = 100 * _wer(runtime, clips, base)
        figures[f"{prefix}{voice}_pause_s"] = statistics.median(pause for clip in clips for pause in _pauses_s(clip))
    silences = [_silences_s(clip) for clip in ours]
    figures[f"{voice}_lead_s"] = max(lead for lead, _ in silences)
    figures[f"{voice}_tail_s"] = max(tail for _, tail in silences)
    return figures


def _wer(runtime: Runtime, clips: Sequence[_Clip], language: str) -> float:
    results = [
        word_error_rate(text, _heard(runtime, clip, language))
        for text, clip in zip(PASSAGES[language], clips, strict=True)
    ]
    return _sum(results).rate


def _sum(results: Sequence[Wer]) -> Wer:
    names = ("words", "substitutions", "insertions", "deletions")
    return Wer(**{name: sum(getattr(result, name) for result in results) for name in names})


def _heard(runtime: Runtime, clip: _Clip, language: str) -> str:
    silence = np.zeros(round(_SILENCE_S * clip.sample_rate), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        file.write_bytes(whole_wav(np.concatenate([silence, clip.samples, silence]), clip.sample_rate))
        return transcribe(file, engine="faster_whisper", language=language, words=False, runtime=runtime).text


def _pauses_s(clip: _Clip) -> list[float]:
    """Return the longest pauses in seconds, one for each seam between sentences."""
    pauses = [pause.end - pause.start for pause in find_speech(clip.samples, clip.sample_rate).pauses]
    return [min(pause / clip.sample_rate, _HIGHEST_PAUSE_S) for pause in sorted(pauses)[-_N_SEAMS:]]


def _silences_s(clip: _Clip) -> tuple[float, float]:
    speech = find_speech(clip.samples, clip.sample_rate).speech
    return speech.start / clip.sample_rate, (len(clip.samples) - speech.end) / clip.sample_rate
