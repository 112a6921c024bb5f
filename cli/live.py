"""`voxweft transcribe --live -`: live transcription of audio from stdin."""

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
    from ..jobs.transcribe.recognizer import Recognizer
    from ..utils.streaming.runtime import Runtime

_READ_BYTES = 32 << 10
_MAX_READ_AHEAD = 8
"""Maximum number of blocks read from stdin before the session takes them."""


def transcribe_live(
    recognizer: Recognizer,
    runtime: Runtime,
    *,
    source: BinaryIO | None = None,
    sample_rate: int = 16_000,
    pcm_format: PcmFormat = "s16le",
    as_json: bool = False,
    quiet: bool = False,
) -> None:
    """Transcribe mono PCM from `source` (stdin by default) until it ends.

    On a terminal, partial words are redrawn after the committed ones. In a pipe, a line is printed at each pause, or
    with `as_json` a JSON object for each event. Committed words are always printed, even if the command fails.
    """
    if sample_rate <= 0:
        raise ValueError(f"--sample-rate must be above 0 Hz, not {sample_rate}")
    with _printer(as_json=as_json) as show:
        session = asyncio.run(_run(recognizer, runtime, source or sys.stdin.buffer, sample_rate, pcm_format, show))
    if not quiet:
        _show_summary(session)


async def _run(
    recognizer: Recognizer,
    runtime: Runtime,
    source: BinaryIO,
    sample_rate: int,
    pcm_format: PcmFormat,
    show: _Printer,
) -> LiveSession:
    from ..jobs.transcribe.live.pcm_input import PcmDecoder
    from ..jobs.transcribe.live.session import LiveSession

    # A pipe can wait, but the recorder that writes to it can't.
    async with LiveSession(recognizer, runtime, realtime=True) as session:
        decoder = PcmDecoder(pcm_format)

        async def feed() -> None:
            try:
                async for block in _blocks(source):
                    await session.feed(decoder.samples(block), sample_rate)
            except Exception:
                # The words before a read error or invalid audio are still printed.
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


async def _blocks(source: BinaryIO) -> AsyncIterator[bytes]:
    """Yield blocks of bytes as they arrive.

    A daemon thread reads them: it may block forever in `read` and must not keep the process alive. `slots` limits how
    far it reads ahead.
    """
    loop = asyncio.get_running_loop()
    blocks: asyncio.Queue[bytes | BaseException] = asyncio.Queue()
    slots = threading.Semaphore(_MAX_READ_AHEAD)
    read = _reader(source)

    def pump() -> None:
        while True:
            slots.acquire()
            item: bytes | BaseException
            try:
                item = read(_READ_BYTES)
            except (OSError, ValueError) as error:
                item = error
            try:
                loop.call_soon_threadsafe(blocks.put_nowait, item)
            except RuntimeError:  # the loop is closed
                return
            if not item or isinstance(item, BaseException):
                return

    threading.Thread(target=pump, name="voxweft-stdin", daemon=True).start()
    while block := await blocks.get():
        slots.release()
        if isinstance(block, BaseException):
            raise block
        yield block


def _reader(source: BinaryIO) -> Callable[[int], bytes]:
    # Not sys.stdin.buffer.read: a thread blocked in it holds a lock that the interpreter needs to exit.
    try:
        return functools.partial(os.read, source.fileno())
    except OSError:  # a stream in memory has no descriptor
        return source.read


class _Printer:
    """Prints events as lines: JSON objects, or the words between two pauses."""

    def __init__(self, *, as_json: bool, live: Live | None) -> None:
        self._json = as_json
        self._live = live
        self._line = ""

    def take(self, event: LiveEvent) -> None:
        """Print the change that an event makes."""
        from ..jobs.transcribe.live.session import Committed, Partial

        if self._json:
            print(msgspec.json.encode(event).decode(), flush=True)  # noqa: T201
            return
        partial = ""
        if isinstance(event, Committed):
            # A word's text includes the white space before it.
            self._line += "".join(word.text for word in event.words)
            if event.pause:
                self.end_line()
        elif isinstance(event, Partial):
            partial = "".join(word.text for word in event.words)
        else:
            return
        if self._live is not None:
            self._live.update(Text.assemble(self._line.lstrip(), (partial, "dim")), refresh=True)

    def end_line(self) -> None:
        """Print the committed words that aren't printed yet."""
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


def _show_summary(session: LiveSession) -> None:
    console.err.print(f"{session.received_s:.2f} s of audio", soft_wrap=True)
    if session.skipped_partials:
        console.note(
            f"the model was too slow; skipped {console.count(session.skipped_partials, 'partial update')}, but no audio"
        )
