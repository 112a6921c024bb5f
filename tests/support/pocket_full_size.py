"""Times and memory of the Pocket-TTS model in a folder that finds no end: `pocket_full_size.py FOLDER`."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from voxweft.engines.pocket_tts.model import Noise, PocketModel

TEXT = "A sentence that is neither very short, nor too long."


def main(folder: Path) -> dict[str, float]:
    """Return the seconds for loading and for a frame, and the peak memory in bytes."""
    began_s = time.perf_counter()
    model = PocketModel.load(folder, "english_2026-09")
    load_s = time.perf_counter() - began_s
    noise = 0.1 * np.random.default_rng(0).standard_normal(10 * model.sample_rate)
    frames = model.speak(
        model.prompt(TEXT),
        model.voice(noise.astype(np.float32)),
        Noise(0),
        temperature=0.3,
        steps=1,
        cancelled=lambda: False,
    )
    for _ in range(10):
        next(frames)
    began_s = time.perf_counter()
    for _ in range(100):
        next(frames)
    frame_s = (time.perf_counter() - began_s) / 100
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"load_s": load_s, "frame_s": frame_s, "memory_bytes": peak_bytes}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
