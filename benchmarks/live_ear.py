"""The recognizer that all policies of live transcription share in a comparison, and the record of what they show."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voxweft.utils.streaming import Word

RATE_HZ = 16_000


class Shown(NamedTuple):
    """Words that a policy shows at a time of the stream: committed, or partial until the next ones."""

    at_s: float
    words: tuple[Word, ...]
    is_committed: bool


class Heard(NamedTuple):
    """What a policy made of a recording."""

    shown: tuple[Shown, ...]
    passes: int
    audio_s: float
    """The length of all windows together, in seconds."""
    cpu_s: float

    @property
    def words(self) -> list[Word]:
        """The committed words."""
        return [word for each in self.shown if each.is_committed for word in each.words]

    @property
    def text(self) -> str:
        """The committed words as text."""
        return "".join(word.text for word in self.words).strip()


class Ear:
    """faster-whisper with the options that whisper_streaming and WhisperLiveKit use. Counts its passes.

    Every pass takes `pass_s` of the stream's time, so that other programs on the machine change no lag. The cost of a
    pass hardly depends on its window, which Whisper pads to 30 s. The temperature is 0 for all: repeatable.
    """

    def __init__(self, model: Any, *, language: str = "en", pass_s: float = 0.3) -> None:
        self._model = model
        self._language = language
        self._known: dict[tuple[bytes, str], list[Any]] = {}
        self.pass_s = pass_s
        self.passes = 0
        self.audio_s = 0.0
        self.cpu_s = 0.0

    @classmethod
    def load(cls, folder: Path, **options: Any) -> Ear:
        """Load a model on the CPU, on one thread."""
        from faster_whisper import WhisperModel

        model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
        return cls(model, **options)

    def start(self) -> None:
        """Count from zero."""
        self.passes, self.audio_s, self.cpu_s = 0, 0.0, 0.0

    def hear(self, samples: NDArray[np.float32], prompt: str = "", **options: Any) -> list[Any]:
        """Return faster-whisper's segments, with their words, for float32 mono `[n]` at 16 kHz."""
        self.passes += 1
        self.audio_s += len(samples) / RATE_HZ
        key = (samples.astype("<f4").tobytes(), f"{prompt} {sorted(options.items())}")
        if key not in self._known:
            began_s = time.process_time()
            segments, _ = self._model.transcribe(
                samples,
                language=self._language,
                initial_prompt=prompt or None,
                beam_size=5,
                word_timestamps=True,
                condition_on_previous_text=True,
                **{"temperature": 0.0} | options,
            )
            self._known[key] = list(segments)
            self.cpu_s += time.process_time() - began_s
        return self._known[key]

    def done(self, shown: Sequence[Shown]) -> Heard:
        """Return the record of a recording since `start`."""
        return Heard(tuple(shown), self.passes, self.audio_s, self.cpu_s)


def words_of(segments: Sequence[Any], offset_s: float = 0.0) -> list[Word]:
    """Return the words of faster-whisper's segments."""
    return [
        Word(word.word, offset_s + float(word.start), offset_s + float(word.end), probability=float(word.probability))
        for segment in segments
        for word in segment.words or ()
    ]
