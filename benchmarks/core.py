"""Measure the core."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from .cached_dub import measure_cached_dub
from .cancel import measure_cancel
from .chunks import measure_chunks
from .first_audio import measure_cold, measure_warm
from .import_time import measure_import
from .memory_growth import measure_memory_growth


class CoreSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of the measurements."""

    chunks: int = 4000
    chunk_repeats: int = 9
    warm_sentences: int = 200
    cold_starts: int = 9
    cues: int = 500
    dub_repeats: int = 9
    segments_few: int = 100
    segments_many: int = 10_000
    cancels: int = 200
    imports: int = 15


QUICK = CoreSizes(
    chunks=2000,
    chunk_repeats=3,
    warm_sentences=30,
    cold_starts=3,
    cues=100,
    dub_repeats=3,
    segments_many=1000,
    cancels=20,
    imports=3,
)


def run_core(*, quick: bool = False, progress: Callable[[str], None] = lambda _message: None) -> dict[str, float]:
    """Measure the core and return the figures by name; a name ends with its unit. A full run takes a few minutes.

    Args:
        quick: Measure less of each.
        progress: Called with the name of each step.
    """
    return measure_core(QUICK if quick else CoreSizes(), progress)


def measure_core(sizes: CoreSizes, progress: Callable[[str], None]) -> dict[str, float]:
    """Measure with these sizes; see `run_core`."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as folder:
        for title, measure in _steps(sizes, Path(folder)):
            progress(title)
            figures |= measure()
    return {name: round(value, 3) for name, value in figures.items()}


def _steps(sizes: CoreSizes, folder: Path) -> list[tuple[str, Callable[[], dict[str, float]]]]:
    def subfolder(name: str) -> Path:
        path = folder / name
        path.mkdir()
        return path

    return [
        ("import of the pack", lambda: measure_import(imports=sizes.imports)),
        ("chunks", lambda: measure_chunks(subfolder("chunks"), chunks=sizes.chunks, repeats=sizes.chunk_repeats)),
        ("first audio, warm", lambda: measure_warm(subfolder("warm"), sentences=sizes.warm_sentences)),
        ("first audio, cold", lambda: measure_cold(starts=sizes.cold_starts)),
        ("cancel", lambda: measure_cancel(subfolder("cancel"), cancels=sizes.cancels)),
        (
            "dubbing from the cache",
            lambda: measure_cached_dub(subfolder("dub"), cues=sizes.cues, repeats=sizes.dub_repeats),
        ),
        (
            f"memory over {sizes.segments_many} segments",
            lambda: measure_memory_growth(few=sizes.segments_few, many=sizes.segments_many),
        ),
    ]
