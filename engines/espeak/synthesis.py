"""Speaking in a thread of its own, so that the audio of the library's callback can be taken from a generator."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...utils.streaming import AudioChunk, Word
from .binding import SAMPLE_RATE_HZ, WordEvent
from .words import WordTracker

MAX_CHUNK_SAMPLES = SAMPLE_RATE_HZ // 2
_WAITING_CHUNKS = 2

OnBlock = Callable[[bytes, Sequence[WordEvent]], bool]
"""What `EspeakLibrary.speak` calls with PCM and words; false stops it."""


class SpokenChunk(NamedTuple):
    """A piece of audio as 16-bit PCM, with the words that ended in it."""

    pcm: bytes
    words: tuple[Word, ...]

    def event(self) -> AudioChunk:
        """Return it as float32 samples."""
        samples = np.frombuffer(self.pcm, dtype=np.int16).astype(np.float32)
        samples /= 32768.0
        return AudioChunk(samples=samples, sample_rate=SAMPLE_RATE_HZ, words=self.words)


class ChunkMaker:
    """Gathers blocks into chunks: the first is one block, the next ones double up to half a second.

    A full chunk goes out when the block behind it arrives, so the last one always has samples to carry the last words.
    `put` returns false to stop.
    """

    def __init__(self, text: str, put: Callable[[SpokenChunk], bool]) -> None:
        self._words = WordTracker(text)
        self._put = put
        self._blocks: list[bytes] = []
        self._held_samples = 0
        self._target_samples = 1
        self._total_samples = 0

    def add(self, pcm: bytes, events: Sequence[WordEvent]) -> bool:
        """Take a block; false when the speaking should stop."""
        going = True
        if pcm and self._held_samples >= self._target_samples:
            self._target_samples = min(2 * self._held_samples, MAX_CHUNK_SAMPLES)
            going = self._put(self._chunk())
        if pcm:
            self._blocks.append(pcm)
            self._held_samples += len(pcm) // 2
            self._total_samples += len(pcm) // 2
        self._words.add(events)
        return going

    def finish(self) -> None:
        """Send what is left: the text is spoken to its end."""
        self._words.finish(self._total_samples)
        if self._blocks:
            self._put(self._chunk())

    def _chunk(self) -> SpokenChunk:
        chunk = SpokenChunk(b"".join(self._blocks), self._words.take())
        self._blocks.clear()
        self._held_samples = 0
        return chunk


class _Handover:
    """A queue of few chunks from one thread to another, which either side can end."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._chunks: deque[SpokenChunk] = deque()
        self._error: BaseException | None = None
        self._ended = False
        self.closed = False

    def put(self, chunk: SpokenChunk) -> bool:
        """Wait for room; false when nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or len(self._chunks) < _WAITING_CHUNKS)
            if not self.closed:
                self._chunks.append(chunk)
                self._changed.notify_all()
            return not self.closed

    def end(self, error: BaseException | None) -> None:
        """No more chunks will come; `error` is raised to the taker."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def take(self) -> SpokenChunk | None:
        """Wait for a chunk; None after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._chunks or self._ended)
            if self._chunks:
                self._changed.notify_all()
                return self._chunks.popleft()
            if self._error is not None:
                raise self._error
            return None

    def close(self) -> None:
        """Take no more: whoever waits in `put` goes on and stops."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()


def stream_speech(text: str, speak: Callable[[OnBlock], None], cancelled: Callable[[], bool]) -> Iterator[AudioChunk]:
    """Yield the audio that `speak` gives to the callback it gets, which runs in another thread.

    `cancelled` is asked at every block of 60 ms. However the generator ends, the thread is over by then.
    """
    handover = _Handover()
    maker = ChunkMaker(text, handover.put)

    def on_block(pcm: bytes, events: Sequence[WordEvent]) -> bool:
        return not handover.closed and not cancelled() and maker.add(pcm, events)

    def run() -> None:
        try:
            speak(on_block)
            if not handover.closed and not cancelled():
                maker.finish()
        except BaseException as error:  # noqa: BLE001  the taker raises it
            handover.end(error)
        else:
            handover.end(None)

    # A daemon: an interpreter that exits with a generator left open would otherwise wait for it for ever.
    thread = threading.Thread(target=run, name="espeak", daemon=True)
    thread.start()
    try:
        while (chunk := handover.take()) is not None and not cancelled():
            yield chunk.event()
    finally:
        handover.close()
        thread.join()
