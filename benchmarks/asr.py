"""All figures of recognition in one flat object: files against the library itself, live against plain agreement."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from voxweft.jobs.transcribe import Recogniser
from voxweft.text.edits import common_subsequence
from voxweft.text.tokens import token_key
from voxweft.text.wer import Wer, word_error_rate
from voxweft.utils.streaming.runtime import Runtime

from .asr_clock import Clock
from .asr_engine import TINY, Transcript, check_engine, engine, model_named_for, recogniser, transcribed
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
"""What the library is told that a live session with `_GREEDY` asks of the engine."""

Figures = dict[str, float]
Progress = Callable[[str], None]


class AsrSizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured. Seconds of speech for each figure; `small_pairs` may be 0, to leave the large model out."""

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
    """Measure recognition with the model in a folder (the tests' small one by default), on the CPU; return figures.

    Comparisons come from pairs in alternation, one side at a time, each in a process of its own; a figure with
    `<name>_low` and `<name>_high` is a median. The full run takes about forty minutes on two cores that do nothing
    else, `quick` about three. `load_average` says how busy the machine was: lags in real time (`committed_lag_…`) and
    times suffer from others' work, `clock_lag_…`, counts and processor times don't.

    ValueError if the engine can't run here, or the model isn't there.
    """
    return measure_asr(folder or TINY, QUICK if quick else AsrSizes(), progress)


def measure_asr(folder: Path, sizes: AsrSizes, progress: Progress) -> Figures:
    """Measure so much; see `run_asr`."""
    check_engine(folder)
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        for measured in _steps(folder.resolve(), Path(scratch), sizes, progress):
            figures |= measured
    figures["memory_growth_mib"] = max(figures["live_memory_growth_mib"], figures["file_memory_growth_mib"])
    return rounded(figures)


def _steps(folder: Path, scratch: Path, sizes: AsrSizes, progress: Progress) -> Iterator[Figures]:
    model = model_named_for(folder)
    who = recogniser(model, **_GREEDY)
    with engine(folder) as runtime:
        progress("loading the models")
        talk = record(runtime, sizes.file_s, sizes.seed)
        file = talk.write(scratch / "talk.wav")
        with Program("asr_direct", str(folder)) as direct:
            direct.ask("load")
            progress("a file, against the library")
            options = {"language": "en", "temperature": 0.0}
            yield measure_file(file, recogniser(model), options, runtime, direct, pairs=sizes.pairs)
            yield from _live(runtime, direct, model, scratch, sizes, progress)
        progress("hours, or minutes, of a file in parts")
        yield from _long_file(runtime, model, scratch, sizes)
    with engine(folder) as runtime:  # whose memory has no history
        progress("hours, or minutes, of live audio")
        _warm_up(runtime, who)
        long = record(runtime, sizes.long_live_s, sizes.seed + 3)
        growth, live = live_growth(long, who, runtime)
        yield {**growth, "live_long_wer": word_error_rate(long.text, live.text).rate}
    if sizes.small_pairs:
        yield from _small(scratch, sizes, progress)


def _live(
    runtime: Runtime, direct: Program, model: str, scratch: Path, sizes: AsrSizes, progress: Progress
) -> Iterator[Figures]:
    who = recogniser(model, **_GREEDY)
    _warm_up(runtime, who)
    progress("live, in real time")
    spoken = record(runtime, sizes.realtime_s, sizes.seed + 1)
    began = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    live = listen_live(spoken, who, runtime, lambda: Clock(skips=False))
    yield {
        **lag_figures("committed_", lags_s(spoken, live)),
        "realtime_wer": word_error_rate(spoken.text, live.text).rate,
        "realtime_skipped_partials": float(live.skipped_partials),
        "load_average": began,
    }
    progress("live, against plain local agreement")
    spoken = record(runtime, sizes.live_s, sizes.seed + 2)
    plain_who = recogniser(model, word_timestamps=True, **_GREEDY)
    figures, live = measure_passes(spoken, who, plain_who, _LIVE_OPTIONS, runtime, direct, scratch)
    yield figures
    progress("the same as a file")
    yield _accuracy(spoken, live, spoken.write(scratch / "live.wav"), model, runtime)


def _accuracy(spoken: Recording, live: Live, file: Path, model: str, runtime: Runtime) -> Figures:
    """Return word error rates of what was heard live and of the same recording as a file, with the engine's defaults.

    `live_lost_words` is the share of the words that the file's transcript has right and the live one lacks.
    """
    whole = transcribed(file, recogniser(model, temperature_fallback=True), runtime)
    right, also = _right(spoken, whole.text), _right(spoken, live.text)
    return {
        "live_wer": word_error_rate(spoken.text, live.text).rate,
        "file_wer": word_error_rate(spoken.text, whole.text).rate,
        "live_lost_words": len(right - also) / max(1, len(right)),
        "file_lost_words": len(also - right) / max(1, len(also)),
    }


def _right(spoken: Recording, text: str) -> set[int]:
    """Return which of the words said are in a text, by their numbers."""
    said = [token_key(word.text) for word in spoken.words]
    return {place for place, _ in common_subsequence(said, [token_key(word) for word in text.split()])}


def _long_file(runtime: Runtime, model: str, scratch: Path, sizes: AsrSizes) -> Iterator[Figures]:
    """Recognise one recording whole, and in parts, each window by itself: else a loop of the small model goes on.

    What a cut could cost are words, `missed`; those that are put in are the loops, which come and go with any change.
    """
    talk = record(runtime, sizes.long_file_s, sizes.seed + 4)
    file = talk.write(scratch / "long.wav")
    search_s = sizes.part_s / 5

    def errors(done: Transcript) -> Wer:
        return word_error_rate(talk.text, done.text)

    def missed(found: Wer) -> float:
        return (found.substitutions + found.deletions) / found.words

    def who(**params: float) -> Recogniser:
        return recogniser(model, temperature_fallback=True, condition_on_previous_text=False, **params)

    growth, parts = file_growth(file, talk.duration_s, who(part_s=sizes.part_s, search_s=search_s), runtime)
    cut, whole = errors(parts), errors(transcribed(file, who(part_s=7200.0), runtime))
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
        progress("a file with it, against the library")
        direct.ask("load")
        file = record(runtime, sizes.small_file_s, sizes.seed + 5).write(scratch / "small.wav")
        who = recogniser(model_named_for(folder), condition_on_previous_text=False, **_GREEDY)
        options = {"language": "en", "temperature": 0.0, "condition_on_previous_text": False, **_GREEDY}
        yield measure_file(file, who, options, runtime, direct, pairs=sizes.small_pairs, prefix="small_")


def _warm_up(runtime: Runtime, who: Recogniser) -> None:
    """Load the model and the VAD, which is all that a first session waits for."""
    listen_live(record(runtime, 2.0, 1), who, runtime, lambda: Clock(skips=True))
