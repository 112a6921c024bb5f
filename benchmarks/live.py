"""Compare policies of live transcription on real speech with a real Whisper: word errors, lags, and passes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxweft.jobs.api.functions import say
from voxweft.media.audio.resample import resampled
from voxweft.text.lcs import common_subsequence
from voxweft.text.tokens import token_key
from voxweft.text.wer import word_error_rate
from voxweft.utils.streaming import Word

from .bench import percentile, rounded
from .live_ear import RATE_HZ, Ear, Heard, words_of
from .live_policies import is_installed, ours, plain_agreement, whisper_live_kit, whisper_streaming
from .live_texts import PASSAGES
from .real_runtime import real_runtime

_GAP_S = 1.0
_NOISE = 10**-3.2
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""The library's fallback, for a whole file."""
_SAME_LAG_STEP_S = 0.5
"""Plain agreement commits a word after one and a half steps on average: with this step, as soon as we do."""

Figures = dict[str, float]
Progress = Callable[[str], None]
Samples = NDArray[np.float32]


def run_live(models: Path, *, quick: bool = False, progress: Progress = lambda _message: None) -> Figures:
    """Compare on speech by Kokoro, with the models of a folder (scripts/real_models.py), and return the figures.

    whisper_streaming is measured if its module `whisper_online` can be imported, WhisperLiveKit if it is installed.
    About ten minutes of processor time; `quick` takes the first passage only.
    """
    passages = PASSAGES[:1] if quick else PASSAGES
    progress("speaking")
    samples = _speech(models, passages)
    text = " ".join(said for _, said in passages)
    return compare(samples, text, Ear.load(models / "whisper-base"), progress)


def compare(samples: Samples, text: str, ear: Ear, progress: Progress = lambda _message: None) -> Figures:
    """Return the figures of all policies for a recording, float32 mono `[n]` at 16 kHz, and its text."""
    progress("a whole file")
    whole = words_of(ear.hear(samples, temperature=_TEMPERATURES))
    figures: Figures = {
        "speech_s": len(samples) / RATE_HZ,
        "file_wer_percent": 100 * word_error_rate(text, "".join(word.text for word in whole)).rate,
    }
    policies: dict[str, Callable[[], Heard]] = {
        "live": lambda: ours(samples, ear),
        "agreement": lambda: plain_agreement(samples, ear, 1.0),
        "agreement_same_lag": lambda: plain_agreement(samples, ear, _SAME_LAG_STEP_S),
    }
    if is_installed("whisper_online"):
        policies["whisper_streaming"] = lambda: whisper_streaming(samples, ear)
    if is_installed("whisperlivekit"):
        policies["whisper_live_kit"] = lambda: whisper_live_kit(samples, ear)
    for name, run in policies.items():
        progress(name.replace("_", " "))
        figures |= {f"{name}_{key}": value for key, value in measured(run(), text, whole, samples).items()}
    return rounded(figures)


def measured(heard: Heard, text: str, whole: Sequence[Word], samples: Samples) -> Figures:
    """Return the figures of one policy. `whole` are the words of the recording as a file, with their times.

    - `invented`: words that neither the file nor the place of one of its words accounts for.
    - `commit_…`, `seen_…`: from the end of a word to its commit, and to when it is first shown as it stays.
    - `changed_percent`: the share of the words in partial results that don't stay.
    """
    spoken, kept = [token_key(word.text) for word in whole], [token_key(word.text) for word in heard.words]
    committed_s, seen_s, n_partial, n_stay = _times(heard, kept)
    pairs = common_subsequence(spoken, kept)
    commit = [committed_s[at] - whole[index].end_s for index, at in pairs]
    seen = [seen_s[at] - whole[index].end_s for index, at in pairs]
    return {
        "wer_percent": 100 * word_error_rate(text, heard.text).rate,
        "invented": float(word_error_rate(" ".join(word.text for word in whole), heard.text).insertions),
        "commit_p50_s": percentile(commit, 50),
        "commit_p95_s": percentile(commit, 95),
        "seen_p50_s": percentile(seen, 50),
        "seen_p95_s": percentile(seen, 95),
        "changed_percent": 100 * (1 - n_stay / max(1, n_partial)),
        "passes_per_s": heard.passes * RATE_HZ / len(samples),
        "window_s": heard.audio_s / max(1, heard.passes),
    }


def _times(heard: Heard, kept: Sequence[str]) -> tuple[list[float], list[float], int, int]:
    """Return when each word was committed and first shown, and how many partial words there were and stayed."""
    committed_s: list[float] = []
    seen_s: dict[int, float] = {}
    n_partial = n_stay = 0
    for at_s, words, is_committed in heard.shown:
        first = len(committed_s)
        if is_committed:
            committed_s += [at_s] * len(words)
            for at in range(first, len(committed_s)):
                seen_s.setdefault(at, at_s)
            continue
        pairs = common_subsequence([token_key(word.text) for word in words], kept[first : first + len(words)])
        n_partial, n_stay = n_partial + len(words), n_stay + len(pairs)
        for _, at in pairs:
            seen_s.setdefault(first + at, at_s)
    return committed_s, [seen_s[at] for at in range(len(committed_s))], n_partial, n_stay


def _speech(models: Path, passages: Sequence[tuple[str, str]]) -> Samples:
    """Return the passages at 16 kHz, a second of slight noise after each."""
    parts: list[Samples] = []
    with tempfile.TemporaryDirectory() as cache, real_runtime(models, Path(cache)) as runtime:
        for voice, said in passages:
            speech = say(said, engine="kokoro", voice=voice, runtime=runtime)
            parts += [
                resampled(speech.samples, speech.sample_rate, RATE_HZ),
                np.zeros(round(_GAP_S * RATE_HZ), np.float32),
            ]
    whole: Samples = np.concatenate(parts)
    noise = np.random.default_rng(0).standard_normal(len(whole), dtype=np.float32)
    return np.asarray(whole + noise * np.float32(_NOISE), np.float32)
