"""Sounds in books: performed or left out, and never words of subtitles, word times and verification."""

from __future__ import annotations

import json
from pathlib import Path

from fixtures_jobs import read_wav
from performer_kit import texts_in

from voxweft.jobs.narrate.job import narrate
from voxweft.jobs.narrate.run import NarrateReport, NarrationRun, run_narration
from voxweft.jobs.narrate.settings import NarrateSettings
from voxweft.jobs.narrate.verify import verify_narration
from voxweft.jobs.transcribe import Recognizer
from voxweft.jobs.voices import Speaker
from voxweft.media.books import read_book
from voxweft.media.subtitles import read_subtitles
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

TEXT = "Well [laughs], yes.\n\n[sighs]\n\n[coughs]\n\nI know. [whispers] Go.\n"
WAV = NarrateSettings(format="wav")
PERFORMER = Speaker(engine="performer")
QUIET = Speaker(engine="performer", model="quiet")


def narrated(runtime: Runtime, folder: Path, speaker: Speaker, text: str = TEXT) -> tuple[NarrateReport, list[str]]:
    job = narrate(read_book(text.encode(), "a book.txt"), speaker, runtime.registry, folder, WAV)
    report = run_narration(job, runtime, StreamOptions())
    (wav,) = folder.glob("*.wav")
    return report, texts_in(read_wav(wav)[1] / 32768)


def test_a_book_is_performed(runtime: Runtime, tmp_path: Path) -> None:
    report, heard = narrated(runtime, tmp_path / "out", PERFORMER)
    assert heard == ["Well [laugh], yes.", "[sigh]", "I know.", "[whispering] Go."]
    assert report.notes == ("[coughs] is left out: model 'lively' of engine 'performer' doesn't perform it",)
    (subtitles,) = (tmp_path / "out").glob("*.srt")
    assert " ".join(cue.text for cue in read_subtitles(subtitles.read_bytes()).cues) == "Well, yes. I know. Go."
    (words,) = (tmp_path / "out").glob("*.json")
    data = json.loads(words.read_text(encoding="utf-8"))
    assert [segment["text"] for segment in data["segments"]] == ["Well, yes.", "", "I know.", "Go."]
    found = [word for segment in data["segments"] for word in segment["words"]]
    assert [word["text"] for word in found] == ["Well", ",", "yes.", "I", "know.", "Go."]
    for word in found:
        assert data["text"][word["source_start"] : word["source_end"]] == word["text"]


def test_a_book_without_sounds_is_the_same_as_one_without_tags(runtime: Runtime, tmp_path: Path) -> None:
    report, heard = narrated(runtime, tmp_path / "tagged", QUIET)
    assert len(report.notes) == 4
    plain, same = narrated(runtime, tmp_path / "plain", QUIET, "Well, yes.\n\nI know. Go.\n")
    assert heard == same == ["Well, yes.", "I know.", "Go."]
    assert (plain.notes, plain.cached) == ((), 3)
    (tagged_wav,), (plain_wav,) = (tmp_path / "tagged").glob("*.wav"), (tmp_path / "plain").glob("*.wav")
    assert tagged_wav.read_bytes() == plain_wav.read_bytes()


def test_verification_compares_the_words_alone(runtime: Runtime, tmp_path: Path) -> None:
    job = narrate(read_book(TEXT.encode(), "a book.txt"), PERFORMER, runtime.registry, tmp_path / "out", WAV)
    with NarrationRun(job, runtime) as run:
        run.make()
        checked = verify_narration(run, Recognizer(engine="recognizer"))
    # The recognizer hears other words in each segment: its rate is that of the words in the text.
    assert {one.text: one.verification.errors / one.verification.rate for one in checked} == {
        "Well [laugh], yes.": 2,
        "I know.": 2,
        "[whispering] Go.": 1,
    }
