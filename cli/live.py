"""`voxweft transcribe --live -`: audio from stdin, words as they are said."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from rich.live import Live
from rich.text import Text

from . import console

if TYPE_CHECKING:
    from ..jobs.transcribe.live.pcm_input import PcmFormat
    from ..jobs.transcribe.live.session import LiveEvent, LiveSession
    from ..jobs.transcribe.recognizer import Recogniser
    from ..utils.streaming.runtime import Runtime

_READ_BYTES = 32 << 10
_AHEAD = 8
"""Pieces that are read before they are taken."""


def transcribe_live(
    recogniser: Recogniser,
    runtime: Runtime,
    *,
    source: BinaryIO | None = None,
    sample_rate: int = 16_000,
    pcm_format: PcmFormat = "s16le",
    as_json: bool = False,
    quiet: bool = False,
) -> None:
    """Write down the PCM (mono) of `source`, stdin by default, until it ends.

    On a terminal the words that may still change are redrawn behind the others; in a pipe a line comes when somebody
    pauses, or with `as_json` a JSON object for each event. What is certain is printed whatever ends it.
    """
    if sample_rate <= 0:
        raise ValueError(f"--rate is above 0 Hz, not {sample_rate}")
    with _printer(as_json=as_json) as show:
        session = asyncio.run(_run(recogniser, runtime, source or sys.stdin.buffer, sample_rate, pcm_format, show))
    if not quiet:
        _say(session)


async def _run(
    recogniser: Recogniser,
    runtime: Runtime,
    source: BinaryIO,
    sample_rate: int,
    pcm_format: PcmFormat,
    show: _Printer,
) -> LiveSession:
    from ..jobs.transcribe.live.pcm_input import PcmCutter
    from ..jobs.transcribe.live.session import LiveSession

    # A pipe can wait, but who records into it can't.
    async with LiveSession(recogniser, runtime, realtime=True) as session:
        cutter = PcmCutter(pcm_format)

        async def feed() -> None:
            try:
                async for piece in _pieces(source):
                    await session.feed(cutter.samples(piece), sample_rate)
            except Exception:
                # Of a source that fails, or sends what is no audio, the last words before that are printed, too.
                await session.finish()
                raise
            await session.finish()

        feeding = asyncio.create_task(feed())
        try:
            async for event in session:
                show.take(event)
            await feeding
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
    return session


async def _pieces(source: BinaryIO) -> AsyncIterator[bytes]:
    """Yield what comes. The thread that reads may block for ever: it is no reason to stay."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes | BaseException] = asyncio.Queue()
    room = threading.Semaphore(_AHEAD)
    read = _reader(source)

    def pump() -> None:
        while True:
            room.acquire()
            item: bytes | BaseException
            try:
                item = read(_READ_BYTES)
            except (OSError, ValueError) as error:
                item = error
            try:
                loop.call_soon_threadsafe(pieces.put_nowait, item)
            except RuntimeError:  # the loop is closed: nobody waits any more
                return
            if not item or isinstance(item, BaseException):
                return

    threading.Thread(target=pump, name="voxweft-stdin", daemon=True).start()
    while piece := await pieces.get():
        room.release()
        if isinstance(piece, BaseException):
            raise piece
        yield piece


def _reader(source: BinaryIO) -> Callable[[int], bytes]:
    # Past the buffer: a thread that waits in it holds its lock, without which Python can't end.
    try:
        return functools.partial(os.read, source.fileno())
    except OSError:  # in memory
        return source.read


class _Printer:
    """Prints events as lines: JSON, or the words between two pauses."""

    def __init__(self, *, as_json: bool, live: Live | None) -> None:
        self._json = as_json
        self._live = live
        self._line = ""

    def take(self, event: LiveEvent) -> None:
        """Print what an event changes."""
        from ..jobs.transcribe.live.session import Committed

        if self._json:
            print(msgspec.json.encode(event).decode(), flush=True)  # noqa: T201
            return
        partial = ""
        if isinstance(event, Committed):
            # Words hold the white space before them.
            self._line += "".join(word.text for word in event.words)
            if event.pause:
                self.end_line()
        else:
            partial = "".join(word.text for word in event.words)
        if self._live is not None:
            self._live.update(Text.assemble(self._line.lstrip(), (partial, "dim")), refresh=True)

    def end_line(self) -> None:
        """Print what is certain and not printed yet."""
        line, self._line = self._line.strip(), ""
        if line and self._live is not None:
            self._live.update(Text(""))
            self._live.console.print(line, soft_wrap=True)
        elif line:
            print(line, flush=True)  # noqa: T201


@contextlib.contextmanager
def _printer(*, as_json: bool) -> Iterator[_Printer]:
    redraws = not as_json and console.out.is_terminal
    with Live(console=console.out, auto_refresh=False, transient=True) if redraws else contextlib.nullcontext() as live:
        printer = _Printer(as_json=as_json, live=live)
        try:
            yield printer
        finally:
            printer.end_line()


def _say(session: LiveSession) -> None:
    console.err.print(f"{session.heard_s:.2f} s of audio", soft_wrap=True)
    if session.skipped_partials:
        console.note(
            f"the model was behind: {console.count(session.skipped_partials, 'partial update')} left out (no audio was)"
        )
