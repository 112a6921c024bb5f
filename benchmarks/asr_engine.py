"""The recognition engine as users have it, in its worker behind the runtime: what the measurements share."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from voxweft.jobs.transcribe import Recogniser, listen, transcribe
from voxweft.media.subtitles.transcript import TranscriptPiece
from voxweft.utils.environments.choice import Environments
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import ParamValue
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

ENGINE = "faster_whisper"
TINY = Path(__file__).resolve().parents[1] / "tests" / "data" / "tiny-whisper-en"
"""The small model that the tests decode with; it is in a clone, and not in an installed package."""
_A_DAY_S = 86_400.0


class Transcript(NamedTuple):
    """A file's transcript and what it took, in seconds on the clock, and of the processors here and in the worker."""

    pieces: tuple[TranscriptPiece, ...]
    wall_s: float
    cpu_s: float

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(piece.text for piece in self.pieces)


def check_engine(folder: Path) -> None:
    """ValueError, with what mends it, if the engine can't run here, or the model isn't there."""
    try:
        Environments().placed(EngineRegistry().get(ENGINE))
    except LookupError as error:
        raise ValueError(str(error)) from None
    if not (folder / "model.bin").is_file():
        raise ValueError(
            f"there is no model in {folder}: run this in a clone of the repository, whose tests have a small one, or "
            "name a folder with --model-path"
        )


def recogniser(model: str, **params: ParamValue) -> Recogniser:
    """Return who listens: repeatable, since nothing is decoded again at a higher temperature."""
    return Recogniser(engine=ENGINE, model=model, language="en", params={"temperature_fallback": False, **params})


def model_named_for(folder: Path) -> str:
    """Return the name of a declared model whose files are called as those in the folder."""
    spec = EngineRegistry().get(ENGINE)
    newer = (folder / "vocabulary.json").is_file()
    return "turbo" if newer else spec.default_model


@contextmanager
def engine(folder: Path) -> Iterator[Runtime]:
    """Give a runtime whose Whisper is the model in a folder, on the CPU, without a cache."""
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        settings = Settings(
            cache_dir=Path(scratch),
            cache_bytes=0,
            models_home=Path(scratch),
            device="cpu",
            offline=True,
            # What the others do meanwhile may take longer than a model stays loaded by default.
            idle_timeout_s=_A_DAY_S,
        )
        with closing(Runtime(settings, model_paths={ENGINE: folder})) as runtime:
            yield runtime


def work_seconds(runtime: Runtime) -> Callable[[], float]:
    """Return what gives the processor time so far: this process's and that of all workers that run now."""
    workers = [psutil.Process(pid) for stats in runtime.run(runtime.stats()) for pid in stats.pids]

    def cpu_s() -> float:
        times = [worker.cpu_times() for worker in workers]
        return time.process_time() + float(sum(spent.user + spent.system for spent in times))

    return cpu_s


def transcribed(file: Path, who: Recogniser, runtime: Runtime) -> Transcript:
    """Write a file down, as a job, and return its transcript."""
    cpu_s = work_seconds(runtime)
    began_s, began_cpu_s = time.perf_counter(), cpu_s()
    pieces = tuple(listen(transcribe(file, who, runtime), runtime))
    return Transcript(pieces, time.perf_counter() - began_s, cpu_s() - began_cpu_s)
