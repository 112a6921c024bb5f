"""A dub job fed with events as a runtime would: the report says where the audio is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from voxweft.jobs.dub import DubJob, DubMode, DubReport, DubRules, dub
from voxweft.jobs.dub import job as job_module
from voxweft.jobs.dub.fit import apply_plan
from voxweft.jobs.dub.plan import Durations, plan
from voxweft.jobs.voices import Cast, CastSpeaker, Speaker
from voxweft.media.audio.stretch import stretch
from voxweft.media.subtitles import Cue, write_subtitles
from voxweft.media.subtitles.write import TICK_MS, round_times
from voxweft.utils.streaming import AudioChunk, SegmentDone, SegmentFailed, SegmentStats
from voxweft.utils.streaming.contract.registry import EngineRegistry

RATE = 1000
REGISTRY = EngineRegistry()
ESPEAK = Speaker(engine="espeak")


def cues_of(*cues: tuple[float, float, str]) -> list[Cue]:
    """Return cues from their starts and ends in seconds, and their texts."""
    return [
        Cue(index=index, start_ms=round(1000 * start_s), end_ms=round(1000 * end_s), text=text, line=index + 1)
        for index, (start_s, end_s, text) in enumerate(cues)
    ]


def sound(index: int, n_samples: int, amplitude: float = 0.1) -> NDArray[np.float32]:
    """Return audio that differs from all other audio."""
    return np.random.default_rng(index).uniform(0.2, 1.0, n_samples).astype(np.float32) * np.float32(amplitude)


def fed(
    job: DubJob, lengths: Sequence[int], failing: Sequence[int] = (), amplitude: float = 0.1, rate: int = RATE
) -> NDArray[np.float32]:
    """Run a job on parts of these lengths, in chunks of all sizes; the output is in order and complete."""
    blocks = [np.zeros(0, np.float32)]
    for index, n_samples in enumerate(lengths):
        samples = sound(index, n_samples, amplitude)
        for at in range(0, n_samples, 1 + n_samples // 3):
            chunk = AudioChunk(samples=samples[at : at + 1 + n_samples // 3], sample_rate=rate, index=index)
            blocks.extend(block.copy() for block in job.feed(chunk))
        if index in failing:
            done = SegmentFailed(index=index, engine="espeak", text="", message="it broke")
        else:
            done = SegmentDone(index=index, stats=SegmentStats())
        blocks.extend(block.copy() for block in job.feed(done))
    blocks.extend(block.copy() for block in job.finish())
    return np.concatenate(blocks)


def planned(job: DubJob, lengths: Sequence[int]) -> None:
    """Set the job's speeds for predicted lengths."""
    speeds = job.rules.speeds() if job.mode.chooses_speeds else (1.0,)
    known = [Durations(speeds, [round(n_samples / speed) for speed in speeds]) for n_samples in lengths]
    apply_plan(job, plan(job.slots, known, job.mode, job.rules, job.sample_rate))


def check_audio(report: DubReport, audio: NDArray[np.float32], lengths: Sequence[int], amplitude: float = 0.1) -> None:
    """Check that every sample of every part is where the report says, and that all other samples are silent."""
    assert audio.size == round(report.duration_s * report.sample_rate)
    expected = np.zeros(audio.size, np.float32)
    for index, cue in enumerate(report.cues):
        samples = sound(index, lengths[index], amplitude)
        n_laid = cue.end_sample - cue.start_sample
        assert cue.spoken_s == lengths[index] / RATE
        expected[cue.start_sample : cue.end_sample] += samples if cue.stretch == 1 else stretch(samples, RATE, n_laid)
    np.testing.assert_array_equal(audio, expected)


@st.composite
def files(draw) -> list[Cue]:
    """Cues in any order, overlapping, of no length, before the beginning, ending before they start."""
    places = draw(st.lists(st.tuples(st.integers(-2000, 20_000), st.integers(-500, 4000)), min_size=1, max_size=10))
    texts = st.sampled_from(["One.", "ANN: Two.", "BOB: Three.", "- Four.\n- Five.", "[noise]\nANN: Six.", "[noise]"])
    cues = [
        Cue(index=index, start_ms=start, end_ms=start + length, text=draw(texts), line=1)
        for index, (start, length) in enumerate(places)
    ]
    return [*cues, Cue(index=len(cues), start_ms=0, end_ms=500, text="ANN: Last.", line=1)]


@settings(max_examples=40, deadline=None)
@given(files(), st.sampled_from(list(DubMode)), st.randoms(use_true_random=False))
def test_any_cues_and_any_durations(cues, mode, random):
    """Never a lost word, never a cut sample, and the report equals the audio."""
    job = dub(cues, ESPEAK, REGISTRY, mode=mode, sample_rate=RATE, cast=Cast(members=(CastSpeaker(name="Ann"),)))
    spoken = sorted(line.spoken for line in job.parts)
    words = {"One.": ["One."], "ANN: Two.": ["Two."], "- Four.\n- Five.": ["Five.", "Four."], "ANN: Last.": ["Last."]}
    bob = ["Three."] if sum(cue.text.startswith("BOB") for cue in cues) > 1 else ["BOB: Three."]
    words |= {"BOB: Three.": bob, "[noise]\nANN: Six.": ["Six."], "[noise]": []}
    assert spoken == sorted(word for cue in cues for word in words[cue.text])
    assert len(job.skipped) == sum("[noise]" in cue.text for cue in cues)
    predicted = [random.choice([0, 1, 300, 900, 2500, 5000]) for _ in job.parts]
    if mode is not DubMode.CONCATENATE:
        planned(job, predicted)
    lengths = [random.choice([n_samples, n_samples, 0, 450, 3000]) for n_samples in predicted]
    audio = fed(job, lengths)
    report = job.report()
    # Where cues are mixed, the output is the sum.
    check_audio(report, audio, lengths)
    assert report.summary.lines == len(report.cues) == len(job.parts)
    check_subtitles(job, cues)


def check_subtitles(job: DubJob, cues: Sequence[Cue]) -> None:
    """Check that they overlap only where the cues did, in every format."""
    timed = sorted(job.subtitles(), key=lambda one: one.start_s)
    for tick_ms in set(TICK_MS.values()):
        spans = round_times(timed, tick_ms)
        for at, (one, span) in enumerate(zip(timed, spans, strict=True)):
            for other, later in zip(timed[at + 1 :], spans[at + 1 :], strict=True):
                if one.end_s <= other.start_s:
                    assert span.end_ticks <= later.start_ticks
    for format_ in TICK_MS:
        assert bool(write_subtitles(timed, format_)) == bool(timed) or format_ != "srt"
    if job.mode is DubMode.CONCATENATE:
        return
    spans_of: dict[int, tuple[int, int]] = {}
    for place in job.placed:
        cue = job.parts[place.index].cue
        start, end = spans_of.get(cue, (place.start_sample, 0))
        spans_of[cue] = (start, max(end, place.end_sample))
    for cue, (_, end) in spans_of.items():
        for other, (start, _) in spans_of.items():
            if 0 <= cues[cue].end_ms <= cues[other].start_ms and cues[cue].start_ms < cues[other].start_ms:
                assert end <= start


ANCHOR = cues_of((0, 2, "One."), (2, 6, "Two."), (6, 8, "Three."), (8, 10, "Four."))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (DubMode.NATURAL, [(0, 3), (3, 6), (6, 8), (8, 10)]),
        (DubMode.PAD, [(0, 3), (3, 6), (7, 9), (9, 11)]),
        (DubMode.CONCATENATE, [(0, 3), (3, 6), (6, 8), (8, 10)]),
        # Without other speeds, only a stretch of 8 % is available for the first cue.
        (DubMode.FIT, [(0, 2.76), (2.76, 5.76), (6, 8), (8, 10)]),
        (DubMode.STRETCH, [(0, 2), (2, 6), (6, 8), (8, 10)]),
    ],
)
def test_later_cues_are_reported_where_they_are(mode, expected):
    """The report must have the delays that the audio has."""
    job = dub(ANCHOR, ESPEAK, REGISTRY, mode=mode, sample_rate=RATE)
    lengths = [3000, 3000, 2000, 2000]
    audio = fed(job, lengths)
    report = job.report()
    check_audio(report, audio, lengths)
    assert [(cue.start_s, cue.end_s) for cue in report.cues] == expected


@pytest.mark.parametrize("mode", list(DubMode))
def test_no_audio_is_cut_however_short_the_slot(mode):
    """Four seconds of speech in a slot of one."""
    job = dub(cues_of((0, 1, "Long."), (1, 3, "Next.")), ESPEAK, REGISTRY, mode=mode, sample_rate=RATE)
    lengths = [4000, 500]
    audio = fed(job, lengths)
    report = job.report()
    check_audio(report, audio, lengths)
    first, second = report.cues
    shortest = {DubMode.FIT: 3.68, DubMode.STRETCH: 2.0}.get(mode, 4.0)
    assert (first.end_s, second.start_s) == (shortest, shortest)
    if mode is not DubMode.CONCATENATE:
        assert (first.overrun_s, second.shift_s) == (shortest - 1, shortest - 1)
        assert second.late == (mode is not DubMode.PAD)


def test_the_report_has_all_values():
    cues = cues_of(
        (1, 2, "ANN: (sighs) Yes."), (2, 3, "ANN: No."), (2.5, 3, "[bang]"), (5, 8, "- Well.\n- Well, well.")
    )
    cues[1] = Cue(index=1, start_ms=2000, end_ms=3000, text="ANN: No.", line=2, number="7")
    job = dub(cues, ESPEAK, REGISTRY, mode=DubMode.FIT, sample_rate=RATE, rules=DubRules(tolerance_s=0.1))
    planned(job, [1500, 500, 900, 900])
    fed(job, [1500, 500, 900, 900])
    report = job.report()
    assert [one.text for one in report.skipped] == ["(sighs)", "[bang]"]
    assert [(one.speaker, one.lines) for one in report.unmapped] == [("ANN", 2)]
    yes, no, well, again = report.cues
    assert (yes.text, yes.spoken_text, yes.speaker, yes.label) == ("ANN: (sighs) Yes.", "Yes.", "ANN", "1")
    assert (yes.predicted_s, yes.spoken_s, yes.speed, yes.stretch) == (1.25, 1.5, 1.2, 0.92)
    assert (yes.start_s, yes.end_s, yes.overrun_s, yes.late) == (1.0, 2.38, 0.38, False)
    assert (no.number, no.shift_s, no.late, no.speed) == ("7", 0.38, True, 1.1)
    assert [(cue.label, cue.text, cue.spoken_text) for cue in (well, again)] == [
        ("4a", "- Well.", "Well."),
        ("4b", "- Well, well.", "Well, well."),
    ]
    assert (well.slot_start_s, well.slot_end_s, again.slot_end_s) == (5.0, again.slot_start_s, 8.0)
    assert report.summary.lines == 4
    assert (report.summary.late, report.summary.stretched, report.summary.hurried) == (1, 1, 2)
    subtitles = job.subtitles()
    assert [one.text for one in subtitles] == ["ANN: (sighs) Yes.", "ANN: No.", "- Well.\n- Well, well."]
    assert (float(subtitles[2].start_s), float(subtitles[2].end_s)) == (well.start_s, again.end_s)


def test_the_audio_of_a_failed_part_is_kept():
    job = dub(cues_of((0, 1, "One."), (1, 2, "Two.")), ESPEAK, REGISTRY, mode=DubMode.FIT, sample_rate=RATE)
    audio = fed(job, [1200, 300], failing=[0])
    report = job.report()
    check_audio(report, audio, [1200, 300])
    assert (report.cues[0].status, report.cues[0].message, report.cues[0].end_s) == ("failed", "it broke", 1.2)
    assert report.summary.failed == 1


def test_speech_of_an_exact_length_is_not_stretched_for_the_silence_at_its_ends():
    job = dub(cues_of((0, 2, "One."), (2, 4, "Two.")), ESPEAK, REGISTRY, sample_rate=RATE, mode=DubMode.STRETCH)
    apply_plan(job, plan(job.slots, [Durations((1.0,), (1995,), True)] * 2, job.mode, job.rules, RATE))
    events = [np.zeros(300, np.float32), sound(0, 1400), np.zeros(295, np.float32)]
    for index in (0, 1):
        for samples in events:
            list(job.feed(AudioChunk(samples=samples, sample_rate=RATE, index=index)))
        list(job.feed(SegmentDone(index=index, stats=SegmentStats())))
    cues = job.report().cues
    assert [(cue.start_s, round(cue.end_s, 2), cue.stretch) for cue in cues] == [(0.0, 1.46, 1.0), (2.0, 3.46, 1.0)]


def test_a_cast_decides_voices_and_gains():
    cast = Cast(members=(CastSpeaker(name="Ann", aliases=("A",), voice="en-us+f3", speed=1.2, gain_db=-6.0206),))
    cues = cues_of((0, 1, "A: One."), (1, 2, "Two."))
    job = dub(cues, Speaker(engine="espeak", speed=0.9), REGISTRY, sample_rate=RATE, cast=cast)
    assert [(segment.voice.name, segment.speed) for segment in job.segments] == [("en-us+f3", 1.2), ("en-us", 0.9)]
    audio = fed(job, [500, 500])
    np.testing.assert_allclose(audio[:500], sound(0, 500) / 2, rtol=1e-5)
    np.testing.assert_array_equal(audio[1000:], sound(1, 500))


def test_only_a_mix_that_would_clip_is_limited():
    cues = cues_of((0, 1, "ANN: One."), (0.5, 1.5, "BOB: Two."), (5, 6, "ANN: Three."), (9, 10, "BOB: Four."))
    cast = Cast(members=(CastSpeaker(name="Ann"), CastSpeaker(name="Bob")))
    job = dub(cues, ESPEAK, REGISTRY, sample_rate=24_000, cast=cast)
    lengths = [24_000, 24_000, 24_000, 24_000]
    audio = fed(job, lengths, amplitude=0.8, rate=24_000)
    assert audio.size == round(job.report().duration_s * 24_000)
    assert np.abs(audio).max() <= 10 ** (-1 / 20)
    expected = np.zeros(audio.size, np.float32)
    for place in job.placed:
        expected[place.start_sample : place.end_sample] += sound(place.index, 24_000, 0.8)
    assert expected.max() > 1.2
    # A single voice keeps its exact samples.
    for place in job.placed[2:]:
        alone = slice(place.start_sample, place.end_sample)
        np.testing.assert_array_equal(audio[alone], expected[alone])


def test_an_amplified_speaker_is_limited():
    cast = Cast(members=(CastSpeaker(name="Ann", gain_db=12),))
    job = dub(cues_of((0, 1, "ANN: One.")), ESPEAK, REGISTRY, sample_rate=24_000, cast=cast)
    audio = fed(job, [24_000], amplitude=0.8, rate=24_000)
    assert audio.size == 24_000
    assert 0.5 < np.abs(audio).max() <= 10 ** (-1 / 20)


def test_a_very_long_part_is_not_held_back(monkeypatch):
    monkeypatch.setattr(job_module, "MAX_HELD_S", 2.0)
    job = dub(cues_of((0, 1, "One."), (1, 2, "Two.")), ESPEAK, REGISTRY, mode=DubMode.FIT, sample_rate=RATE)
    lengths = [9000, 1200]
    check_audio(job.report(), np.zeros(0, np.float32), [])
    audio = fed(job, lengths)
    check_audio(job.report(), audio, lengths)
    assert job.report().notes == ("part 1 is longer than 2 s; it is not stretched",)


def test_cues_without_speech_are_refused():
    with pytest.raises(ValueError, match="all cues are sound descriptions"):
        dub(cues_of((0, 1, "[bang]")), ESPEAK, REGISTRY)
    job = dub(cues_of((0, 1, "[bang]")), ESPEAK, REGISTRY, keep_sounds=True)
    assert [line.spoken for line in job.parts] == ["[bang]"]


def test_a_cue_of_emoji_has_a_note():
    job = dub(cues_of((0, 1, "🙂🙂"), (1, 2, "Yes 🙂")), ESPEAK, REGISTRY)
    assert [line.payload for line in job.parts] == ["Yes"]
    assert job.notes == ["'🙂🙂' has no words to speak: it is only marks or emoji"]
    with pytest.raises(ValueError, match="no cue has words to speak"):
        dub(cues_of((0, 1, "🙂🙂")), ESPEAK, REGISTRY)
