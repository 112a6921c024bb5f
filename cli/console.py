"""What every command shares: the runtime, the progress bar, and exit codes that mean something."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from ..utils.streaming.progress import Progress as JobProgress
    from ..utils.streaming.runtime import Runtime

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_GAPS = 3
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143
EXIT_PIPE_CLOSED = 141

err = Console(stderr=True)
out = Console()


class _Terminated(BaseException):
    """SIGTERM, as an exception: whatever is open gets cleaned up on the way out."""


def fail(message: str, code: int = EXIT_FAILED) -> typer.Exit:
    """Print an error and return the exit to raise."""
    err.print(f"[bold red]error:[/] {_plain(message)}", highlight=False, soft_wrap=True)
    return typer.Exit(code)


def note(message: str) -> None:
    """Print a remark on stderr."""
    err.print(_plain(message), style="yellow", highlight=False, soft_wrap=True)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Turn what can go wrong in a command into one message and an exit code; nothing half made stays behind."""
    from ..engines.registry import UnknownEngineError
    from ..utils.settings import SettingsError
    from ..utils.streaming.errors import StreamingError
    from ..utils.subtitles import SubtitleError

    def on_term(_number: int, _frame: FrameType | None) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, on_term)
    try:
        yield
    except (UnknownEngineError, SettingsError, SubtitleError, ValueError) as error:
        raise fail(str(error), EXIT_BAD_INPUT) from None
    except StreamingError as error:
        raise fail(str(error)) from None
    except BrokenPipeError:
        # Whoever read our output has left. Python would complain once more when it closes stdout.
        sys.stdout = None
        raise typer.Exit(EXIT_PIPE_CLOSED) from None
    except OSError as error:
        raise fail(str(error)) from None
    except KeyboardInterrupt:
        err.print("interrupted")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except _Terminated:
        raise typer.Exit(EXIT_TERMINATED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def runtime(*, use_cache: bool = True) -> Iterator[Runtime]:
    """A runtime for one command; its workers are gone when the command is."""
    import msgspec

    from ..utils.settings import read_settings
    from ..utils.streaming.runtime import Runtime

    settings = read_settings()
    made = Runtime(settings if use_cache else msgspec.structs.replace(settings, cache_bytes=0))
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[JobProgress], None]]:
    """A progress bar on stderr, fed with a job's progress. Nothing is drawn where nobody watches."""
    if quiet or not err.is_terminal:
        yield lambda _progress: None
        return
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[audio]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[rest]}"),
        console=err,
        transient=True,
    )
    with bar:
        line = bar.add_task(title, total=None, audio="", rest="")

        def show(progress: JobProgress) -> None:
            rest = "" if progress.remaining_s is None else f"{progress.remaining_s:.0f} s left"
            bar.update(
                line,
                completed=progress.segments_done,
                total=progress.segments_total,
                description=progress.message or title,
                audio=f"{progress.audio_s:.1f} s of audio, {progress.audio_s_per_s:.0f} s/s",
                rest=rest,
            )

        yield show
