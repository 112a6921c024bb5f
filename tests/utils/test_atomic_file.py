from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from voxweft.utils.atomic_file import atomic_output


def test_the_file_appears_when_the_block_ends(tmp_path: Path):
    target = tmp_path / "out.wav"
    with atomic_output(target) as file:
        file.write(b"abc")
        assert not target.exists()
        (temporary,) = tmp_path.iterdir()
        assert temporary.name.startswith(".")
        file.seek(0)
        file.write(b"X")
    assert target.read_bytes() == b"Xbc"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_any_exception_leaves_the_older_file(tmp_path: Path, error):
    target = tmp_path / "out.wav"
    target.write_bytes(b"old")

    def interrupted():
        with atomic_output(target) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        interrupted()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(sys.platform == "win32", reason="signals and permission bits of POSIX")
def test_ctrl_c_leaves_no_half_file(tmp_path: Path):
    script = (
        "import sys, time\nfrom voxweft.utils.atomic_file import atomic_output\n"
        "with atomic_output(sys.argv[1]) as file:\n"
        "    file.write(b'half'); print('ready', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "out.wav")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert len(list(tmp_path.iterdir())) == 1
        child.send_signal(signal.SIGINT)
        assert child.wait(30) != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals and permission bits of POSIX")
def test_permissions(tmp_path: Path):
    target = tmp_path / "out.wav"
    before = os.umask(0o027)
    try:
        with atomic_output(target) as file:
            file.write(b"1")
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        with atomic_output(target) as file:
            file.write(b"2")
        assert stat.S_IMODE(target.stat().st_mode) == 0o604
    finally:
        os.umask(before)
    assert target.read_bytes() == b"2"


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="nowhere"), atomic_output(tmp_path / "nowhere" / "out.wav"):
        pass
    with pytest.raises(IsADirectoryError, match=tmp_path.name), atomic_output(tmp_path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="links and devices of POSIX")
def test_links_are_followed_and_devices_survive(tmp_path: Path):
    real = tmp_path / "real.wav"
    real.write_bytes(b"old")
    link = tmp_path / "link.wav"
    link.symlink_to(real)
    with atomic_output(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    with atomic_output("/dev/null") as file:
        file.write(b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_long_name_fits(tmp_path: Path):
    target = tmp_path / ("n" * 251 + ".wav")
    with atomic_output(target) as file:
        file.write(b"1")
    assert target.read_bytes() == b"1"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files have no paths here")
def test_a_pipe_without_a_path_is_written_to():
    # As /dev/stdout is, in `voxweft ... --report /dev/stdout | ...`.
    read_end, write_end = os.pipe()
    try:
        with atomic_output(Path(f"/proc/self/fd/{write_end}")) as file:
            file.write(b"report")
        assert os.read(read_end, 16) == b"report"
    finally:
        os.close(read_end)
        os.close(write_end)
