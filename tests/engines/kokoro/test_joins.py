"""Joined chunks: exact pauses, intact speech, and no clicks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voxweft.engines.kokoro.joins import (
    LEAD_KEPT_SAMPLES,
    TAIL_KEPT_SAMPLES,
    ChunkJoiner,
    joined_length,
)
from voxweft.engines.kokoro.sound_map import FRAME_SAMPLES, SAMPLE_RATE_HZ
from voxweft.media.audio.pcm import to_int16

STEEPEST_FADE = np.pi / 2 / 120
"""The maximum slope of a raised cosine of 5 ms, per sample."""


def tone(n_samples: int, hz: float = 200.0, level: float = 0.5) -> NDArray[np.float32]:
    return (level * np.sin(2 * np.pi * hz * np.arange(n_samples) / SAMPLE_RATE_HZ + 0.7)).astype(np.float32)


def chunk(lead: int, body: NDArray[np.float32], tail: int) -> NDArray[np.float32]:
    return np.concatenate([np.zeros(lead, np.float32), body, np.zeros(tail, np.float32)])


def silences(samples: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return the start and the length of each run of zeros that is longer than those within a tone."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], samples == 0, [0]]).astype(int)))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(begin, end - begin) for begin, end in runs if end - begin > 10]


def test_pauses_are_exact_to_the_sample():
    joiner = ChunkJoiner()
    parts = [
        joiner.join(chunk(9000, tone(12_000), 4800), 9000, 4800, 0.3, False),
        joiner.join(chunk(6000, tone(7_200), 24_000), 6000, 24_000, 0.12, False),
        joiner.join(chunk(600, tone(4_800), 12_000), 600, 12_000, 0.0, True),
    ]
    out = np.concatenate([part.samples for part in parts])
    assert silences(out) == [
        (0, LEAD_KEPT_SAMPLES),
        (300 + 12_000, 7200),
        (300 + 12_000 + 7200 + 7200, 2880),
        (out.size - TAIL_KEPT_SAMPLES, TAIL_KEPT_SAMPLES),
    ]
    assert [part.shift for part in parts] == [
        300 - 9000,
        300 + 12_000 + 7200 - 6000,
        300 + 12_000 + 7200 + 7200 + 2880 - 600,
    ]


def test_speech_is_unchanged_and_at_the_reported_shift():
    joiner = ChunkJoiner()
    bodies = [tone(12_000, 150.0), tone(4_800, 333.0)]
    first = joiner.join(chunk(6000, bodies[0], 6000), 6000, 6000, 0.2, False)
    second = joiner.join(chunk(3000, bodies[1], 6000), 3000, 6000, 0.0, True)
    out = np.concatenate([first.samples, second.samples])
    for lead, body, joined in ((6000, bodies[0], first), (3000, bodies[1], second)):
        begin = lead + joined.shift
        assert np.array_equal(out[begin : begin + body.size], body)


def test_a_decay_is_kept_up_to_the_pause_and_faded_out():
    decay = tone(6000) * np.exp(-np.arange(6000) / 1500).astype(np.float32)
    samples = np.concatenate([np.zeros(1800, np.float32), tone(6000), decay])
    long = ChunkJoiner().join(samples, 1800, 6000, 0.2, False).samples
    kept = 300 + 6000 + 4300
    assert np.array_equal(long[300:kept], samples[1800 : 1800 + kept - 300])
    short = ChunkJoiner().join(samples, 1800, 6000, 0.0, False).samples
    assert short.size == 300 + 6000 + TAIL_KEPT_SAMPLES
    assert abs(float(short[-1])) < 1e-3


def test_an_early_onset_is_kept_without_a_change_of_length():
    # The word begins 40 ms before the kept lead.
    samples = chunk(9000, tone(12_000), 4800)
    early = samples.copy()
    early[9000 - 300 - 960 : 9000] = tone(300 + 960, level=0.4)
    plain = ChunkJoiner().join(samples, 9000, 4800, 0.3, False)
    kept = ChunkJoiner().join(early, 9000, 4800, 0.3, False)
    assert kept.samples.size == plain.samples.size
    moved = kept.shift - plain.shift
    assert 960 <= moved <= 960 + 240
    onset = 9000 - 300 - 960 + kept.shift
    assert onset >= 0
    assert np.array_equal(kept.samples[onset + 120 : onset + 13_260], early[7740 + 120 : 7740 + 13_260])


def test_breath_in_the_lead_causes_no_shift():
    samples = chunk(9000, tone(12_000), 4800)
    noise = 0.005 * np.random.default_rng(0).standard_normal(9000).astype(np.float32)
    samples[:9000] += noise
    assert ChunkJoiner().join(samples, 9000, 4800, 0.3, False).shift == 300 - 9000


@pytest.mark.parametrize(("pause_s", "last", "spare"), [(0.3, False, 6300), (0.0, False, 0), (0.0, True, 0)])
def test_an_early_onset_keeps_the_decay(pause_s, last, spare):
    noise = np.random.default_rng(1).uniform(-1, 1, 30_000).astype(np.float32)
    joined = ChunkJoiner().join(noise, 12_000, 6000, pause_s, last)
    assert joined.shift == 300 - 12_000 + spare
    assert joined.samples.size == joined_length(30_000, 12_000, 6000, pause_s, last=last)


SIGNALS = st.sampled_from(
    [
        lambda n: tone(n, 100.0, 0.9),
        lambda n: tone(n, 4000.0, 0.9),
        lambda n: np.full(n, 0.8, np.float32),
        lambda n: np.where(np.arange(n) // 500 % 2, 0.5, -0.5).astype(np.float32),
        lambda n: np.random.default_rng(n).uniform(-1, 1, n).astype(np.float32),
        lambda n: np.zeros(n, np.float32),
    ]
)
FRAMES = st.integers(0, 30).map(lambda n: n * FRAME_SAMPLES)
CHUNKS = st.lists(
    st.tuples(
        SIGNALS, FRAMES, st.integers(1, 40).map(lambda n: n * FRAME_SAMPLES), FRAMES, st.sampled_from([0, 0.12, 0.3])
    ),
    min_size=1,
    max_size=4,
)


@given(CHUNKS)
def test_no_join_clicks_and_lengths_are_as_computed(chunks):
    # The signals fill the predicted silences as well, so that every join cuts through sound.
    joiner, parts = ChunkJoiner(), []
    for number, (signal, lead, body, tail, pause_s) in enumerate(chunks, 1):
        samples = signal(lead + body + tail)
        before = samples.copy()
        last = number == len(chunks)
        joined = joiner.join(samples, lead, tail, pause_s, last)
        assert np.array_equal(samples, before)
        assert joined.samples.dtype == np.float32
        assert joined.samples.size == joined_length(samples.size, lead, tail, pause_s, last=last)
        assert joined.shift + samples.size > 0
        step = (
            float(np.abs(np.diff(samples)).max(initial=0.0)) + float(np.abs(samples).max(initial=0.0)) * STEEPEST_FADE
        )
        assert float(np.abs(np.diff(joined.samples, prepend=0, append=0)).max()) <= step + 1e-6
        parts.append(joined.samples)
    out = np.concatenate(parts)
    assert np.isfinite(out).all()
    # The ends of each part are silent, so that no neighbor can cause a step.
    for part in parts:
        if part.size:
            assert abs(float(part[0])) < 1e-3
            assert abs(float(part[-1])) < 1e-3


@given(CHUNKS)
def test_lengths_depend_on_the_frames_only(chunks):
    for signal, lead, body, tail, pause_s in chunks:
        sizes = {
            ChunkJoiner().join(samples, lead, tail, pause_s, False).samples.size
            for samples in (signal(lead + body + tail), np.zeros(lead + body + tail, np.float32))
        }
        kept = max(round(pause_s * SAMPLE_RATE_HZ) - LEAD_KEPT_SAMPLES, min(tail, TAIL_KEPT_SAMPLES))
        assert sizes == {min(lead, LEAD_KEPT_SAMPLES) + body + kept}


@pytest.mark.parametrize(
    ("lead", "tail", "pause_s", "message"),
    [
        (600, 700, 0.1, "ends of 600 and 700"),
        (-1, 0, 0.1, "ends of -1"),
        (0, 0, -0.1, "'-0.1' s"),
        (0, 0, np.nan, "'nan' s"),
    ],
)
def test_invalid_ends_and_pauses_are_rejected(lead, tail, pause_s, message):
    with pytest.raises(ValueError, match=message):
        ChunkJoiner().join(np.zeros(1200, np.float32), lead, tail, pause_s, False)


def test_loud_samples_are_clipped_and_never_wrap():
    samples = np.zeros(6000, np.float32)
    samples[2400:3600], samples[3600:4800] = 1.5, -1.5
    out = ChunkJoiner().join(samples, 1200, 600, 0.3, True).samples
    assert out.max() == 1.5
    assert out.min() == -1.5
    integers = to_int16(out)
    assert integers[2400] == 32767
    assert integers[3700] == -32768
    assert np.all(integers[out > 0] > 0)
    assert np.all(integers[out < 0] < 0)
