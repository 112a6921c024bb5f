"""Program: ChatterBox's own code without a worker, in the engine's environment.

`python cloning_chatterbox.py FOLDER ROUNDS` measures a small model of the default kind in FOLDER and prints figures as
JSON. Times are ratios of processor time within one process: a small model's seconds say nothing about a real one's.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from chatterbox_checkpoint import small_layers

from voxweft.engines import AdapterContext, AudioChunk, Blob, ReferenceVoice, StreamingSegment, TextPayload
from voxweft.engines.chatterbox.adapter import ChatterboxAdapter
from voxweft.utils.offline import refuse_egress

MODEL = "multilingual-v3"
RATE_HZ = 24_000
SENTENCES = (
    "The ferry leaves at dawn, and nobody is on it.",
    "A woman in a red coat waits on the pier until noon.",
    "Then the fog lifts, and she walks home along the shore.",
)
BATCH = 8


class Measured:
    """The engine with one model."""

    def __init__(self, folder: Path) -> None:
        self.adapter = ChatterboxAdapter()
        self.adapter.load(
            AdapterContext(
                model=MODEL,
                model_path=folder,
                device="cpu",
                dtype="",
                params={},
                progress=lambda _message, _fraction: None,
                blob=lambda number: Blob(_recording(int(number)).tobytes(), RATE_HZ),
            )
        )

    def segment(self, text: str, *, voice: int = 0, seed: int = 0, **params: bool | float | str) -> StreamingSegment:
        """Return a segment in a cloned voice."""
        return StreamingSegment(
            index=0,
            payload=TextPayload(text),
            engine="chatterbox",
            voice=ReferenceVoice(str(voice)),
            language="en",
            seed=seed,
            params=params,
        )

    def alone(self, segments: list[StreamingSegment]) -> None:
        """Speak segments one after the other."""
        for segment in segments:
            for _ in self.adapter.stream(segment, _never):
                pass

    def together(self, segments: list[StreamingSegment]) -> None:
        """Speak segments in one pass."""
        for _ in self.adapter.stream_many(segments, [_never] * len(segments)):
            pass

    def codes(self, segments: list[StreamingSegment], batch: int) -> None:
        """Draw the speech codes of segments of one piece each, `batch` in a pass, and decode none."""
        jobs = [self.adapter._job(segment) for segment in segments]  # noqa: SLF001
        for begin in range(0, len(jobs), batch):
            group = [(index, 0) for index in range(begin, begin + batch)]
            self.adapter._speaker._draw_together(jobs, group, [_never] * len(jobs))  # noqa: SLF001

    def first_audio(self, streaming: str, seed: int) -> None:
        """Speak until there is audio."""
        segment = self.segment(SENTENCES[0], seed=seed, streaming=streaming)
        next(event for event in self.adapter.stream(segment, _never) if isinstance(event, AudioChunk))

    def voice(self, number: int) -> None:
        """Derive a voice from its recording, or take the one that is kept."""
        self.adapter._voice(self.segment("", voice=number))  # noqa: SLF001  no segment has this alone


def _recording(number: int) -> np.ndarray:
    """Return something like a voice of six seconds."""
    times = np.arange(6 * RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * (100 + 7 * number) * times) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * times))
    noise = np.random.default_rng(number).standard_normal(times.size)
    return (0.3 * tone + 0.02 * noise).astype(np.float32)


def _never() -> bool:
    return False


def _seconds(action: Callable[[], None]) -> float:
    begun = time.process_time()
    action()
    return time.process_time() - begun


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Return the figures: medians over pairs that alternate."""
    measured = Measured(folder)
    measured.alone([measured.segment(SENTENCES[0])])
    ratios = [_ratios(measured, number) for number in range(rounds)]
    return {name: statistics.median(one[name] for one in ratios) for name in ratios[0]}


def _ratios(measured: Measured, number: int) -> dict[str, float]:
    """Return the figures of one round; its number decides the seeds and the voice."""
    segments = [
        measured.segment(f"Number {index}: {SENTENCES[index % 3]}", seed=BATCH * number + index)
        for index in range(BATCH)
    ]
    sentences = [measured.segment(text, seed=number) for text in SENTENCES]
    codes_alone_s = _seconds(lambda: measured.codes(segments, 1))
    codes_together_s = _seconds(lambda: measured.codes(segments, BATCH))
    alone_s = _seconds(lambda: measured.alone(segments))
    together_s = _seconds(lambda: measured.together(segments))
    derived_s = _seconds(lambda: measured.voice(1 + number))
    kept_s = _seconds(lambda: measured.voice(1 + number))
    whole_s = _seconds(lambda: measured.alone(sentences))
    return {
        "batch8_ratio": together_s / alone_s,
        "t3_batch8_ratio": codes_together_s / codes_alone_s,
        "t3_share": codes_alone_s / alone_s,
        "second_use_of_voice_ratio": kept_s / derived_s,
        "first_audio_clauses_ratio": _seconds(lambda: measured.first_audio("clauses", number)) / whole_s,
        "first_audio_tokens_ratio": _seconds(lambda: measured.first_audio("tokens", number)) / whole_s,
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    refuse_egress("the benchmark")
    with small_layers(MODEL):
        print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
