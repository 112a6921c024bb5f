"""Shared by all commands: the consoles, error messages, exit codes, and the runtime."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer
from rich.console import Console, ConsoleDimensions
from rich.text import Text

if TYPE_CHECKING:
    from ..jobs.levels.leveling import VoiceLevel
    from ..utils.streaming.contract.errors import SegmentError
    from ..utils.streaming.contract.registry import EngineRegistry
    from ..utils.streaming.runtime import Runtime

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_GAPS = 3
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
EXIT_SIGNAL = 128
"""Plus the signal's number: 143 for SIGTERM."""
_MAX_TEXT_CHARS = 200
_WIDTH_IN_A_PIPE = 400
_MAX_LEVELS = 4
"""Voices whose gains are shown; the reports have all of them."""

_log = logging.getLogger(__name__)


class _Console(Console):
    """Prints text literally: file names, cues and engines' messages may contain markup."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    @property  # type: ignore[misc]  # rich's setter is not used
    def size(self) -> ConsoleDimensions:
        """The size in characters; for stdout in a pipe, wide enough that no table is folded."""
        if self.stderr or self.is_terminal:
            return super().size
        return ConsoleDimensions(*shutil.get_terminal_size((_WIDTH_IN_A_PIPE, 24)))

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError, for which `guarded` has an exit code."""
        raise BrokenPipeError


err = _Console(stderr=True)
out = _Console()


class _TerminatedError(BaseException):
    """A termination signal as an exception, so that open files and workers are cleaned up."""

    def __init__(self, number: int) -> None:
        self.number = number


def use_utf_8() -> None:
    """Make stdout and stderr UTF-8 in pipes and files, where Windows would use the code page of the system.

    A terminal keeps its encoding; a character that it doesn't have is replaced.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper) or stream.encoding.lower().replace("-", "") == "utf8":
            continue
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def fail(message: str, code: int = EXIT_FAILED) -> typer.Exit:
    """Print an error message and return the exit to raise."""
    err.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
    return typer.Exit(code)


def note(message: str) -> None:
    """Print a note on stderr."""
    err.print(message, style="yellow", soft_wrap=True)


class LogFormatter(logging.Formatter):
    """Formats a note as `note` prints it, and other records with their level and logger."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        from ..utils.streaming.loading.loaded_model import NOTES

        return record.getMessage() if record.name == NOTES else super().format(record)


def count(number: int, noun: str) -> str:
    """Return "1 cue", "2 cues"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def levels(voices: Sequence[VoiceLevel]) -> str:
    """Return ", level +7.9 dB" for the gain of a voice, and for several ", levels NAME +7.9 dB, NAME +4.5 dB"."""
    if len(voices) < 2:
        return "".join(f", level {voice.gain_db:+.1f} dB" for voice in voices)
    # A voice that several models speak with has a gain for each.
    named = list(dict.fromkeys(f"{voice.voice} {voice.gain_db:+.1f} dB" for voice in voices))
    more = [f"{len(named) - _MAX_LEVELS} more"] if len(named) > _MAX_LEVELS else []
    return f", levels {', '.join([*named[:_MAX_LEVELS], *more])}"


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Turn an exception of a command into one error message and an exit code."""
    from ..utils.streaming.contract.errors import Error, SegmentError, UnknownEngineError

    try:
        with _signals_raise():
            yield
            sys.stdout.flush()
    except (UnknownEngineError, ValueError) as error:
        _log.info("traceback:", exc_info=True)
        raise fail(str(error), EXIT_BAD_INPUT) from None
    except SegmentError as error:
        raise fail(_segment_message(error)) from None
    except BrokenPipeError:
        # The reader of stdout has quit. Python flushes stdout at exit, so the buffered rest needs a valid descriptor.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(EXIT_PIPE_CLOSED) from None
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise fail(_file_message(error), EXIT_BAD_INPUT) from None
    except OSError as error:
        raise fail(_file_message(error)) from None
    except Error as error:
        _log.info("traceback:", exc_info=True)
        raise fail(str(error)) from None
    except KeyboardInterrupt:
        err.print("interrupted")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except _TerminatedError as terminated:
        raise typer.Exit(EXIT_SIGNAL + terminated.number) from None


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into exceptions, as Python does with SIGINT."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise _TerminatedError(number)

    # A signal that the parent process ignores (nohup) stays ignored.
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    handled = [number for number in numbers if before[number] == signal.SIG_DFL]
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])


def _segment_message(error: SegmentError) -> str:
    failure = error.failure
    text = failure.text if len(failure.text) <= _MAX_TEXT_CHARS else failure.text[: _MAX_TEXT_CHARS - 1] + "…"
    message = f"segment {failure.index + 1} ({text!r}) failed in engine '{failure.engine}': {failure.message}"
    # A log that ends with the engine's own message adds only its traceback, which is for the engine's author.
    if failure.log_tail and not failure.log_tail.endswith(failure.message):
        runs_on = f"\nits worker ran on {failure.runs_on}" if failure.runs_on else ""
        return f"{message}\nlast lines of the worker's log:\n{failure.log_tail}{runs_on}"
    if failure.log_tail:
        _log.info("last lines of the worker's log:\n%s", failure.log_tail)
    return message


def _file_message(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)


@contextlib.contextmanager
def runtime(
    *,
    use_cache: bool = True,
    engine: str = "",
    model_path: Path | None = None,
    task: str = "speech",
    device: str = "",
    dtype: str = "",
    commercial: bool = False,
    quiet: bool = False,
) -> Iterator[Runtime]:
    """Create the runtime of one command; its workers are stopped at the end.

    `model_path` is the folder of the model of `engine`, by default of the one engine for `task` that has model files;
    UnknownEngineError if there are several. ValueError if the engine (without one: every engine) doesn't have the
    device or the dtype. With `commercial`, models whose license forbids commercial use are refused. With `quiet`,
    notes aren't printed.
    """
    import msgspec

    from ..utils.offline import refuse_egress
    from ..utils.settings import read_settings
    from ..utils.streaming.contract.registry import EngineRegistry
    from ..utils.streaming.loading.loaded_model import NOTES
    from ..utils.streaming.runtime import Runtime

    logging.getLogger(NOTES).setLevel(logging.ERROR if quiet else logging.WARNING)
    settings = read_settings()
    if settings.offline:
        refuse_egress("voxweft, with VOXWEFT_OFFLINE set,")
    settings = msgspec.structs.replace(
        settings,
        cache_bytes=settings.cache_bytes if use_cache else 0,
        device=device or settings.device,
        dtype=dtype or settings.dtype,
        commercial=commercial or settings.commercial,
    )
    registry = EngineRegistry(settings.engine_folders)
    paths = {} if model_path is None else {engine or registry.only(task).name: model_path}
    made = Runtime(settings, registry, model_paths=paths)
    for name in paths:
        made.registry.prefer(name)
    try:
        _check_choices(made.registry, engine, device=device, dtype=dtype)
        yield made
    finally:
        made.close()


def _check_choices(registry: EngineRegistry, engine: str, *, device: str, dtype: str) -> None:
    from ..utils.streaming.contract.model_key import check_choice

    if engine and (device or dtype):
        spec = registry.get(engine)
        check_choice(spec, "device", device)
        check_choice(spec, "dtype", dtype)
        return
    # Without --engine, the choice is for whichever engine has it, as with the environment variables.
    specs = registry.specs.values()
    for kind, requested, possible in (
        ("device", device, {name for spec in specs for name in spec.devices}),
        ("dtype", dtype, {name for spec in specs for name in spec.dtypes}),
    ):
        if requested and requested not in possible | {"auto"}:
            raise ValueError(f"no engine has the {kind} '{requested}'; available: {', '.join(sorted(possible))}")
