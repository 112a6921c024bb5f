"""Synthesis in a thread: growing chunks, a bounded queue, and no thread after the stream ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from voxweft.engines.espeak.binding import WordEvent
from voxweft.engines.espeak.silence import KEPT_SAMPLES
from voxweft.engines.espeak.synthesis import MAX_CHUNK_SAMPLES, ChunkMaker, OnBlock, PcmChunk, stream_speech

BLOCK_SAMPLES = 1324


def block(number: int) -> bytes:
    """Return a block of sound; 0 would be silence."""
    return np.full(BLOCK_SAMPLES, number + 1, dtype=np.int16).tobytes()


def blocks(count: int, seen: list[int] | None = None) -> Callable[[OnBlock], None]:
    """Return a `speak` that sends `count` blocks of one word each; `seen` collects the numbers of the sent blocks."""

    def speak(on_block: OnBlock) -> None:
        for number in range(count):
            if seen is not None:
                seen.append(number)
            if not on_block(block(number), [WordEvent(2 * number, BLOCK_SAMPLES * number)]):
                return
        on_block(b"", [])

    return speak


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "espeak"]


def never() -> bool:
    return False


def test_chunks_grow_and_contain_every_sample_and_word() -> None:
    chunks = list(stream_speech("w " * 100, blocks(100), never))
    sizes = [len(chunk.samples) for chunk in chunks]
    assert sizes[:4] == [BLOCK_SAMPLES * factor for factor in (1, 2, 4, 8)]
    assert max(sizes) < MAX_CHUNK_SAMPLES + BLOCK_SAMPLES
    together = np.concatenate([chunk.samples for chunk in chunks])
    assert together.dtype == np.float32
    assert np.array_equal(together * 32768, np.repeat(np.arange(1, 101), BLOCK_SAMPLES))
    words = [word for chunk in chunks for word in chunk.words]
    assert [word.source.start for word in words if word.source] == list(range(0, 200, 2))


def test_a_word_comes_with_the_chunk_in_which_it_ends() -> None:
    n_samples, last = 0, 0.0
    for chunk in stream_speech("w " * 60, blocks(60), never):
        before_s, n_samples = n_samples / 22050, n_samples + len(chunk.samples)
        assert len(chunk.samples) > 0
        for word in chunk.words:
            assert before_s - 0.0601 <= word.end_s <= n_samples / 22050
            last = word.end_s
    assert last == n_samples / 22050


def test_the_synthesis_waits_for_a_slow_consumer() -> None:
    seen: list[int] = []
    stream = stream_speech("w " * 10_000, blocks(10_000, seen), never)
    for _ in range(8):
        next(stream)
    thread = threads()[0]
    thread.join(0.3)
    assert thread.is_alive()
    taken_samples = BLOCK_SAMPLES * (1 + 2 + 4 + 8 + 4 * 9)
    assert BLOCK_SAMPLES * len(seen) <= taken_samples + 4 * MAX_CHUNK_SAMPLES
    stream.close()
    assert not threads()


def test_a_dropped_generator_ends_its_thread() -> None:
    stream = stream_speech("w " * 10_000, blocks(10_000), never)
    next(stream)
    assert threads()
    del stream
    assert not threads()


def test_closing_an_unstarted_generator_starts_no_synthesis() -> None:
    seen: list[int] = []
    stream = stream_speech("w", blocks(5, seen), never)
    stream.close()
    assert seen == []


def test_an_error_in_the_thread_is_raised_after_the_chunks_before_it() -> None:
    def speak(on_block: OnBlock) -> None:
        blocks(20)(on_block)
        raise OSError("broken")

    stream = stream_speech("w " * 20, speak, never)
    assert len(next(stream).samples) == BLOCK_SAMPLES
    with pytest.raises(OSError, match="broken"):
        list(stream)
    assert not threads()


def test_an_error_in_cancelled_is_raised() -> None:
    def cancelled() -> bool:
        raise LookupError("no such request")

    def speak(on_block: OnBlock) -> None:
        on_block(block(0), [])

    with pytest.raises(LookupError, match="no such request"):
        list(stream_speech("w", speak, cancelled))
    assert not threads()


def test_cancel_stops_at_the_next_block() -> None:
    seen: list[int] = []
    stop = threading.Event()

    def speak(on_block: OnBlock) -> None:
        for number in range(1000):
            seen.append(number)
            if number == 10:
                stop.set()
            if not on_block(block(number), []):
                return

    chunks = list(stream_speech("", speak, stop.is_set))
    assert seen[-1] <= 10
    assert sum(len(chunk.samples) for chunk in chunks) <= 10 * BLOCK_SAMPLES
    assert not threads()


def test_the_last_chunk_has_samples_for_the_last_words() -> None:
    sent: list[PcmChunk] = []
    maker = ChunkMaker("one two", lambda chunk: sent.append(chunk) or True)
    maker.add(block(1), [WordEvent(0, 0), WordEvent(4, 700)])
    maker.add(b"", [])
    assert sent == []
    maker.finish()
    assert [(len(chunk.pcm), [word.text for word in chunk.words]) for chunk in sent] == [
        (2 * BLOCK_SAMPLES, ["one", "two"])
    ]


def test_silence_is_trimmed_at_the_ends_only() -> None:
    sent: list[PcmChunk] = []
    maker = ChunkMaker("one two", lambda chunk: sent.append(chunk) or True)
    silence = bytes(2 * BLOCK_SAMPLES)
    blocks = [silence, silence, block(1), silence, silence, block(2), silence, silence]
    for number, pcm in enumerate(blocks):
        maker.add(
            pcm, [WordEvent(0, BLOCK_SAMPLES)] if number == 1 else [WordEvent(4, 4 * BLOCK_SAMPLES)] * (number == 4)
        )
    maker.finish()
    samples = np.frombuffer(b"".join(chunk.pcm for chunk in sent), np.int16)
    sound = np.flatnonzero(samples)
    assert (sound[0], sound[-1]) == (KEPT_SAMPLES, KEPT_SAMPLES + 4 * BLOCK_SAMPLES - 1)
    assert samples.size == 2 * KEPT_SAMPLES + 4 * BLOCK_SAMPLES
    words = [word for chunk in sent for word in chunk.words]
    in_samples = [(round(word.start_s * 22050), round(word.end_s * 22050)) for word in words]
    first, second = KEPT_SAMPLES, KEPT_SAMPLES + 3 * BLOCK_SAMPLES
    assert in_samples == [(first, first + BLOCK_SAMPLES), (second, second + BLOCK_SAMPLES)]
