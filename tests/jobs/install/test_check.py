"""Checking environments: every kind of fault is found, and no others."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest
from wheelhouse import ENGINE, Wheelhouse, engine, ignore_progress, store, wheels

from voxweft.jobs.install.build import build
from voxweft.jobs.install.check import faults, requirements_of
from voxweft.utils.environments.store import EnvironmentStore, python_of
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, OwnEnvironment

__all__ = ["store", "wheels"]

PACKAGE = "voxweft-test-package"
OTHER = "voxweft-test-other"
SPEC = engine(PACKAGE)


@pytest.fixture
def site(wheels: Wheelhouse, store: EnvironmentStore) -> Path:
    """The site-packages folder of a built environment."""
    source = "# " + "x" * 500 + "\n"
    wheels.add(PACKAGE, requires=[OTHER], modules={"voxweft_test_package/__init__.py": source, "shared.py": "1\n"})
    wheels.add(OTHER, modules={"voxweft_test_other/a, b.txt": "a\n", "shared.py": "12\n"})
    build(SPEC, store, on_progress=ignore_progress)
    (folder,) = store.module_path(ENGINE)
    return Path(folder)


def unlink_first(file: Path, content: bytes) -> None:
    """Replace a file: writing to a hard link would change the other environments too."""
    file.unlink()
    file.write_bytes(content)


def test_a_new_environment_has_no_faults(site: Path, store: EnvironmentStore) -> None:
    # Compiled files, and a file that two packages share, are not damage.
    (site / "__pycache__").mkdir(exist_ok=True)
    (site / "__pycache__" / "shared.cpython-312.pyc").write_bytes(b"compiled")
    assert faults(store, SPEC) == []


def test_no_environment_is_a_fault(store: EnvironmentStore) -> None:
    assert faults(store, SPEC) == [f"engine '{ENGINE}' has no environment of its own"]


def test_a_missing_file_is_found(site: Path, store: EnvironmentStore) -> None:
    (site / "voxweft_test_package" / "__init__.py").unlink()
    assert faults(store, SPEC) == [f"{PACKAGE} 1.0 is damaged: voxweft_test_package/__init__.py is missing"]
    (site / "voxweft_test_other" / "a, b.txt").unlink()
    assert [fault.split()[0] for fault in faults(store, SPEC)] == [OTHER, PACKAGE]


def test_a_file_of_another_size_is_found(site: Path, store: EnvironmentStore) -> None:
    unlink_first(site / "voxweft_test_package" / "__init__.py", b"cut")
    (fault,) = faults(store, SPEC)
    assert "__init__.py has 3 bytes instead of 503" in fault


def test_a_shared_file_must_match_one_of_its_packages(site: Path, store: EnvironmentStore) -> None:
    for content, whole in ((b"1\n", True), (b"12\n", True), (b"123\n", False)):
        unlink_first(site / "shared.py", content)
        assert (faults(store, SPEC) == []) == whole


def test_several_files_of_a_package_are_one_fault(site: Path, store: EnvironmentStore) -> None:
    for name in ("METADATA", "WHEEL"):
        file = site / "voxweft_test_package-1.0.dist-info" / name
        unlink_first(file, file.read_bytes() + b"\n")
    (fault,) = faults(store, SPEC)
    assert fault.startswith(f"{PACKAGE} 1.0 is damaged: ")
    assert fault.endswith("and 1 more of its files")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xff", b"too,many,columns,here\n", b"a,sha256=0,many\n"])
def test_an_unreadable_file_list_is_found(site: Path, store: EnvironmentStore, content: bytes | None) -> None:
    record = site / "voxweft_test_package-1.0.dist-info" / "RECORD"
    record.unlink()
    if content is not None:
        record.write_bytes(content)
    # The shared file now counts as the other package's, and doesn't match its list.
    assert [fault for fault in faults(store, SPEC) if fault.startswith(f"the list of files of {PACKAGE} ")]


def test_missing_changed_and_new_packages_are_found(site: Path, store: EnvironmentStore) -> None:
    folder = site / "voxweft_test_other-1.0.dist-info"
    metadata = folder / "METADATA"
    original = metadata.read_text(encoding="utf-8")
    unlink_first(metadata, original.replace("Version: 1.0", "Version: 9.0").encode())
    assert f"{OTHER} is 9.0, but 1.0 was installed by the build" in faults(store, SPEC)
    unlink_first(metadata, original.encode())
    assert faults(store, SPEC) == []
    folder.rename(site / "aside")
    found = faults(store, SPEC)
    assert f"{OTHER} 1.0 is missing" in found
    assert f"{OTHER} is missing ({PACKAGE} 1.0 requires {OTHER})" in found
    (site / "aside").rename(folder)
    new = site / "newcomer-3.0.dist-info"
    new.mkdir()
    (new / "METADATA").write_text("Metadata-Version: 2.1\nName: newcomer\nVersion: 3.0\n\n", encoding="utf-8")
    (new / "RECORD").write_text("newcomer-3.0.dist-info/METADATA,sha256=x,\n", encoding="utf-8")
    assert faults(store, SPEC) == ["newcomer 3.0 was added after the build"]


def changed(spec: EngineSpec, **values: object) -> EngineSpec:
    return msgspec.structs.replace(spec, **values)


def test_changed_engine_requirements_are_found(site: Path, store: EnvironmentStore) -> None:
    again = f"`voxweft engines install {ENGINE}`"
    (fault,) = faults(store, changed(SPEC, environment=OwnEnvironment(constraints=("numpy<99",))))
    assert again in fault
    found = faults(store, changed(SPEC, requirements=(f"{PACKAGE}>=2",)))
    assert again in found[0]
    assert found[1] == f"the engine requires {PACKAGE}>=2, but {PACKAGE} 1.0 is installed"
    (fault,) = faults(store, changed(SPEC, python="<3"))
    assert fault.startswith("it requires Python <3")


def test_requirements_include_the_distributions() -> None:
    spec = changed(SPEC, distributions=("numpy", PACKAGE), environment=OwnEnvironment(requirements=("own==1",)))
    wanted = requirements_of(spec)
    assert {PACKAGE, "numpy", "own==1"} <= set(wanted)
    assert len(set(wanted)) == len(wanted)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_missing_python_is_found(site: Path, store: EnvironmentStore) -> None:
    folder = store.folder(ENGINE)
    assert folder is not None
    python = python_of(folder)
    target = python.readlink()
    python.unlink()
    python.symlink_to(target.parent / "there-is-no-python")
    (fault,) = faults(store, SPEC)
    assert "is missing" in fault
