"""The pool of spoken sentences that the windows are put together from, in one file."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .espeak import Espeak
from .sentences import draw_sentence
from .utterance import draw_voice, speak_words
from .words import WORDS

SENTENCES_A_PART = 500
"""What one process draws at a time, each part by its own seed."""
SENTENCES_A_SPEAKER = 8
_N_PROCESSES = 2


class PooledSentence(NamedTuple):
    """Speech `[n]` at 16 kHz, the numbers of its words `[words]`, and their starts and ends in seconds, `[words]`."""

    samples: NDArray[np.float32]
    words: NDArray[np.int64]
    starts_s: NDArray[np.float32]
    ends_s: NDArray[np.float32]


class _Drawn(NamedTuple):
    samples: NDArray[np.int16]
    words: list[int]
    starts_s: NDArray[np.floating]
    ends_s: NDArray[np.floating]


def _draw_part(job: tuple[list[int], int]) -> list[_Drawn]:
    seed, n_sentences = job
    rng = np.random.default_rng(seed)
    espeak = Espeak()
    drawn: list[_Drawn] = []
    while len(drawn) < n_sentences:
        voice = draw_voice(rng)
        for _ in range(SENTENCES_A_SPEAKER):
            words = draw_sentence(rng)
            if rng.random() < 0.3:  # the plain, most likely voice is common
                voice = voice._replace(voice="en-us" if rng.random() < 0.7 else "en")
            samples, starts_s, ends_s = speak_words(espeak, rng, words, voice)
            numbers = [WORDS.index(word) for word in words]
            drawn.append(_Drawn((samples * 32767).astype(np.int16), numbers, starts_s, ends_s))
    return drawn[:n_sentences]


def make_pool(path: Path, seed: int, n_sentences: int) -> None:
    """Draw and speak the sentences of a seed, and write them to `path`. ValueError unless they fill whole parts."""
    if n_sentences < 1 or n_sentences % SENTENCES_A_PART:
        raise ValueError(f"a pool has a multiple of {SENTENCES_A_PART} sentences, not {n_sentences}")
    jobs = [([seed, 1, part], SENTENCES_A_PART) for part in range(n_sentences // SENTENCES_A_PART)]
    # A process of its own for each part: eSpeak NG sounds the same only from the first sentence of a process on.
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(_N_PROCESSES, len(jobs)), maxtasksperchild=1) as processes:
        drawn = [sentence for part in processes.imap(_draw_part, jobs) for sentence in part]
    # An interrupted run must not leave half a pool that the next one takes for whole.
    unfinished = path.with_name("unfinished-" + path.name)
    np.savez(
        unfinished,
        wav=np.concatenate([sentence.samples for sentence in drawn]),
        wav_off=np.cumsum([0] + [len(sentence.samples) for sentence in drawn]),
        ids=np.concatenate([sentence.words for sentence in drawn]),
        ids_off=np.cumsum([0] + [len(sentence.words) for sentence in drawn]),
        start=np.concatenate([sentence.starts_s for sentence in drawn]).astype(np.float32),
        end=np.concatenate([sentence.ends_s for sentence in drawn]).astype(np.float32),
    )
    unfinished.replace(path)


class SpeechPool:
    """A pool that `make_pool` has written."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self._samples: NDArray[np.int16] = arrays["wav"]
            self._sample_bounds: NDArray[np.int64] = arrays["wav_off"]
            self._words: NDArray[np.int64] = arrays["ids"]
            self._word_bounds: NDArray[np.int64] = arrays["ids_off"]
            self._starts_s: NDArray[np.float32] = arrays["start"]
            self._ends_s: NDArray[np.float32] = arrays["end"]

    def __len__(self) -> int:
        return len(self._sample_bounds) - 1

    def __getitem__(self, index: int) -> PooledSentence:
        begin, end = self._sample_bounds[index], self._sample_bounds[index + 1]
        words = slice(self._word_bounds[index], self._word_bounds[index + 1])
        samples = self._samples[begin:end].astype(np.float32) / np.float32(32768)
        return PooledSentence(samples, self._words[words], self._starts_s[words], self._ends_s[words])
