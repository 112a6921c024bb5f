"""The Pythons of this machine, and the choice of one for an environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.version import Version

from voxweft.utils.environments import interpreter
from voxweft.utils.environments.interpreter import Interpreter, choose, find_all, host, modules_of
from voxweft.utils.environments.uv_program import uv_environment
from voxweft.utils.streaming.contract.errors import NoPythonError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="scripts with a first line, and links")
VERSION = ".".join(map(str, sys.version_info[:3]))
MINOR = ".".join(map(str, sys.version_info[:2]))


def make_venv(folder: Path, *options: str) -> str:
    """A virtual environment's executable."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, folder], check=True)
    return str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def script(path: Path, text: str) -> str:
    """Write a shell script with the name of a Python."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


Machine = Callable[..., None]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Replaces the Pythons of the machine, including the host's own."""

    def put(*versions: str, own: str = "3.11.4", complete: bool = True) -> None:
        found = [Interpreter(f"/pythons/{version}/bin/python3", version) for version in (own, *versions)]
        monkeypatch.setattr(interpreter, "host", lambda: found[0])
        monkeypatch.setattr(interpreter, "host_is_complete", lambda: complete)
        listed = sorted(found, key=lambda it: Version(it.version), reverse=True)
        monkeypatch.setattr(interpreter, "find_all", lambda request="": listed)

    return put


# The modules of a Python


def test_the_modules_of_a_virtual_environment(tmp_path: Path) -> None:
    found = modules_of(make_venv(tmp_path / "venv"))
    assert found.version == VERSION
    assert str(Path(os.__file__).parent) in found.path
    site_packages = [entry for entry in found.path if Path(entry).name == "site-packages"]
    assert [Path(entry).is_relative_to(tmp_path) for entry in site_packages] == [True]


def test_output_of_the_site_module_is_ignored(tmp_path: Path) -> None:
    executable = make_venv(tmp_path / "venv")
    site_packages = Path(next(entry for entry in modules_of(executable).path if entry.endswith("site-packages")))
    noise = "import sys; print('no line end', end=''); print('{', file=sys.stderr)"
    (site_packages / "noise.pth").write_text(noise + "\n", encoding="utf-8")
    assert modules_of(executable).version == VERSION


def test_the_working_directory_and_variables_have_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert str(tmp_path) not in modules_of(sys.executable).path


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NoPythonError, match="no such file"):
        modules_of(str(tmp_path / "python3"))
    with pytest.raises(NoPythonError, match="folder"):
        modules_of(str(tmp_path))


@POSIX
def test_a_broken_link(tmp_path: Path) -> None:
    link = tmp_path / "python3"
    link.symlink_to(tmp_path / "gone" / "python3.12")
    with pytest.raises(NoPythonError, match=r"link to .*gone/python3\.12, which doesn't exist"):
        modules_of(str(link))


def test_a_file_that_is_not_a_program(tmp_path: Path) -> None:
    file = tmp_path / "python3.exe"
    file.write_bytes(b"\x7fnothing that runs")
    file.chmod(0o755)
    with pytest.raises(NoPythonError, match="isn't a working Python"):
        modules_of(str(file))


@POSIX
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo 'pyenv: python3.12: command not found' >&2; exit 127", "code 127 .*command not found"),
        ("true", "no output"),
        ("echo '{}'", "code 0"),
        ("echo '[1, 2]'", "code 0"),
    ],
    ids=["shim", "silent", "empty", "wrong types"],
)
def test_a_program_with_a_wrong_answer(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(NoPythonError, match=f"isn't a working Python: .*{reason}"):
        modules_of(script(tmp_path / "python3", text))


@POSIX
def test_a_python_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "_LIMIT_S", 0.5)
    with pytest.raises(NoPythonError, match=r"no answer within 0\.5 s"):
        modules_of(script(tmp_path / "python3", "exec sleep 300"))


# Installations


def test_each_python_found_has_its_reported_version() -> None:
    found = find_all()
    assert found
    for it in found:
        command = [it.executable, "-I", "-c", "import sys; print(*sys.version_info[:3], sep='.')"]
        assert it.version.startswith(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    versions = [Version(it.version) for it in found]
    assert versions == sorted(versions, reverse=True)
    assert len({os.path.realpath(it.executable) for it in found}) == len(found)


def test_the_hosts_own_python_is_an_installation() -> None:
    command = [host().executable, "-I", "-c", "import sys; print(sys.prefix == sys.base_prefix, sys.base_prefix)"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(maxsplit=1)
    assert printed[0] == "True"
    assert Path(printed[1].strip()).samefile(sys.base_prefix)


@POSIX
def test_a_python_that_fails_does_not_stop_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3.12").symlink_to(shutil.which("false") or "false")
    script(tmp_path / "python3.10", "exit 127")
    (tmp_path / "python3.9").symlink_to(tmp_path / "gone")
    folder = Path(host().executable).parent
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), str(folder)]))
    found = find_all()
    assert [it for it in found if Path(it.executable).samefile(host().executable)]
    assert not [it for it in found if str(tmp_path) in it.executable]


@POSIX
def test_the_pythons_of_pyenv_are_found_without_its_shims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv stops at a shim of a version that isn't active."""
    shims = tmp_path / "shims"
    shims.mkdir()
    script(shims / f"python{MINOR}", "echo 'command not found' >&2; exit 127")
    for version in ("3.9.1", "mine", "3.13.0"):
        (tmp_path / "versions" / version / "bin").mkdir(parents=True)
    program = tmp_path / "versions" / "mine" / "bin" / f"python{MINOR}"
    program.symlink_to(host().executable)
    monkeypatch.setenv("PATH", os.pathsep.join([str(shims), "/nowhere"]))
    folders = uv_environment()["PATH"].split(os.pathsep)
    assert [Path(folder).parent.name for folder in folders[:3]] == ["3.13.0", "3.9.1", "mine"]
    assert folders[3:] == ["/nowhere"]
    assert [it.version for it in find_all() if it.executable == str(program)] == [VERSION]


# The choice of a Python


def test_the_hosts_own_python_is_chosen_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "find_all", lambda request="": pytest.fail("searched"))
    for python_range, wanted in [("", ""), (f"=={MINOR}.*", ""), ("", MINOR), ("", VERSION), ("", f">={MINOR}")]:
        assert choose(python_range, wanted) == host()


@pytest.mark.parametrize(
    ("python_range", "wanted", "expected"),
    [
        ("", "", "3.11.4"),
        (">=3.10,<3.13", "", "3.11.4"),
        (">=3.12", "", "3.13.0"),
        ("<3.11", "", "3.10.9"),
        (">=3.11.5,<3.12", "", "3.11.9"),
        ("!=3.11.4", "", "3.11.9"),
        ("", "3.11", "3.11.4"),
        ("", "3.12", "3.12.7"),
        ("", "3.12.1", "3.12.1"),
        ("", "3", "3.11.4"),
        ("", ">=3.12,<3.14", "3.13.0"),
        ("", " >=3.12 , <3.13 ", "3.12.7"),
        ("<3.13", ">=3.12", "3.12.7"),
        ("", "~=3.10.1", "3.10.9"),
        ("", "3.14", "3.14.0rc1"),
        ("", "3.14.0rc1", "3.14.0rc1"),
    ],
)
def test_ranges_and_versions(machine: Machine, python_range: str, wanted: str, expected: str) -> None:
    machine("3.14.0rc1", "3.13.0", "3.12.7", "3.12.1", "3.11.9", "3.10.9", "3.9.1")
    assert choose(python_range, wanted).version == expected


def test_a_python_of_the_same_minor_version_replaces_an_embeddable_host(machine: Machine) -> None:
    machine("3.13.1", "3.12.9", "3.11.3", own="3.12.4", complete=False)
    assert choose("").version == "3.12.9"


@pytest.mark.parametrize(
    ("python_range", "wanted", "expected"),
    [
        (">=3.12", "", "3.13"),
        (">=3.10,<3.13", "", "3.12"),
        ("==3.10.*", "", "3.10"),
        ("", "3.12", "3.12"),
        ("<3.13", ">=3.12", "3.12"),
        ("", "3.12.7", "3.12.7"),
        ("", "3.14", "3.14"),
    ],
)
def test_no_suitable_python_lists_those_found_and_how_to_install_one(
    machine: Machine, python_range: str, wanted: str, expected: str
) -> None:
    machine(own="3.9.4")
    with pytest.raises(NoPythonError) as caught:
        choose(python_range, wanted)
    text = str(caught.value)
    assert "3.9.4 at /pythons/3.9.4/bin/python3" in text
    assert text.endswith(f"{sys.executable} -m uv python install {expected}")


@pytest.mark.parametrize(
    ("python_range", "wanted"), [("<3.13", "3.13"), ("", "3.9"), ("", "<3.10"), (">=3.12", "<3.12")]
)
def test_a_request_that_cannot_be_met_names_no_command(machine: Machine, python_range: str, wanted: str) -> None:
    machine("3.13.0", "3.9.1")
    with pytest.raises(NoPythonError, match="Request another version") as caught:
        choose(python_range, wanted)
    assert f"requested: {wanted}" in str(caught.value)
    assert "install" not in str(caught.value)


def test_a_pre_release_is_chosen_only_on_request(machine: Machine) -> None:
    machine("3.14.0rc1", own="3.11.4")
    with pytest.raises(NoPythonError, match=r"3\.14\.0rc1 at"):
        choose(">=3.12")
    assert choose(">=3.12", "3.14").version == "3.14.0rc1"


@POSIX
def test_a_path_is_accepted_in_every_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = Path(make_venv(tmp_path / "venv"))
    monkeypatch.chdir(executable.parent)
    monkeypatch.setenv("HOME", str(tmp_path))
    relative = f"~/venv/{executable.parent.name}/{executable.name}"
    for spelling in (str(executable), f"./{executable.name}", executable.name, relative):
        found = choose("", spelling)
        assert (Path(found.executable).resolve(), found.version) == (executable.resolve(), VERSION)


@POSIX
def test_a_name_on_path_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = Path(make_venv(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(executable.parent))
    monkeypatch.chdir(tmp_path)
    assert Path(choose("", executable.name).executable).samefile(host().executable)


def test_a_named_python_outside_the_range_is_refused() -> None:
    with pytest.raises(NoPythonError, match=rf"the engine requires Python <{MINOR}, and this is {VERSION}"):
        choose(f"<{MINOR}", sys.executable)


@pytest.mark.parametrize("wanted", ["threepointtwelve", "3.12 please", "python3.12"])
def test_an_invalid_request_is_refused(wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPythonError, match=rf"'{wanted}' isn't a Python: give a version such as"):
        choose("", wanted)


def test_a_named_file_that_is_no_python_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(NoPythonError, match="no such file; name the executable of a Python"):
        choose("", str(tmp_path / "python3"))
    (tmp_path / "text").write_text("not a program", encoding="utf-8")
    with pytest.raises(NoPythonError, match="uv doesn't know it as a CPython"):
        choose("", str(tmp_path / "text"))
