"""Program: ChatterBox's own code without a worker, in the engine's environment.

`python cloning_chatterbox.py FOLDER ROUNDS` measures a small model in FOLDER and prints figures as JSON. Times are
ratios within one process: a small model's seconds say nothing about a real one's.
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
                model="english",
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

    def first_audio(self, streaming: str, seed: int) -> tuple[float, float]:
        """Return the seconds until the first audio of three sentences, and until the last."""
        begun, first_s = time.perf_counter(), 0.0
        for text in SENTENCES:
            for event in self.adapter.stream(self.segment(text, seed=seed, streaming=streaming), _never):
                if isinstance(event, AudioChunk) and not first_s:
                    first_s = time.perf_counter() - begun
        return first_s, time.perf_counter() - begun

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
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Return the figures: medians over pairs that alternate."""
    measured = Measured(folder)
    measured.alone([measured.segment(SENTENCES[0])])
    batch, voice, clause, tokens = [], [], [], []
    for number in range(rounds):
        segments = [
            measured.segment(f"{SENTENCES[index % 3]} It is number {index}.", seed=BATCH * number + index)
            for index in range(BATCH)
        ]
        alone_s = _seconds(lambda: measured.alone(segments))  # noqa: B023  called at once
        batch.append(_seconds(lambda: measured.together(segments)) / alone_s)  # noqa: B023
        first_s = _seconds(lambda: measured.voice(1 + number))  # noqa: B023
        voice.append(_seconds(lambda: measured.voice(1 + number)) / first_s)  # noqa: B023
        first_s, whole_s = measured.first_audio("clauses", number)
        clause.append(first_s / whole_s)
        # Of the same whole: by tokens, the sum of the decoder's work is more.
        tokens.append(measured.first_audio("tokens", number)[0] / whole_s)
    values = {
        "batch8_ratio": batch,
        "second_use_of_voice_ratio": voice,
        "first_audio_clauses_ratio": clause,
        "first_audio_tokens_ratio": tokens,
    }
    return {name: statistics.median(ratios) for name, ratios in values.items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    refuse_egress("the benchmark")
    with small_layers("english"):
        print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
