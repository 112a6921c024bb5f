"""Dubbing with real engines in real workers: the audio, its position, and the report."""

from __future__ import annotations

import asyncio

import msgspec
import numpy as np
import pytest
from fixtures_jobs import onset
from numpy.typing import NDArray
from streaming_kit import tone_samples

from voxweft.jobs.dub import DubMode, DubRules, dub, fit, plan_job
from voxweft.jobs.dub.fit import _requests
from voxweft.jobs.run import arun, run
from voxweft.jobs.speech_job import SpeechJob
from voxweft.jobs.voices import Speaker
from voxweft.media.audio.stretch import stretch
from voxweft.media.subtitles import Cue, read_subtitles, write_subtitles
from voxweft.utils.streaming import NamedVoice, StreamingSegment, TextPayload
from voxweft.utils.streaming.contract.errors import EngineStartError, SegmentError
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

SRT = """1
00:00:00,750 --> 00:00:02,000
Good morning!

2
00:00:02,000 --> 00:00:02,100
This one is so long that it is still being spoken when the next one should already be heard, and nothing is cut off it.

3
00:00:03,000 --> 00:00:04,000
I had to wait.

4
00:00:20,333 --> 00:00:21,000
Grüße aus Köln,
tschüss!
"""
VTT = """WEBVTT

00:01.000 --> 00:03.000
<v Ann>Ann has a great many things to tell, and she takes all the time that she needs for it.

00:02.000 --> 00:03.000
<v Bob>Bob doesn't listen.

00:03.000 --> 00:04.000
<v Ann>See what I mean?

00:09.500 --> 00:10.000
<v Bob>No.
"""


def heard(job: SpeechJob, runtime: Runtime, options: StreamOptions | None = None) -> NDArray[np.float32]:
    return np.concatenate([np.zeros(0, np.float32), *run(job, runtime, options)])


def audio_of(cue: Cue, runtime: Runtime, sample_rate: int | None = None) -> NDArray[np.float32]:
    """Return the audio of a cue without the other cues."""
    job = dub([cue], Speaker(), runtime.registry, mode=DubMode.CONCATENATE, sample_rate=sample_rate)
    return heard(job, runtime)


@pytest.mark.parametrize(("encoding", "sample_rate"), [("utf-8-sig", None), ("utf-16", 48000), ("cp1252", 16000)])
def test_every_cue_is_at_its_time(runtime: Runtime, encoding: str, sample_rate: int | None) -> None:
    file = read_subtitles(SRT.encode(encoding), name="film.srt")
    job = dub(file.cues, Speaker(language="de"), runtime.registry, mode=DubMode.NATURAL, sample_rate=sample_rate)
    audio = heard(job, runtime)
    report = job.report()
    rate = report.sample_rate
    assert rate == (sample_rate or 22050)
    assert audio.size == round(report.duration_s * rate)
    assert [cue.text for cue in report.cues][3] == "Grüße aus Köln,\ntschüss!"
    assert [cue.status for cue in report.cues] == ["spoken"] * 4

    whole = np.zeros(audio.size, np.float32)
    for cue, subtitle in zip(report.cues, file.cues, strict=True):
        single = dub(
            [subtitle], Speaker(language="de"), runtime.registry, mode=DubMode.NATURAL, sample_rate=sample_rate
        )
        first = heard(single, runtime)
        slot = single.placed[0].start_sample
        leading = onset(first[slot:])
        # Measured in the audio: the first sound after the start, which is the engine's own leading silence away.
        assert onset(audio[cue.start_sample :]) == leading
        assert leading < 0.15 * rate
        assert cue.end_sample - cue.start_sample == first.size - slot, "nothing is cut off"
        whole[cue.start_sample : cue.end_sample] += first[slot:]
    np.testing.assert_array_equal(audio, whole)

    first, long, pushed, last = report.cues
    assert abs(first.start_s - 0.75) <= 0.501 / rate
    assert abs(long.start_s - 2.0) <= 0.501 / rate
    assert long.end_s > pushed.slot_start_s + 1
    assert pushed.start_sample == long.end_sample
    assert abs(last.start_s - 20.333) <= 0.501 / rate
    assert not audio[pushed.end_sample : last.start_sample].any()


def test_speakers_may_overlap(runtime: Runtime) -> None:
    file = read_subtitles(VTT.encode(), name="talk.vtt")
    job = dub(file.cues, Speaker(), runtime.registry, mode=DubMode.NATURAL)
    audio = heard(job, runtime)
    report = job.report()
    ann, bob, ann_again, bob_again = report.cues
    assert [cue.speaker for cue in report.cues] == ["Ann", "Bob", "Ann", "Bob"]
    assert (ann.start_s, bob_again.start_s) == (1.0, 9.5)
    assert bob.start_sample == ann.end_sample - report.sample_rate, "both speak for the second that their slots share"
    assert (bob.overlap_s, report.summary.greatest_overlap_s) == (1.0, 1.0)
    assert ann_again.start_sample == bob.end_sample
    whole = np.zeros(audio.size, np.float32)
    for cue, subtitle in zip(report.cues, file.cues, strict=True):
        single = audio_of(subtitle, runtime)
        whole[cue.start_sample : cue.end_sample] += single
    np.testing.assert_array_equal(audio, whole)
    adjusted = read_subtitles(write_subtitles(job.subtitles(), "vtt").encode())
    assert [(cue.speaker, cue.text) for cue in adjusted.cues] == [(cue.speaker, cue.text) for cue in report.cues]
    for found, cue in zip(adjusted.cues, report.cues, strict=True):
        assert abs(found.start_s - cue.start_s) <= 0.0005
        assert abs(found.end_s - cue.end_s) <= 0.0005


def test_concatenate_ignores_the_times(runtime: Runtime) -> None:
    cues = read_subtitles(VTT.encode()).cues
    job = dub(cues, Speaker(), runtime.registry, mode=DubMode.CONCATENATE)
    audio = heard(job, runtime)
    np.testing.assert_array_equal(audio, np.concatenate([audio_of(cue, runtime) for cue in cues]))
    report = job.report()
    assert report.cues[0].start_sample == 0
    assert [cue.start_sample for cue in report.cues[1:]] == [cue.end_sample for cue in report.cues[:-1]]
    assert report.cues[-1].end_sample == audio.size


def test_workers_cache_and_event_loop_change_no_sample(runtime: Runtime) -> None:
    cues = read_subtitles(SRT.encode()).cues
    one = dub(cues, Speaker(), runtime.registry)
    audio = heard(one, runtime, StreamOptions(workers=2, use_cache=False))
    awaited = dub(cues, Speaker(), runtime.registry)

    async def await_all() -> list[NDArray[np.float32]]:
        return [block async for block in arun(awaited, runtime)]

    np.testing.assert_array_equal(np.concatenate(asyncio.run(await_all())), audio)
    again = dub(cues, Speaker(), runtime.registry)
    np.testing.assert_array_equal(heard(again, runtime), audio)
    assert [cue.cached for cue in awaited.report().cues] == [False] * 4
    assert [cue.cached for cue in again.report().cues] == [True] * 4
    assert [(c.start_sample, c.end_sample) for c in again.report().cues] == [
        (c.start_sample, c.end_sample) for c in one.report().cues
    ]


def tone_job(runtime: Runtime, faulty: int, fault: str) -> SpeechJob:
    """Four cues of half a second at seconds 1, 2, 3 and 4; one fails halfway."""
    cues = [
        Cue(index=index, start_ms=1000 * (index + 1), end_ms=1000 * (index + 1) + 500, text=f"cue {index}", line=1)
        for index in range(4)
    ]
    params = {"chunks": 6, "chunk_samples": 2000}
    job = dub(cues, Speaker(engine="tone", params=params), runtime.registry)
    segments = list(job.segments)
    segments[faulty] = msgspec.structs.replace(segments[faulty], params={**params, "fault": fault})
    job.segments = segments
    return job


@pytest.mark.parametrize(("fault", "message"), [("raise", "this is the engine's own message"), ("exit", "9")])
def test_a_failed_cue_is_a_reported_gap(runtime: Runtime, fault: str, message: str) -> None:
    job = tone_job(runtime, 1, fault)
    audio = heard(job, runtime, StreamOptions(on_failure="report"))
    cues = job.report().cues
    assert [cue.status for cue in cues] == ["spoken", "failed", "spoken", "spoken"]
    assert [cue.start_s for cue in cues] == [1.0, 2.0, 3.0, 4.0]
    assert message in cues[1].message
    assert not any(cue.message for cue in cues if cue.index != 1)
    assert audio.size == 24000 * 4 + 12000
    for cue in cues:
        expected = tone_samples(cue.text, 6, 2000)
        if cue.index == 1:  # the audio that was delivered stays, and is in the report
            expected = expected[:6000]
        np.testing.assert_array_equal(audio[cue.start_sample : cue.end_sample], expected)
    assert not audio[cues[1].end_sample : cues[2].start_sample].any()


def test_a_failed_cue_stops_the_job(runtime: Runtime) -> None:
    job = tone_job(runtime, 2, "raise")
    blocks = []
    with pytest.raises(SegmentError, match=r"segment 2 .*cue 2.*this is the engine's own message"):
        blocks.extend(run(job, runtime))
    assert [cue.status for cue in job.report().cues] == ["spoken", "spoken"]
    assert sum(block.size for block in blocks) >= 24000 * 2 + 12000


def cues_of(*places: tuple[float, float, str]) -> list[Cue]:
    """Return cues from their starts and lengths in seconds, and their texts."""
    return [
        Cue(index=index, start_ms=round(1000 * start_s), end_ms=round(1000 * (start_s + room_s)), text=text, line=1)
        for index, (start_s, room_s, text) in enumerate(places)
    ]


def test_only_a_cue_that_would_run_long_is_spoken_faster(runtime: Runtime) -> None:
    text = "One two three four five six."
    duration_s = audio_of(cues_of((0, 60, text))[0], runtime).size / 22050
    places = [(0.0, duration_s + 0.1), (10.0, duration_s / 1.12), (20.0, duration_s / 3), (30.0, duration_s + 0.002)]
    cues, rules = cues_of(*((*place, text) for place in places)), DubRules(prefer="slot")
    job = dub(cues, Speaker(), runtime.registry, mode=DubMode.FIT, rules=rules)
    fit(job, runtime)
    heard(job, runtime)
    dubbed = job.report().cues
    assert [cue.speed for cue in dubbed[::3]] == [1.0, 1.0]
    assert 1.0 < dubbed[1].speed <= 1.25
    assert dubbed[1].end_s <= dubbed[1].slot_end_s
    assert 1.2 <= dubbed[2].speed <= 1.25
    assert dubbed[2].end_s > dubbed[2].slot_end_s


def test_a_cue_without_an_estimate_fails_when_it_is_spoken(runtime: Runtime) -> None:
    cues = cues_of(
        (0, 0.1, "One two three."), (0.5, 0.1, "Nobody speaks."), (1, 0.1, "Four five six."), (1.5, 1, "Yes.")
    )
    job = dub(cues, Speaker(), runtime.registry, mode=DubMode.FIT)
    wrong = msgspec.structs.replace(job.segments[1], voice=NamedVoice("nobody"))
    job.segments = [job.segments[0], wrong, *job.segments[2:]]
    fit(job, runtime)
    heard(job, runtime, StreamOptions(on_failure="report"))
    outcome = [(cue.status, cue.speed) for cue in job.report().cues]
    assert [status for status, _ in outcome] == ["spoken", "failed", "spoken", "spoken"]
    assert outcome[1][1] == 1.0 < outcome[0][1]


def test_cues_of_an_engine_that_can_not_start_are_gaps(runtime: Runtime) -> None:
    job = dub(cues_of((0, 1, "One."), (2, 1, "Two.")), Speaker(engine="tone"), runtime.registry, mode=DubMode.FIT)
    job.segments = [msgspec.structs.replace(segment, model="raises") for segment in job.segments]
    with pytest.raises(EngineStartError, match="not for me"):
        fit(job, runtime)
    fit(job, runtime, on_failure="report")
    heard(job, runtime, StreamOptions(on_failure="report"))
    assert [cue.status for cue in job.report().cues] == ["failed", "failed"]


def test_requests_for_estimates_are_bounded_by_their_text() -> None:
    texts = ["a" * 40] * 40 + ["b" * 30_000] + ["c" * 900] * 3
    segments = [StreamingSegment(index=i, payload=TextPayload(text), engine="tone") for i, text in enumerate(texts)]
    requests = list(_requests(segments, 8))
    assert [segment for request in requests for segment in request] == segments
    assert [len(request) for request in requests] == [16, 16, 8, 1, 1, 1, 1]


@pytest.mark.parametrize("mode", [DubMode.NATURAL, DubMode.FIT])
def test_later_cues_are_where_the_report_says(runtime: Runtime, mode: DubMode) -> None:
    """Slots of 0-2, 2-6, 6-8, 8-10 s, speech of 3, 3, 2, 2 s; then 4 s in 1 s: late, recovered, and never cut."""
    places = [(0, 2), (2, 4), (6, 2), (8, 2), (10, 1), (11, 5)]
    seconds = [3, 3, 2, 2, 4, 1]
    cues = cues_of(*((start, room, f"cue {start}") for start, room in places))
    params = {"chunks": 4, "chunk_samples": 6000}
    job = dub(cues, Speaker(engine="tone", params=params), runtime.registry, mode=mode)
    job.segments = [
        msgspec.structs.replace(segment, params={"chunks": 4 * length_s, "chunk_samples": 6000})
        for segment, length_s in zip(job.segments, seconds, strict=True)
    ]
    # Its speeds aren't chosen here: an engine that speaks longer than its estimate is the harder case.
    audio = heard(job, runtime)
    report = job.report()
    whole = np.zeros(audio.size, np.float32)
    for cue, length_s in zip(report.cues, seconds, strict=True):
        samples = tone_samples(cue.text, 4 * length_s, 6000)
        n_laid = cue.end_sample - cue.start_sample
        whole[cue.start_sample : cue.end_sample] += samples if cue.stretch == 1 else stretch(samples, 24000, n_laid)
    np.testing.assert_array_equal(audio, whole)
    first, long = (2.76, 3.68) if mode is DubMode.FIT else (3.0, 4.0)
    assert [cue.start_s for cue in report.cues] == [0.0, first, 6.0, 8.0, 10.0, 10 + long]
    np.testing.assert_allclose([cue.shift_s for cue in report.cues], [0.0, first - 2, 0.0, 0.0, 0.0, long - 1])


@pytest.mark.parametrize(
    ("capabilities", "speeds", "note"),
    [
        (("speed",), [1.1, 1.05], "engine 'tone' can't estimate durations"),
        (("estimate",), [1.0, 1.0], "engine 'tone' has no speed control; its cues are time-stretched (maximum 8%)"),
        ((), [1.0, 1.0], "engine 'tone' has no speed control; its cues are time-stretched (maximum 8%)"),
    ],
)
def test_an_engine_without_estimate_or_speed_control_is_measured_or_stretched(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capabilities: tuple[str, ...], speeds: list[float], note: str
) -> None:
    """Without estimates each cue is spoken once to measure it; without speeds it is stretched. The notes name both."""
    spec = msgspec.structs.replace(runtime.registry.get("tone"), capabilities=capabilities)
    monkeypatch.setitem(runtime.registry.specs, "tone", spec)
    params = {"chunks": 10, "chunk_samples": 2400}
    cues = cues_of((0, 0.95, "long"), (0.95, 2, "short"))
    job = dub(cues, Speaker(engine="tone", params=params), runtime.registry, mode=DubMode.FIT)
    fit(job, runtime)
    assert [segment.speed for segment in job.segments] == speeds
    assert [one.startswith(note) for one in job.notes] == [True]
    audio = heard(job, runtime)
    # The tone engine's length doesn't depend on the speed, so the estimate was wrong: the audio decides.
    first, second = job.report().cues
    assert (first.end_sample, first.spoken_s, second.start_sample) == (22800, 1.0, 22800)
    np.testing.assert_array_equal(audio[:22800], stretch(tone_samples("long", 10, 2400), 24000, 22800))
    np.testing.assert_array_equal(audio[22800:], tone_samples("short", 10, 2400))


@pytest.mark.parametrize("capabilities", [("speed",), ()])
def test_a_plan_at_the_own_speed_measures_and_stretches_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capabilities: tuple[str, ...]
) -> None:
    spec = msgspec.structs.replace(runtime.registry.get("tone"), capabilities=capabilities)
    monkeypatch.setitem(runtime.registry.specs, "tone", spec)
    job = dub(cues_of((0, 1, "One.")), Speaker(engine="tone"), runtime.registry, mode=DubMode.NATURAL)
    plan = plan_job(job, runtime)
    assert ([cue.fits for cue in plan.cues], plan.notes) == (["unknown"], ())


def test_the_fit_counts_with_the_tempo_of_a_speaker(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 s by the engine at a tempo of 1.25 is 0.8 s, which fits its slot of 0.82 s unstretched."""
    spec = msgspec.structs.replace(runtime.registry.get("tone"), capabilities=("estimate",))
    monkeypatch.setitem(runtime.registry.specs, "tone", spec)
    speaker = Speaker(engine="tone", speed=1.25, params={"chunks": 10, "chunk_samples": 2400})
    job = dub(cues_of((0, 0.82, "One."), (0.82, 1, "Two.")), speaker, runtime.registry, mode=DubMode.FIT)
    fit(job, runtime)
    audio = heard(job, runtime)
    report = job.report()
    first = report.cues[0]
    assert (first.speed, first.predicted_s, first.stretch) == (1.25, 0.8, 1.0)
    assert first.spoken_s == pytest.approx(0.8, abs=0.02)
    assert report.notes[0] == "speed 1.25 by tempo change: engine 'tone' has no speed control"
    assert (report.summary.hurried, report.summary.slowed) == (0, 0), "relative to its speaker's speed"
    assert audio.size == report.cues[1].end_sample


def test_poll_may_stop_the_fitting(runtime: Runtime) -> None:
    job = dub(cues_of((0, 1, "One.")), Speaker(), runtime.registry, mode=DubMode.FIT)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(job, runtime, poll=stop)
