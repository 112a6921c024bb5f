from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.audio.timeline import BLOCK_SAMPLES, Timeline


def joined(blocks) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.float32), *blocks])


@st.composite
def steps(draw):
    """Draw a sequence of valid adds and releases."""
    final = 0
    near_edges = st.sampled_from([0, 1, 5, 100, BLOCK_SAMPLES - 1, BLOCK_SAMPLES, BLOCK_SAMPLES + 1, 3 * BLOCK_SAMPLES])
    run = []
    for _ in range(draw(st.integers(0, 12))):
        distance = draw(near_edges | st.integers(0, 2000))
        if draw(st.booleans()):
            run.append(("add", final + distance, draw(near_edges | st.integers(0, 2000)), draw(st.integers(0, 99))))
        else:
            final += distance
            run.append(("release", final, 0, 0))
    return run


@settings(max_examples=60, deadline=None)
@given(steps())
def test_equals_a_whole_array_mix(run):
    timeline = Timeline(24000)
    end = max((start + n if n else 0 if kind == "add" else start for kind, start, n, _ in run), default=0)
    whole = np.zeros(end, np.float32)
    out = []
    for kind, start, n, seed in run:
        if kind == "add":
            samples = np.random.default_rng(seed).standard_normal(n).astype(np.float32)
            timeline.add(start, samples)
            whole[start : start + n] += samples
            samples[:] = 99.0  # the timeline keeps a copy
        else:
            for block in timeline.release(start):
                assert 0 < len(block) <= BLOCK_SAMPLES
                assert block.dtype == np.float32
                out.append(block.copy())
                block[:] = 99.0  # it belongs to the caller now
            assert timeline.position == start
    assert timeline.end_sample == end
    out.extend(timeline.finish())
    np.testing.assert_array_equal(joined(out), whole)
    assert timeline.position == end
    assert timeline.held_bytes == 0


def test_a_cue_after_ten_hours_needs_one_block():
    timeline = Timeline(48000)
    start = 10 * 3600 * 48000 + 17
    timeline.add(start, np.ones(10, np.float32))
    assert timeline.held_bytes == BLOCK_SAMPLES * 4
    assert timeline.end_sample == start + 10
    released = timeline.release(200 * BLOCK_SAMPLES)
    n = 0
    for block in released:
        assert not block.any()
        assert len(block) <= BLOCK_SAMPLES
        n += len(block)
    assert n == timeline.position == 200 * BLOCK_SAMPLES


def test_memory_is_only_unreleased_samples():
    timeline = Timeline(48000)
    second = np.ones(48000, np.float32)
    for index in range(100):
        timeline.add(index * 48000, second)
        assert all((block == 1.0).all() for block in timeline.release((index + 1) * 48000))
        assert timeline.held_bytes <= 2 * BLOCK_SAMPLES * 4


def test_a_release_is_final_before_it_is_consumed():
    timeline = Timeline(8000)
    timeline.add(0, np.ones(10, np.float32))
    blocks = timeline.release(100)
    assert timeline.position == 0
    with pytest.raises(ValueError, match="sample 99 is before 100"):
        timeline.add(99, np.ones(1, np.float32))
    timeline.add(100, np.ones(1, np.float32))
    assert len(joined(blocks)) == 100
    assert joined(timeline.release(50)).size == 0
    assert joined(timeline.finish()).tolist() == [1.0]
    with pytest.raises(ValueError, match="finished"):
        timeline.add(500, np.ones(1, np.float32))
    assert joined(timeline.finish()).size == 0


def test_a_dropped_iterator_loses_no_samples():
    timeline = Timeline(8000)
    n = 3 * BLOCK_SAMPLES + 5
    samples = np.arange(n, dtype=np.float32)
    timeline.add(0, samples)
    first = next(iter(timeline.release(n - 3)))
    np.testing.assert_array_equal(joined([first, *timeline.finish()]), samples)


def test_invalid_arguments_raise():
    timeline = Timeline(8000)
    with pytest.raises(ValueError, match="shape"):
        timeline.add(0, np.zeros((2, 2), np.float32))
    with pytest.raises(TypeError, match="float64"):
        timeline.add(0, np.zeros(2))
    with pytest.raises(ValueError, match="before 0"):
        timeline.add(-1, np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="0 Hz"):
        Timeline(0)
