"""Jobs as state machines, without workers and files: every sample is where the report says, and only there."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from paths import ENGINES

from voxweft.jobs.dub import DubMode, dub
from voxweft.jobs.dub.job import DubJob
from voxweft.jobs.speech_job import SpeechJob
from voxweft.jobs.voices import Speaker
from voxweft.media.audio.resample import Resampler, resampled_length
from voxweft.media.audio.timeline import BLOCK_SAMPLES
from voxweft.media.subtitles import Cue, read_subtitles, write_subtitles
from voxweft.utils.streaming import AudioChunk, LoadProgress, SegmentDone, SegmentFailed, SegmentStats
from voxweft.utils.streaming.contract.registry import EngineRegistry

REGISTRY = EngineRegistry((ENGINES,))
TONE = Speaker(engine="tone")
BLOCK_BYTES = BLOCK_SAMPLES * 4
SECOND = 1000


class Piece(NamedTuple):
    """The output of an engine for a segment: the sizes of its chunks, and whether it then fails."""

    sizes: tuple[int, ...]
    fails: bool
    cached: bool

    def samples(self, index: int) -> NDArray[np.float32]:
        """Return a signal that differs from all other segments', has no zeros, and isn't limited in a mix of three."""
        return np.random.default_rng(index).uniform(0.02, 0.2, sum(self.sizes)).astype(np.float32)


class Played(NamedTuple):
    """A finished job."""

    audio: NDArray[np.float32]
    held_bytes: int


PIECES = st.builds(
    Piece,
    sizes=st.lists(
        st.sampled_from([0, 1, 999, BLOCK_SAMPLES, BLOCK_SAMPLES + 1]) | st.integers(0, 5000), max_size=4
    ).map(tuple),
    fails=st.sampled_from([False, False, False, True]),
    cached=st.booleans(),
)


def play(job: SpeechJob, pieces: list[Piece], rate: int) -> Played:
    """Feed the events of all pieces. Blocks must come as soon as they are final, and never twice."""
    blocks: list[NDArray[np.float32]] = []
    held_bytes = 0

    def take(event) -> None:
        nonlocal held_bytes
        for block in job.feed(event):
            assert block.dtype == np.float32
            assert block.ndim == 1
            assert block.size
            blocks.append(block.copy())
            block[:] = 77.0  # the block belongs to its consumer
        held_bytes = max(held_bytes, job._timeline.held_bytes)

    take(LoadProgress(engine="tone", model="", message="loading", fraction=0.5))
    for index, piece in enumerate(pieces):
        samples = piece.samples(index)
        position = 0
        for size in piece.sizes:
            take(AudioChunk(samples=samples[position : position + size], sample_rate=rate, index=index))
            position += size
        if piece.fails:
            take(SegmentFailed(engine="tone", text="x", message=f"fault {index}", index=index))
        else:
            take(SegmentDone(stats=SegmentStats(cache_hit=piece.cached), index=index))
    blocks += [block.copy() for block in job.finish()]
    assert job._timeline.held_bytes == 0
    return Played(np.concatenate([np.zeros(0, np.float32), *blocks]), held_bytes)


def resampled(samples: NDArray[np.float32], rate_in: int, rate_out: int) -> NDArray[np.float32]:
    """Return a whole signal at another rate."""
    resampler = Resampler(rate_in, rate_out)
    return np.concatenate([resampler.process(samples), resampler.flush()])


def check_audio(job: SpeechJob, played: Played, pieces: list[Piece], rate: int) -> None:
    """Check that the audio is the sum of all pieces at their positions in `placed`, and each piece is complete."""
    assert [place.index for place in job.placed] == list(range(len(pieces)))
    assert played.audio.size == job.n_samples
    whole = np.zeros(job.n_samples, np.float32)
    for place, piece in zip(job.placed, pieces, strict=True):
        signal = resampled(piece.samples(place.index), rate, job.sample_rate)
        length = place.end_sample - place.start_sample
        assert length == signal.size == resampled_length(sum(piece.sizes), rate, job.sample_rate)
        whole[place.start_sample : place.end_sample] += signal
        assert place.status == ("failed" if piece.fails else "spoken" if length else "silent")
        assert place.message == (f"fault {place.index}" if piece.fails else "")
        assert place.cached == (piece.cached and not piece.fails)
    np.testing.assert_array_equal(played.audio, whole)


def cue(index: int, start_ms: int, end_ms: int, speaker: str = "") -> Cue:
    return Cue(
        index=index, start_ms=start_ms, end_ms=end_ms, text=f"cue {index}\nof many", speaker=speaker, line=index + 1
    )


@st.composite
def scenes(draw, *, hours: bool = False) -> tuple[list[Cue], list[Piece]]:
    """Cues in order of their start, with the engine's output for each."""
    gaps = st.sampled_from([0, 0, 1, 7, 700] + ([3_600_000, 7_199_999] if hours else []))
    start_ms = 0
    cues = []
    for index in range(draw(st.integers(1, 8))):
        start_ms += draw(gaps)
        cues.append(cue(index, start_ms, start_ms + draw(gaps), draw(st.sampled_from(["", "Ann", "Bob"]))))
    return cues, [draw(PIECES) for _ in cues]


def check_report(job: DubJob, n_samples: int) -> None:
    report = job.report()
    rate = report.sample_rate
    assert rate == job.sample_rate
    assert report.duration_s == n_samples / rate
    for place, cue_, dubbed in zip(job.placed, job.cues, report.cues, strict=True):
        assert (dubbed.index, dubbed.text, dubbed.speaker) == (cue_.index, cue_.text, cue_.speaker)
        assert (dubbed.slot_start_s, dubbed.slot_end_s) == (cue_.start_ms / 1000, cue_.end_ms / 1000)
        assert (dubbed.start_sample, dubbed.end_sample) == (place.start_sample, place.end_sample)
        assert (dubbed.start_s, dubbed.end_s) == (dubbed.start_sample / rate, dubbed.end_sample / rate)
        assert (dubbed.status, dubbed.message, dubbed.cached) == (place.status, place.message, place.cached)
        assert dubbed.end_sample <= n_samples


@settings(max_examples=50, deadline=None)
@given(scenes(), st.sampled_from([8000, 24000, 44100]), st.sampled_from([8000, 22050]))
def test_a_natural_dub_mixes_overlaps(scene, rate, engine_rate):
    cues, pieces = scene
    job = dub(cues, TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=rate)
    played = play(job, pieces, engine_rate)
    check_audio(job, played, pieces, engine_rate)
    check_report(job, played.audio.size)
    starts = [int(Fraction(one.start_ms * rate, 1000) + Fraction(1, 2)) for one in cues]
    ends = job.new_layout().slot_ends
    for index, (place, cue_, start) in enumerate(zip(job.placed, cues, starts, strict=True)):
        waits = [start, *(other.start_sample for other in job.placed[:index])]
        for before, other in enumerate(job.placed[:index]):
            allowed = min(ends[before], ends[index]) - start
            if cues[before].speaker == cue_.speaker or ends[before] <= start:
                waits.append(other.end_sample)
            elif place.end_sample - place.start_sample > allowed:
                waits.append(other.end_sample - allowed)
        assert place.start_sample == max(waits)


@settings(max_examples=50, deadline=None)
@given(scenes(hours=True), st.sampled_from([8000, 24000]))
def test_a_concatenated_dub_has_no_gaps(scene, rate):
    cues, pieces = scene
    job = dub(cues, TONE, REGISTRY, mode=DubMode.CONCATENATE, sample_rate=rate)
    played = play(job, pieces, 8000)
    check_audio(job, played, pieces, 8000)
    check_report(job, played.audio.size)
    starts = [place.start_sample for place in job.placed]
    assert starts == [0, *(place.end_sample for place in job.placed)][: len(cues)]
    assert job.n_samples == job.placed[-1].end_sample
    assert played.held_bytes <= 2 * BLOCK_BYTES


def lazily(make):
    """Return an iterator that is created at its first use."""
    yield from make()


@settings(max_examples=12, deadline=None)
@given(scenes(hours=True))
def test_hours_between_cues_cost_no_memory(scene):
    cues, pieces = scene
    job = dub(cues, TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=SECOND)
    longest = 0
    n_samples = 0
    heard: list[tuple[int, NDArray[np.float32]]] = []
    events = []
    for index, piece in enumerate(pieces):
        events.append(AudioChunk(samples=piece.samples(index), sample_rate=SECOND, index=index))
        events.append(SegmentDone(stats=SegmentStats(), index=index))
    for block in itertools.chain.from_iterable([*map(job.feed, events), lazily(job.finish)]):
        longest = max(longest, block.size)
        if block.any():
            heard.append((n_samples, block.copy()))
        n_samples += block.size
    assert n_samples == job.n_samples
    assert longest <= BLOCK_SAMPLES
    for start, block in heard:
        mixed = np.zeros(block.size, np.float32)
        for place, piece in zip(job.placed, pieces, strict=True):
            first, last = max(start, place.start_sample), min(start + block.size, place.end_sample)
            if first < last:
                part = piece.samples(place.index)[first - place.start_sample : last - place.start_sample]
                mixed[first - start : last - start] += part
        np.testing.assert_array_equal(block, mixed)
    # Complete and nowhere else: the number of non-zero samples is that of all pieces.
    covered = sorted((place.start_sample, place.end_sample) for place in job.placed)
    reach = union = 0
    for first, last in covered:
        union += max(0, last - max(first, reach))
        reach = max(reach, last)
    assert sum(np.count_nonzero(block) for _, block in heard) == union
    for place, piece in zip(job.placed, pieces, strict=True):
        assert place.end_sample - place.start_sample == sum(piece.sizes)


@settings(max_examples=30, deadline=None)
@given(scenes())
def test_chunk_sizes_change_nothing(scene):
    cues, pieces = scene
    whole = [Piece((sum(piece.sizes),), piece.fails, piece.cached) for piece in pieces]
    one, other = (dub(cues, TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=16000) for _ in range(2))
    np.testing.assert_array_equal(play(one, pieces, 22050).audio, play(other, whole, 22050).audio)
    assert one.report() == other.report()


@pytest.mark.parametrize("slot_ms", [0, 100])
def test_a_speaker_with_a_long_lag_takes_no_memory(slot_ms):
    """All cues are late, the last by minutes: audio is final at once, since no other part can start before it."""
    cues = [cue(index, index * slot_ms, index * slot_ms) for index in range(40)]
    pieces = [Piece((BLOCK_SAMPLES, BLOCK_SAMPLES + 77), fails=False, cached=False)] * 40
    job = dub(cues, TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=24000)
    played = play(job, pieces, 24000)
    check_audio(job, played, pieces, 24000)
    assert played.held_bytes <= 2 * BLOCK_BYTES


def test_overlapping_speakers_hold_no_more_than_the_overlap():
    cues = [cue(index, index // 2 * 10_000, index // 2 * 10_000 + 9000, "AB"[index % 2]) for index in range(16)]
    pieces = [Piece((24000,) * 9, fails=False, cached=False)] * 16
    job = dub(cues, TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=24000)
    played = play(job, pieces, 24000)
    check_audio(job, played, pieces, 24000)
    assert played.held_bytes <= 9 * 24000 * 4 + 2 * BLOCK_BYTES


def test_audio_is_released_with_its_chunk():
    """A live listener doesn't wait for the end of a segment, nor for the next one's."""
    job = dub([cue(0, 0, 10), cue(1, 0, 10)], TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=24000)
    samples = np.ones(100, np.float32)
    for index in range(2):
        for _ in range(3):
            blocks = list(job.feed(AudioChunk(samples=samples, sample_rate=24000, index=index)))
            assert sum(block.size for block in blocks) == 100
        assert list(job.feed(SegmentDone(stats=SegmentStats(), index=index))) == []
    assert list(job.finish()) == []


def test_a_silent_cue_far_away_keeps_its_position():
    cues = [cue(0, 0, 10), cue(1, 60_000, 61_000), cue(2, 60_000, 61_000)]
    pieces = [Piece((50,), False, False), Piece((), False, False), Piece((0,), True, False)]
    job = dub(cues, TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=8000)
    played = play(job, pieces, 8000)
    check_audio(job, played, pieces, 8000)
    assert [(place.start_sample, place.status) for place in job.placed] == [
        (0, "spoken"),
        (480_000, "silent"),
        (480_000, "failed"),
    ]
    assert [timed.text for timed in job.subtitles()] == [cues[0].text]


@pytest.mark.parametrize("sizes", [(), (0,), (0, 0)])
@pytest.mark.parametrize("fails", [False, True])
def test_a_single_silent_cue_is_within_the_audio(sizes, fails):
    """The output has the same length, whether the segment without audio is new or cached."""
    pieces = [Piece(sizes, fails, cached=False)]
    job = dub([cue(0, 1007, 2000)], TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=44100)
    played = play(job, pieces, 22050)
    # 44 408.7 samples, to the nearest
    assert (job.placed[0].start_sample, job.placed[0].end_sample, played.audio.size) == (44409, 44409, 44409)
    assert not played.audio.any()


TICKS_MS = {"srt": 1, "vtt": 1, "ass": 10}


@settings(max_examples=50, deadline=None)
@given(scenes(), st.sampled_from(sorted(TICKS_MS)), st.sampled_from([11025, 48000]))
def test_adjusted_subtitles_are_the_report_rounded(scene, format_, rate):
    cues, pieces = scene
    job = dub(cues, TONE, REGISTRY, mode=DubMode.NATURAL, sample_rate=rate)
    play(job, pieces, rate)
    heard = {dubbed.text: dubbed for dubbed in job.report().cues if dubbed.end_sample > dubbed.start_sample}
    assert {timed.text for timed in job.subtitles()} == set(heard)
    if not heard:
        return
    tick_ms = TICKS_MS[format_]

    def ticks(sample: int) -> int:
        return int(Fraction(sample * 1000, rate * tick_ms) + Fraction(1, 2))

    written = {timed.text: timed for timed in read_subtitles(write_subtitles(job.subtitles(), format_).encode()).cues}
    assert set(written) == set(heard)
    for text, dubbed in heard.items():
        expected = ticks(dubbed.start_sample) * tick_ms, ticks(dubbed.end_sample) * tick_ms
        found = written[text].start_ms, written[text].end_ms
        if expected[0] < expected[1]:
            assert found == expected
        else:  # shorter than a tick: it may get one, so that a player shows it
            assert max(abs(found[0] - expected[0]), abs(found[1] - expected[1])) <= tick_ms
        for other, later in heard.items():
            if other != text and dubbed.end_sample <= later.start_sample:
                assert written[text].end_ms <= written[other].start_ms


def test_nothing_to_dub_is_refused():
    with pytest.raises(ValueError, match="no cues"):
        dub([], TONE, REGISTRY)
    with pytest.raises(ValueError, match="it is for recognition"):
        dub([cue(0, 0, 1)], Speaker(engine="recognizer"), REGISTRY)
