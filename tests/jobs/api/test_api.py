"""The Python API, `import voxweft`, with eSpeak NG and the test engines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from fixtures_whisper import MODEL, SHOW, open_runtime
from streaming_kit import ENGINES

import voxweft as vw
from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.media.audio.decode import AudioReader
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.runtime import Runtime

TEXT = "Hello there. How are you?"
SRT = "1\n00:00:00,500 --> 00:00:02,000\nHello there.\n\n2\n00:00:02,500 --> 00:00:04,000\nHow are you?\n"


def test_all_public_names_exist() -> None:
    assert set(vw.__all__) <= set(dir(vw))
    for name in vw.__all__:
        assert getattr(vw, name) is not None
    assert issubclass(SegmentError, vw.Error)
    with pytest.raises(AttributeError, match="has no attribute 'speak'"):
        vw.speak  # noqa: B018


def test_say_gives_the_samples_of_the_job(runtime: Runtime) -> None:
    progress: list[int] = []
    speech = vw.say(
        TEXT, engine="espeak", speed=1.2, runtime=runtime, on_progress=lambda one: progress.append(one.segments_done)
    )
    job = speak(TEXT, vw.Speaker(engine="espeak", speed=1.2), runtime.registry)
    np.testing.assert_array_equal(speech.samples, np.concatenate(list(run(job, runtime))))
    assert (speech.samples.dtype, speech.samples.ndim, speech.sample_rate) == (np.float32, 1, 22050)
    assert speech.duration_s == speech.samples.size / 22050
    assert [piece.text for piece in speech.report.segments] == ["Hello there.", "How are you?"]
    assert {piece.speed for piece in speech.report.segments} == {1.2}
    assert [cue.text for cue in speech.subtitles] == ["Hello there.", "How are you?"]
    assert progress[-1] == 2
    assert repr(speech) == f"<Speech: {speech.duration_s:.2f} s at 22050 Hz>"


def test_speech_is_saved_by_suffix(runtime: Runtime, tmp_path: Path) -> None:
    speech = vw.say(TEXT, engine="espeak", runtime=runtime)
    speech.save(tmp_path / "hello.wav")
    with wave.open(str(tmp_path / "hello.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (22050, speech.samples.size)
    speech.save(str(tmp_path / "hello.mp3"), bit_rate=64_000)
    with AudioReader(tmp_path / "hello.mp3") as reader:
        assert sum(block.size for block in reader.blocks()) / reader.sample_rate == pytest.approx(
            speech.duration_s, abs=0.1
        )
    speech.save_subtitles(tmp_path / "hello.srt")
    assert (tmp_path / "hello.srt").read_text().startswith("1\n00:00:00,000 --> ")
    with pytest.raises(ValueError, match=r"hello\.xyz"):
        speech.save(tmp_path / "hello.xyz")
    with pytest.raises(ValueError, match=r"unknown suffix of '.*hello\.txt'; use \.srt, \.vtt, \.ass"):
        speech.save_subtitles(tmp_path / "hello.txt")
    with pytest.raises(FileNotFoundError):
        speech.save(tmp_path / "missing" / "hello.wav")
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["hello.mp3", "hello.srt", "hello.wav"]


def test_a_stream_is_the_same_audio_in_blocks(runtime: Runtime) -> None:
    whole = vw.say(TEXT, engine="espeak", runtime=runtime)
    speech = vw.stream(TEXT, engine="espeak", runtime=runtime)
    assert speech.report.segments == ()
    blocks = list(speech)
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate(blocks), whole.samples)
    assert [piece.text for piece in speech.report.segments] == [piece.text for piece in whole.report.segments]
    assert speech.subtitles == whole.subtitles
    for _ in vw.stream(TEXT, engine="espeak", runtime=runtime):
        break  # cancels the rest


def test_a_cast_file_speaks_a_script(runtime: Runtime, tmp_path: Path) -> None:
    cast = tmp_path / "cast.yaml"
    cast.write_text("members:\n  Ann: {engine: espeak, voice: en-gb+f2}\n")
    speech = vw.say("[Ann] Hello. [Narrator] Bye.", vw.Speaker(engine="espeak"), cast=str(cast), runtime=runtime)
    assert [(piece.speaker, piece.voice) for piece in speech.report.segments] == [("Ann", "en-gb+f2"), ("", "en-us")]


def test_errors_name_the_problem(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="unknown argument 'voise'; did you mean 'voice'"):
        vw.say("x", voise="x", runtime=runtime)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="speed 9 is out of range"):
        vw.say("x", engine="espeak", speed=9.0, runtime=runtime)
    with pytest.raises(ValueError, match="text is empty"):
        vw.say("", engine="espeak", runtime=runtime)
    with pytest.raises(vw.Error, match="has no voice 'nonsuch'"):
        vw.say("x", engine="espeak", voice="nonsuch", runtime=runtime)
    with pytest.raises(FileNotFoundError):
        vw.dub(tmp_path / "missing.srt", engine="espeak", runtime=runtime)


def test_dub_fits_cues_into_their_slots(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "film.srt").write_text(SRT)
    speech = vw.dub(tmp_path / "film.srt", engine="espeak", runtime=runtime)
    assert [cue.start_s for cue in speech.report.cues] == [0.5, 2.5]
    assert [cue.text for cue in speech.subtitles] == ["Hello there.", "How are you?"]
    assert not speech.samples[: speech.sample_rate // 2].any()
    concatenated = vw.dub(tmp_path / "film.srt", engine="espeak", mode="concatenate", runtime=runtime)
    assert concatenated.duration_s < speech.duration_s
    moved = vw.dub(tmp_path / "film.srt", engine="espeak", offset_s=-0.5, rate="24:25", runtime=runtime)
    assert [cue.slot_start_s for cue in moved.report.cues] == [0, 1.92]
    assert moved.report.notes[0] == "the times of the cues are moved by -0.5 s, then multiplied by 0.96"


def test_plan_dub_tells_what_is_too_long(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "film.srt").write_text(SRT.replace("Hello there.", "Hello there, and all of you who came. " * 4))
    plan = vw.plan_dub(tmp_path / "film.srt", engine="espeak", runtime=runtime)
    assert [cue.fits for cue in plan.cues] == ["too long", "slot"]
    assert 0 < (plan.cues[0].shorten_to or 0) < plan.cues[0].characters
    moved = vw.plan_dub(tmp_path / "film.srt", engine="espeak", offset_s=1.0, rate="24:25", runtime=runtime)
    assert [cue.slot_start_s for cue in moved.cues] == [1.44, 3.36]
    assert moved.notes[0] == "the times of the cues are moved by +1 s, then multiplied by 0.96"


def test_narrate_makes_chapters_and_resumes(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("Chapter 1\n\nOne.\n\nChapter 2\n\nTwo.\n")
    settings = vw.NarrateSettings(format="wav")
    report = vw.narrate(tmp_path / "novel.txt", tmp_path / "out", engine="espeak", settings=settings, runtime=runtime)
    assert len(report.chapters) == 2
    assert all((tmp_path / "out" / file).is_file() for chapter in report.chapters for file in chapter.files)
    again = vw.narrate(tmp_path / "novel.txt", tmp_path / "out", engine="espeak", settings=settings, runtime=runtime)
    assert (again.made, again.kept) == (0, report.made)


def test_transcribe_reads_a_recording(tmp_path: Path) -> None:
    with open_runtime(tmp_path) as runtime:
        vw.say(SHOW, engine="espeak", pause_scale=3, runtime=runtime).save(tmp_path / "talk.wav")
        transcript = vw.transcribe(tmp_path / "talk.wav", engine="faster_whisper", model=MODEL, runtime=runtime)
    assert transcript.text.splitlines() == [segment.text for segment in transcript.segments]
    assert transcript.text.splitlines()[:2] == ["hello", "welcome to the show"]
    assert str(transcript) == transcript.text
    assert transcript.segments[1].words[0].text == "welcome"
    assert transcript.language == "en"
    for name in ("talk.txt", "talk.srt", "talk.json"):
        transcript.save(tmp_path / name)
    assert (tmp_path / "talk.txt").read_text() == transcript.text + "\n"
    assert json.loads((tmp_path / "talk.json").read_text())
    with pytest.raises(ValueError, match="unknown suffix"):
        transcript.save(tmp_path / "talk.doc")


def test_the_shared_runtime_ends_with_the_interpreter(tmp_path: Path) -> None:
    """A script needs no clean-up: no process remains, and nothing is printed."""
    program = (
        "import voxweft as vw, psutil\n"
        "speech = vw.say('Hello.', engine='espeak')\n"
        "for block in vw.stream('One. Two. Three.', engine='espeak'): break\n"
        "print(speech.samples.size > 0, *[child.pid for child in psutil.Process().children(recursive=True)])\n"
    )
    environment = {**os.environ, "VOXWEFT_CACHE_DIR": str(tmp_path / "cache"), "VOXWEFT_ENGINES": str(ENGINES)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    spoke, *workers = done.stdout.split()
    assert spoke == "True"
    assert workers
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
