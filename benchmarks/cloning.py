"""Measure the engines that clone voices, on small seeded models in the engines' real environments.

A small model's times say nothing about a real one's: all figures are ratios, differences and memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from voxweft.utils.streaming import SegmentDone
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

from . import cloning_f5, cloning_mira, cloning_pocket
from .bench import TEST_SUPPORT, add_test_support, rounded

Figures = dict[str, float]
Progress = Callable[[str], None]
_N_CODES = 100
"""Four seconds of speech for each sentence, as real models have."""
_VOICES = 20


def run_cloning(*, quick: bool = False, progress: Progress = lambda _message: None) -> Figures:
    """Measure and return the figures by name. Builds the environments and the models that are missing.

    - `t3_tokens_equal`: 1 if ChatterBox's own loop draws the package's codes, in each of its models' families.
    - `batch8_ratio`: the time of eight segments in one pass by that of the same eight alone.
    - `t3_batch8_ratio`: the same for the speech codes without their decoding, which gains nothing from a batch, and
      `t3_share`, the share of the codes in the time of the eight alone.
    - `second_use_of_voice_ratio`: the time to get a voice that is kept by that to derive it.
    - `first_audio_clauses_ratio`, `first_audio_tokens_ratio`: the time of the first audio of three sentences by that
      of all three.
    - `growth_bytes_per_segment`: of the worker's own memory, over segments in 20 voices in turn. Linux only.
    - `released_ratio`: the share of the memory that an unload releases.
    - The figures of Pocket-TTS: see `cloning_pocket.figures`.
    - The figures of F5-TTS: see `cloning_f5.figures`.
    - The figures of MiraTTS: see `cloning_mira.figures`.
    """
    add_test_support()
    from engine_environments import run_program
    from fixtures_chatterbox import ENGINE, small_model

    progress("ChatterBox: the package's codes")
    equal = []
    for model in ("english", "turbo"):
        program = TEST_SUPPORT / "chatterbox_probe.py"
        found = run_program(ENGINE, program, small_model(model), model, "tokens_equal_package")
        equal += found["tokens_equal_package"]["equal"]
    figures: Figures = {"t3_tokens_equal": float(all(equal))}
    progress("ChatterBox: batches, voices, first audio")
    program = Path(__file__).with_name("cloning_chatterbox.py")
    figures |= run_program(ENGINE, program, small_model("multilingual-v3", _N_CODES), "1" if quick else "3")
    progress("ChatterBox: memory over many segments")
    with tempfile.TemporaryDirectory() as home:
        figures |= _memory(Path(home), 40 if quick else 200)
    progress("Pocket-TTS")
    figures |= cloning_pocket.figures()
    progress("F5-TTS")
    figures |= cloning_f5.figures(cues=40 if quick else 300)
    progress("MiraTTS")
    return rounded(figures | cloning_mira.figures(quick=quick))


def _memory(home: Path, n_segments: int) -> Figures:
    from fixtures_chatterbox import open_runtime, segment, voice

    runtime: Runtime = open_runtime("english", home)
    try:
        voices = [voice(runtime, number) for number in range(_VOICES)]

        def speak(numbers: range) -> int:
            """Speak segments; return the worker's memory in bytes."""
            segments = [
                segment(f"This is sentence number {number}.", voices[number % _VOICES], index=index)
                for index, number in enumerate(numbers)
            ]
            events = runtime.stream(segments, StreamOptions(use_cache=False))
            (worker,) = {event.stats.worker for event in events if isinstance(event, SegmentDone)}
            used = psutil.Process(worker).memory_info()
            # What files hold isn't counted: whether it does depends on other programs that use them.
            return int(used.rss - used.shared)

        # Each voice twice: what is kept of them is there before the first figure.
        before = speak(range(2 * _VOICES))
        grown = speak(range(n_segments)) - before
        released = runtime.run(runtime.unload())
    finally:
        runtime.close()
    before_bytes = sum(one.before_bytes for one in released)
    return {
        "growth_bytes_per_segment": grown / n_segments,
        "released_ratio": sum(one.released_bytes for one in released) / before_bytes,
    }
