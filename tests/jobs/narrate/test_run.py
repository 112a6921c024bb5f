"""Narrations with real engines: stored segments, resumed runs, and deterministic outputs."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from book_kit import PNG, epub, nav
from fixtures_jobs import read_wav, to_pcm
from streaming_kit import tone_samples

from voxweft.jobs.errors import NarrationError
from voxweft.jobs.narrate.job import NarrateJob, narrate
from voxweft.jobs.narrate.run import NarrateReport, NarrationRun, run_narration
from voxweft.jobs.narrate.settings import BookPauses, NarrateSettings
from voxweft.jobs.narrate.verify import verify_narration
from voxweft.jobs.transcribe import Recognizer
from voxweft.jobs.voices import Speaker
from voxweft.jobs.voices.cast import Cast, CastSpeaker
from voxweft.media.audio.resample import Resampler
from voxweft.media.books import Book, book_from_texts, read_book
from voxweft.media.subtitles import read_subtitles
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.job import StreamOptions
from voxweft.utils.streaming.runtime import Runtime

TEXT = """Chapter 1

Hello there. How are you?

A second paragraph.

Chapter 2

The end is near. The end is near. Goodbye.
"""
TONE = Speaker(engine="tone", params={"chunks": 2, "chunk_samples": 3000})
NO_CACHE = StreamOptions(use_cache=False)
WAV = NarrateSettings(format="wav")


class EnoughError(Exception):
    """An exception with which a test stops a run."""


def book(text: str = TEXT) -> Book:
    return read_book(text.encode(), "a book.txt")


def go(runtime: Runtime, job: NarrateJob, **options: object) -> NarrateReport:
    return run_narration(job, runtime, NO_CACHE, **options)


def outputs(folder: Path) -> dict[str, bytes]:
    """Return the output files for users."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file() and file.name[0].isdigit()}


def manifest(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def segments(folder: Path) -> list[dict]:
    return [line for line in manifest(folder) if line["kind"] == "segment"]


def test_chapters_are_their_sentences_with_silence_between(runtime, tmp_path):
    pauses = BookPauses(sentence_s=0.15, paragraph_s=0.1, chapter_s=0.25, scale=2)
    settings = NarrateSettings(format="wav", pauses=pauses)
    report = go(runtime, narrate(book(), TONE, runtime.registry, tmp_path / "out", settings))
    assert [(one.number, one.title, one.segments) for one in report.chapters] == [
        (1, "Chapter 1", 4),
        (2, "Chapter 2", 4),
    ]
    assert (report.made, report.kept, report.failed) == (8, 0, ())
    rate, samples = read_wav(tmp_path / "out" / "01 Chapter 1.wav")
    texts = ["Chapter 1", "Hello there.", "How are you?", "A second paragraph."]
    expected = []
    # "Hello there." is a short reply.
    for text, pause_s in zip(texts, (0.2, 0.2, 0.2, 0.5), strict=True):
        expected += [tone_samples(text, 2, 3000), np.zeros(round(pause_s * 24000), np.float32)]
    assert rate == 24000
    np.testing.assert_array_equal(samples, to_pcm(np.concatenate(expected)))
    assert report.chapters[0].duration_s == samples.size / 24000


def test_the_manifest_names_every_segment(runtime, tmp_path):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    lines = manifest(folder)
    assert (lines[0]["kind"], lines[0]["title"], lines[0]["speaker"]["engine"]) == ("book", "a book", "tone")
    found = segments(folder)
    assert [line["number"] for line in found] == list(range(1, 9))
    chapters = book().chapters
    for line in found:
        start, end = line["source"]
        assert chapters[line["chapter"] - 1].text[start:end] == line["text"]
        rate, samples = read_floats(folder / line["file"])
        assert (rate, samples.size) == (line["sample_rate"], line["n_samples"])
        np.testing.assert_array_equal(samples, tone_samples(line["text"], 2, 3000))
        assert line["end_s"] - line["start_s"] == pytest.approx(0.25)
    equal = [line for line in found if line["text"] == "The end is near."]
    assert len({line["file"] for line in equal}) == 2


def read_floats(path: Path) -> tuple[int, np.ndarray]:
    data = path.read_bytes()
    at = data.index(b"data")
    return int.from_bytes(data[24:28], "little"), np.frombuffer(data[at + 8 :], "<f4")


def test_words_and_subtitles_match_the_audio(runtime, tmp_path):
    folder = tmp_path / "out"
    speaker = Speaker(engine="espeak")
    report = go(
        runtime, narrate(book(), speaker, runtime.registry, folder, NarrateSettings(format="wav", subtitles="vtt"))
    )
    words = json.loads((folder / "01 Chapter 1.words.json").read_text(encoding="utf-8"))
    rate, samples = read_wav(folder / "01 Chapter 1.wav")
    assert words["duration_s"] == report.chapters[0].duration_s == round(samples.size / rate, 3)
    assert words["text_start"] == 0
    spoken = [word for segment in words["segments"] for word in segment["words"]]
    assert [word["text"] for word in spoken][:4] == ["Chapter", "one", "Hello", "there"]
    for word in spoken:
        written = words["text"][word["source_start"] : word["source_end"]]
        assert written == {"one": "1"}.get(word["text"], word["text"])
        part = samples[round(word["start_s"] * rate) : round(word["end_s"] * rate)]
        assert np.abs(part).max() > 1000
    for one, following in zip(words["segments"], words["segments"][1:], strict=False):
        silence = samples[round(one["end_s"] * rate) + 30 : round(following["start_s"] * rate) - 30]
        assert not silence.any()
    cues = read_subtitles((folder / "01 Chapter 1.vtt").read_bytes(), name="x.vtt").cues
    assert " ".join(cue.text for cue in cues) == "Chapter 1 Hello there. How are you? A second paragraph."
    starts = [word["start_s"] for word in spoken]
    assert all(min(abs(cue.start_s - start_s) for start_s in starts) < 0.002 for cue in cues)


def test_an_interrupted_run_resumes_at_the_last_finished_segment(runtime, tmp_path):
    """Finished segments aren't spoken again, and the bytes are those of an uninterrupted run."""
    uninterrupted = tmp_path / "uninterrupted"
    go(runtime, narrate(book(), TONE, runtime.registry, uninterrupted, WAV))
    folder = tmp_path / "out"
    made = []
    for _ in range(20):
        job = narrate(book(), TONE, runtime.registry, folder, WAV)
        with NarrationRun(job, runtime, NO_CACHE) as run:
            try:
                run.make(poll=stop_after(run, 2))
            except EnoughError:
                made.append(run.made)
                continue
            made.append(run.made)
            break
    assert made[:3] == [2, 2, 2]
    assert sum(made) == 8
    assert outputs(folder) == outputs(uninterrupted)
    assert not list(folder.glob(".*.part"))


def stop_after(run: NarrationRun, n_segments: int):
    def poll() -> None:
        if run.made >= n_segments and run.missing():
            raise EnoughError

    return poll


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_made_again(runtime, tmp_path, seed):
    """After a cut manifest, damaged or missing segments, and missing outputs: the same bytes as before."""
    folder, dice = tmp_path / "out", random.Random(seed)
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    before = outputs(folder)
    data = (folder / "manifest.jsonl").read_bytes()
    (folder / "manifest.jsonl").write_bytes(data[: dice.randrange(len(data) // 4, len(data))])
    files = sorted(folder.glob("segments/*/*.wav"))
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-100])
    changed = bytearray(files[2].read_bytes())
    changed[dice.randrange(100, len(changed))] ^= 1
    files[2].write_bytes(changed)
    for name in before:
        (folder / name).unlink()
    report = go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    assert outputs(folder) == before
    assert report.made >= 3
    assert [line["number"] for line in segments(folder)] == list(range(1, 9))


def test_a_complete_narration_does_no_work(runtime, tmp_path):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    times = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    report = go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    assert (report.made, report.kept) == (0, 8)
    times.pop(folder / "manifest.jsonl")
    assert {file: file.stat().st_mtime_ns for file in times} == times


def test_a_changed_text_makes_only_its_own_segments(runtime, tmp_path):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    before = outputs(folder)
    changed = book(TEXT.replace("How are you?", "How do you do? I am fine."))
    report = go(runtime, narrate(changed, TONE, runtime.registry, folder, WAV))
    assert (report.made, report.kept) == (2, 7)
    after = outputs(folder)
    assert after["02 Chapter 2.wav"] == before["02 Chapter 2.wav"]
    assert after["01 Chapter 1.wav"] != before["01 Chapter 1.wav"]
    assert len(list(folder.glob("segments/*/*.wav"))) == 9
    assert [line["number"] for line in segments(folder)] == list(range(1, 10))


def test_changed_titles_leave_no_old_files(runtime, tmp_path):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    renamed = book(TEXT.replace("Chapter 2", "Chapter II"))
    go(runtime, narrate(renamed, TONE, runtime.registry, folder, WAV))
    assert sorted(name for name in outputs(folder) if name.endswith(".wav")) == [
        "01 Chapter 1.wav",
        "02 Chapter II.wav",
    ]


def test_chapters_that_no_longer_exist_are_set_aside(runtime, tmp_path):
    folder = tmp_path / "out"
    texts = ["First. It begins.", "Second. It goes on. More.", "Third. It ends. Really. At last."]
    go(runtime, narrate(book_from_texts(texts, "out"), TONE, runtime.registry, folder, WAV))
    before = outputs(folder)
    audio = {file.name: file.read_bytes() for file in folder.glob("segments/*/*.wav")}
    shorter = book_from_texts([texts[0], texts[2]], "out")
    report = go(runtime, narrate(shorter, TONE, runtime.registry, folder, WAV))
    assert (report.made, report.kept) == (0, 6)
    after = outputs(folder)
    # The third chapter is the second one now, and has that one's name.
    assert set(after) == {name for name in before if name[:2] in ("01", "02")}
    old = {file.name: file.read_bytes() for file in (folder / "old").iterdir() if file.is_file()}
    assert old == {name: data for name, data in before.items() if name.startswith("02")}
    set_aside = {file.name: file.read_bytes() for file in folder.glob("old/segments/*/*.wav")}
    assert len(set_aside) == 3
    assert set_aside.items() <= audio.items()
    assert len(list(folder.glob("segments/*/*.wav"))) == 6
    # Once more: what is in `old` stays as it is.
    other = book_from_texts([texts[0], "Another. One.", texts[2]], "out")
    go(runtime, narrate(other, TONE, runtime.registry, folder, WAV))
    go(runtime, narrate(shorter, TONE, runtime.registry, folder, WAV))
    names = sorted(file.name for file in (folder / "old").glob("*.wav"))
    assert names == ["02 Chapter 2 (2).wav", "02 Chapter 2.wav"]
    assert (folder / "old" / "02 Chapter 2.wav").read_bytes() == before["02 Chapter 2.wav"]


@pytest.mark.parametrize(
    "other",
    [
        book_from_texts(["Something else.", "And more of it.", "Hello there."], "a book"),
        read_book(b"Chapter 1\n\nNobody wrote this. Nobody reads it.\n\nChapter 2\n\nThe end.", "a book.txt"),
    ],
    ids=["a list", "a text"],
)
def test_another_book_without_a_title_is_refused(runtime, tmp_path, other):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(NarrationError, match=r"contains another book: of its 7 sentences, \d are in this one"):
        go(runtime, narrate(other, TONE, runtime.registry, folder, WAV))
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    report = go(runtime, narrate(other, TONE, runtime.registry, folder, WAV), restart=True)
    assert report.made > 0
    assert not (folder / "old").exists()


def test_a_longer_or_a_shorter_text_is_the_same_book(runtime, tmp_path):
    folder = tmp_path / "out"
    first = book(TEXT.partition("Chapter 2")[0])
    go(runtime, narrate(first, TONE, runtime.registry, folder, WAV))
    longer = book(TEXT + "\n".join(f"Sentence {number} of many." for number in range(30)))
    assert go(runtime, narrate(longer, TONE, runtime.registry, folder, WAV)).kept == 4
    assert go(runtime, narrate(first, TONE, runtime.registry, folder, WAV)).made == 0
    assert go(runtime, narrate(longer, TONE, runtime.registry, folder, WAV)).kept == 4


def test_another_voice_raises_without_restart(runtime, tmp_path):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    before = outputs(folder)
    other = Speaker(engine="tone", seed=5, params=TONE.params)
    with pytest.raises(NarrationError, match="seed was 0 and is now 5; choose another folder, or use --restart"):
        go(runtime, narrate(book(), other, runtime.registry, folder, WAV))
    assert outputs(folder) == before
    report = go(runtime, narrate(book(), other, runtime.registry, folder, WAV), restart=True)
    assert (report.made, report.kept) == (8, 0)
    assert outputs(folder)["01 Chapter 1.wav"] != before["01 Chapter 1.wav"]
    named = read_book(TEXT.encode(), "another.txt")
    with pytest.raises(NarrationError, match="the narration of 'a book', not of 'another'"):
        go(runtime, narrate(named, other, runtime.registry, folder, WAV))


def test_other_output_settings_make_no_segments(runtime, tmp_path):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    flac = NarrateSettings(format="flac", sample_rate=48_000, subtitles=None, words=False)
    report = go(runtime, narrate(book(), TONE, runtime.registry, folder, flac))
    assert report.made == 0
    assert set(outputs(folder)) == {"01 Chapter 1.flac", "02 Chapter 2.flac"}
    with av.open(str(folder / "01 Chapter 1.flac")) as opened:
        stream = opened.streams.audio[0]
        assert stream.rate == 48_000
        assert opened.metadata["title"] == "Chapter 1"
        assert float(stream.duration * stream.time_base) == pytest.approx(report.chapters[0].duration_s, abs=0.001)


def test_unsuitable_folders_raise(runtime, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(NarrationError, match="is not empty and contains no narration"):
        go(runtime, narrate(book(), TONE, runtime.registry, tmp_path / "out", WAV))
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"notes.txt"}
    job = narrate(book(), TONE, runtime.registry, tmp_path / "busy", WAV)
    with NarrationRun(job, runtime), pytest.raises(NarrationError, match="in use by another run"):
        NarrationRun(job, runtime)
    with pytest.raises(NotADirectoryError, match="the narration folder is a file"):
        go(runtime, narrate(book(), TONE, runtime.registry, tmp_path / "out" / "notes.txt", WAV))


def test_only_some_chapters(runtime, tmp_path):
    folder = tmp_path / "out"
    settings = NarrateSettings(format="wav", m4b=True)
    report = go(runtime, narrate(book(), TONE, runtime.registry, folder, settings, only=[2]))
    assert (report.made, report.book_file) == (4, "")
    assert [name for name in outputs(folder) if name.endswith(".wav")] == ["02 Chapter 2.wav"]
    report = go(runtime, narrate(book(), TONE, runtime.registry, folder, settings))
    assert (report.made, report.kept, report.book_file) == (4, 4, "a book.m4b")
    with pytest.raises(ValueError, match="chapter 3 does not exist; the last one is 2"):
        narrate(book(), TONE, runtime.registry, folder, settings, only=[3])


def test_regenerated_segments_have_another_seed(runtime, tmp_path):
    folder = tmp_path / "out"
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    before = outputs(folder)
    for regeneration in (1, 2):
        report = go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV), regenerate=[2])
        assert (report.made, report.kept) == (1, 7)
        line = segments(folder)[1]
        assert (line["regeneration"], line["seed"]) == (regeneration, regeneration)
    np.testing.assert_array_equal(read_floats(folder / line["file"])[1], _tone("Hello there.", 2))
    after = outputs(folder)
    assert after["02 Chapter 2.wav"] == before["02 Chapter 2.wav"]
    assert after["01 Chapter 1.wav"] != before["01 Chapter 1.wav"]
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    assert outputs(folder) == after
    (folder / line["file"]).unlink()
    (folder / "01 Chapter 1.wav").unlink()
    go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    assert outputs(folder) == after, "a lost recording is made again with the same seed"


def _tone(text: str, seed: int) -> np.ndarray:
    from streaming_kit import TONE as ENGINE

    return ENGINE.expected(text, seed, 2, 3000)


def test_regenerating_without_a_seed_raises(runtime, tmp_path):
    folder = tmp_path / "out"
    job = narrate(book("Hello."), Speaker(engine="espeak"), runtime.registry, folder, WAV)
    with pytest.raises(ValueError, match="'espeak' is deterministic and has no seed: segment 1"):
        go(runtime, job, regenerate=[1])
    with pytest.raises(ValueError, match="segment 2 does not exist; the last one is 1"):
        go(runtime, job, regenerate=[2])


def test_an_engine_that_is_never_the_same_regenerates_without_a_seed(runtime, tmp_path):
    """The cache, whose keys have no seed for it, must not return the audio that is to be replaced."""
    folder = tmp_path / "dice"
    dice = narrate(book("Hello."), Speaker(engine="random"), runtime.registry, folder, WAV)
    made = []
    for numbers in ([], [], [1], [1]):
        report = go(runtime, dice, regenerate=numbers)
        assert report.cached == 0
        made.append((folder / report.chapters[0].files[0]).read_bytes())
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_a_failed_segment_is_a_reported_gap_until_it_succeeds(runtime, tmp_path):
    folder, fault_file = tmp_path / "out", tmp_path / "fault"
    fault_file.touch()
    faulty = Speaker(engine="tone", params={**TONE.params, "fault": "raise", "fault_file": str(fault_file)})
    options = StreamOptions(use_cache=False, on_failure="report")
    report = run_narration(narrate(book(), faulty, runtime.registry, folder, WAV), runtime, options)
    ((number, message),) = report.failed
    assert (number, report.chapters[0].failed) == (1, (1,))
    assert message
    report = run_narration(narrate(book(), faulty, runtime.registry, folder, WAV), runtime, options)
    assert (report.made, report.kept, report.failed) == (1, 7, ())
    quiet = tmp_path / "quiet"
    run_narration(narrate(book(), faulty, runtime.registry, quiet, WAV), runtime, options)
    assert outputs(folder) == outputs(quiet)
    fault_file.touch()
    with pytest.raises(SegmentError):
        go(runtime, narrate(book("Other words."), faulty, runtime.registry, tmp_path / "raises", WAV))


def test_an_audiobook_has_marks_tags_a_cover_and_its_loudness(runtime, tmp_path):
    folder = tmp_path / "out"
    pages = {"a.xhtml": "<h1>One</h1><p>Hello there. How are you?</p>", "b.xhtml": "<h1>Two</h1><p>Good morning.</p>"}
    manifest_items = (
        '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        '<item id="c" href="c.png" media-type="image/png" properties="cover-image"/>'
    )
    files = {"nav.xhtml": nav(("One", "a.xhtml"), ("Two", "b.xhtml")), "c.png": picture()}
    read = read_book(epub(pages, files, manifest=manifest_items), "b.epub")
    settings = NarrateSettings(format="m4a", m4b=True, loudness_lufs=-20.0, ceiling_dbtp=-3.0)
    report = go(runtime, narrate(read, Speaker(engine="espeak"), runtime.registry, folder, settings))
    assert report.book_file == "A Small Book.m4b"
    with av.open(str(folder / report.book_file)) as opened:
        assert (opened.metadata["title"], opened.metadata["artist"]) == ("A Small Book", "Ann Author")
        marks = [(one["metadata"]["title"], float(one["start"] * one["time_base"])) for one in opened.chapters()]
        assert marks == [("One", 0.0), ("Two", pytest.approx(report.chapters[0].duration_s, abs=0.001))]
        assert len(opened.streams.video) == 1
    for chapter in report.chapters:
        assert chapter.lufs is not None
        assert chapter.lufs + chapter.gain_db == pytest.approx(-20.0, abs=0.02)
    first = {**outputs(folder), "book": (folder / report.book_file).read_bytes()}
    again = tmp_path / "again"
    report = go(runtime, narrate(read, Speaker(engine="espeak"), runtime.registry, again, settings))
    assert {**outputs(again), "book": (again / report.book_file).read_bytes()} == first


def picture() -> bytes:
    """Return a small PNG, as FFmpeg writes it."""
    import io

    target = io.BytesIO()
    with av.open(target, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1, width=8, height=8, pix_fmt="rgb24")
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    assert target.getvalue().startswith(PNG[:8])
    return target.getvalue()


@pytest.mark.linux
def test_a_full_disk_raises_and_loses_nothing(runtime, tmp_path):
    folder = tmp_path / "out"
    job = narrate(book(), TONE, runtime.registry, folder, WAV)
    blocked = folder / "segments" / job.plan.identities[4][:2] / f"{job.plan.identities[4]}-0.wav"
    blocked.parent.mkdir(parents=True)
    blocked.symlink_to("/dev/full")
    (folder / "manifest.jsonl").touch()
    with pytest.raises(OSError, match="No space left") as caught:
        go(runtime, job)
    assert caught.value.filename == str(blocked)
    report = go(runtime, narrate(book(), TONE, runtime.registry, folder, WAV))
    assert (report.made, report.kept) == (4, 4)
    quiet = tmp_path / "quiet"
    go(runtime, narrate(book(), TONE, runtime.registry, quiet, WAV))
    assert outputs(folder) == outputs(quiet)


def test_verification_keeps_the_best_recording(runtime, tmp_path):
    """The test recognizer returns the level of the audio, which depends on the seed: so the text is right or wrong."""
    folder = tmp_path / "out"
    speaker = Speaker(engine="tone", params={"chunks": 1, "chunk_samples": 4})
    found = [(level, seed) for (level, seed) in _agreeing() if seed]
    assert found, "the engine never speaks the text correctly"
    level, seed = found[0]
    job = narrate(book(f"level{level}."), speaker, runtime.registry, folder, WAV)
    recognizer = Recognizer(engine="recognizer")
    with NarrationRun(job, runtime, NO_CACHE) as run:
        run.make(render=False)
        (checked,) = verify_narration(run, recognizer)
        assert checked.verification.rate > 0
        assert checked.verification.recognized == _heard(0, f"level{level}.")
        (checked,) = verify_narration(run, recognizer, regenerations=seed)
        assert (checked.verification.rate, checked.verification.recognized) == (0.0, f"level{level}")
        run.make()
    (line,) = segments(folder)
    assert (line["regeneration"], line["seed"], line["verification"]["rate"]) == (seed, seed, 0.0)


def _heard(seed: int, text: str) -> str:
    from streaming_kit import TONE as ENGINE

    resampler = Resampler(24000, 16000)
    samples = np.concatenate([resampler.process(ENGINE.expected(text, seed, 1, 4)), resampler.flush()])
    return f"level{round(100 * float(np.abs(samples).max()))}"


def _agreeing() -> list[tuple[int, int]]:
    """Return levels that a seed produces, with the first such seed."""
    found = []
    for level in range(5, 60):
        seeds = [seed for seed in range(8) if _heard(seed, f"level{level}.") == f"level{level}"]
        found += [(level, seeds[0])] if seeds else []
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows fewer characters in file names")
def test_titles_become_valid_file_names(runtime, tmp_path):
    folder = tmp_path / "out"
    text = f"Chapter 1: a/b\\c:d*?\n\nx.\n\nChapter 2\n\n{'y' * 78}\n\nz."
    go(runtime, narrate(book(text), TONE, runtime.registry, folder, WAV))
    names = sorted(name for name in outputs(folder) if name.endswith(".wav"))
    assert names[0] == "01 Chapter 1 a b c d.wav"
    assert all(len(name) < 100 for name in names)


def test_a_script_is_spoken_by_its_cast(runtime, tmp_path):
    """Voices, pauses and gains; word offsets in the text with its tags; a new voice replaces only its own segments."""
    folder = tmp_path / "out"
    text = "Chapter 1\n\n[Ann] Hello there. [pause:1s] How are you?\n\nBob: Fine, [thanks]."
    settings = NarrateSettings(format="wav", pauses=BookPauses(sentence_s=0.0, paragraph_s=0.0, chapter_s=0.0))

    def job(bobs_seed: int) -> NarrateJob:
        members = [
            CastSpeaker(name="Ann", seed=3, params=TONE.params, gain_db=-6.0),
            CastSpeaker(name="Bob", seed=bobs_seed, params=TONE.params),
        ]
        return narrate(book(text), TONE, runtime.registry, folder, settings, cast=Cast(members=tuple(members)))

    report = go(runtime, job(4))
    assert report.made == 4
    _, samples = read_wav(folder / "01 Chapter 1.wav")
    hello = _tone("Hello there.", 3) * np.float32(10 ** (-6 / 20))
    np.testing.assert_array_equal(samples[6000:12000], to_pcm(hello))
    assert not samples[12000:36000].any()
    np.testing.assert_array_equal(samples[42000:], to_pcm(_tone("Fine, [thanks].", 4)))
    words = json.loads((folder / "01 Chapter 1.words.json").read_text(encoding="utf-8"))
    for segment in words["segments"]:
        for word in segment["words"]:
            assert words["text"][word["source_start"] : word["source_end"]] == word["text"]
    with pytest.raises(NarrationError, match="a different cast"):
        go(runtime, job(5))
    report = go(runtime, job(5), restart=True)
    assert (report.made, report.kept) == (1, 3)
    with pytest.raises(ValueError, match=r"^chapter 1, 'Chapter 1': 3:\d+: "):
        narrate(book(text.replace("[Ann]", "[de:Anne]")), TONE, runtime.registry, folder, settings, cast=Cast())
    with pytest.raises(ValueError, match="the book contains only tags"):
        narrate(book("[pause:1s]"), TONE, runtime.registry, folder, settings, markup=True)
