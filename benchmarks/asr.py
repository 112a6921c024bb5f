"""Measure recognition: files against the library itself, live transcription against plain local agreement."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from voxweft.jobs.transcribe import Recognizer
from voxweft.text.lcs import common_subsequence
from voxweft.text.tokens import token_key
from voxweft.text.wer import Wer, word_error_rate
from voxweft.utils.streaming.runtime import Runtime

from .asr_clock import Clock
from .asr_engine import TINY, Transcript, check_engine, engine, make_recognizer, model_named_for, transcribed
from .asr_file import measure_file
from .asr_live import Live, lag_figures, lags_s, listen_live
from .asr_memory import file_growth, live_growth
from .asr_passes import measure_passes
from .asr_speech import Recording, record
from .bench import in_fresh_process, rounded
from .program import Program

_SMALL_SEED = 20
_GREEDY = {"beam_size": 1}
_LIVE_OPTIONS: dict[str, Any] = {"language": "en", "beam_size": 1, "temperature": 0.0, "word_timestamps": True}
"""The library's options that match a live session with `_GREEDY`."""

Figures = dict[str, float]
Progress = Callable[[str], None]


class AsrSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of the measurements: pairs, and seconds of speech. `small_pairs=0` skips the large model."""

    pairs: int = 9
    file_s: float = 300.0
    small_pairs: int = 5
    small_file_s: float = 55.0
    realtime_s: float = 300.0
    live_s: float = 900.0
    long_live_s: float = 3600.0
    long_file_s: float = 3600.0
    part_s: float = 600.0
    seed: int = 2026


QUICK = AsrSizes(
    pairs=3,
    file_s=60.0,
    small_pairs=1,
    small_file_s=25.0,
    realtime_s=30.0,
    live_s=60.0,
    long_live_s=90.0,
    long_file_s=360.0,
    part_s=60.0,
)


def run_asr(folder: Path | None = None, *, quick: bool = False, progress: Progress = lambda _message: None) -> Figures:
    """Measure recognition on the CPU with the model in a folder (default: the tests' small one) and return the figures.

    - Comparisons alternate between the two sides, each in its own process. A figure with `<name>_low` and
      `<name>_high` is a median.
    - A full run takes about forty minutes on two idle cores, `quick` about three.
    - `load_average` is the load of the machine. Other programs affect times and lags in real time
      (`committed_lag_…`), but not `clock_lag_…`, counts and processor times.

    Raises:
        ValueError: The engine can't run here, or the model is missing.
    """
    return measure_asr(folder or TINY, QUICK if quick else AsrSizes(), progress)


def measure_asr(folder: Path, sizes: AsrSizes, progress: Progress) -> Figures:
    """Measure with these sizes; see `run_asr`."""
    check_engine(folder)
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        for measured in _steps(folder.resolve(), Path(scratch), sizes, progress):
            figures |= measured
    figures["memory_growth_mib"] = max(figures["live_memory_growth_mib"], figures["file_memory_growth_mib"])
    return rounded(figures)


def _steps(folder: Path, scratch: Path, sizes: AsrSizes, progress: Progress) -> Iterator[Figures]:
    model = model_named_for(folder)
    recognizer = make_recognizer(model, **_GREEDY)
    with engine(folder) as runtime:
        progress("loading the models")
        talk = record(runtime, sizes.file_s, sizes.seed)
        file = talk.write(scratch / "talk.wav")
        with Program("asr_direct", str(folder)) as direct:
            direct.ask("load")
            progress("a file, compared with the library")
            options = {"language": "en", "temperature": 0.0}
            yield measure_file(file, make_recognizer(model), options, runtime, direct, pairs=sizes.pairs)
            yield from _live(runtime, direct, model, scratch, sizes, progress)
        progress("a long file in parts")
        yield from _long_file(runtime, model, scratch, sizes)
    with engine(folder) as runtime:  # a new runtime, so that its memory starts low
        progress("long live audio")
        _warm_up(runtime, recognizer)
        long = record(runtime, sizes.long_live_s, sizes.seed + 3)
        growth, live = live_growth(long, recognizer, runtime)
        yield {**growth, "live_long_wer": word_error_rate(long.text, live.text).rate}
    if sizes.small_pairs:
        yield from _small(scratch, sizes, progress)


def _live(
    runtime: Runtime, direct: Program, model: str, scratch: Path, sizes: AsrSizes, progress: Progress
) -> Iterator[Figures]:
    recognizer = make_recognizer(model, **_GREEDY)
    _warm_up(runtime, recognizer)
    progress("live, in real time")
    spoken = record(runtime, sizes.realtime_s, sizes.seed + 1)
    began = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    live = listen_live(spoken, recognizer, runtime, lambda: Clock(skips=False))
    yield {
        **lag_figures("committed_", lags_s(spoken, live)),
        "realtime_wer": word_error_rate(spoken.text, live.text).rate,
        "realtime_skipped_partials": float(live.skipped_partials),
        "load_average": began,
    }
    progress("live, compared with plain local agreement")
    spoken = record(runtime, sizes.live_s, sizes.seed + 2)
    plain_recognizer = make_recognizer(model, word_timestamps=True, **_GREEDY)
    figures, live = measure_passes(spoken, recognizer, plain_recognizer, _LIVE_OPTIONS, runtime, direct, scratch)
    yield figures
    progress("the same recording as a file")
    yield _accuracy(spoken, live, spoken.write(scratch / "live.wav"), model, runtime)


def _accuracy(spoken: Recording, live: Live, file: Path, model: str, runtime: Runtime) -> Figures:
    """Return the word error rates of live transcription and of the same recording as a file, with default settings.

    `live_lost_words` is the share of the file transcript's correct words that are missing in the live one.
    """
    whole = transcribed(file, make_recognizer(model, temperature_fallback=True), runtime)
    right, also = _right(spoken, whole.text), _right(spoken, live.text)
    return {
        "live_wer": word_error_rate(spoken.text, live.text).rate,
        "file_wer": word_error_rate(spoken.text, whole.text).rate,
        "live_lost_words": len(right - also) / max(1, len(right)),
        "file_lost_words": len(also - right) / max(1, len(also)),
    }


def _right(spoken: Recording, text: str) -> set[int]:
    """Return the indices of the spoken words that a text has."""
    expected = [token_key(word.text) for word in spoken.words]
    return {index for index, _ in common_subsequence(expected, [token_key(word) for word in text.split()])}


def _long_file(runtime: Runtime, model: str, scratch: Path, sizes: AsrSizes) -> Iterator[Figures]:
    """Recognize one recording whole and in parts.

    Windows don't condition on previous text, since the small model would repeat itself without end. A cut can cost
    words (`missed`); insertions are repetitions of the model, which vary with every change.
    """
    talk = record(runtime, sizes.long_file_s, sizes.seed + 4)
    file = talk.write(scratch / "long.wav")
    search_s = sizes.part_s / 5

    def errors(done: Transcript) -> Wer:
        return word_error_rate(talk.text, done.text)

    def missed(found: Wer) -> float:
        return (found.substitutions + found.deletions) / found.words

    def recognizer_with(**params: float) -> Recognizer:
        return make_recognizer(model, temperature_fallback=True, condition_on_previous_text=False, **params)

    growth, parts = file_growth(file, talk.duration_s, recognizer_with(part_s=sizes.part_s, search_s=search_s), runtime)
    cut, whole = errors(parts), errors(transcribed(file, recognizer_with(part_s=7200.0), runtime))
    yield {
        **growth,
        "long_file_wer": whole.rate,
        "long_file_wer_points": 100 * (cut.rate - whole.rate),
        "long_file_missed_points": 100 * (missed(cut) - missed(whole)),
        "long_file_s_per_s": talk.duration_s / parts.wall_s,
    }


def _small(scratch: Path, sizes: AsrSizes, progress: Progress) -> Iterator[Figures]:
    progress("writing a model of whisper-small's size")
    folder = scratch / "small"
    in_fresh_process("asr_small", str(folder), str(_SMALL_SEED))
    with engine(folder) as runtime, Program("asr_direct", str(folder)) as direct:
        progress("a file with that model, compared with the library")
        direct.ask("load")
        file = record(runtime, sizes.small_file_s, sizes.seed + 5).write(scratch / "small.wav")
        recognizer = make_recognizer(model_named_for(folder), condition_on_previous_text=False, **_GREEDY)
        options = {"language": "en", "temperature": 0.0, "condition_on_previous_text": False, **_GREEDY}
        yield measure_file(file, recognizer, options, runtime, direct, pairs=sizes.small_pairs, prefix="small_")


def _warm_up(runtime: Runtime, recognizer: Recognizer) -> None:
    """Load the model and the VAD."""
    listen_live(record(runtime, 2.0, 1), recognizer, runtime, lambda: Clock(skips=True))
