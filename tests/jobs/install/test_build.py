"""Environments from nothing to ready: what is built, what is kept, and that whatever goes wrong leaves nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from paths import SUPPORT
from streaming_kit import child_pids, eventually, speak
from wheelhouse import ENGINE, Wheelhouse, contents, engine, installers_cache, real_wheels, say_nothing, store, wheels

from voxweft.jobs.install.build import Built, build
from voxweft.jobs.install.check import faults
from voxweft.jobs.install.installer import InstallerName
from voxweft.utils.streaming.contract.errors import EnvironmentBuildError, NoPythonError
from voxweft.utils.environments.interpreter import choose
from voxweft.utils.environments.store import PINS, EnvironmentStore, python_of
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.worker.blobs import BlobStore
from voxweft.utils.streaming.worker.worker import Worker

__all__ = ["installers_cache", "real_wheels", "store", "wheels"]

BOTH = pytest.mark.parametrize("which", ["uv", "pip"])
PACKAGE = "voxweft-test-package"
NEEDED = "voxweft-test-needed"
LIMIT_S = 30


@pytest.fixture
def package(wheels: Wheelhouse) -> Wheelhouse:
    """Wheels of a package and of what it needs."""
    wheels.add(PACKAGE, "1.0", requires=[NEEDED])
    wheels.add(NEEDED, "1.0")
    return wheels


def made(store: EnvironmentStore, spec: EngineSpec | None = None, **wishes: object) -> Built:
    return build(spec or engine(PACKAGE), store, **({"on_progress": say_nothing} | wishes))  # type: ignore[arg-type]


def version(built: Built, name: str) -> str:
    return built.record.versions[name]


@BOTH
def test_an_environment_is_built_once(which: InstallerName, package: Wheelhouse, store: EnvironmentStore) -> None:
    built = made(store, installer=which)
    assert (built.previous, built.changed) == (None, True)
    assert built.record == store.record(ENGINE)
    assert built.record.installer.startswith(which)
    assert built.record.python == sys.version.split()[0]
    assert {PACKAGE, NEEDED, "numpy", "msgspec"} <= built.record.versions.keys()
    folder = store.folder(ENGINE)
    assert folder is not None
    before = contents(folder)
    again = made(store, installer=which)
    assert again == (built.record, built.record, False)
    assert (store.folder(ENGINE), contents(folder)) == (folder, before)
    assert faults(store, engine(PACKAGE), thorough=True) == []


@BOTH
def test_versions_come_back_until_an_update(which: InstallerName, package: Wheelhouse, store: EnvironmentStore) -> None:
    first = made(store, installer=which)
    assert f"{NEEDED}==1.0" in store.pins(ENGINE)
    package.add(NEEDED, "2.0")
    package.add("voxweft-test-extra", requires=[NEEDED])
    more = made(store, engine(PACKAGE, own=["voxweft-test-extra"]), installer=which)
    assert (more.changed, more.previous) == (True, first.record)
    assert version(more, NEEDED) == "1.0"
    assert version(more, "voxweft-test-extra") == "1.0"
    updated = made(store, engine(PACKAGE, own=["voxweft-test-extra"]), installer=which, update=True)
    assert (updated.changed, version(updated, NEEDED)) == (True, "2.0")
    assert f"{NEEDED}==2.0" in (store.home / ENGINE / PINS).read_text(encoding="utf-8").split()
    # Only the current build is left.
    assert [path for path in (store.home / ENGINE).iterdir() if path.is_dir()] == [store.folder(ENGINE)]


def test_versions_come_back_though_the_environment_is_lost(package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    folder = store.folder(ENGINE)
    assert folder is not None
    shutil.rmtree(folder)
    assert store.record(ENGINE) is None
    built = made(store)
    assert (built.changed, built.previous, version(built, NEEDED)) == (True, None, "1.0")


def test_versions_that_cannot_be_had_any_more_are_left_and_that_is_said(
    package: Wheelhouse, store: EnvironmentStore
) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    said: list[str] = []
    spec = engine(PACKAGE, own=[f"{NEEDED}>=2"])
    built = made(store, spec, on_progress=lambda message, _: said.append(message))
    assert version(built, NEEDED) == "2.0"
    assert [message for message in said if "versions of the last build" in message]


def test_what_a_user_adds_stays_until_something_else_is_added(package: Wheelhouse, store: EnvironmentStore) -> None:
    package.add("voxweft-test-extra")
    package.add("voxweft-test-more")
    built = made(store, extra=["voxweft-test-extra"])
    assert "voxweft-test-extra" in built.record.versions
    assert not made(store).changed
    updated = made(store, update=True)
    assert updated.record.extra == ("voxweft-test-extra",)
    assert "voxweft-test-extra" in updated.record.versions
    other = made(store, extra=["voxweft-test-more"])
    assert other.changed
    assert "voxweft-test-more" in other.record.versions
    assert "voxweft-test-extra" not in other.record.versions


def test_constraints_bind_what_comes_along(package: Wheelhouse, store: EnvironmentStore) -> None:
    package.add(NEEDED, "2.0")
    assert version(made(store, engine(PACKAGE, constraints=[f"{NEEDED}<2"])), NEEDED) == "1.0"


def test_what_is_recommended_and_cannot_be_had_is_left_out(package: Wheelhouse, store: EnvironmentStore) -> None:
    package.add("voxweft-test-nice")
    package.add("voxweft-test-clashing", requires=[f"{NEEDED}>=5"])
    package.add(NEEDED, "5.0")
    recommended = ["voxweft-test-none>=1", "voxweft-test-nice", "voxweft-test-clashing"]
    spec = engine(PACKAGE, own=[f"{NEEDED}<2"], recommended=recommended)
    built = made(store, spec)
    assert built.record.left_out == ("voxweft-test-none", "voxweft-test-clashing")
    assert version(built, "voxweft-test-nice") == "1.0"
    assert version(built, NEEDED) == "1.0"
    package.add("voxweft-test-none")
    again = made(store, spec)
    assert again.record.left_out == ("voxweft-test-clashing",), "asked again, it tries again"
    assert version(again, "voxweft-test-none") == "1.0"
    assert not made(store, spec, offline=True).changed, "where nothing new can be had, it doesn't"
    without = made(store, spec, recommended=False)
    assert without.changed
    assert without.record.left_out == ()
    assert "voxweft-test-nice" not in without.record.versions


def state(store: EnvironmentStore) -> tuple[object, ...]:
    """All there is of an engine's environment, byte for byte."""
    return store.folder(ENGINE), store.python(ENGINE), contents(store.home / ENGINE)


@BOTH
def test_a_failure_leaves_what_was_there(which: InstallerName, package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store, installer=which)
    before = state(store)
    with pytest.raises(EnvironmentBuildError, match="voxweft-test-none"):
        made(store, engine(PACKAGE, "voxweft-test-none"), installer=which)
    assert state(store) == before
    assert faults(store, engine(PACKAGE), thorough=True) == []
    python = store.python(ENGINE)
    assert python is not None
    subprocess.run([python, "-c", "import voxweft_test_package, voxweft_test_needed"], check=True)


def test_a_first_failure_leaves_nothing(package: Wheelhouse, store: EnvironmentStore) -> None:
    with pytest.raises(EnvironmentBuildError):
        made(store, engine("voxweft-test-none"))
    assert store.record(ENGINE) is None
    assert [path for path in (store.home / ENGINE).iterdir() if path.is_dir()] == []


def test_what_does_not_hold_in_the_end_is_a_failure(package: Wheelhouse, store: EnvironmentStore) -> None:
    """Installers know nothing of the two having to be of one release."""
    made(store)
    before = state(store)
    for name, version_ in (("torch", "2.5.0"), ("torchaudio", "2.6.0")):
        package.add(name, version_, modules={f"{name}/__init__.py": "", f"{name}/version.py": "cuda = None\n"})
    with pytest.raises(EnvironmentBuildError, match=r"doesn't hold: .*torchaudio"):
        made(store, engine(PACKAGE, "torch", "torchaudio"))
    assert state(store) == before


@pytest.mark.parametrize("line", ["--index-url=https://example.org", "-r other.txt", "a @ file:///a\n-rother.txt"])
def test_what_a_user_adds_is_never_an_option(package: Wheelhouse, store: EnvironmentStore, line: str) -> None:
    with pytest.raises(EnvironmentBuildError, match="is no requirement"):
        made(store, extra=[line])
    assert store.record(ENGINE) is None


class Stop(BaseException):
    """What nobody catches, as Ctrl-C."""


@BOTH
def test_an_interrupt_leaves_nothing_behind(which: InstallerName, package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store, installer=which)
    package.add(NEEDED, "2.0")
    before, children = state(store), child_pids()
    n_messages = 0

    def count(_message: str, _fraction: float | None) -> None:
        nonlocal n_messages
        n_messages += 1

    elsewhere = EnvironmentStore(store.home.with_name("counted"))
    if which == "uv":  # which says more about what isn't in its cache yet
        made(elsewhere, installer=which)
    made(elsewhere, installer=which, update=True, on_progress=count)
    assert n_messages >= 3
    for n_th in range(n_messages) if which == "uv" else (n_messages - 1,):
        seen: list[str] = []

        def stop(message: str, _fraction: float | None, n_th: int = n_th, seen: list[str] = seen) -> None:
            seen.append(message)
            if len(seen) > n_th:
                raise Stop

        with pytest.raises(Stop):
            made(store, installer=which, update=True, on_progress=stop)
        assert state(store) == before
        assert child_pids() <= children
    assert made(store, installer=which, update=True).changed


_BUILDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from wheelhouse import EnvironmentStore, engine
from voxweft.jobs.install.build import build

here, word, wait_for = Path(sys.argv[3]), sys.argv[4], sys.argv[5]

def say(message, fraction):
    (here / message.split()[0]).touch()
    while message.startswith(word) and not (here / wait_for).exists():
        time.sleep(0.01)

built = build(engine(sys.argv[6]), EnvironmentStore(Path(sys.argv[2])), update=len(sys.argv) > 7, on_progress=say)
print(built.changed)
"""


@contextlib.contextmanager
def builder(
    store: EnvironmentStore, here: Path, word: str, wait_for: str, *more: str
) -> Iterator[subprocess.Popen[str]]:
    """A process that builds: at a message that begins with `word` it waits for a file. Each message leaves one."""
    tests = str(SUPPORT)
    here.mkdir(exist_ok=True)
    arguments = [tests, str(store.home), str(here), word, wait_for, PACKAGE, *more]
    with subprocess.Popen([sys.executable, "-c", _BUILDER, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_killed_build_leaves_the_old_one_and_is_swept_by_the_next(
    package: Wheelhouse, store: EnvironmentStore, tmp_path: Path
) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    current = store.folder(ENGINE)
    assert current is not None
    before = contents(current)
    with builder(store, tmp_path / "said", "installed", "never", "update") as process:
        eventually((tmp_path / "said" / "installed").exists, "the packages are there", LIMIT_S)
        process.kill()
        process.wait(LIMIT_S)
    builds = {path for path in (store.home / ENGINE).iterdir() if path.is_dir()}
    assert len(builds) == 2
    assert (store.folder(ENGINE), contents(current)) == (current, before)
    assert not made(store).changed
    assert {path for path in (store.home / ENGINE).iterdir() if path.is_dir()} == {current}


def test_two_processes_build_once(package: Wheelhouse, store: EnvironmentStore, tmp_path: Path) -> None:
    said = tmp_path / "said"
    with builder(store, said, "making", "waiting") as first:
        eventually((said / "making").exists, "the first builds", LIMIT_S)
        with builder(store, said, "nothing", "never") as second:
            assert [process.communicate(timeout=LIMIT_S)[0].strip() for process in (first, second)] == ["True", "False"]
    assert (said / "waiting").exists()
    assert faults(store, engine(PACKAGE)) == []


def test_environments_share_files(package: Wheelhouse, store: EnvironmentStore) -> None:
    package.add("voxweft-test-more", requires=[PACKAGE])
    one, two = engine(PACKAGE, name="one"), engine("voxweft-test-more", name="two")
    for spec in (one, two):
        made(store, spec, installer="uv")
    files = [Path(store.module_path(name)[0]) / "voxweft_test_package.py" for name in ("one", "two")]
    assert files[0].samefile(files[1])
    assert store.remove("one") < 1 << 20
    assert faults(store, two, thorough=True) == []


def test_engines_that_exclude_each_other_have_one_environment_each(
    package: Wheelhouse, store: EnvironmentStore
) -> None:
    package.add(NEEDED, "2.0")
    built = [made(store, engine(f"{NEEDED}{range_}", name=name)) for name, range_ in (("one", "<2"), ("two", ">=2"))]
    assert [version(it, NEEDED) for it in built] == ["1.0", "2.0"]
    assert store.engines() == ["one", "two"]


def test_a_python_out_of_range_is_refused_before_anything_is_made(package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store)
    before = state(store)
    with pytest.raises(NoPythonError, match="<3"):
        made(store, engine(PACKAGE, python="<3"))
    with pytest.raises(NoPythonError):
        made(store, python=str(store.home / "there-is-no-python"))
    assert state(store) == before


def test_the_python_that_was_asked_for_is_taken_and_kept(package: Wheelhouse, store: EnvironmentStore) -> None:
    own = choose("").base
    built = made(store, python=own)
    assert built.record.base == own
    assert not made(store, python=own).changed
    assert not made(store, python=f">={sys.version_info[0]}.{sys.version_info[1]}").changed
    assert made(store, update=True).record.base == own


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_an_environment_whose_base_is_gone_is_built_anew(
    package: Wheelhouse, store: EnvironmentStore, tmp_path: Path
) -> None:
    base = tmp_path / "base" / "bin" / "python3"
    base.parent.mkdir(parents=True)
    base.symlink_to(choose("").base)
    # venv makes its link to what it was run as; so the installation can be taken away without harm to the real one.
    built = made(store, python=str(base), installer="pip")
    assert built.record.base == str(base)
    assert faults(store, engine(PACKAGE), thorough=True) == []
    shutil.rmtree(base.parent)
    assert store.base_gone(ENGINE)
    (fault,) = faults(store, engine(PACKAGE))
    assert str(base) in fault
    again = made(store)
    assert again.changed
    assert again.record.base == choose("").base
    assert not store.base_gone(ENGINE)


def test_a_damaged_environment_is_built_anew_with_the_same_versions(
    package: Wheelhouse, store: EnvironmentStore
) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    (Path(store.module_path(ENGINE)[0]) / "voxweft_test_needed.py").unlink()
    built = made(store)
    assert (built.changed, version(built, NEEDED)) == (True, "1.0")
    assert faults(store, engine(PACKAGE), thorough=True) == []


_HASHED_BYTES = 64 << 10


def host() -> tuple[dict[str, str], dict[str, object]]:
    """What is installed in the host, and what its files hold: large ones by size and time, others by digest as well."""
    versions = {}
    files: dict[str, object] = {}
    for distribution in importlib.metadata.distributions():
        versions[distribution.metadata["Name"]] = distribution.version
        for file in distribution.files or ():
            path = str(file.locate())
            if path.endswith(".pyc") or path in files:
                continue
            try:
                status = os.stat(path)  # noqa: PTH116  tens of thousands of them
            except FileNotFoundError:
                files[path] = None
                continue
            small = status.st_size < _HASHED_BYTES
            digest = hashlib.md5(Path(path).read_bytes()).digest() if small else b""
            files[path] = status.st_size, status.st_mtime_ns, digest
    return versions, files


def test_the_host_stays_as_it_is(package: Wheelhouse, store: EnvironmentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where everything would have an installer change it, and a package of the same name is to be had."""
    before = host()
    assert len(before[1]) > 100
    package.add("pytest", "99.0")
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX"):
        monkeypatch.setenv(name, sys.prefix)
    for name in ("UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "PIP_BREAK_SYSTEM_PACKAGES"):
        monkeypatch.setenv(name, "1")
    for name in ("UV_PYTHON", "PIP_PYTHON"):
        monkeypatch.setenv(name, sys.executable)
    monkeypatch.setenv("PIP_PREFIX", sys.prefix)
    spec = engine(PACKAGE, "pytest>=99")
    for which in ("uv", "pip"):
        assert version(made(store, spec, installer=which, update=True), "pytest") == "99.0"
    with pytest.raises(EnvironmentBuildError):
        made(store, engine("voxweft-test-none"))
    store.remove(ENGINE)
    versions, files = host()
    assert versions == before[0]
    assert {path for path in files.keys() | before[1].keys() if files.get(path) != before[1].get(path)} == set()


def test_a_worker_runs_in_an_environment_of_only_what_workers_need(
    real_wheels: Path,
    installers_cache: Path,
    store: EnvironmentStore,
    tone_spec: EngineSpec,
    no_hang: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Wheelhouse(real_wheels).use(monkeypatch, installers_cache)
    tone_spec = msgspec.structs.replace(tone_spec, requirements=("xxhash",))
    built = made(store, tone_spec)
    assert built.record.versions["numpy"] == np.__version__
    folder = store.folder("tone")
    assert folder is not None
    spec = msgspec.structs.replace(tone_spec, interpreter=str(python_of(folder)), distributions=("numpy", "pytest"))

    async def scenario() -> None:
        worker = Worker(spec, BlobStore())
        try:
            hello = await worker.start()
            assert hello.prefix == str(folder)
            assert hello.versions == {"numpy": np.__version__, "pytest": ""}
            await worker.load()
            assert await worker.estimate(speak(["x"]), (1.0, 2.0)) == ((4.0, 2.0),)
        finally:
            await worker.stop()

    asyncio.run(scenario())
    assert faults(store, tone_spec) == []
