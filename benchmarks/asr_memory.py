"""Hours of audio: what the process in front and its workers hold, and whether words come later and later."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from voxweft.jobs.transcribe import Recogniser, listen, transcribe
from voxweft.utils.streaming.runtime import Runtime

from .asr_clock import Clock
from .asr_engine import Transcript, work_seconds
from .asr_live import Live, lags_s, listen_live
from .asr_speech import Recording
from .bench import median

_MIB = 1 << 20
_LOOKS = 60
"""How often memory is looked at, over a whole stream."""
_EARLY = 6
"""The first sixth is early: whatever is made once has been made by then."""
_LOOK_S = 0.5


def live_growth(recording: Recording, who: Recogniser, runtime: Runtime) -> tuple[dict[str, float], Live]:
    """Return by how much memory and lag grow over a live stream, by a clock that leaves out the waits; and its words.

    Memory is what this process and all below it hold for themselves: the most after the first sixth, less what it was
    then. The lag's growth is the median of the last third less that of the first.
    """
    every_s = max(1.0, recording.duration_s / _LOOKS)
    looks: list[int] = []

    def look(now_s: float) -> None:
        if now_s >= every_s * len(looks):
            looks.append(held_bytes())

    clock_s = work_seconds(runtime)
    live = listen_live(recording, who, runtime, lambda: Clock(skips=True, work_s=clock_s), on_second=look)
    lags = lags_s(recording, live)
    third = len(lags) // 3
    figures = {
        "live_memory_growth_mib": _growth_mib(looks),
        "live_memory_mib": looks[-1] / _MIB,
        "live_lag_growth_s": median(lags[-third:]) - median(lags[:third]),
        "live_long_s": recording.duration_s,
        "live_skipped_partials": float(live.skipped_partials),
    }
    return figures, live


def file_growth(
    file: Path, duration_s: float, who: Recogniser, runtime: Runtime
) -> tuple[dict[str, float], Transcript]:
    """Return by how much memory grows over a file that is recognised in parts, and its transcript.

    Memory is looked at twice a second at the most: the most of all, less the most of the first sixth of the file, or of
    its first part, if that is longer.
    """
    spec = runtime.registry.get(who.engine)
    part_s = float(spec.complete(who.params)["part_s"])
    early_s = max(duration_s / _EARLY, min(part_s, duration_s / 2))
    early, late, looked_s = 0, 0, 0.0
    clock_s = work_seconds(runtime)
    began_s, began_cpu_s = time.perf_counter(), clock_s()
    pieces = []
    for piece in listen(transcribe(file, who, runtime), runtime):
        pieces.append(piece)
        if time.perf_counter() - looked_s >= _LOOK_S:
            looked_s = time.perf_counter()
            held = held_bytes()
            if piece.end_s <= early_s:
                early = max(early, held)
            else:
                late = max(late, held)
    spent = Transcript(tuple(pieces), time.perf_counter() - began_s, clock_s() - began_cpu_s)
    figures = {
        "file_memory_growth_mib": (late - early) / _MIB if early and late else 0.0,
        "file_memory_mib": max(early, late) / _MIB,
        "file_long_s": duration_s,
    }
    return figures, spent


def held_bytes() -> int:
    """Return the anonymous memory of this process and all below it.

    Not the proportional or unique set size: what of those is libraries' files changes with every other program on the
    machine that comes or goes with the same ones.
    """
    here = psutil.Process()
    total = 0
    for process in (here, *here.children(recursive=True)):
        with contextlib.suppress(psutil.Error, OSError):
            total += _anonymous_bytes(process)
    return total


def _anonymous_bytes(process: psutil.Process) -> int:
    if sys.platform == "linux":
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("RssAnon:")[2].split()[0]) << 10
    else:  # noqa: RET505  mypy follows the platform in one chain only
        return int(process.memory_full_info().uss)


def _growth_mib(looks: Sequence[int]) -> float:
    first = len(looks) // _EARLY
    return (max(looks[first:]) - looks[first]) / _MIB
