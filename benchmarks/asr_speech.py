"""Recordings of speech whose words and times are known: eSpeak NG speaks them, in its worker."""

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
_SENTENCES_A_VOICE = 6
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 1.4
_NOISE = 10**-3.2


class Recording(NamedTuple):
    """Float32 mono `[n]` at 16 kHz, and the words that are said in it, with their true times."""

    samples: NDArray[np.float32]
    words: tuple[Word, ...]

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE_HZ

    @property
    def text(self) -> str:
        """What is said."""
        return " ".join(word.text for word in self.words)

    def write(self, file: Path) -> Path:
        """Write it as a WAV file of 16-bit samples; return the file."""
        with file.open("wb") as opened, WavWriter(opened, RATE_HZ) as wav:
            wav.write(self.samples)
        return file


def record(runtime: Runtime, duration_s: float, seed: int) -> Recording:
    """Return a recording of so many seconds or more: sentences in several voices and speeds, pauses, a little noise."""
    drawn = random.Random(seed)
    parts: list[NDArray[np.float32]] = []
    words: list[Word] = []
    n_samples = 0
    for samples, said in _sentences(runtime, drawn, Sentences(seed)):
        pause = np.zeros(round(drawn.uniform(_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S) * RATE_HZ), np.float32)
        start_s = (n_samples + len(pause)) / RATE_HZ
        words += [Word(word.text, start_s + word.start_s, start_s + word.end_s) for word in said]
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
    """Yield spoken sentences without end: samples at 16 kHz, and words with times from the sentence's begin."""
    while True:
        voice, speed = NamedVoice(drawn.choice(_VOICES)), drawn.uniform(0.8, 1.1)
        segments = [
            msgspec.structs.replace(espeak_segment(sentences.next(), index), voice=voice, speed=speed)
            for index in range(_SENTENCES_A_VOICE)
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
        # Whoever has enough leaves no job behind.
        yield from spoken
