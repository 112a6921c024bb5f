"""The evaluation's single sentences: drawn afresh, heard with several options."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .espeak import Espeak
from .listener import Listener, edits, pad, spread, words_of
from .sentences import draw_sentence
from .tokens import FIRST_TIMESTAMP
from .units import SAMPLE_RATE_HZ, STEPS_PER_S
from .utterance import draw_voice, speak_words

GREEDY: dict[str, Any] = {"beam_size": 1, "temperature": 0.0}
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "greedy": GREEDY,
    "no_timestamps": {"without_timestamps": True},
    "vad_filter": {"vad_filter": True},
}
_MOST_WRONG = 25


class Question(NamedTuple):
    """Speech `[n]` at 16 kHz, what is said, and each word's start and end in seconds."""

    samples: NDArray[np.float32]
    words: list[str]
    starts_s: NDArray[np.floating]
    ends_s: NDArray[np.floating]


def draw_questions(rng: np.random.Generator, espeak: Espeak, count: int) -> list[Question]:
    """Return so many sentences in random voices, levels and noises, with silence around them."""
    questions = []
    for _ in range(count):
        words = draw_sentence(rng)
        spoken = speak_words(espeak, rng, words, draw_voice(rng))
        lead_s = rng.uniform(0.05, 0.9)
        samples = pad(spoken.samples * rng.uniform(0.1, 1.2), lead_s, rng.uniform(0.1, 1.0))
        samples += rng.standard_normal(len(samples)).astype(np.float32) * 10 ** rng.uniform(-5, -2.7)
        questions.append(Question(samples, words, spoken.starts_s + lead_s, spoken.ends_s + lead_s))
    return questions


def examine(listener: Listener, questions: list[Question], name: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the figures with the options of that name, and what was said and heard where they differ."""
    n_errors = n_right = 0
    starts: list[float] = []
    ends: list[float] = []
    wrong: list[tuple[str, str]] = []
    began_s = time.monotonic()
    for question in questions:
        segments = listener.hear(question.samples, **OPTIONS[name])
        heard = words_of(segments)
        n_wrong = edits(question.words, heard)
        n_errors += n_wrong
        n_right += heard == question.words
        if n_wrong:
            wrong.append((" ".join(question.words), " ".join(heard)))
        if len(segments) == 1 and name in {"default", "greedy"}:
            # The start of a lone segment is the window's start in faster-whisper, so the model's own token is measured.
            written_s = (segments[0].tokens[0] - FIRST_TIMESTAMP) / STEPS_PER_S
            starts.append(abs(written_s - question.starts_s[0]))
            ends.append(abs(segments[0].end - question.ends_s[-1]))
    spent_s = time.monotonic() - began_s
    n_words = sum(len(question.words) for question in questions)
    n_samples = sum(len(question.samples) for question in questions)
    figures = {
        "wer": round(n_errors / n_words, 4),
        "words": n_words,
        "sentences_right": f"{n_right}/{len(questions)}",
        "x_realtime": round(n_samples / SAMPLE_RATE_HZ / spent_s, 1),
        "ms_per_call": round(spent_s / len(questions) * 1e3, 1),
    }
    return figures | spread("start", starts) | spread("end", ends), wrong[:_MOST_WRONG]


def examine_words(listener: Listener, questions: list[Question]) -> dict[str, Any]:
    """Return how far word timestamps are off, over the sentences that are heard right."""
    starts: list[float] = []
    ends: list[float] = []
    for question in questions:
        heard = [word for segment in listener.hear(question.samples, word_timestamps=True) for word in segment.words]
        if [word.word.strip() for word in heard] == question.words:
            starts += [abs(word.start - s) for word, s in zip(heard, question.starts_s, strict=True)]
            ends += [abs(word.end - s) for word, s in zip(heard, question.ends_s, strict=True)]
    return {"words": len(starts)} | spread("start", starts) | spread("end", ends)


def examine_growing(listener: Listener, questions: list[Question]) -> float:
    """Return the word error rate of a growing buffer, cut at the end of each word but the last."""
    n_errors = n_words = 0
    for question in questions:
        for count in range(1, len(question.words)):
            end = int(question.ends_s[count - 1] * SAMPLE_RATE_HZ)
            n_errors += edits(question.words[:count], words_of(listener.hear(question.samples[:end], **GREEDY)))
            n_words += count
    return round(n_errors / max(n_words, 1), 4)
