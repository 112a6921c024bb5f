"""Growth of the parent's memory with the number of segments of a job."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import psutil

from voxweft.jobs.dub import DubMode, dub
from voxweft.jobs.run import run
from voxweft.jobs.voices import Speaker
from voxweft.media.audio.wav import WavWriter
from voxweft.media.subtitles import Cue
from voxweft.utils.streaming.job import StreamOptions

from .bench import bench_runtime, in_fresh_process

_CACHE_BYTES = 256 << 20
"""Small, so that a long run also evicts and doesn't fill the disk."""


def measure_memory_growth(*, few: int, many: int) -> dict[str, float]:
    """Return the growth of the parent's peak resident memory from `few` to `many` segments, in MiB.

    Each count runs in a new process: eSpeak NG, cache on, WAV to a file. Workers' memory doesn't count.
    """
    few_mib, many_mib = (in_fresh_process("memory_growth", str(count))["peak_mib"] for count in (few, many))
    return {
        "memory_growth_mib": many_mib - few_mib,
        "memory_peak_few_mib": few_mib,
        "memory_peak_many_mib": many_mib,
        "memory_segments_few": float(few),
        "memory_segments_many": float(many),
    }


def peak_bytes() -> int:
    """Return this process's peak resident memory in bytes."""
    if sys.platform == "linux":
        # Not getrusage: after vfork and exec its peak includes that of the parent process.
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
        raise RuntimeError("/proc/self/status has no VmHWM")
    elif sys.platform == "win32":  # noqa: RET506  mypy follows the platform in one chain only
        return int(psutil.Process().memory_info().peak_wset)
    else:
        import resource

        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _speak_all(segments: int, folder: Path) -> None:
    cues = [
        Cue(index=number, start_ms=number * 500, end_ms=number * 500 + 400, text=f"Line {number}.", line=number + 1)
        for number in range(segments)
    ]
    with bench_runtime(folder / "cache", cache_bytes=_CACHE_BYTES) as runtime:
        job = dub(cues, Speaker(speed=2.5), runtime.registry, mode=DubMode.CONCATENATE)
        with (folder / "out.wav").open("wb") as file, WavWriter(file, job.sample_rate) as wav:
            for block in run(job, runtime, StreamOptions(workers=2)):
                wav.write(block)
        if len(job.report().cues) != segments:
            raise RuntimeError("a segment was lost")


def _one_run(segments: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _speak_all(segments, Path(folder))
        peak_mib = peak_bytes() / (1 << 20)
    json.dump({"peak_mib": peak_mib}, sys.stdout)


if __name__ == "__main__":
    _one_run(int(sys.argv[1]))
