"""Outputs that would replace each other or an input, by whatever name, and folders that can't be written to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from voxweft.utils import output_files
from voxweft.utils.output_files import check_outputs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.srt").write_text("text")
    (tmp_path / "link.srt").symlink_to("in.srt")
    os.link(tmp_path / "in.srt", tmp_path / "hard.srt")
    (tmp_path / "dangling.wav").symlink_to("new.wav")
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    (tmp_path / "sub").mkdir()
    (tmp_path / "other").symlink_to("sub")
    return tmp_path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.wav", "a.wav"),
        ("a.wav", "./sub/../a.wav"),
        ("a.wav", "{folder}/a.wav"),
        ("new.wav", "dangling.wav"),
        ("sub/a.wav", "other/a.wav"),
        ("in.srt", "link.srt"),
        ("in.srt", "hard.srt"),
    ],
)
def test_the_same_file(folder: Path, one: str, other: str) -> None:
    files = {"--output": Path(one), "--report": Path(other.format(folder=folder))}
    with pytest.raises(ValueError, match=f"--output and --report are the same file, '{one}'"):
        check_outputs(files, {})
    if one == "in.srt":
        with pytest.raises(ValueError, match=r"--report would replace the subtitles, 'in\.srt'"):
            check_outputs({"--report": files["--report"]}, {"the subtitles": Path(one)})
    assert not list(folder.glob("**/.*")), "nothing is left behind"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.wav", "b.wav"),
        ("a.wav", "sub/a.wav"),
        ("a.wav", "A.wav"),
        ("caf\u00e9", "cafe\u0301"),
        ("in.srt", "new.srt"),
    ],
)
def test_different_files(folder: Path, one: str, other: str) -> None:
    if one.casefold() == other.casefold() and (folder / "IN.SRT").exists():
        pytest.skip("a folder that doesn't tell upper from lower case")
    check_outputs({"--output": Path(one), "--report": Path(other)}, {"the text": Path("no such file")})


def test_a_folder_that_does_not_tell_upper_from_lower_case(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: exists(path.with_name(path.name.lower())))
    made = output_files._made
    monkeypatch.setattr(output_files, "_made", lambda path: made(path.with_name(path.name.lower())))
    with pytest.raises(ValueError, match="the same file"):
        check_outputs({"--output": Path("Take.wav"), "--report": Path("take.wav")}, {})
    check_outputs({"--output": Path("Take.wav"), "--report": Path("take2.wav")}, {})


def test_redirections_and_devices(folder: Path) -> None:
    check_outputs({"--output": Path(os.devnull), "--report": Path(os.devnull)}, {"the text": Path(os.devnull)})
    with (folder / "in.srt").open("r+") as file:
        with pytest.raises(ValueError, match=r"--output would replace the text, 'in\.srt'"):
            check_outputs({"--output": file.fileno()}, {"the text": Path("in.srt")})
        with pytest.raises(ValueError, match="--output would replace the text, a redirection"):
            check_outputs({"--output": Path("hard.srt")}, {"the text": file.fileno()})


@pytest.mark.parametrize(
    ("file", "error", "message"),
    [
        ("no/a.wav", FileNotFoundError, "no such directory: no"),
        ("sub", IsADirectoryError, "sub is a directory"),
        ("in.srt/a.wav", NotADirectoryError, "in.srt"),
        ("loop.wav", OSError, "loop.wav"),
        pytest.param("/proc/a.wav", OSError, "no file can be made there.*/proc", marks=pytest.mark.linux),
    ],
)
def test_what_can_not_be_made(folder: Path, file: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        check_outputs({"--output": Path(file)}, {})
