"""The event buffer: events in the file are returned unchanged and in order."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.utils.streaming import AudioChunk, TranscriptUpdate, Word
from voxweft.utils.streaming.scheduling.event_buffer import EventBuffer


def chunk(number: int, size: int) -> AudioChunk:
    samples = np.full(size, number, dtype=np.float32)
    return AudioChunk(
        samples=samples, sample_rate=8000 + number, words=(Word(str(number), 0.0, 1.0),), request=3, index=5
    )


def same(one: object, other: object) -> bool:
    if isinstance(one, AudioChunk) and isinstance(other, AudioChunk):
        rest = [(event.sample_rate, event.words, event.request, event.index) for event in (one, other)]
        return np.array_equal(one.samples, other.samples) and rest[0] == rest[1]
    return one == other


@settings(deadline=None)
@given(st.integers(0, 4000), st.lists(st.one_of(st.none(), st.integers(0, 600), st.just("update")), max_size=60))
def test_first_in_first_out_whatever_is_in_memory(memory_bytes: int, plan: list[int | str | None]) -> None:
    buffer, waiting = EventBuffer(memory_bytes), []
    for number, step in enumerate(plan):
        if step is None:
            got = buffer.pop()
            assert same(got, waiting.pop(0)) if waiting else got is None
        else:
            event = TranscriptUpdate(text=str(number)) if step == "update" else chunk(number, int(step))
            buffer.push(event)
            waiting.append(event)
        assert len(buffer) == len(waiting)
    while waiting:
        assert same(buffer.pop(), waiting.pop(0))
    assert buffer.pop() is None


def test_memory_is_bounded() -> None:
    buffer = EventBuffer(memory_bytes=10_000)
    for number in range(100):
        buffer.push(chunk(number, 1000))
    held = sum(event.samples.nbytes for event in buffer._events if isinstance(event, AudioChunk))
    assert held <= 10_000 + 4000
    buffer.clear()
    assert len(buffer) == 0
    assert buffer.pop() is None


_FULL = """
import resource, signal
import numpy as np
from voxweft.utils.streaming import AudioChunk
from voxweft.utils.streaming.scheduling.event_buffer import EventBuffer

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
buffer = EventBuffer(memory_bytes=0)
buffer.push(AudioChunk(samples=np.ones(1000, np.float32), sample_rate=1))
try:
    buffer.push(AudioChunk(samples=np.ones(1000, np.float32), sample_rate=1))
except OSError as error:
    print("refused", buffer.pop().samples.sum())
buffer.clear()
"""


@pytest.mark.linux
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX: a limit on the size of files simulates a full disk")
def test_a_full_disk_is_an_error_of_the_push() -> None:
    answer = subprocess.run([sys.executable, "-c", _FULL], capture_output=True, text=True, timeout=30, check=False)
    assert (answer.stdout.split(), answer.stderr) == (["refused", "1000.0"], "")
