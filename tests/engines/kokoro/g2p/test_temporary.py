"""Temporary folders: those of ended processes are removed, all others are kept."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from voxweft.engines.kokoro.g2p.temporary import STALE_AFTER_S, make_folder, remove_stale_folders


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def ended_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def age(folder: Path, age_s: float) -> None:
    os.utime(folder, (time.time() - age_s,) * 2)


def test_only_old_folders_of_ended_processes_are_removed(temporary: Path) -> None:
    own = make_folder()
    stale = temporary / own.name.replace(str(os.getpid()), str(ended_pid()))
    young = temporary / f"{stale.name}-young"
    other = temporary / "voxweft-g2p-notes"
    for folder in (stale, young, other):
        folder.mkdir()
        (folder / "libespeak-ng.so").write_bytes(b"a copy")
    for folder in (own, stale, other):
        age(folder, STALE_AFTER_S + 60)
    remove_stale_folders()
    expected = {young, other} if sys.platform == "win32" else {own, young, other}
    assert set(temporary.iterdir()) == expected


def test_a_missing_temporary_folder_is_no_error(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "gone"))
    remove_stale_folders()
