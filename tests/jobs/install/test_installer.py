"""The installers: requirements, environment variables, and errors. Both are tested where they behave differently."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from wheelhouse import Wheelhouse, store, wheels

from voxweft.jobs.errors import NoSolutionError
from voxweft.jobs.install.installer import Installer, InstallerName, InstallRequest, find_installer
from voxweft.jobs.install.installer_process import installer_environment, run_installer, write_requirement_files
from voxweft.jobs.install.pip_installer import PipInstaller
from voxweft.jobs.install.uv_installer import UvInstaller, _Lines, find_uv
from voxweft.utils.environments.installed import Installed
from voxweft.utils.environments.interpreter import Interpreter, choose
from voxweft.utils.environments.store import EnvironmentStore, module_path_of, python_of
from voxweft.utils.streaming.contract.errors import EnvironmentBuildError

__all__ = ["store", "wheels"]

BOTH = pytest.mark.parametrize("which", ["uv", "pip"])
PACKAGE = "voxweft-test-package"
NEEDED = "voxweft-test-needed"


@pytest.fixture(scope="module")
def python() -> Interpreter:
    return choose("")


def versions(build: Path) -> dict[str, str]:
    return Installed.of_paths(module_path_of(build)).versions()


def install(program: Installer, build: Path, *requirements: str, constraints: tuple[str, ...] = ()) -> list[str]:
    messages: list[str] = []
    program.install(
        python_of(build), InstallRequest(requirements, constraints), lambda message, _: messages.append(message)
    )
    return messages


@BOTH
def test_an_environment_is_created_and_filled(
    which: InstallerName, python: Interpreter, wheels: Wheelhouse, store: EnvironmentStore
) -> None:
    wheels.add(PACKAGE, "1.0", requires=[f"{NEEDED}>=1"])
    wheels.add(PACKAGE, "2.0", requires=[f"{NEEDED}>=1"])
    wheels.add(NEEDED, "1.5")
    wheels.add(NEEDED, "2.5")
    program = find_installer(which)
    assert program.name.split()[0] == which
    assert program.name.split()[1][0].isdigit()
    build = store.new_build("speaker")
    program.create(python, build)
    assert versions(build) == {}
    messages = install(program, build, PACKAGE, constraints=(f"{NEEDED}<2",))
    assert versions(build) == {PACKAGE: "2.0", NEEDED: "1.5"}
    assert messages
    code = "import sys, voxweft_test_package as p; print(p.__version__, sys.version.split()[0])"
    done = subprocess.run([python_of(build), "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2.0", python.version]


@BOTH
def test_variables_that_select_another_target_are_ignored(
    which: InstallerName,
    python: Interpreter,
    wheels: Wheelhouse,
    store: EnvironmentStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheels.add(PACKAGE, "1.0", requires=[NEEDED])
    wheels.add(NEEDED, "1.0")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "req.txt").write_text("voxweft-test-of-the-variable\n", encoding="utf-8")
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "UV_PROJECT_ENVIRONMENT", "UV_PROJECT", "UV_WORKING_DIR"):
        monkeypatch.setenv(name, str(elsewhere))
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.setenv(name, sys.prefix)
    for name in ("UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "PIP_USER", "PIP_DRY_RUN", "PIP_NO_DEPS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("UV_PYTHON", sys.executable)
    monkeypatch.setenv("PIP_PYTHON", sys.executable)
    monkeypatch.setenv("PIP_REQUIREMENT", str(elsewhere / "req.txt"))
    monkeypatch.setenv("PIP_REPORT", str(elsewhere / "report.json"))
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    program = find_installer(which)
    build = store.new_build("speaker")
    program.create(python, build)
    install(program, build, PACKAGE)
    assert versions(build) == {PACKAGE: "1.0", NEEDED: "1.0"}
    assert {path.name for path in elsewhere.iterdir()} == {"req.txt"}


def test_variables_for_indexes_and_proxies_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = {"HTTPS_PROXY": "http://proxy", "UV_INDEX": "https://mirror", "PIP_INDEX_URL": "https://mirror"}
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("pip_target" if sys.platform != "win32" else "PIP_TARGET", "elsewhere")
    found = installer_environment(tmp_path / "python")
    assert kept.items() <= found.items()
    assert "elsewhere" not in found.values()
    assert found["PIP_USER"] == "0"


@pytest.mark.parametrize(
    "line",
    [
        "--index-url=https://example.org",
        "-r other.txt",
        "-e .",
        "./folder",
        "a --hash=sha256:00",
        "a\n-r other.txt",
        "a @ https://example.org/a\n--index-url=https://example.org",
        "a @ https://example.org/a\u2028-rother.txt",
        "a @ https://example.org/a\r-rother.txt",
        "a @ https://example.org/a\\",
        "",
        "# nothing",
    ],
)
def test_a_line_that_could_be_an_option_raises(line: str, tmp_path: Path) -> None:
    for request in (InstallRequest(("b", line)), InstallRequest(("b",), (line,))):
        with pytest.raises(EnvironmentBuildError, match="is not a valid requirement"):
            write_requirement_files(request, tmp_path)


def test_requirements_are_written_to_files(tmp_path: Path) -> None:
    assert write_requirement_files(InstallRequest(("b>=1", "c[x] ; python_version>'3'")), tmp_path) == [
        "-r",
        "requirements.txt",
    ]
    lines = (tmp_path / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line.replace(" ", "") for line in lines] == ["b>=1", 'c[x];python_version>"3"']
    assert write_requirement_files(InstallRequest(("b",), ("b<2",)), tmp_path)[2:] == ["-c", "constraints.txt"]


@BOTH
def test_conflicting_versions_raise(
    which: InstallerName, python: Interpreter, wheels: Wheelhouse, store: EnvironmentStore
) -> None:
    wheels.add(PACKAGE, requires=[f"{NEEDED}>=2"])
    wheels.add(NEEDED, "1.0")
    build = store.new_build("speaker")
    program = find_installer(which)
    program.create(python, build)
    with pytest.raises(NoSolutionError, match=r"(?s)no versions satisfy.*voxweft-test-needed"):
        install(program, build, PACKAGE)
    assert versions(build) == {}


def test_the_configuration_of_a_parent_folder_is_ignored(
    python: Interpreter, wheels: Wheelhouse, store: EnvironmentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels.add(PACKAGE)
    monkeypatch.delenv("UV_CONFIG_FILE")  # if set, uv reads only that file
    (store.home.parent / "uv.toml").write_text('required-version = "==0.0.1"\n', encoding="utf-8")
    program = find_installer("uv")
    build = store.new_build("speaker")
    program.create(python, build)
    install(program, build, PACKAGE)
    assert versions(build) == {PACKAGE: "1.0"}


def test_pip_works_without_the_hosts_pip(python: Interpreter, wheels: Wheelhouse, store: EnvironmentStore) -> None:
    wheels.add(PACKAGE)
    program = PipInstaller()
    program._host_pip = ""
    build = store.new_build("speaker")
    program.create(python, build)
    install(program, build, PACKAGE)
    assert versions(build)[PACKAGE] == "1.0"
    assert "pip" in versions(build)


def test_pip_does_not_support_torch_backends(tmp_path: Path) -> None:
    request = InstallRequest((PACKAGE,), torch_backend="cpu")
    with pytest.raises(EnvironmentBuildError, match="install the package uv"):
        PipInstaller().install(tmp_path / "bin" / "python", request, lambda _message, _fraction: None)


def test_uv_is_preferred_and_only_required_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import uv

    found = find_uv()
    assert isinstance(find_installer(), UvInstaller)
    assert found is not None
    # The version of another uv is read from its output.
    assert UvInstaller(uv.find_uv_bin()).name == found.name
    assert isinstance(find_installer("pip"), PipInstaller)

    def none() -> str:
        raise FileNotFoundError("no uv")

    monkeypatch.setattr(uv, "find_uv_bin", none)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_uv() is None
    assert isinstance(find_installer(), PipInstaller)
    with pytest.raises(EnvironmentBuildError, match="uv isn't installed"):
        find_installer("uv")


def test_a_missing_program_raises(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentBuildError, match="can't be run"):
        run_installer([str(tmp_path / "uv")], environment={}, folder=tmp_path)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("error: failed to write: No space left on device (os error 28)", "no space left on the disk"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free some space"),
        ("error: Failed to fetch\\n  Caused by: dns error: failed to lookup address", "connect this machine"),
        ("WARNING: NewConnectionError('Failed to establish a new connection: [Errno 111]')", "connect this machine"),
        ("something else", r"failed \(code 3\)"),
    ],
)
def test_a_failure_has_a_reason_before_the_installers_output(output: str, message: str, tmp_path: Path) -> None:
    # The cause may be far from the end of the output.
    code = f"import sys; print({output!r}); print('x' * 20 + chr(10), end='') ; print('the end'); sys.exit(3)"
    with pytest.raises(EnvironmentBuildError, match=f"(?s){message}.*the end") as caught:
        run_installer([sys.executable, "-I", "-c", code], environment=dict(os.environ), folder=tmp_path)
    assert not isinstance(caught.value, NoSolutionError)


def test_the_reason_is_found_in_output_that_is_cut(tmp_path: Path) -> None:
    code = "import sys; print('No solution found'); print('because x\\n' * 9000); sys.exit(1)"
    with pytest.raises(NoSolutionError):
        run_installer([sys.executable, "-I", "-c", code], environment=dict(os.environ), folder=tmp_path)


def test_the_progress_of_uv_never_decreases() -> None:
    shown: list[tuple[str, float | None]] = []
    lines = _Lines(lambda message, fraction: shown.append((message, fraction)))
    for line in (
        "Using Python 3.11.7 environment at: .",
        "Resolved 12 packages in 4.71s",
        "Downloading one (1.0MiB)",
        "Downloading two (512.0KiB)",
        " Downloaded two",
        "Downloading three (1.5MiB)",
        "   Building four==1.0",
        " Downloaded three",
        " Downloaded one",
        "Prepared 12 packages in 3ms",
        "Installed 12 packages in 3ms",
        " + one==1.0",
    ):
        lines.feed(line)
    assert shown[0] == ("resolved 12 packages", None)
    fractions = [fraction for _, fraction in shown[1:]]
    assert fractions == pytest.approx([0, 0, 1 / 3, 1 / 3, 1 / 3, 2 / 3, 1, 1, 1])
    assert shown[-1][0] == "installed 12 packages"


@pytest.mark.linux
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for a second file system")
def test_a_cache_on_another_file_system_is_not_used(
    python: Interpreter,
    wheels: Wheelhouse,
    store: EnvironmentStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == store.home.parent.stat().st_dev:
        pytest.skip("there is only one file system")
    wheels.add(PACKAGE)
    monkeypatch.delenv("UV_CACHE_DIR")
    with tempfile.TemporaryDirectory(dir=other) as cache:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        program = find_installer("uv")
        build = store.new_build("speaker")
        program.create(python, build)
        install(program, build, PACKAGE)
        assert not (Path(cache) / "uv" / "archive-v0").exists()
    (module,) = (path for folder in module_path_of(build) for path in Path(folder).glob("voxweft_test_package.py"))
    assert module.stat().st_nlink > 1
    assert (store.home / ".cache").is_dir()
