"""`voxweft narrate`: killed, interrupted, resumed, and called with invalid options."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from book_kit import archive
from fixtures_jobs import Command, all_gone, signal_group, wait_for, workers_of

TONE = ("-e", "tone", "-p", "chunks=2", "-p", "chunk_samples=3000", "-f", "flac")
TEXT = "".join(
    f"Chapter {n}\n\n" + "".join(f"Sentence {n}.{k}, and more. " for k in range(8)) + "\n\n" for n in (1, 2, 3)
)

unix_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals as a Unix shell sends them")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    return Command(tmp_path)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Command:
    folder = tmp_path_factory.mktemp("narrate")
    (folder / "book.txt").write_text(TEXT, encoding="utf-8")
    return Command(folder)


def outputs(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file() and file.name[0].isdigit()}


def finished(folder: Path) -> int:
    file = folder / "manifest.jsonl"
    return file.read_bytes().count(b'"kind":"segment"') if file.exists() else 0


@unix_signals
def test_resuming_after_a_kill_gives_the_same_bytes(command: Command) -> None:
    """`kill -9`, then without the cache and with a torn manifest; then Ctrl-C; then to the end."""
    slow = (*TONE, "-p", "delay_s=0.04")
    # Delays don't change the audio: the reference is made without them.
    quiet = command.fine_here("narrate", "book.txt", "-o", "quiet", *TONE, "--json", "--no-cache")
    assert json.loads(quiet.out)["made"] == 27
    out = command.folder / "out"
    with command.started("narrate", "book.txt", "-o", "out", *slow) as process:
        wait_for(process, lambda: finished(out) >= 11, "some segments are finished")
        workers = workers_of(process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        all_gone(workers)
    killed_at = finished(out)
    assert 11 <= killed_at < 27
    with (out / "manifest.jsonl").open("ab") as file:
        file.write(b'{"kind":"segment","identity":"torn')
    shutil.rmtree(command.cache)
    with command.started("narrate", "book.txt", "-o", "out") as process:
        wait_for(process, lambda: finished(out) >= killed_at + 3, "it resumes")
        workers = workers_of(process)
        signal_group(process, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        assert b"run the same command again to resume" in errors
        all_gone(workers)
    stopped_at = finished(out)
    done = json.loads(command.fine_here("narrate", "book.txt", "-o", "out", "--json", "--no-cache").out)
    assert (done["kept"], done["made"]) == (stopped_at, 27 - stopped_at)
    assert outputs(out) == outputs(command.folder / "quiet")
    assert len(outputs(out)) == 9
    assert not list(out.glob(".*.part"))


def test_list_chapters(warm: Command) -> None:
    done = warm.fine_here("narrate", "book.txt", "--list-chapters", "--json")
    listed = json.loads(done.out)
    assert [(one["number"], one["title"], one["place"]) for one in listed["chapters"]] == [
        (1, "Chapter 1", "line 1"),
        (2, "Chapter 2", "line 5"),
        (3, "Chapter 3", "line 9"),
    ]
    text = warm.fine_here("narrate", "book.txt", "--list-chapters", "--chapter-pattern", "^Chapter [23]").out
    assert "Opening" in text
    assert "Chapter 3" in text


def test_options_are_remembered(command: Command) -> None:
    done = command.here("narrate", "book.txt", "-o", "out", *TONE, "--only", "1-2", "--subtitles", "none")
    assert done.code == 0, done.err
    assert "2 chapters; 18 segments made" in done.err
    (command.folder / "out" / "01 Chapter 1.flac").unlink()
    done = command.here("narrate", "book.txt", "-o", "out", "--only", "1,2")
    assert "0 segments made (0 from the cache), 18 kept" in done.err
    assert set(outputs(command.folder / "out")) == {
        "01 Chapter 1.flac",
        "01 Chapter 1.words.json",
        "02 Chapter 2.flac",
        "02 Chapter 2.words.json",
    }
    done = command.here("narrate", "book.txt", "-o", "out", "--regenerate", "2-3", "--only", "1", "--json")
    assert json.loads(done.out)["made"] == 2
    done = command.here("narrate", "book.txt", "-o", "out", "-e", "tone", "--seed", "4")
    assert done.code == 2
    assert "use --restart to replace it" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("book.txt",), "no output folder; give one with -o"),
        (("nowhere.txt", "-o", "x"), "nowhere.txt: No such file"),
        (("book.txt", "-o", "x", "--only", "3-1"), "--only takes positive numbers and ranges, such as 12,40-44"),
        (("book.txt", "-o", "x", "--only", "9"), "chapter 9 does not exist; the last one is 3"),
        (("book.txt", "-o", "x", "--regenerate", "a"), "--regenerate takes positive numbers and ranges"),
        (("book.txt", "-o", "x", "--chapter-pattern", "("), "invalid chapter pattern '(': missing )"),
        (("book.txt", "-o", "x", "--loudness", "-99"), "the loudness must be between -40 and -5 LUFS"),
        (("book.txt", "-o", "x", "--chapter-pause", "-1"), "chapter_s must be between 0 and 600 seconds, not -1"),
        (("book.txt", "-o", "."), "the book, 'book.txt', is in the output folder '.'; move it"),
        (("book.txt", "-o", "x/..", "-v", "binary.txt"), "is in the output folder"),
        (("bad.epub", "-o", "x"), "bad.epub: not an EPUB"),
        (("container.epub", "-o", "x"), "container.epub: not an EPUB: META-INF/container.xml is missing"),
        (("binary.txt", "-o", "x"), "binary.txt, line 1: not a text file: it contains a NUL byte"),
        (("book.txt", "-o", "x", "-e", "absent"), "absent"),
    ],
)
def test_bad_input(warm: Command, arguments, message) -> None:
    (warm.folder / "bad.epub").write_bytes(b"no ZIP")
    (warm.folder / "container.epub").write_bytes(archive({"a": "b"}))
    (warm.folder / "binary.txt").write_bytes(b"\0\1\2" * 100)
    done = warm.here("narrate", *arguments)
    assert done.code == 2, done.err
    assert message in " ".join(done.err.split())
    assert not (warm.folder / "x").exists()


def test_verification_without_an_engine(warm: Command) -> None:
    done = warm.here("narrate", "book.txt", "-o", "checked", *TONE, "--verify", "--only", "1", VOXWEFT_ENGINES="")
    assert done.code == 2
    assert "tone" in done.err
