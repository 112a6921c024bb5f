"""Run the library in a thread, so that a generator can yield the audio of its callback."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...utils.streaming import AudioChunk, Word
from .binding import SAMPLE_RATE_HZ, WordEvent
from .silence import SoundTracker
from .words import WordTracker

MAX_CHUNK_SAMPLES = SAMPLE_RATE_HZ // 2
_QUEUED_CHUNKS = 2

OnBlock = Callable[[bytes, Sequence[WordEvent]], bool]
"""Called by `EspeakLibrary.speak` with PCM and words; returns false to stop it."""


class PcmChunk(NamedTuple):
    """A chunk of audio as 16-bit PCM, with the words that end in it."""

    pcm: bytes
    words: tuple[Word, ...]

    def event(self) -> AudioChunk:
        """Convert to an event with float32 samples."""
        samples = np.frombuffer(self.pcm, dtype=np.int16).astype(np.float32)
        samples /= 32768.0
        return AudioChunk(samples=samples, sample_rate=SAMPLE_RATE_HZ, words=self.words)


class ChunkMaker:
    """Collects blocks into chunks: the first is one block, the next ones double up to half a second.

    Silence at the ends of the text is trimmed. A full chunk is sent when more sound arrives, so the last chunk always
    has samples to go with the last words, and no trailing silence has been sent. `put` returns false to stop.
    """

    def __init__(self, text: str, put: Callable[[PcmChunk], bool]) -> None:
        self._sound = SoundTracker()
        self._words = WordTracker(text)
        self._put = put
        self._held = bytearray()
        self._held_from = 0
        """The position of the held PCM in the library's audio, in samples."""
        self._target_samples = 1

    def add(self, pcm: bytes, events: Sequence[WordEvent]) -> bool:
        """Add a block; return false to stop the synthesis."""
        may_continue = True
        has_sound = self._sound.add(pcm)
        if has_sound:
            self._drop_until(self._sound.begin)
            held_samples = len(self._held) // 2
            if held_samples >= self._target_samples:
                self._target_samples = min(2 * held_samples, MAX_CHUNK_SAMPLES)
                may_continue = self._put(self._chunk(held_samples))
        self._held += pcm
        if has_sound:
            self._drop_until(self._sound.begin)
        self._words.add(events)
        return may_continue

    def finish(self) -> None:
        """Send the rest, after the text's end."""
        self._words.finish(self._sound.end)
        n_samples = self._sound.end - max(self._held_from, self._sound.begin)
        if n_samples > 0:
            self._put(self._chunk(n_samples))

    def _drop_until(self, position: int) -> None:
        """Drop the held samples before a position of the library's audio."""
        n_samples = min(max(0, position - self._held_from), len(self._held) // 2)
        del self._held[: 2 * n_samples]
        self._held_from += n_samples

    def _chunk(self, n_samples: int) -> PcmChunk:
        chunk = PcmChunk(bytes(self._held[: 2 * n_samples]), tuple(map(self._trimmed, self._words.take())))
        self._drop_until(self._held_from + n_samples)
        return chunk

    def _trimmed(self, word: Word) -> Word:
        """Return a word without the silence at its ends, at its time in the trimmed audio."""
        bounds = round(word.start_s * SAMPLE_RATE_HZ), round(word.end_s * SAMPLE_RATE_HZ)
        start, end = (max(0, at - self._sound.begin) for at in self._sound.without_pauses(*bounds))
        return Word(word.text, start / SAMPLE_RATE_HZ, end / SAMPLE_RATE_HZ, source=word.source)


class _ChunkQueue:
    """A short bounded queue between two threads, which either side can end."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._chunks: deque[PcmChunk] = deque()
        self._error: BaseException | None = None
        self._ended = False
        self.closed = False

    def put(self, chunk: PcmChunk) -> bool:
        """Add a chunk, waiting while the queue is full; return false if it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or len(self._chunks) < _QUEUED_CHUNKS)
            if not self.closed:
                self._chunks.append(chunk)
                self._changed.notify_all()
            return not self.closed

    def end(self, error: BaseException | None) -> None:
        """End the queue; `error` is raised in `take` after the last chunk."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def take(self) -> PcmChunk | None:
        """Return the next chunk, waiting for it; None after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._chunks or self._ended)
            if self._chunks:
                self._changed.notify_all()
                return self._chunks.popleft()
            if self._error is not None:
                raise self._error
            return None

    def close(self) -> None:
        """Stop taking chunks; a waiting `put` returns false."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()


def stream_speech(text: str, speak: Callable[[OnBlock], None], cancelled: Callable[[], bool]) -> Iterator[AudioChunk]:
    """Run `speak` in a thread, and yield the audio that it passes to its callback.

    `cancelled` is checked at every block of 60 ms. When the generator ends, in any way, the thread has ended too.
    """
    chunks = _ChunkQueue()
    maker = ChunkMaker(text, chunks.put)

    def on_block(pcm: bytes, events: Sequence[WordEvent]) -> bool:
        return not chunks.closed and not cancelled() and maker.add(pcm, events)

    def run() -> None:
        try:
            speak(on_block)
            if not chunks.closed and not cancelled():
                maker.finish()
        except BaseException as error:  # noqa: BLE001  raised by take()
            chunks.end(error)
        else:
            chunks.end(None)

    # A daemon, since otherwise an interpreter that exits with an open generator would wait forever.
    thread = threading.Thread(target=run, name="espeak", daemon=True)
    thread.start()
    try:
        while (chunk := chunks.take()) is not None and not cancelled():
            yield chunk.event()
    finally:
        chunks.close()
        thread.join()
