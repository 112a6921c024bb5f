"""Where audio has sound, from blocks of any size."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.espeak.silence import KEPT_SAMPLES, SoundTracker

RUNS = st.lists(st.tuples(st.integers(1, 3000), st.booleans()), max_size=8)


@given(RUNS, st.lists(st.integers(0, 24_000), max_size=6), st.integers(0, 9000), st.integers(1, 9000))
def test_the_ends_and_the_pauses_do_not_depend_on_the_blocks(runs, cuts, start, length):
    samples = np.concatenate([np.zeros(0, np.int16), *(np.full(n, loud, np.int16) for n, loud in runs)])
    whole, tracker = SoundTracker(), SoundTracker()
    whole.add(samples.tobytes())
    bounds = [0, *sorted(min(cut, samples.size) for cut in cuts), samples.size]
    for begin, end in pairwise(bounds):
        assert tracker.add(samples[begin:end].tobytes()) == samples[begin:end].any()
    sound = np.flatnonzero(samples)
    if sound.size:
        first, end = max(0, sound[0] - KEPT_SAMPLES), min(samples.size, sound[-1] + 1 + KEPT_SAMPLES)
    else:
        first = end = samples.size
    assert (tracker.begin, tracker.end) == (whole.begin, whole.end) == (first, end)
    kept = tracker.without_pauses(start, start + length)
    assert kept == whole.without_pauses(start, start + length)
    assert start <= kept[0] < kept[1] <= start + length
    inside = samples[start : start + length]
    assert not samples[start : kept[0]].any()
    assert kept[1] - kept[0] == 1 or not inside[kept[1] - start :].any()
