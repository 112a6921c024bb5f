"""An engine with one fault for each of its models, and none for the model `good`.

A tone for each word, at a pitch that depends on the recording, with noise that depends on text and seed.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
import xxhash

from voxweft.engines import (
    AdapterContext,
    AudioChunk,
    Cancelled,
    LoadedModel,
    ReferenceVoice,
    SourceSpan,
    StreamingAdapter,
    StreamingSegment,
    VoiceInfo,
    Word,
)

RATE_HZ = 16000
WORD_S = 0.25


class BrokenAdapter(StreamingAdapter):
    def __init__(self) -> None:
        self.n_segments = 0
        self.n_errors = 0
        self.n_cancels = 0
        self.pitches: list[float] = []
        self.leaked: list[np.ndarray] = []

    def load(self, context: AdapterContext) -> LoadedModel:
        self.fault = fault = context.model
        self.blob = context.blob
        if fault == "loads-for-ever":
            time.sleep(1000)
        if fault == "fails-to-load":
            raise RuntimeError("the weights are of another model")
        if fault == "leaves-a-process":
            command = [sys.executable, "-c", "import time; time.sleep(60)"]
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if fault == "connects":
            self.connect()
        return LoadedModel(
            sample_rate=RATE_HZ // 2 if fault == "other-rate" else RATE_HZ,
            fingerprint="of other weights" if fault == "mislabeled" else "",
        )

    def connect(self) -> None:
        # As libraries do, which then use their local files.
        with contextlib.suppress(OSError):
            socket.create_connection(("192.0.2.1", 443), timeout=1)

    def stream(self, segment: StreamingSegment, cancelled: Cancelled) -> Iterator[AudioChunk]:
        fault, text = self.fault, segment.text
        self.n_segments += 1
        if fault == "dies-on-emoji" and "\U0001f600" in text:
            os._exit(9)
        if fault == "refuses-its-language" and segment.language == "de":
            raise ValueError("this engine speaks English only")
        if fault == "hangs-on-digits" and "12345" in text:
            time.sleep(1000)
        if fault == "silent-on-digits" and "12345" in text:
            return
        if fault == "leaks":
            self.leaked.append(np.ones(2 << 20, np.float32))
        if fault == "no-audio":
            return
        if fault == "ignores-a-cancel":
            time.sleep(0.004 * len(text))
        words = list(re.finditer(r"\w+", text))
        if not words:
            self.n_errors += 1
            if fault == "names-no-reason":
                raise KeyError("e")
            raise ValueError(f"there is no word in {text!r}")
        self.is_complete = False
        try:
            yield from self.chunks(segment, words, cancelled)
        finally:
            self.n_cancels += not self.is_complete

    def chunks(
        self, segment: StreamingSegment, words: list[re.Match[str]], cancelled: Cancelled
    ) -> Iterator[AudioChunk]:
        fault = self.fault
        pitch_hz = self.pitch_hz(segment)
        seed = 0 if fault == "ignores-the-seed" else segment.seed or 0
        noise = np.random.default_rng(xxhash.xxh3_64_intdigest(segment.text.encode(), seed))
        if fault == "random" or (fault == "random-in-low-latency" and segment.params["noisy"]):
            noise = np.random.default_rng()
        speed = {"one-speed": 1.0, "slower-with-speed": 1 / segment.speed}.get(fault, segment.speed)
        n_samples = round(WORD_S / speed * RATE_HZ)
        times = np.arange(n_samples) / RATE_HZ
        for number, (word, timing) in enumerate(zip(words, self.words(words, n_samples / RATE_HZ), strict=True)):
            if cancelled():
                return
            self.is_complete = number == len(words) - 1
            level = 0.3 + 0.001 * self.extra(segment)
            samples = level * np.sin(2 * np.pi * pitch_hz * times) + noise.uniform(-0.05, 0.05, n_samples)
            samples *= {"silent": 1e-5, "loud": 5.0}.get(fault, 1.0)
            if fault == "not-a-number" and number == 2:
                samples[100] = np.nan
            rate = RATE_HZ // 2 if fault == "chunk-of-another-rate" else RATE_HZ
            assert word
            yield AudioChunk(samples=samples.astype(np.float32), sample_rate=rate, words=timing)

    def extra(self, segment: StreamingSegment) -> int:
        """Return what must not change the audio, and does."""
        return {
            "counts-segments": self.n_segments if len(segment.text) < 45 else 0,
            "differs-by-worker": os.getpid() % 100,
            "changes-after-an-error": self.n_errors,
            "worse-after-a-cancel": self.n_cancels,
        }.get(self.fault, 0)

    def pitch_hz(self, segment: StreamingSegment) -> float:
        if not isinstance(segment.voice, ReferenceVoice):
            raise ValueError("this engine needs a recording to imitate")
        if self.fault == "ignores-the-recording":
            return 200.0
        recording = self.blob(segment.voice.digest).samples()
        pitch_hz = 100 + xxhash.xxh3_64_intdigest(recording.tobytes()) % 200
        if self.fault != "mixes-voices":
            return pitch_hz
        if pitch_hz not in self.pitches:
            self.pitches.append(pitch_hz)
        return sum(self.pitches) / len(self.pitches)

    def words(self, words: list[re.Match[str]], word_s: float) -> list[tuple[Word, ...]]:
        """Return the words that belong to each chunk."""
        fault, last = self.fault, len(words) - 1
        found: list[tuple[Word, ...]] = []
        for number, match in enumerate(words):
            start_s = number * word_s + (1.0 if fault == "words-after-the-end" and number == last else 0.0)
            if fault == "words-out-of-order":
                start_s = (last - number) * word_s
            source: SourceSpan | None = SourceSpan(match.start(), match.end())
            if fault == "words-without-source":
                source = None
            elif fault == "words-beyond-the-text":
                source = SourceSpan(match.start(), match.end() + (50 if number == last else 0))
            elif fault == "words-swapped":
                other = words[number ^ 1 if number ^ 1 <= last else number]
                source = SourceSpan(other.start(), other.end())
            is_left_out = fault == "no-words" or (fault == "few-words" and number > 1)
            found.append(() if is_left_out else (Word(match[0], start_s, start_s + word_s, source),))
        return found

    def stream_many(
        self, segments: Sequence[StreamingSegment], cancelled: Sequence[Cancelled]
    ) -> Iterator[tuple[int, AudioChunk | None]]:
        if self.fault == "batch-fails":
            raise ValueError("segments of different lengths don't fit")
        for position, segment in enumerate(segments):
            if self.fault == "batch-loses-a-segment" and position == 1:
                continue
            for chunk in self.stream(segment, cancelled[position]):
                factor = np.float32(1.001 if self.fault == "batch-differs" else 1.0)
                last = AudioChunk(samples=chunk.samples * factor, sample_rate=RATE_HZ, words=chunk.words)
                yield position, last
            yield position, None
            if self.fault == "batch-goes-on-after-the-end":
                yield position, last

    def estimate_duration(self, segment: StreamingSegment, speeds: Sequence[float]) -> list[float]:
        if self.fault == "fails-to-estimate":
            raise ValueError("no estimate for this text")
        off = {"guesses-the-length": 1.3, "nearly-knows-the-length": 1.03}.get(self.fault, 1.0)
        return [off * len(re.findall(r"\w+", segment.text)) * WORD_S / speed for speed in speeds]

    def voices(self) -> list[VoiceInfo]:
        names = ["one", "two", "one"] if self.fault == "lists-a-voice-twice" else []
        return [VoiceInfo(name=name) for name in names]
