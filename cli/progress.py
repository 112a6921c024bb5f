"""Progress bars on stderr: one for a job's audio, one for messages with a fraction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from . import console

if TYPE_CHECKING:
    from ..jobs.progress import Progress as JobProgress


@contextlib.contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[JobProgress], None]]:
    """Show a job's progress on stderr; nothing is drawn if stderr isn't a terminal."""
    if quiet or not console.err.is_terminal:
        yield lambda _progress: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[audio]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[rest]}", markup=False),
        console=console.err,
        transient=True,
    )
    with bar:
        line = bar.add_task(title, total=None, audio="", rest="")

        def show(progress: JobProgress) -> None:
            rest = "" if progress.remaining_s is None else f"{progress.remaining_s:.0f} s left"
            part = ""
            if progress.segments_total is None and progress.fraction_done is not None:
                part = f"{progress.fraction_done:.1%}, "
            bar.update(
                line,
                completed=progress.segments_done,
                total=progress.segments_total,
                description=progress.message or title,
                audio=part + f"{progress.audio_s:.1f} s of audio, {progress.audio_s_per_s:.0f} s/s",
                rest=rest,
            )

        yield show


@contextlib.contextmanager
def steps_bar(*, quiet: bool, lines: bool = False) -> Iterator[Callable[[str, float | None], None]]:
    """Show messages with the fraction done (None if unknown) as a progress bar on stderr.

    If stderr isn't a terminal, nothing is drawn; with `lines`, each new message is printed as a line for a log.
    """
    if quiet or (not console.err.is_terminal and not lines):
        yield lambda _message, _fraction: None
        return
    if not console.err.is_terminal:
        yield _line_by_line()
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console.err,
        transient=True,
    )
    with bar:
        line = bar.add_task("starting", total=None)

        def show(message: str, fraction: float | None) -> None:
            total = None if fraction is None else 1.0
            bar.update(line, description=message, total=total, completed=fraction or 0.0)

        yield show


def _line_by_line() -> Callable[[str, float | None], None]:
    last = ""

    def show(message: str, _fraction: float | None) -> None:
        nonlocal last
        if message != last:
            last = message
            console.err.print(message, soft_wrap=True)

    return show
