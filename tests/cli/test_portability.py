"""Portability to Windows: paths, encodings, and commands for every shell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest
from fixtures_jobs import Command, read_wav
from paths import ROOT

from voxweft.cli import options, transcribe
from voxweft.cli.output import audio_format

TONE = ("-e", "tone", "-p", "chunks=1", "-p", "chunk_samples=100")
# Python as Windows starts it in a pipe: a code page instead of UTF-8.
NOT_UTF_8 = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_suffixes_of_windows_paths() -> None:
    """A drive letter, backslashes and a dot in a folder's name don't matter."""
    assert audio_format(r"C:\audio\My.Speech\out.MP3", None) == "mp3"
    assert audio_format(r"..\out.flac", "flac") == "flac"
    assert options.subtitle_format(PureWindowsPath(r"D:\films.old\dub.VTT")) == "vtt"
    with pytest.raises(ValueError, match="unknown suffix of the subtitle file"):
        options.subtitle_format(PureWindowsPath(r"D:\films.srt\dub"))
    assert transcribe.output_format(r"C:\talks.2026\talk.Srt", None) == "srt"


def test_names_with_spaces_and_other_scripts(command: Command) -> None:
    folder = command.folder / "Grüße 声 & co"
    folder.mkdir()
    (folder / "Text – 1.txt").write_bytes("\ufeffHello there.\r\nHow are you?\r\n".encode())
    output = f"{folder.name}{os.sep}out file.wav"
    done = command.fine_here("say", "--file", f"{folder.name}{os.sep}Text – 1.txt", "-o", output, *TONE)
    assert done.err.startswith(f"{output}: ")
    assert read_wav(folder / "out file.wav")[1].size


def test_line_ends_of_windows(command: Command) -> None:
    """A script, a lexicon and subtitles with CRLF give the same segments as with LF."""
    texts = {}
    for name, end in (("unix", "\n"), ("windows", "\r\n")):
        script = end.join(("Ann: Good morning.", "", "[Bob] And you? [pause:1s] Fine.", ""))
        cast = end.join(("members:", "  Ann: {seed: 1}", "  Bob: {seed: 2}", ""))
        (command.folder / f"{name}.txt").write_bytes(script.encode())
        (command.folder / f"{name}.yaml").write_bytes(cast.encode())
        (command.folder / f"{name}.lex").write_bytes(f"morning = evening{end}".encode())
        files = ("--file", f"{name}.txt", "--cast", f"{name}.yaml", "--lexicon", f"{name}.lex")
        report = json.loads(command.fine_here("say", *files, "-o", f"{name}.wav", "--json", "-e", "tone").out)
        texts[name] = [(piece["speaker"], piece["text"], piece["start_s"]) for piece in report["segments"]]
    assert texts["windows"] == texts["unix"]
    assert texts["unix"][0][:2] == ("Ann", "Good evening.")


def test_output_in_a_pipe_is_utf_8(command: Command) -> None:
    """Whatever the system's encoding is: JSON on stdout, notes and file names on stderr, text in the arguments."""
    done = command("say", "Grüße, 世界!", "-o", "ü.wav", "--json", *TONE, **NOT_UTF_8)
    assert (done.code, done.err) == (0, "")
    (piece,) = json.loads(done.out)["segments"]
    assert piece["text"] == "Grüße, 世界!"
    done = command("voices", "-e", "espeak", "-l", "世", **NOT_UTF_8)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: engine 'espeak' has no voice for ")


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_a_terminal_keeps_its_encoding(command: Command) -> None:
    """A character that it can't show is replaced, and the command succeeds."""
    import pty

    leader, follower = pty.openpty()
    (command.folder / "cast.yaml").write_text("members:\n  世: {seed: 1}\n", encoding="utf-8")
    arguments = ("say", "世: Hello.", "--cast", "cast.yaml", "-o", "x.wav", "--json", *TONE)
    process = subprocess.Popen(
        [sys.executable, "-m", "voxweft", *arguments],
        cwd=command.folder,
        env=command.environment | NOT_UTF_8,
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    try:
        while data := os.read(leader, 65536):
            shown += data
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    assert process.wait(30) == 0, shown
    assert b'"speaker": "?"' in shown


def test_printed_commands_work_in_every_shell() -> None:
    """No fix needs a POSIX shell: no `VARIABLE=value command`, `export`, `&&` or `$VARIABLE`."""
    posix = re.compile(r"\bexport [A-Z]|&&|\$\(|\$[A-Z{]|\bVOXWEFT_[A-Z_]+=\S+ (voxweft|python|pip)")
    found = []
    for file in (ROOT / "cli").rglob("*.py"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if posix.search(line):
                found.append(f"{file.name}:{number}: {line.strip()}")
    assert found == []
