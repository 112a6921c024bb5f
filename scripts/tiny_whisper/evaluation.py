"""The evaluation: fresh sentences, long files, silence, and sentences to show, through faster-whisper itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .espeak import Espeak
from .exam import OPTIONS, draw_questions, examine, examine_growing, examine_words
from .listener import Listener, edits, pad, spread, words_of
from .noise import draw_noise
from .sentences import draw_sentence
from .units import SAMPLE_RATE_HZ
from .utterance import draw_voice, speak_words

DEMO = (
    "The quick brown fox jumps over the lazy dog.",
    "Welcome to the show.",
    "Please read the next line.",
    "One two three four five.",
    "Hello. Welcome to the show. Today is Monday. Thank you and goodbye.",
)
LONG_OPTIONS: dict[str, dict[str, Any]] = {
    "long_60s": {},
    "long_60s_words": {"word_timestamps": True},
    "long_60s_no_condition": {"condition_on_previous_text": False},
    "long_60s_vad": {"vad_filter": True},
}
_N_LONG, _LONG_S = 4, 60
_N_QUIET, _N_GROWING = 30, 60


def evaluate(folder: Path, seed: int, count: int, compute_type: str, threads: int) -> dict[str, Any]:
    """Return the figures of a folder's model over `count` sentences.

    They come from another seed than the training's, but from the same grammar and voices: a short, formulaic sentence
    may be in the pool as well.
    """
    listener = Listener(folder, compute_type, threads)
    espeak = Espeak()
    rng = np.random.default_rng([seed, 99, 12345])
    questions = draw_questions(rng, espeak, count)
    report: dict[str, Any] = {}
    for name in OPTIONS:
        report[name], wrong = examine(listener, questions, name)
        if name == "default":
            report["wrong"] = wrong
    report["word_timestamps"] = examine_words(listener, questions)
    recordings = _draw_long(np.random.default_rng([seed, 98]), espeak)
    for name, options in LONG_OPTIONS.items():
        report[name] = _examine_long(listener, recordings, options)
    report["silence_with_text"] = f"{_examine_quiet(listener, rng)}/{_N_QUIET}"
    report["growing_buffer_wer"] = examine_growing(listener, questions[:_N_GROWING])
    report["demo"] = {
        text: [(round(s.start, 2), round(s.end, 2), s.text) for s in listener.hear(espeak.say(text)[0])]
        for text in DEMO
    }
    return report


_Recording = tuple[NDArray[np.float32], list[tuple[float, list[str]]]]
"""Samples `[n]` at 16 kHz, and of each sentence the start in seconds and the words."""


def _draw_long(rng: np.random.Generator, espeak: Espeak) -> list[_Recording]:
    recordings: list[_Recording] = []
    for _ in range(_N_LONG):
        parts: list[NDArray[np.float32]] = []
        said: list[tuple[float, list[str]]] = []
        time_s = 0.0
        voice = draw_voice(rng)
        while time_s < _LONG_S:
            words = draw_sentence(rng)
            spoken = speak_words(espeak, rng, words, voice)
            gap_s = rng.uniform(0.4, 1.5)
            parts.append(pad(spoken.samples, gap_s, 0))
            said.append((time_s + gap_s, words))
            time_s += len(parts[-1]) / SAMPLE_RATE_HZ
        recordings.append((pad(np.concatenate(parts), 0, 0.5), said))
    return recordings


def _examine_long(listener: Listener, recordings: list[_Recording], options: dict[str, Any]) -> dict[str, Any]:
    n_errors = n_words = n_sentences = n_segments = 0
    starts: list[float] = []
    spent_s = 0.0
    for samples, said in recordings:
        began_s = time.monotonic()
        segments = listener.hear(samples, **options)
        spent_s += time.monotonic() - began_s
        reference = [word for _, words in said for word in words]
        n_errors += edits(reference, words_of(segments))
        n_words += len(reference)
        n_sentences += len(said)
        n_segments += len(segments)
        starts += [min(abs(s.start - start_s) for s in segments) for start_s, _ in said if segments]
    duration_s = sum(len(samples) for samples, _ in recordings) / SAMPLE_RATE_HZ
    return {
        "wer": round(n_errors / n_words, 4),
        "words": n_words,
        "segments": f"{n_segments} of {n_sentences}",
        **spread("start", starts),
        "x_realtime": round(duration_s / spent_s, 1),
    }


def _examine_quiet(listener: Listener, rng: np.random.Generator) -> int:
    """Return in how many recordings without speech, silent or noisy, a text is heard."""
    n_with_text = 0
    for i in range(_N_QUIET):
        samples = np.zeros(int(rng.uniform(0.5, 40) * SAMPLE_RATE_HZ), np.float32)
        if i % 3:
            samples += draw_noise(rng, len(samples)) * 10 ** rng.uniform(-4.5, -1.5)
        n_with_text += bool(words_of(listener.hear(samples)))
    return n_with_text
