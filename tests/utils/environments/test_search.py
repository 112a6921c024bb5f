"""The search for Pythons: names on PATH and in managers' folders, without running them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from findpython import providers

from voxweft.utils.environments import search
from voxweft.utils.environments.search import candidates

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, and names without a suffix")


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs; no other folder is searched."""
    for name in ("PYENV_ROOT", "ASDF_DATA_DIR", "RYE_PY_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    monkeypatch.setenv("PATH", str(bin_folder))
    return tmp_path


def program(path: Path, content: bytes = b"\x7fELF") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return str(path)


def others() -> list[str]:
    """Return the results other than the Python of these tests."""
    return [path for path in candidates() if os.path.realpath(path) != os.path.realpath(sys.executable)]


def test_the_running_python_is_always_found() -> None:
    assert sys.executable in candidates()


def test_names_on_path(places: Path) -> None:
    expected = {program(places / "bin" / name, name.encode()) for name in ("python3.12", "python3", "pypy3.10")}
    for name in ("python3-config.txt", "pip", "pythonic"):
        program(places / "bin" / name)
    (places / "bin" / "python3.9").symlink_to(places / "gone")
    (places / "bin" / "python3.8").mkdir()
    assert set(others()) == expected


def test_scripts_are_skipped(places: Path) -> None:
    program(places / "bin" / "python3", f"#!/bin/sh\ntouch {places}/ran".encode())
    assert others() == []
    assert not (places / "ran").exists()


def test_a_file_is_listed_once_by_its_most_stable_name(places: Path) -> None:
    real = program(places / "opt" / "python" / "bin" / "python3.12")
    for name in ("python", "python3"):
        (places / "bin" / name).symlink_to(real)
    (places / "bin" / "python3.12").symlink_to(real)
    assert others() == [str(places / "bin" / "python3.12")]


def test_hard_links_in_one_folder_are_one_python_and_in_two_folders_two(places: Path) -> None:
    first = program(places / "bin" / "python3.7")
    os.link(first, places / "bin" / "python3.7m")
    environment = places / "nowhere" / "versions" / "copy" / "bin" / "python3.7"
    environment.parent.mkdir(parents=True)
    os.link(first, environment)
    assert sorted(others()) == sorted([first, str(environment)])


def test_virtual_environments_come_last(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_venv = program(places / "venv" / "bin" / "python3", b"one")
    (places / "venv" / "pyvenv.cfg").touch()
    installed = program(places / "bin" / "python3", b"two")
    monkeypatch.setenv("PATH", os.pathsep.join([str(places / "venv" / "bin"), str(places / "bin")]))
    assert others() == [installed, in_venv]


def test_managers_installations(places: Path) -> None:
    pyenv = program(places / "nowhere" / "versions" / "3.12.1" / "bin" / "python3.12", b"pyenv's")
    assert others() == [pyenv]


def test_pythons_of_uv(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = places / "uv's"
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(folder))
    # uv itself reports its folder, whatever findpython knows.
    monkeypatch.setattr(providers, "ALL_PROVIDERS", {"path": providers.ALL_PROVIDERS["path"]})
    mine = program(folder / "cpython-3.12.5-linux-x86_64-gnu" / "bin" / "python3", b"uv's")
    (folder / ".temp").mkdir()
    (folder / ".lock").touch()
    assert others() == [mine]


def test_without_uv_the_others_are_found(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError("uv")

    monkeypatch.setattr(search.uv, "find_uv_bin", gone)
    found = program(places / "bin" / "python3")
    assert others() == [found]
    monkeypatch.setattr(search.uv, "find_uv_bin", lambda: shutil.which("false", path="/bin:/usr/bin"))
    assert others() == [found]


def test_a_broken_manager_does_not_stop_the_search(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @classmethod
        def create(cls) -> Broken:
            return cls()

        def find_pythons(self):
            raise subprocess.CalledProcessError(1, "manager")

    monkeypatch.setattr(providers, "ALL_PROVIDERS", {"broken": Broken, **providers.ALL_PROVIDERS})
    found = program(places / "bin" / "python3")
    assert others() == [found]
