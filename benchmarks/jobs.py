"""Measure the jobs: dubbing, scripts and narration."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from .jobs_book import measure_book
from .jobs_fit import measure_fit, measure_fit_with_kokoro
from .jobs_markup import measure_markup


class JobSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of the measurements."""

    book_words: int = 100_000
    book_pairs: int = 1
    encoded_words: int = 5000
    encoded_pairs: int = 3
    cues: int = 10_000
    film_cues: int = 600
    fit_repeats: int = 3
    markup_mb: float = 4.0
    markup_repeats: int = 3


QUICK = JobSizes(
    book_words=3000, book_pairs=3, encoded_words=1500, encoded_pairs=1, fit_repeats=1, markup_mb=1.0, markup_repeats=1
)


def run_jobs(
    model_path: Path | None = None, *, quick: bool = False, progress: Callable[[str], None] = lambda _message: None
) -> dict[str, float]:
    """Measure the jobs and return the figures by name; a name ends with its unit.

    Args:
        model_path: The folder of Kokoro's model, for fitting by its durations; None skips that.
        quick: Measure less.
        progress: Called with the name of each step.
    """
    return measure_jobs(QUICK if quick else JobSizes(), progress, model_path)


def measure_jobs(sizes: JobSizes, progress: Callable[[str], None], model_path: Path | None = None) -> dict[str, float]:
    """Measure with these sizes; see `run_jobs`."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as folder:
        for title, measure in _steps(sizes, Path(folder), model_path):
            progress(title)
            figures |= measure()
    return {name: round(value, 4) for name, value in figures.items()}


def _steps(sizes: JobSizes, folder: Path, model_path: Path | None) -> list[tuple[str, Callable[[], dict[str, float]]]]:
    by_kokoro = (
        []
        if model_path is None
        else [
            (
                f"{sizes.film_cues} cues fitted by Kokoro's durations",
                lambda: measure_fit_with_kokoro(model_path, folder / "kokoro", film=sizes.film_cues),
            )
        ]
    )
    return [
        (
            f"{sizes.cues} cues fitted",
            lambda: measure_fit(cues=sizes.cues, film=sizes.film_cues, repeats=sizes.fit_repeats),
        ),
        *by_kokoro,
        (
            f"{sizes.markup_mb:g} MB of script read",
            lambda: measure_markup(megabytes=sizes.markup_mb, repeats=sizes.markup_repeats),
        ),
        (
            f"a book of {sizes.book_words} words",
            lambda: measure_book(
                folder,
                words=sizes.book_words,
                pairs=sizes.book_pairs,
                encoded_words=sizes.encoded_words,
                encoded_pairs=sizes.encoded_pairs,
            ),
        ),
    ]
