"""Input that can be read only once: pipes of subtitles and of anything else."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from voxweft.cli.piped_file import is_piped, read_piped
from voxweft.cli.video import DubSource
from voxweft.media.subtitles import ReadOptions

SRT = "".join(
    f"{n}\n00:{n // 60:02d}:{n % 60:02d},000 --> 00:{n // 60:02d}:{n % 60:02d},900\nLine {n}.\n\n" for n in range(300)
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")


@pytest.fixture
def pipe(tmp_path: Path):
    """Return a function that makes a named pipe with a content, written in small pieces."""
    writers = []

    def make(data: bytes, name: str = "pipe") -> Path:
        path = tmp_path / name
        os.mkfifo(path)

        def write() -> None:
            with path.open("wb", buffering=0) as file:
                for at in range(0, len(data), 1000):
                    file.write(data[at : at + 1000])

        writers.append(threading.Thread(target=write))
        writers[-1].start()
        return path

    yield make
    for writer in writers:
        writer.join(10)


def source(path: Path) -> DubSource:
    return DubSource(path, "out.wav", None, "", ReadOptions())


def test_subtitles_are_read_whole(pipe):
    found = source(pipe(SRT.encode()))
    assert not found.is_video
    name, file = found.read(quiet=True)
    assert (name, len(file.cues), file.cues[0].text) == ("pipe", 300, "Line 0.")


def test_subtitles_of_a_video_come_from_a_pipe(pipe, tmp_path):
    film = tmp_path / "film.mkv"
    film.write_bytes(b"\0\1\2")
    found = DubSource(film, "out.mkv", pipe(SRT.encode(), "subs"), "", ReadOptions())
    assert (found.is_video, len(found.read(quiet=True)[1].cues)) == (True, 300)


def test_anything_else_is_kept_in_a_file(pipe):
    data = os.urandom(50_000) + b"\0"
    piped = read_piped(pipe(b"\0" + data))
    assert piped.data is None
    assert piped.path.read_bytes() == b"\0" + data


def test_two_pipes_are_refused(pipe):
    first, second = pipe(b"", "one"), pipe(b"", "two")
    with pytest.raises(ValueError, match="both"):
        DubSource(first, "out.mkv", second, "", ReadOptions())
    for path in (first, second):
        read_piped(path)


def test_text_is_not_a_video(pipe):
    with pytest.raises(ValueError, match="contains text"):
        DubSource(pipe(SRT.encode()), "out.wav", None, "de", ReadOptions())


def test_what_is_piped(tmp_path):
    file = tmp_path / "a.srt"
    file.write_text(SRT)
    assert is_piped(Path("-"))
    assert not any(map(is_piped, (file, tmp_path, tmp_path / "absent")))
