"""The Pythons of this machine: their properties, and the choice of one for an environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from packaging.version import Version

from voxweft.utils.environments import interpreter
from voxweft.utils.environments.interpreter import Interpreter, choose, find_all, probe
from voxweft.utils.streaming.contract.errors import NoPythonError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="scripts with a first line, and links")
VERSION = ".".join(map(str, sys.version_info[:3]))
MINOR = ".".join(map(str, sys.version_info[:2]))
OTHER_MINORS = [minor for minor in ("3.10", "3.11", "3.12", "3.13") if minor != MINOR]


@pytest.fixture(scope="module")
def host() -> Interpreter:
    """The base installation of the Python of these tests."""
    return probe(probe(sys.executable).base)


def make_venv(folder: Path, *options: str) -> str:
    """A virtual environment's executable."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, folder], check=True)
    return str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))


def script(path: Path, text: str) -> str:
    """Write a shell script with the name of a Python."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def made(version: str, host: Interpreter, **changes) -> Interpreter:
    """Return a Python that isn't installed."""
    path = changes.pop("executable", f"/pythons/{version}/bin/python3")
    return msgspec.structs.replace(host, version=version, executable=path, base=path, **changes)


Machine = Callable[..., list[Interpreter]]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, host: Interpreter) -> Machine:
    """Replaces the Pythons of the machine, including the host's own."""

    def put(*versions: str, own: Interpreter | str = "3.11.4", more: tuple[Interpreter, ...] = ()) -> list[Interpreter]:
        own = made(own, host) if isinstance(own, str) else own
        found = [own, *(made(version, host) for version in versions), *more]
        found.sort(key=lambda it: Version(it.version), reverse=True)
        monkeypatch.setattr(interpreter, "_host", lambda: own)
        monkeypatch.setattr(interpreter, "find_all", lambda known=(): found)
        return found

    return put


# The properties of a Python


def test_the_running_python(host: Interpreter) -> None:
    found = probe(sys.executable)
    assert (found.version, found.implementation) == (VERSION, sys.implementation.name)
    assert found.bits == (64 if sys.maxsize > 2**32 else 32)
    assert found.machine
    assert not found.free_threaded
    assert Path(found.executable).samefile(sys.executable)
    assert set(found.module_path) >= {str(Path(os.__file__).parent), str(Path(pytest.__file__).parent.parent)}
    assert host.base == host.executable
    assert host.version == VERSION
    assert host.whole
    assert Path(host.base).parent.parent.resolve() == Path(sys.base_prefix).resolve() or sys.platform == "win32"


@pytest.mark.parametrize("options", [(), pytest.param(("--copies",), marks=POSIX)], ids=["usual", "copies"])
def test_a_virtual_environments_base_is_its_installation(tmp_path: Path, host: Interpreter, options: tuple) -> None:
    executable = make_venv(tmp_path / "my venv", *options)
    found = probe(executable)
    assert found.executable == executable
    assert Path(found.base).samefile(host.executable)
    assert found.whole
    site_packages = [entry for entry in found.module_path if Path(entry).name == "site-packages"]
    assert site_packages
    assert all(Path(entry).is_relative_to(tmp_path) for entry in site_packages)
    assert Path(choose("", executable).base).samefile(found.base)


def test_every_python_of_this_machine_knows_the_base_of_its_environments(tmp_path: Path) -> None:
    """Before 3.11 a virtual environment's Python doesn't know its base."""
    for number, installed in enumerate(it for it in find_all() if Version(it.version) >= Version("3.10") and it.whole):
        folder = tmp_path / str(number)
        # A copy can't be followed as a link can.
        subprocess.run([installed.executable, "-m", "venv", "--without-pip", "--copies", folder], check=True)
        found = probe(str(folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")))
        assert Path(found.base).samefile(installed.executable)
        assert found.version == installed.version


def test_output_of_the_site_module_is_ignored(tmp_path: Path) -> None:
    executable = make_venv(tmp_path / "venv")
    site_packages = Path(next(entry for entry in probe(executable).module_path if entry.endswith("site-packages")))
    noise = (
        "import atexit, sys; print('no line end', end=''); print('{', file=sys.stderr); atexit.register(print, 'bye')"
    )
    (site_packages / "noise.pth").write_text(noise + "\n", encoding="utf-8")
    found = probe(executable)
    assert found.version == VERSION


def test_the_working_directory_and_variables_have_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    assert str(tmp_path) not in probe(sys.executable).module_path


# Not a Python


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NoPythonError, match="no such file"):
        probe(str(tmp_path / "python3"))
    with pytest.raises(NoPythonError, match="folder"):
        probe(str(tmp_path))


@POSIX
def test_a_broken_link(tmp_path: Path) -> None:
    link = tmp_path / "python3"
    link.symlink_to(tmp_path / "gone" / "python3.12")
    with pytest.raises(NoPythonError, match=r"link to .*gone/python3\.12, which doesn't exist"):
        probe(str(link))


def test_a_file_that_is_not_a_program(tmp_path: Path) -> None:
    file = tmp_path / "python3.exe"
    file.write_bytes(b"\x7fnothing that runs")
    file.chmod(0o755)
    with pytest.raises(NoPythonError, match="isn't a working Python"):
        probe(str(file))


@POSIX
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo 'pyenv: python3.12: command not found' >&2; exit 127", "code 127 .*command not found"),
        ("true", "no output"),
        ("echo voxweft-interpreter", "code 0"),
        ("echo voxweft-interpreter; echo '{}'", "code 0"),
        ("echo voxweft-interpreter; echo '[1, 2]'", "code 0"),
        ('echo voxweft-interpreter; echo \'{"executable": 1, "base": 2}\'', "code 0"),
    ],
    ids=["shim", "silent", "cut off", "empty", "a list", "wrong types"],
)
def test_a_program_with_a_wrong_answer(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(NoPythonError, match=f"isn't a working Python: .*{reason}"):
        probe(script(tmp_path / "python3", text))


@POSIX
def test_a_python_that_hangs(tmp_path: Path) -> None:
    with pytest.raises(NoPythonError, match=r"no answer within 0\.5 s"):
        probe(script(tmp_path / "python3", "exec sleep 300"), limit_s=0.5)


# Installations


def test_each_python_found_has_its_reported_properties() -> None:
    found = find_all()
    assert found
    for it in found:
        command = [it.executable, "-I", "-c", "import sys; print(*sys.version_info[:3], sys.prefix == sys.base_prefix)"]
        *version, is_installation = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert it.version.startswith(".".join(version))
        assert is_installation == "True"
        assert it.base == it.executable
    versions = [Version(it.version) for it in found]
    assert versions == sorted(versions, reverse=True)
    assert len({os.path.realpath(it.base) for it in found}) == len(found)


def test_the_hosts_own_python_is_found(host: Interpreter) -> None:
    assert [it for it in find_all() if Path(it.base).samefile(host.base)]


def test_known_pythons_are_not_probed_again(monkeypatch: pytest.MonkeyPatch, host: Interpreter) -> None:
    probed: list[str] = []

    def noting(executable: str, limit_s: float) -> Interpreter:
        probed.append(executable)
        return probe(executable, limit_s)

    monkeypatch.setattr(interpreter, "probe", noting)
    known = msgspec.structs.replace(host, version="3.11.999")
    assert [it for it in find_all([known]) if Path(it.base).samefile(host.base)] == [known]
    assert not [executable for executable in probed if Path(executable).samefile(host.base)]


@POSIX
def test_a_python_that_fails_or_hangs_does_not_stop_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Interpreter
) -> None:
    monkeypatch.setattr(interpreter, "_SEARCH_LIMIT_S", 2.0)
    # Programs, since scripts are skipped by their first line.
    (tmp_path / "python3.12").symlink_to(shutil.which("false") or "false")
    script(tmp_path / "python3.10", "exit 127")
    (tmp_path / "python3.9").symlink_to(tmp_path / "gone")
    hanging = Path(make_venv(tmp_path / "venv", "--copies"))
    site_packages = next(entry for entry in probe(str(hanging)).module_path if entry.endswith("site-packages"))
    Path(site_packages, "hang.pth").write_text("import time; time.sleep(300)\n", encoding="utf-8")
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), str(hanging.parent)]))
    found = find_all()
    assert [it for it in found if Path(it.base).samefile(host.base)]
    assert not [it for it in found if str(tmp_path) in it.executable]


# The choice of a Python


def test_the_hosts_own_python_is_chosen_without_a_search(monkeypatch: pytest.MonkeyPatch, host: Interpreter) -> None:
    monkeypatch.setattr(interpreter, "find_all", lambda known=(): pytest.fail("searched"))
    for python_range, wanted in [("", ""), (f"=={MINOR}.*", ""), ("", MINOR), ("", VERSION), ("", f">={MINOR}")]:
        found = choose(python_range, wanted)
        assert found.executable == found.base == host.base


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
        ("", ">=3.12", "3.13.0"),
        ("", " >=3.12 , <3.13 ", "3.12.7"),
        ("<3.13", ">=3.12", "3.12.7"),
        ("", "~=3.10.1", "3.10.9"),
        ("", "3.14", "3.14.0rc1"),
        ("", "3.14.0rc1", "3.14.0rc1"),
        ("", ">=3.13", "3.13.0"),
    ],
)
def test_ranges_and_versions(machine: Machine, python_range: str, wanted: str, expected: str) -> None:
    machine("3.14.0rc1", "3.13.0", "3.12.7", "3.12.1", "3.11.9", "3.10.9", "3.9.1")
    assert choose(python_range, wanted).version == expected


def test_a_complete_python_of_the_same_minor_version_replaces_an_embeddable_host(
    machine: Machine, host: Interpreter
) -> None:
    embedded = made("3.12.4", host, whole=False)
    machine("3.13.1", "3.12.9", "3.12.4", "3.11.3", own=embedded, more=())
    found = choose("")
    assert (found.version, found.whole) == ("3.12.4", True)
    machine("3.13.1", "3.12.9", "3.11.3", own=embedded)
    assert choose("").version == "3.12.9"
    machine("3.13.1", "3.11.3", own=embedded)
    assert choose("").version == "3.13.1"


def test_a_python_of_the_hosts_architecture_takes_precedence(machine: Machine, host: Interpreter) -> None:
    other = made("3.13.0", host, machine="another")
    machine("3.12.1", own="3.11.4", more=(other,))
    assert choose(">=3.12").version == "3.12.1"
    assert choose(">=3.13") == other


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"whole": False}, "embeddable"),
        ({"implementation": "pypy"}, "pypy"),
        ({"bits": 16}, "16-bit"),
        ({"free_threaded": True}, "free-threaded"),
    ],
)
def test_an_unsuitable_python_is_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, host: Interpreter, changes: dict, why: str
) -> None:
    unusual = made("3.12.1", host, executable="/unusual/python3", **changes)
    machine(own="3.11.4", more=(unusual,))
    for python_range, wanted in [(">=3.12", ""), ("", "3.12")]:
        with pytest.raises(NoPythonError, match=rf"3\.12\.1 at /unusual/python3 \(.*{why}") as caught:
            choose(python_range, wanted)
        assert "3.11.4 at " in str(caught.value)
    monkeypatch.setattr(interpreter, "probe", lambda executable: unusual)
    with pytest.raises(NoPythonError, match=rf"unusual/python3' \(Python 3\.12\.1\) can't be used: .*{why}"):
        choose("", "/unusual/python3")


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


def test_a_host_that_cannot_be_probed_is_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: Interpreter
) -> None:
    monkeypatch.setattr(interpreter.sys, "executable", str(tmp_path / "comfyui.exe"))
    monkeypatch.setattr(interpreter, "find_all", lambda known=(): [*known, made("3.12.1", host)])
    assert choose("").version == "3.12.1"


def test_a_path_is_accepted_in_every_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Interpreter
) -> None:
    executable = Path(make_venv(tmp_path / "venv"))
    monkeypatch.chdir(executable.parent)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    relative = f"~/venv/{executable.parent.name}/{executable.name}"
    for spelling in (str(executable), f"./{executable.name}", executable.name, relative):
        assert Path(choose("", spelling).executable).samefile(host.executable)


def test_a_name_on_path_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Interpreter) -> None:
    executable = Path(make_venv(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(executable.parent))
    monkeypatch.chdir(tmp_path)
    assert probe(executable.name).executable == str(executable)
    assert Path(choose("", executable.name).executable).samefile(host.executable)


def test_a_named_python_outside_the_range_is_refused() -> None:
    with pytest.raises(NoPythonError, match=rf"the engine requires Python <{MINOR}, and this is {VERSION}"):
        choose(f"<{MINOR}", sys.executable)


@pytest.mark.parametrize("wanted", ["threepointtwelve", "3.12 please", "python3.12"])
def test_an_invalid_request_is_refused(wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPythonError, match=rf"'{wanted}' isn't a Python: give a version such as"):
        choose("", wanted)


def test_a_missing_named_python_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(NoPythonError, match="no such file; name the executable of a Python"):
        choose("", str(tmp_path / "python3"))
