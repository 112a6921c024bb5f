"""The recognition engine in its worker, as users run it; shared by the measurements."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from voxweft.jobs.transcribe import Recognizer, stream_transcript, transcribe
from voxweft.media.subtitles.transcript import TranscriptSegment
from voxweft.utils.environments.resolution import Environments
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import ParamValue
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

ENGINE = "faster_whisper"
TINY = Path(__file__).resolve().parents[1] / "tests" / "data" / "tiny-whisper-en"
"""The tests' small model."""
_A_DAY_S = 86_400.0


class Transcript(NamedTuple):
    """A file's transcript, with its wall-clock seconds and the processor seconds of this process and the worker."""

    segments: tuple[TranscriptSegment, ...]
    wall_s: float
    cpu_s: float

    @property
    def text(self) -> str:
        """The whole text."""
        return " ".join(segment.text for segment in self.segments)


def check_engine(folder: Path) -> None:
    """Raise ValueError, with the fix, if the engine can't run here or the model is missing."""
    try:
        Environments().resolved(EngineRegistry().get(ENGINE))
    except LookupError as error:
        raise ValueError(str(error)) from None
    if not (folder / "model.bin").is_file():
        raise ValueError(f"no model in '{folder}' (model.bin is missing); give the folder of a model with --model-path")


def make_recognizer(model: str, **params: ParamValue) -> Recognizer:
    """Return a deterministic recognizer: without temperature fallback by default."""
    return Recognizer(engine=ENGINE, model=model, language="en", params={"temperature_fallback": False, **params})


def model_named_for(folder: Path) -> str:
    """Return the name of a declared model that has the same file names as the folder."""
    spec = EngineRegistry().get(ENGINE)
    newer = (folder / "vocabulary.json").is_file()
    return "turbo" if newer else spec.default_model


@contextmanager
def engine(folder: Path) -> Iterator[Runtime]:
    """Yield a runtime whose Whisper is the model in a folder, on the CPU, without a cache."""
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        settings = Settings(
            cache_dir=Path(scratch),
            cache_bytes=0,
            models_home=Path(scratch),
            device="cpu",
            offline=True,
            # The baseline may run longer than the default idle timeout.
            idle_timeout_s=_A_DAY_S,
        )
        with closing(Runtime(settings, model_paths={ENGINE: folder})) as runtime:
            yield runtime


def work_seconds(runtime: Runtime) -> Callable[[], float]:
    """Return a function for the processor seconds of this process and of the workers that run now."""
    workers = [psutil.Process(pid) for stats in runtime.run(runtime.stats()) for pid in stats.pids]

    def cpu_s() -> float:
        times = [worker.cpu_times() for worker in workers]
        return time.process_time() + float(sum(spent.user + spent.system for spent in times))

    return cpu_s


def transcribed(file: Path, recognizer: Recognizer, runtime: Runtime) -> Transcript:
    """Transcribe a file as a job."""
    cpu_s = work_seconds(runtime)
    began_s, began_cpu_s = time.perf_counter(), cpu_s()
    segments = tuple(stream_transcript(transcribe(file, recognizer, runtime), runtime))
    return Transcript(segments, time.perf_counter() - began_s, cpu_s() - began_cpu_s)
