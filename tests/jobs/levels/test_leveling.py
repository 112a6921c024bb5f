"""Every voice comes at the same loudness: by a constant gain, in every job, at no cost for what is cached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures_jobs import read_wav
from numpy.typing import NDArray
from streaming_kit import ENGINES

from voxweft.jobs.api.functions import dub, narrate, say, stream
from voxweft.jobs.levels.leveling import Level, Leveling
from voxweft.jobs.narrate.run import NarrateReport
from voxweft.jobs.narrate.settings import NarrateSettings
from voxweft.jobs.requests.options import stream_options
from voxweft.jobs.requests.speak import SpeakRequest
from voxweft.jobs.run import arun, run
from voxweft.jobs.speak.streaming_input import LiveSpeech
from voxweft.jobs.voices import Cast, CastSpeaker, Speaker
from voxweft.media.audio.loudness import Loudness, LoudnessMeter
from voxweft.media.subtitles import read_subtitles
from voxweft.text.sample_sentences import sample_sentences
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import NamedVoice, ReferenceVoice
from voxweft.utils.streaming.runtime import Runtime

TEXT = (
    "The ferry left the harbor at noon and crossed the bay. There was hardly any wind, and the water was as smooth as "
    "glass. On the far side a few houses stood between the trees."
)
DECLARED, UNKNOWN = "en-us", "en-us+f2"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    runtime = Runtime(Settings(cache_dir=tmp_path_factory.mktemp("levels"), engine_folders=(ENGINES,)))
    yield runtime
    runtime.close()


def loudness(samples: NDArray[np.float32], rate_hz: int = 22050) -> Loudness:
    return LoudnessMeter.of_recording(samples[np.newaxis], rate_hz)


def lufs(samples: NDArray[np.float32], rate_hz: int = 22050) -> float:
    measured = loudness(samples, rate_hz).integrated_lufs
    assert measured is not None
    return measured


@pytest.mark.parametrize("voice", [DECLARED, UNKNOWN, "de", "fr-fr", "en-us+whisper"])
def test_every_voice_has_the_same_loudness_and_no_peak_passes_the_ceiling(runtime: Runtime, voice: str) -> None:
    speech = say(TEXT, engine="espeak", voice=voice, runtime=runtime)
    # Foreign voices read English about 1 LU louder than their own language.
    assert lufs(speech.samples) == pytest.approx(-18.0, abs=1.5 if voice in ("de", "fr-fr") else 0.5)
    assert loudness(speech.samples).true_peak_dbtp <= -1.0
    assert [level.voice for level in speech.report.levels] == [voice]


def test_the_gain_is_constant_behind_the_cache(runtime: Runtime) -> None:
    off = say(TEXT, engine="espeak", voice=UNKNOWN, level="off", runtime=runtime)
    quiet = say(TEXT, engine="espeak", voice=UNKNOWN, level=-30, runtime=runtime)
    assert all(segment.cached for segment in quiet.report.segments)
    (level,) = quiet.report.levels
    assert off.report.levels == ()
    # Far below the ceiling nothing is limited: every sample has the same gain.
    np.testing.assert_array_equal(quiet.samples, off.samples * np.float32(10 ** (level.gain_db / 20)))


def test_a_loud_level_is_limited(runtime: Runtime) -> None:
    loud = say(TEXT, engine="espeak", voice=DECLARED, level=-8, runtime=runtime)
    assert loudness(loud.samples).true_peak_dbtp <= -1.0


def test_an_unknown_voice_is_measured_once(runtime: Runtime) -> None:
    voice = "en-gb+m3"
    first = say(TEXT, engine="espeak", voice=voice, runtime=runtime)
    segment = Speaker(engine="espeak", voice=voice).segment(0, TEXT, runtime.registry.get("espeak"))
    again = Leveling.of(runtime)
    assert again is not None
    assert list(again.source([segment])) == [segment], "the loudness is kept"
    unlike = Leveling.of(runtime, -20)
    assert unlike is not None
    other = Speaker(engine="espeak", voice="en-gb+m4").segment(0, TEXT, runtime.registry.get("espeak"))
    assert [ready.index < 0 for ready in unlike.source([segment, other, other])] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    second = say(TEXT, engine="espeak", voice=voice, runtime=runtime)
    assert all(part.cached for part in second.report.segments)
    np.testing.assert_array_equal(first.samples, second.samples)


def test_nothing_but_segments_is_cached(tmp_path: Path) -> None:
    runtime = Runtime(Settings(cache_dir=tmp_path))
    say("One. Two.", engine="espeak", voice=UNKNOWN, runtime=runtime)
    assert runtime.cache is not None
    assert runtime.cache.stats().entries == 2
    runtime.close()
    assert len([*(tmp_path / "levels").iterdir()]) == 1


def test_a_cast_and_a_cloned_voice(runtime: Runtime) -> None:
    times = np.arange(16000 * 3) / 16000
    quiet = (0.05 * np.sin(2 * np.pi * 300 * times)).astype("<f4")
    digest = runtime.blobs.put(quiet.tobytes(), 16000)
    cast = Cast(
        members=(
            CastSpeaker(name="Ann", engine="espeak", voice=NamedVoice(UNKNOWN)),
            CastSpeaker(name="Ben", engine="cloner", voice=ReferenceVoice(digest)),
        )
    )
    # The cloner's tones depend on the text.
    lines = (
        f"[Ann] The ferry left the harbor at noon. [Ben] {' '.join(sample_sentences('en'))} [Ann] We saw a few houses."
    )
    speech = say(lines, engine="espeak", voice=DECLARED, cast=cast, runtime=runtime)
    ben = [segment for segment in speech.report.segments if segment.speaker == "Ben"]
    part = speech.samples[ben[0].start_sample : ben[-1].end_sample]
    assert lufs(part) == pytest.approx(-18.0, abs=0.5)
    assert [level.engine for level in speech.report.levels] == ["espeak", "cloner"]
    gains = [level.gain_db for level in speech.report.levels]
    assert gains[0] != gains[1]


def test_a_stream_equals_the_whole_and_an_event_loop_gives_the_same(runtime: Runtime) -> None:
    whole = say(TEXT, engine="espeak", voice=UNKNOWN, runtime=runtime).samples
    streamed = np.concatenate([*stream(TEXT, engine="espeak", voice=UNKNOWN, runtime=runtime)])
    np.testing.assert_array_equal(streamed, whole)
    request = SpeakRequest(text=TEXT, speaker=Speaker(engine="espeak", voice=UNKNOWN))

    async def awaited() -> list[NDArray[np.float32]]:
        return [block async for block in arun(request.job(runtime), runtime, stream_options(live=True))]

    np.testing.assert_array_equal(np.concatenate(asyncio.run(awaited())), whole)


def test_live_speech_is_leveled(runtime: Runtime) -> None:
    async def live() -> list[NDArray[np.float32]]:
        speech = LiveSpeech(Speaker(engine="espeak", voice="en-us+m7"), runtime)
        speech.push(TEXT)
        speech.finish()
        return [block async for block in speech]

    assert lufs(np.concatenate(asyncio.run(live()))) == pytest.approx(-18.0, abs=0.5)


def test_a_dub_levels_its_speakers_and_limits_the_mix(runtime: Runtime) -> None:
    cues = read_subtitles(
        b"1\n00:00:00,000 --> 00:00:04,000\nAnn: The ferry left the harbor at noon and crossed the bay.\n\n"
        b"2\n00:00:00,500 --> 00:00:04,500\nBen: There was hardly any wind, and the water was as smooth as glass.\n"
    ).cues
    cast = Cast(
        members=(
            CastSpeaker(name="Ann", engine="espeak", voice=NamedVoice(DECLARED)),
            CastSpeaker(name="Ben", engine="espeak", voice=NamedVoice(UNKNOWN)),
        )
    )
    speech = dub(cues, engine="espeak", cast=cast, mode="natural", level=-12, runtime=runtime)
    assert [level.voice for level in speech.report.levels] == [DECLARED, UNKNOWN]
    assert loudness(speech.samples).true_peak_dbtp <= -1.0


def test_a_voice_that_cannot_be_measured_stays_as_it_is(
    runtime: Runtime, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voxweft.jobs.levels.loudness.sample_sentences", lambda _language: ("unspeakable \ud800",))
    voice = "en-us+f5"
    speech = say("Hello there.", engine="espeak", voice=voice, runtime=runtime)
    off = say("Hello there.", engine="espeak", voice=voice, level="off", runtime=runtime)
    (level,) = speech.report.levels
    assert (level.gain_db, level.message != "") == (0.0, True)
    assert f"voice '{voice}' can't be measured" in caplog.text
    np.testing.assert_allclose(speech.samples, off.samples, atol=0.2)
    assert [segment.status for segment in speech.report.segments] == ["spoken"]


@pytest.mark.parametrize("level", [-4, -41, float("nan")])
def test_a_level_out_of_range_is_an_error(runtime: Runtime, level: float) -> None:
    with pytest.raises(ValueError, match="a level must be off, or between -40 and -5 LUFS"):
        Leveling.of(runtime, level)


def test_a_long_text_is_leveled_as_it_is_segmented(runtime: Runtime) -> None:
    text = "The ferry crossed the bay. " * 4000
    job = SpeakRequest(text=text, speaker=Speaker(engine="espeak", voice="en-us+f3")).job(runtime)
    heard: list[NDArray[np.float32]] = []
    for block in run(job, runtime):
        heard.append(block)
        if sum(map(len, heard)) > 22050 * 12:
            break
    assert lufs(np.concatenate(heard)) == pytest.approx(-18.0, abs=1.0)


def test_a_book_keeps_what_engines_made_and_levels_its_chapters(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")

    def narrated(level: Level, loudness_lufs: float | None = None) -> tuple[NarrateReport, NDArray[np.float32]]:
        settings = NarrateSettings(format="wav", level=level, loudness_lufs=loudness_lufs)
        report = narrate(
            tmp_path / "book.txt", tmp_path / "out", engine="espeak", voice=UNKNOWN, settings=settings, runtime=runtime
        )
        samples = read_wav(tmp_path / "out" / report.chapters[0].files[0])[1]
        return report, (samples / 32768).astype(np.float32)

    first, samples = narrated(None)
    assert lufs(samples) == pytest.approx(-18.0, abs=0.5)
    assert [(level.voice, level.gain_db) for level in first.levels] == [(UNKNOWN, first.levels[0].gain_db)]
    off, raw = narrated("off")
    assert (off.made, off.levels) == (0, ()), "no segment is spoken again"
    assert lufs(samples) - lufs(raw) == pytest.approx(first.levels[0].gain_db, abs=0.1)
    again, repeated = narrated(None)
    assert again.made == 0
    np.testing.assert_array_equal(repeated, samples)
    _, normalized = narrated(None, -23.0)
    assert lufs(normalized) == pytest.approx(-23.0, abs=0.1)
