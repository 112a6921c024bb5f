"""Recordings of speech with known words and times, spoken by eSpeak NG."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from voxweft.media.audio.resample import Resampler
from voxweft.media.audio.wav import WavWriter
from voxweft.utils.streaming import AudioChunk, NamedVoice, SegmentDone, Word
from voxweft.utils.streaming.runtime import Runtime

from .asr_texts import Sentences
from .bench import espeak_segment

RATE_HZ = 16_000
_VOICES = ("en-us", "en-us+m3", "en+f2", "en-us+f4", "en+m1")
_SENTENCES_PER_VOICE = 6
_MIN_PAUSE_S, _MAX_PAUSE_S = 0.25, 1.4
_NOISE = 10**-3.2


class Recording(NamedTuple):
    """Float32 mono `[n]` at 16 kHz, and its words with their true times."""

    samples: NDArray[np.float32]
    words: tuple[Word, ...]

    @property
    def duration_s(self) -> float:
        """The duration in seconds."""
        return len(self.samples) / RATE_HZ

    @property
    def text(self) -> str:
        """The spoken text."""
        return " ".join(word.text for word in self.words)

    def write(self, file: Path) -> Path:
        """Write a 16-bit WAV file and return its path."""
        with file.open("wb") as opened, WavWriter(opened, RATE_HZ) as wav:
            wav.write(self.samples)
        return file


def record(runtime: Runtime, duration_s: float, seed: int) -> Recording:
    """Return a recording of at least `duration_s`: sentences in several voices and speeds, pauses, slight noise."""
    drawn = random.Random(seed)
    parts: list[NDArray[np.float32]] = []
    words: list[Word] = []
    n_samples = 0
    for samples, spoken in _sentences(runtime, drawn, Sentences(seed)):
        pause = np.zeros(round(drawn.uniform(_MIN_PAUSE_S, _MAX_PAUSE_S) * RATE_HZ), np.float32)
        start_s = (n_samples + len(pause)) / RATE_HZ
        words += [Word(word.text, start_s + word.start_s, start_s + word.end_s) for word in spoken]
        parts += [pause, samples * np.float32(drawn.uniform(0.5, 1.1))]
        n_samples += len(pause) + len(samples)
        if n_samples >= duration_s * RATE_HZ:
            break
    whole = np.concatenate([*parts, np.zeros(RATE_HZ, np.float32)])
    noise = np.random.default_rng(seed).standard_normal(len(whole), dtype=np.float32)
    return Recording(np.clip(whole + noise * np.float32(_NOISE), -1.0, 1.0), tuple(words))


def _sentences(
    runtime: Runtime, drawn: random.Random, sentences: Sentences
) -> Iterator[tuple[NDArray[np.float32], tuple[Word, ...]]]:
    """Yield spoken sentences without end: samples at 16 kHz, and words with times relative to the sentence."""
    while True:
        voice, speed = NamedVoice(drawn.choice(_VOICES)), drawn.uniform(0.8, 1.1)
        segments = [
            msgspec.structs.replace(espeak_segment(sentences.next(), index), voice=voice, speed=speed)
            for index in range(_SENTENCES_PER_VOICE)
        ]
        chunks: list[AudioChunk] = []
        spoken: list[tuple[NDArray[np.float32], tuple[Word, ...]]] = []
        with runtime.stream(segments) as events:
            for event in events:
                if isinstance(event, AudioChunk):
                    chunks.append(event)
                elif isinstance(event, SegmentDone):
                    resampler = Resampler(chunks[0].sample_rate, RATE_HZ)
                    samples = [*(resampler.process(chunk.samples) for chunk in chunks), resampler.flush()]
                    spoken.append((np.concatenate(samples), tuple(word for chunk in chunks for word in chunk.words)))
                    chunks = []
        # Yielded after the job, so that a caller who stops leaves no job running.
        yield from spoken
