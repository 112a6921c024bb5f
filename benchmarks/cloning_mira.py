"""MiraTTS' part of `cloning`: windows, first audio and growth, without a worker, in the engine's environment.

As a program, `python cloning_mira.py ENDLESS ROUNDS` measures a small model that finds no end, so that lengths are
given, and prints figures as JSON. Times are ratios of processor time within one process: a small model's seconds say
nothing about a real one's.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path

TOKENS_PER_S = 50
THREE_SENTENCES = (
    "The ferry leaves at dawn, and nobody is on it. A woman in a red coat waits on the pier until noon. "
    "Then the fog lifts, and she walks home along the shore."
)
THREE_SENTENCES_S = 10.0
"""At 15 characters a second."""
LONG = "A sentence that goes on for as long as a piece may be, " * 4 + "and a few more words."


def figures(*, quick: bool = False) -> dict[str, float]:
    """Return the figures of MiraTTS; the environment and the small models are made if they aren't there.

    - `mira_window_error`: the largest difference of sound decoded in windows with 20 tokens ahead from the decode of
      all tokens at once, by the mean level; `mira_window_error_60`: with 60 tokens ahead; `mira_wide_error`: at 48 kHz.
    - `mira_first_audio_ratio`: the time of the first audio by that of three sentences, with the settings for low
      latency.
    - `mira_linear`: the time of 60 s of speech by that of 15 s, tokens, windows and FlashSR together.
    """
    from engine_environments import run_program
    from fixtures_mira import ENGINE, PROBE, checkpoint

    folders = (checkpoint(), checkpoint("endless"), checkpoint("loops"), checkpoint("channels"))
    windows = run_program(ENGINE, PROBE, *folders, "windows")["windows"]
    errors = {
        "mira_window_error": windows["400 tokens, 25 + 20, 16000 Hz"]["error"],
        "mira_window_error_60": windows["400 tokens, 25 + 60, 16000 Hz"]["error"],
        "mira_wide_error": windows["400 tokens, 25 + 20, 48000 Hz"]["error"],
    }
    times: dict[str, float] = run_program(ENGINE, Path(__file__), checkpoint("endless"), "1" if quick else "3")
    return errors | times


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Return the figures of times. The least of several counts: other programs only add to them."""
    from mira_probe import Examined

    it = Examined(folder)
    _speak(it, LONG, 1, 0)
    times = [_times(it, number) for number in range(rounds)]
    first_s, whole_s, short_s, long_s = (min(values) for values in zip(*times, strict=True))
    return {"mira_first_audio_ratio": first_s / whole_s, "mira_linear": long_s / short_s}


def _times(it: object, number: int) -> tuple[float, float, float, float]:
    """Return the processor time of the first audio, of three sentences, of 15 s of speech and of 60 s."""
    first_s, whole_s = _speak(it, THREE_SENTENCES, THREE_SENTENCES_S, number, ahead_tokens=20)
    return first_s, whole_s, _speak(it, LONG, 15, number)[1], _speak(it, LONG, 60, number)[1]


def _speak(it: object, text: str, seconds: float, number: int, **params: int) -> tuple[float, float]:
    """Return the processor time until the first audio and until the end of a speech of a length."""
    from mira_probe import Examined, never

    from voxweft.engines.mira_tts.errors import MiraEndlessError

    assert isinstance(it, Examined)
    segment = it.segment(text, seed=number, max_tokens=round(seconds * TOKENS_PER_S), **params)
    begun, first_s = time.process_time(), 0.0
    with contextlib.suppress(MiraEndlessError):  # at the length that is asked for
        for _ in it.adapter.stream(segment, never):
            first_s = first_s or time.process_time() - begun
    return first_s, time.process_time() - begun


if __name__ == "__main__":
    import torch

    from voxweft.utils.offline import refuse_egress

    torch.set_num_threads(1)
    refuse_egress("the benchmark")
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
