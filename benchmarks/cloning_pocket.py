"""Pocket-TTS' part of `cloning`: what streaming changes, and when the first audio comes.

With untrained weights: times and differences don't depend on what they say.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.job import StreamOptions

from .bench import TEST_SUPPORT, add_test_support

_FRESH = StreamOptions(use_cache=False)
_SENTENCES = "The first sentence is here. Then there is another one, and it is longer. The third one ends it."


def figures() -> dict[str, float]:
    """Return the figures of Pocket-TTS; the environment and the small model are made if they aren't there.

    - `window_error`: the largest difference of frames decoded one by one from the decode of all of them at once.
    - `pocket_first_audio_ratio`: the time of the first audio by that of three sentences, of one segment.
    - `pocket_frame_s`, `pocket_load_s`, `pocket_memory_bytes`: with weights of the full size of `english`, the time of
      a frame of 80 ms, that of loading, and the worker's peak.
    """
    add_test_support()
    from engine_environments import run_program
    from fixtures_pocket import PROGRAM, WRITER, checkpoint, open_runtime, segment, voice

    measured = run_program("pocket_tts", PROGRAM, checkpoint(), checkpoint("ends"), checkpoint("clones"))
    with tempfile.TemporaryDirectory() as home:
        runtime = open_runtime(checkpoint(), Path(home))
        try:
            spoken = segment(_SENTENCES, voice(runtime))
            for _ in range(2):  # the first use also loads the model
                began_s = time.perf_counter()
                first_s = 0.0
                for event in runtime.stream([spoken], _FRESH):
                    if isinstance(event, AudioChunk) and not first_s:
                        first_s = time.perf_counter() - began_s
                whole_s = time.perf_counter() - began_s
        finally:
            runtime.close()
        full_size = Path(home) / "full"
        run_program("pocket_tts", WRITER, full_size, "english_2026-09", "ends")
        full = run_program("pocket_tts", TEST_SUPPORT / "pocket_full_size.py", full_size)
    return {
        "window_error": measured["windows"]["window_error"],
        "pocket_first_audio_ratio": first_s / whole_s,
    } | {f"pocket_{name}": value for name, value in full.items()}


if __name__ == "__main__":
    print(figures())
