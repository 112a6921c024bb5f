"""The store of environments: valid ones, changes as readers see them, and removal."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wheelhouse import ENGINE

from voxweft.utils.environments.record import RECORD_SCHEMA, EnvironmentRecord
from voxweft.utils.environments.store import CURRENT, PINS, RECORD, EnvironmentStore, python_of
from voxweft.utils.streaming.contract.errors import EnvironmentBuildError

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
BASE = Path(getattr(sys, "_base_executable", sys.executable))


@pytest.fixture
def store(tmp_path: Path) -> EnvironmentStore:
    return EnvironmentStore(tmp_path / "environments")


def record(engine: str = ENGINE, **versions: str) -> EnvironmentRecord:
    return EnvironmentRecord(
        schema=RECORD_SCHEMA,
        engine=engine,
        python="3.12.1",
        base=str(BASE),
        installer="uv 0.9",
        built_at="2025-01-01T00:00:00+00:00",
        requirements=tuple(versions),
        constraints=(),
        extra=(),
        versions=versions or {"b": "2.0", "a": "1.0"},
    )


def made(store: EnvironmentStore, engine: str = ENGINE) -> Path:
    """Return an environment without packages that isn't published."""
    build = store.new_build(engine)
    (build / ("Lib" if sys.platform == "win32" else "lib/python3.12") / "site-packages").mkdir(parents=True)
    (build / "pyvenv.cfg").write_text(f"home = {BASE.parent}\nversion = 3.12.1\n", encoding="utf-8")
    python = python_of(build)
    python.parent.mkdir()
    if sys.platform == "win32":
        shutil.copyfile(sys.executable, python)
    else:
        python.symlink_to(BASE)
    return build


def published(store: EnvironmentStore, engine: str = ENGINE, **versions: str) -> Path:
    build = made(store, engine)
    store.publish(engine, build, record(engine, **versions))
    return build


@contextlib.contextmanager
def running(python: Path) -> Iterator[None]:
    """Start a process with this executable."""
    code = "print('up', flush=True); import sys; sys.stdin.read()"
    process = subprocess.Popen(
        [str(python), "-I", "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "up\n"
        yield
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def test_a_new_store_is_empty(store: EnvironmentStore) -> None:
    assert (store.record(ENGINE), store.folder(ENGINE), store.python(ENGINE)) == (None, None, None)
    assert (store.module_path(ENGINE), store.pins(ENGINE), store.engines()) == ((), (), [])
    assert not store.base_gone(ENGINE)
    assert not store.home.exists()


def test_a_published_build_is_found(store: EnvironmentStore) -> None:
    build = published(store)
    assert store.record(ENGINE) == record()
    assert store.folder(ENGINE) == build
    assert store.python(ENGINE) == python_of(build)
    assert [Path(path).name for path in store.module_path(ENGINE)] == ["site-packages"]
    assert store.pins(ENGINE) == ("a==1.0", "b==2.0")
    assert (build.parent / PINS).read_text(encoding="utf-8") == "a==1.0\nb==2.0\n"
    assert store.engines() == [ENGINE]
    assert not store.base_gone(ENGINE)
    # Another process reads the same.
    assert EnvironmentStore(store.home).record(ENGINE) == record()


def test_a_published_build_replaces_the_previous_one_for_every_reader(store: EnvironmentStore) -> None:
    reader = EnvironmentStore(store.home)
    first = published(store, a="1.0")
    assert reader.folder(ENGINE) == first
    second = made(store)
    assert (reader.folder(ENGINE), reader.engines()) == (first, [ENGINE])
    store.publish(ENGINE, second, record(a="2.0"))
    assert reader.folder(ENGINE) == second
    found = reader.record(ENGINE)
    assert found is not None
    assert found.versions == {"a": "2.0"}
    assert first.is_dir()  # a worker may still run from it


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"../..\n", b"b0000\n", b"b00000000\n", b".locks\n"])
def test_a_damaged_pointer_counts_as_no_environment(store: EnvironmentStore, content: bytes) -> None:
    build = published(store)
    (build.parent / CURRENT).write_bytes(content)
    assert (store.record(ENGINE), store.python(ENGINE), store.engines()) == (None, None, [])
    # The pins are still known, so the next build has the same versions.
    assert store.pins(ENGINE) == ("a==1.0", "b==2.0")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff",
        msgspec.json.encode(msgspec.structs.replace(record(), schema=RECORD_SCHEMA + 1)),
        msgspec.json.encode(record("another-engine")),
    ],
)
def test_a_damaged_record_counts_as_no_environment(store: EnvironmentStore, content: bytes) -> None:
    build = published(store)
    assert store.record(ENGINE) is not None
    (build / RECORD).write_bytes(content)
    assert (store.record(ENGINE), store.module_path(ENGINE)) == (None, ())


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".locks", "a/b", "a\\b", "a..b", "-x", "a b", "a:b", "é", "a\n", "nul."]
)
def test_a_name_that_is_not_a_folder_name_is_refused(store: EnvironmentStore, name: str) -> None:
    assert (store.record(name), store.python(name), store.pins(name)) == (None, None, ())
    for change in (store.lock, store.new_build, store.sweep, store.remove):
        with pytest.raises(EnvironmentBuildError, match="name"):
            change(name)
    assert not store.home.exists()


@given(st.text(max_size=12))
def test_no_name_leads_out_of_the_store(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    store = EnvironmentStore(tmp_path_factory.getbasetemp() / "names")
    try:
        build = store.new_build(name)
    except EnvironmentBuildError:
        return
    assert build.parent.parent == store.home
    assert build.resolve().is_relative_to(store.home.resolve())


def test_only_a_build_of_the_engine_can_be_published(store: EnvironmentStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="isn't a build"):
        store.publish(ENGINE, tmp_path, record())
    with pytest.raises(ValueError, match="isn't a build"):
        store.publish(ENGINE, made(store, "another"), record())


def test_a_sweep_keeps_the_current_build_and_foreign_files(store: EnvironmentStore) -> None:
    old, current, unfinished = published(store), published(store), made(store)
    foreign = current.parent / "voices"
    foreign.mkdir()
    store.sweep(ENGINE)
    assert [old.exists(), current.exists(), unfinished.exists(), foreign.exists()] == [False, True, False, True]
    assert store.record(ENGINE) == record()


def test_a_sweep_keeps_builds_that_a_process_runs_from(store: EnvironmentStore) -> None:
    old = published(store)
    with running(python_of(old)):
        current = published(store)
        store.sweep(ENGINE)
        assert old.is_dir()
    store.sweep(ENGINE)
    assert not old.exists()
    assert current.is_dir()


@needs_links
def test_a_process_is_found_by_any_path_to_its_executable(store: EnvironmentStore, tmp_path: Path) -> None:
    build = published(store)
    (tmp_path / "link").symlink_to(store.home)
    with running(tmp_path / "link" / ENGINE / build.name / "bin" / "python"):
        with pytest.raises(EnvironmentBuildError, match="is in use"):
            store.remove(ENGINE)
        assert store.folder(ENGINE) == build
    assert store.remove(ENGINE) > 0


def test_a_failed_build_is_discarded_but_never_the_current_one(store: EnvironmentStore) -> None:
    current, nothing = published(store), made(store)
    store.discard(ENGINE, nothing)
    store.discard(ENGINE, current)
    assert not nothing.exists()
    assert store.folder(ENGINE) == current


def test_removal_counts_files_without_other_hard_links(store: EnvironmentStore, tmp_path: Path) -> None:
    build = published(store)
    site = Path(store.module_path(ENGINE)[0])
    before = EnvironmentStore(store.home).remove
    (site / "own.bin").write_bytes(bytes(100_000))
    (tmp_path / "cached.bin").write_bytes(bytes(900_000))
    os.link(tmp_path / "cached.bin", site / "shared.bin")
    most = 900_000 if sys.platform == "win32" else 110_000  # on Windows an executable is a copy
    assert 100_000 < before(ENGINE) < most
    assert (tmp_path / "cached.bin").stat().st_size == 900_000
    assert not build.parent.exists()
    assert (store.record(ENGINE), store.pins(ENGINE)) == (None, ())
    with pytest.raises(EnvironmentBuildError, match="no environment"):
        store.remove(ENGINE)


def test_removal_keeps_foreign_files(store: EnvironmentStore) -> None:
    build = published(store)
    (build.parent / "voices").mkdir()
    (build.parent / "notes.txt").write_text("mine", encoding="utf-8")
    store.remove(ENGINE)
    assert {path.name for path in build.parent.iterdir()} == {"voices", "notes.txt"}
    with pytest.raises(EnvironmentBuildError, match="no environment"):
        store.remove(ENGINE)


def test_an_environment_in_progress_is_not_removed(store: EnvironmentStore) -> None:
    build = published(store)
    with store.lock(ENGINE), pytest.raises(EnvironmentBuildError, match="right now"):
        EnvironmentStore(store.home).remove(ENGINE)
    assert build.is_dir()


@needs_links
def test_a_missing_base_is_detected(store: EnvironmentStore, tmp_path: Path) -> None:
    build = published(store)
    python_of(build).unlink()
    python_of(build).symlink_to(tmp_path / "gone" / "python3")
    assert store.base_gone(ENGINE)
    assert store.python(ENGINE) == python_of(build)


@pytest.mark.parametrize("content", ["home = {}/gone\n", "version = 3.12.1\nhome={}/gone"])
def test_a_missing_home_is_detected(store: EnvironmentStore, tmp_path: Path, content: str) -> None:
    build = published(store)
    (build / "pyvenv.cfg").write_text(content.format(tmp_path), encoding="utf-8")
    assert store.base_gone(ENGINE)
    (build / "pyvenv.cfg").unlink()
    assert store.base_gone(ENGINE)
