"""What uv installs, where it takes it from, and what it reports."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from wheelhouse import Wheelhouse, store, wheels

from voxweft.jobs.errors import NoSolutionError
from voxweft.jobs.install.installer_process import InstallRequest
from voxweft.jobs.install.uv_installer import _Lines, create, install, uv_version
from voxweft.utils.environments.installed import Installed
from voxweft.utils.environments.interpreter import choose
from voxweft.utils.environments.store import EnvironmentStore, base_of, module_path_of, overlay_of, python_of

__all__ = ["store", "wheels"]

PACKAGE = "voxweft-test-package"
NEEDED = "voxweft-test-needed"


def versions(build: Path) -> dict[str, str]:
    return Installed.of_paths(module_path_of(build)).versions()


@pytest.fixture
def build(store: EnvironmentStore, wheels: Wheelhouse) -> Path:
    """An empty virtual environment."""
    folder = store.new_build("speaker")
    create(choose(""), folder)
    return folder


def filled(build: Path, *requirements: str, constraints: tuple[str, ...] = ()) -> list[str]:
    messages: list[str] = []
    request = InstallRequest(requirements, constraints)
    install(["--python", str(python_of(build))], build, request, lambda message, _: messages.append(message))
    return messages


def test_an_environment_is_created_and_filled(wheels: Wheelhouse, build: Path) -> None:
    wheels.add(PACKAGE, "1.0", requires=[f"{NEEDED}>=1"])
    wheels.add(PACKAGE, "2.0", requires=[f"{NEEDED}>=1"])
    wheels.add(NEEDED, "1.5")
    wheels.add(NEEDED, "2.5")
    assert uv_version().split()[1][0].isdigit()
    assert versions(build) == {}
    assert Path(base_of(build)).samefile(choose("").executable)
    assert filled(build, PACKAGE, constraints=(f"{NEEDED}<2",))
    assert versions(build) == {PACKAGE: "2.0", NEEDED: "1.5"}
    code = "import sys, voxweft_test_package as p; print(p.__version__, sys.version.split()[0])"
    done = subprocess.run([python_of(build), "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2.0", choose("").version]


def test_a_folder_is_filled_for_a_python(wheels: Wheelhouse, store: EnvironmentStore) -> None:
    """Its packages don't count as installed, even in the right version."""
    wheels.add("pytest", "0.1", requires=[NEEDED])
    wheels.add(NEEDED)
    folder = store.new_build("speaker")
    overlay_of(folder).mkdir(parents=True)
    target = ["--python", sys.executable, "--target", str(overlay_of(folder))]
    install(target, folder, InstallRequest(("pytest",), excludes=(NEEDED,)), lambda _message, _fraction: None)
    assert versions(folder) == {"pytest": "0.1"}


def test_variables_that_select_another_target_are_ignored(
    wheels: Wheelhouse, store: EnvironmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels.add(PACKAGE, "1.0", requires=[NEEDED])
    wheels.add(NEEDED, "1.0")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("UV_PROJECT_ENVIRONMENT", "UV_PROJECT", "UV_WORKING_DIR", "PYTHONPATH"):
        monkeypatch.setenv(name, str(elsewhere))
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.setenv(name, sys.prefix)
    for name in ("UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("UV_PYTHON", sys.executable)
    folder = store.new_build("speaker")
    create(choose(""), folder)
    filled(folder, PACKAGE)
    assert versions(folder) == {PACKAGE: "1.0", NEEDED: "1.0"}
    assert list(elsewhere.iterdir()) == []


def test_conflicting_versions_raise(wheels: Wheelhouse, build: Path) -> None:
    wheels.add(PACKAGE, requires=[f"{NEEDED}>=2"])
    wheels.add(NEEDED, "1.0")
    with pytest.raises(NoSolutionError, match=r"(?s)no versions satisfy.*voxweft-test-needed"):
        filled(build, PACKAGE)
    assert versions(build) == {}


def test_the_configuration_of_a_parent_folder_is_ignored(
    wheels: Wheelhouse, build: Path, store: EnvironmentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels.add(PACKAGE)
    monkeypatch.delenv("UV_CONFIG_FILE")  # if set, uv reads only that file
    (store.home.parent / "uv.toml").write_text('required-version = "==0.0.1"\n', encoding="utf-8")
    filled(build, PACKAGE)
    assert versions(build) == {PACKAGE: "1.0"}


def test_the_progress_never_decreases() -> None:
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
    wheels: Wheelhouse, build: Path, store: EnvironmentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == store.home.parent.stat().st_dev:
        pytest.skip("there is only one file system")
    wheels.add(PACKAGE)
    monkeypatch.delenv("UV_CACHE_DIR")
    with tempfile.TemporaryDirectory(dir=other) as cache:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        filled(build, PACKAGE)
        assert not (Path(cache) / "uv" / "archive-v0").exists()
    (module,) = (path for folder in module_path_of(build) for path in Path(folder).glob("voxweft_test_package.py"))
    assert module.stat().st_nlink > 1
    assert (store.home / ".cache").is_dir()
