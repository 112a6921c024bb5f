from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.media.audio.edge_silence import EdgeSilence

RATE = 1000
KEPT = 30


def trimmed(samples, sizes):
    """Return the trimmed audio, fed in blocks of these sizes, and what was trimmed before it."""
    edges, blocks, at, turn = EdgeSilence(RATE), [], 0, 0
    while at < samples.size:
        size = sizes[turn % len(sizes)]
        blocks.append(edges.process(samples[at : at + size]))
        at, turn = at + size, turn + 1
    blocks.append(edges.flush())
    return np.concatenate(blocks), edges.n_trimmed


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 300),
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), min_size=1, max_size=4),
    st.lists(st.integers(1, 97), min_size=1, max_size=4),
)
def test_only_the_silence_at_the_ends_is_left_out(before, sounds, sizes):
    """Sounds with silence around and between them, in blocks of any sizes: each sample of sound stays in its place."""
    pieces = [np.zeros(before, np.float32)]
    for n_sound, n_silent in sounds:
        pieces += [np.full(n_sound, 0.5, np.float32), np.zeros(n_silent, np.float32)]
    samples = np.concatenate(pieces)
    start = max(0, before - KEPT)
    end = min(samples.size, samples.size - sounds[-1][1] + KEPT)
    result, n_trimmed = trimmed(samples, sizes)
    np.testing.assert_array_equal(result, samples[start:end])
    assert n_trimmed == start


def test_silence_is_nothing_and_quiet_audio_stays_whole():
    assert trimmed(np.zeros(500, np.float32), [100])[0].size == 0
    assert trimmed(np.zeros(0, np.float32), [1])[0].size == 0
    quiet = np.full(500, 0.001, np.float32)
    np.testing.assert_array_equal(trimmed(quiet, [100])[0], quiet)
