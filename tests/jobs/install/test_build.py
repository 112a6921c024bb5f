"""Building environments: results, pinned versions, and clean failures."""

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
from wheelhouse import (
    ENGINE,
    Wheelhouse,
    contents,
    engine,
    ignore_progress,
    installers_cache,
    real_wheels,
    store,
    wheels,
)

from voxweft.jobs.install.build import BuildResult, build
from voxweft.jobs.install.check import faults
from voxweft.utils.environments.interpreter import choose
from voxweft.utils.environments.store import PINS, EnvironmentStore, python_of
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.errors import EnvironmentBuildError, NoPythonError
from voxweft.utils.streaming.worker.blobs import BlobStore
from voxweft.utils.streaming.worker.worker import Worker

__all__ = ["installers_cache", "real_wheels", "store", "wheels"]

PACKAGE = "voxweft-test-package"
NEEDED = "voxweft-test-needed"
LIMIT_S = 30


@pytest.fixture
def package(wheels: Wheelhouse) -> Wheelhouse:
    """Wheels of a package and of its requirements."""
    wheels.add(PACKAGE, "1.0", requires=[NEEDED])
    wheels.add(NEEDED, "1.0")
    return wheels


def made(store: EnvironmentStore, spec: EngineSpec | None = None, **options: object) -> BuildResult:
    return build(spec or engine(PACKAGE), store, **({"on_progress": ignore_progress} | options))  # type: ignore[arg-type]


def version(built: BuildResult, name: str) -> str:
    return built.record.versions[name]


def test_an_environment_is_built_once(package: Wheelhouse, store: EnvironmentStore) -> None:
    built = made(store)
    assert (built.previous, built.changed) == (None, True)
    assert built.record == store.record(ENGINE)
    assert built.record.installer.startswith("uv")
    assert built.record.python == sys.version.split()[0]
    assert {PACKAGE, NEEDED, "numpy", "msgspec"} <= built.record.versions.keys()
    folder = store.folder(ENGINE)
    assert folder is not None
    before = contents(folder)
    again = made(store)
    assert again == (built.record, built.record, False)
    assert (store.folder(ENGINE), contents(folder)) == (folder, before)
    assert faults(store, engine(PACKAGE)) == []


def test_versions_are_kept_until_an_update(package: Wheelhouse, store: EnvironmentStore) -> None:
    first = made(store)
    assert f"{NEEDED}==1.0" in store.pins(ENGINE)
    package.add(NEEDED, "2.0")
    package.add("voxweft-test-extra", requires=[NEEDED])
    more = made(store, engine(PACKAGE, own=["voxweft-test-extra"]))
    assert (more.changed, more.previous) == (True, first.record)
    assert version(more, NEEDED) == "1.0"
    assert version(more, "voxweft-test-extra") == "1.0"
    updated = made(store, engine(PACKAGE, own=["voxweft-test-extra"]), update=True)
    assert (updated.changed, version(updated, NEEDED)) == (True, "2.0")
    assert f"{NEEDED}==2.0" in (store.home / ENGINE / PINS).read_text(encoding="utf-8").split()
    # Only the current build remains.
    assert [path for path in (store.home / ENGINE).iterdir() if path.is_dir()] == [store.folder(ENGINE)]


def test_versions_are_kept_after_the_environment_is_lost(package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    folder = store.folder(ENGINE)
    assert folder is not None
    shutil.rmtree(folder)
    assert store.record(ENGINE) is None
    built = made(store)
    assert (built.changed, built.previous, version(built, NEEDED)) == (True, None, "1.0")


def test_unavailable_versions_are_replaced_with_a_message(package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    messages: list[str] = []
    spec = engine(PACKAGE, own=[f"{NEEDED}>=2"])
    built = made(store, spec, on_progress=lambda message, _: messages.append(message))
    assert version(built, NEEDED) == "2.0"
    assert [message for message in messages if "versions of the last build" in message]


def test_extra_requirements_stay_until_others_are_given(package: Wheelhouse, store: EnvironmentStore) -> None:
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


def test_constraints_apply_to_dependencies(package: Wheelhouse, store: EnvironmentStore) -> None:
    package.add(NEEDED, "2.0")
    assert version(made(store, engine(PACKAGE, constraints=[f"{NEEDED}<2"])), NEEDED) == "1.0"


def test_overrides_replace_what_packages_require(wheels: Wheelhouse, store: EnvironmentStore) -> None:
    wheels.add(PACKAGE, requires=[f"{NEEDED}==1.0", "voxweft-test-bulky>=3"])
    wheels.add(NEEDED, "1.0")
    wheels.add(NEEDED, "2.0")
    spec = engine(PACKAGE, overrides=[f"{NEEDED}==2.0"], excludes=["voxweft-test-bulky"])
    built = made(store, spec)
    assert version(built, NEEDED) == "2.0"
    assert "voxweft-test-bulky" not in built.record.versions
    assert faults(store, spec) == []
    assert not made(store, spec).changed
    changed = engine(PACKAGE, overrides=[f"{NEEDED}==1.0"], excludes=["voxweft-test-bulky"])
    assert faults(store, changed)[0].startswith("engine.toml has changed since it was built")
    assert version(made(store, changed), NEEDED) == "1.0"


def test_the_users_own_overrides_do_not_apply(
    package: Wheelhouse, store: EnvironmentStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package.add(NEEDED, "2.0")
    (tmp_path / "mine.txt").write_text(f"{NEEDED}==1.0\n", encoding="utf-8")
    monkeypatch.setenv("UV_OVERRIDE", str(tmp_path / "mine.txt"))
    assert version(made(store), NEEDED) == "2.0"


def test_packages_without_dependencies_are_installed_on_any_python(wheels: Wheelhouse, store: EnvironmentStore) -> None:
    wheels.add(PACKAGE, requires=["voxweft-test-none"], python=">=3.50,<3.51")
    wheels.add("voxweft-test-more", requires=[f"{PACKAGE}==3.0"])
    spec = engine("voxweft-test-more", f"{PACKAGE}>=1", without_dependencies=[f"{PACKAGE}==1.0"], overrides=[PACKAGE])
    built = made(store, spec)
    assert version(built, PACKAGE) == "1.0"
    assert "voxweft-test-none" not in built.record.versions
    assert faults(store, spec) == []
    assert not made(store, spec).changed
    python = store.python(ENGINE)
    assert python is not None
    subprocess.run([python, "-c", "import voxweft_test_package"], check=True)


def test_packages_of_a_language_are_added_on_request(package: Wheelhouse, store: EnvironmentStore) -> None:
    for name in ("voxweft-test-ja", "voxweft-test-zh"):
        package.add(name)
    spec = engine(PACKAGE, languages={"ja": ["voxweft-test-ja"], "zh": ["voxweft-test-zh"]})
    assert "voxweft-test-ja" not in made(store, spec).record.versions
    with pytest.raises(ValueError, match="has no packages of language 'xx'; it has: ja, zh"):
        made(store, spec, languages=["xx"])
    added = made(store, spec, languages=["ja"])
    assert (added.changed, added.record.languages) == (True, ("ja",))
    assert "voxweft-test-ja" in added.record.versions
    both = made(store, spec, languages=["zh"])
    assert {"voxweft-test-ja", "voxweft-test-zh"} <= both.record.versions.keys()
    assert not made(store, spec, languages=["ja"]).changed


def test_unavailable_recommended_packages_are_left_out(package: Wheelhouse, store: EnvironmentStore) -> None:
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
    assert again.record.left_out == ("voxweft-test-clashing",), "the next build tries again"
    assert version(again, "voxweft-test-none") == "1.0"
    assert not made(store, spec, offline=True).changed, "offline it doesn't"
    without = made(store, spec, recommended=False)
    assert without.changed
    assert without.record.left_out == ()
    assert "voxweft-test-nice" not in without.record.versions


def state(store: EnvironmentStore) -> tuple[object, ...]:
    """Everything about an engine's environment, byte for byte."""
    return store.folder(ENGINE), store.python(ENGINE), contents(store.home / ENGINE)


def test_a_failure_keeps_the_current_environment(package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store)
    before = state(store)
    with pytest.raises(EnvironmentBuildError, match="voxweft-test-none"):
        made(store, engine(PACKAGE, "voxweft-test-none"))
    assert state(store) == before
    assert faults(store, engine(PACKAGE)) == []
    python = store.python(ENGINE)
    assert python is not None
    subprocess.run([python, "-c", "import voxweft_test_package, voxweft_test_needed"], check=True)


def test_a_failed_first_build_leaves_no_files(package: Wheelhouse, store: EnvironmentStore) -> None:
    with pytest.raises(EnvironmentBuildError):
        made(store, engine("voxweft-test-none"))
    assert store.record(ENGINE) is None
    assert [path for path in (store.home / ENGINE).iterdir() if path.is_dir()] == []


def test_packages_that_do_not_work_together_are_a_failure(package: Wheelhouse, store: EnvironmentStore) -> None:
    """Installers don't know that the two must be of the same release."""
    made(store)
    before = state(store)
    for name, version_ in (("torch", "2.5.0"), ("torchaudio", "2.6.0")):
        package.add(name, version_, modules={f"{name}/__init__.py": "", f"{name}/version.py": "cuda = None\n"})
    with pytest.raises(EnvironmentBuildError, match=r"don't work together: .*torchaudio"):
        made(store, engine(PACKAGE, "torch", "torchaudio"))
    assert state(store) == before


@pytest.mark.parametrize("line", ["--index-url=https://example.org", "-r other.txt", "a @ file:///a\n-rother.txt"])
def test_extra_requirements_can_not_be_options(package: Wheelhouse, store: EnvironmentStore, line: str) -> None:
    with pytest.raises(EnvironmentBuildError, match="is not a valid requirement"):
        made(store, extra=[line])
    assert store.record(ENGINE) is None


class Stop(BaseException):
    """An exception that nothing catches, like KeyboardInterrupt."""


def test_an_interruption_keeps_the_current_environment_and_no_process(
    package: Wheelhouse, store: EnvironmentStore
) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    before, children = state(store), child_pids()
    n_messages = 0

    def count(_message: str, _fraction: float | None) -> None:
        nonlocal n_messages
        n_messages += 1

    elsewhere = EnvironmentStore(store.home.with_name("counted"))
    made(elsewhere)  # uv reports more steps for packages that aren't in its cache
    made(elsewhere, update=True, on_progress=count)
    assert n_messages >= 3
    for n_th in range(n_messages):
        seen: list[str] = []

        def stop(message: str, _fraction: float | None, n_th: int = n_th, seen: list[str] = seen) -> None:
            seen.append(message)
            if len(seen) > n_th:
                raise Stop

        with pytest.raises(Stop):
            made(store, update=True, on_progress=stop)
        assert state(store) == before
        assert child_pids() <= children
    assert made(store, update=True).changed


_BUILDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from wheelhouse import EnvironmentStore, engine
from voxweft.jobs.install.build import build

folder, word, wait_for = Path(sys.argv[3]), sys.argv[4], sys.argv[5]

def say(message, fraction):
    (folder / message.split()[0]).touch()
    while message.startswith(word) and not (folder / wait_for).exists():
        time.sleep(0.01)

built = build(engine(sys.argv[6]), EnvironmentStore(Path(sys.argv[2])), update=len(sys.argv) > 7, on_progress=say)
print(built.changed)
"""


@contextlib.contextmanager
def builder(
    store: EnvironmentStore, folder: Path, word: str, wait_for: str, *more: str
) -> Iterator[subprocess.Popen[str]]:
    """A process that builds. Each message creates a file; at a message that starts with `word` it waits for a file."""
    tests = str(SUPPORT)
    folder.mkdir(exist_ok=True)
    arguments = [tests, str(store.home), str(folder), word, wait_for, PACKAGE, *more]
    with subprocess.Popen([sys.executable, "-c", _BUILDER, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_killed_build_keeps_the_old_one_and_the_next_build_removes_it(
    package: Wheelhouse, store: EnvironmentStore, tmp_path: Path
) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    current = store.folder(ENGINE)
    assert current is not None
    before = contents(current)
    with builder(store, tmp_path / "progress", "installed", "never", "update") as process:
        eventually((tmp_path / "progress" / "installed").exists, "the packages are there", LIMIT_S)
        process.kill()
        process.wait(LIMIT_S)
    builds = {path for path in (store.home / ENGINE).iterdir() if path.is_dir()}
    assert len(builds) == 2
    assert (store.folder(ENGINE), contents(current)) == (current, before)
    assert not made(store).changed
    assert {path for path in (store.home / ENGINE).iterdir() if path.is_dir()} == {current}


def test_two_processes_build_once(package: Wheelhouse, store: EnvironmentStore, tmp_path: Path) -> None:
    progress = tmp_path / "progress"
    with builder(store, progress, "creating", "waiting") as first:
        eventually((progress / "creating").exists, "the first builds", LIMIT_S)
        with builder(store, progress, "nothing", "never") as second:
            assert [process.communicate(timeout=LIMIT_S)[0].strip() for process in (first, second)] == ["True", "False"]
    assert (progress / "waiting").exists()
    assert faults(store, engine(PACKAGE)) == []


def test_environments_share_files(package: Wheelhouse, store: EnvironmentStore) -> None:
    package.add("voxweft-test-more", requires=[PACKAGE])
    one, two = engine(PACKAGE, name="one"), engine("voxweft-test-more", name="two")
    for spec in (one, two):
        made(store, spec)
    files = [Path(store.module_path(name)[0]) / "voxweft_test_package.py" for name in ("one", "two")]
    assert files[0].samefile(files[1])
    assert store.remove("one") < 1 << 20
    assert faults(store, two) == []


def test_conflicting_engines_have_separate_environments(package: Wheelhouse, store: EnvironmentStore) -> None:
    package.add(NEEDED, "2.0")
    built = [made(store, engine(f"{NEEDED}{range_}", name=name)) for name, range_ in (("one", "<2"), ("two", ">=2"))]
    assert [version(it, NEEDED) for it in built] == ["1.0", "2.0"]
    assert store.engines() == ["one", "two"]


def test_a_python_out_of_range_raises_before_the_build(package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store)
    before = state(store)
    with pytest.raises(NoPythonError, match="<3"):
        made(store, engine(PACKAGE, python="<3"))
    with pytest.raises(NoPythonError):
        made(store, python=str(store.home / "there-is-no-python"))
    assert state(store) == before


def test_the_requested_python_is_used_and_kept(package: Wheelhouse, store: EnvironmentStore) -> None:
    own = choose("").executable
    built = made(store, python=own)
    assert Path(built.record.base).samefile(own)
    assert not made(store, python=own).changed
    assert not made(store, python=f">={sys.version_info[0]}.{sys.version_info[1]}").changed
    assert made(store, update=True).record.base == built.record.base


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_an_environment_with_a_missing_base_is_rebuilt(
    package: Wheelhouse, store: EnvironmentStore, tmp_path: Path
) -> None:
    base = tmp_path / "base" / "bin" / "python3"
    base.parent.mkdir(parents=True)
    base.symlink_to(choose("").executable)
    # uv links to the path that it is given, so this base can be removed without harm to the real one.
    built = made(store, python=str(base))
    assert built.record.base == str(base)
    assert faults(store, engine(PACKAGE)) == []
    shutil.rmtree(base.parent)
    assert store.base_gone(ENGINE)
    (fault,) = faults(store, engine(PACKAGE))
    assert str(base) in fault
    again = made(store)
    assert again.changed
    assert Path(again.record.base).samefile(choose("").executable)
    assert not store.base_gone(ENGINE)


def test_a_damaged_environment_is_rebuilt_with_the_same_versions(package: Wheelhouse, store: EnvironmentStore) -> None:
    made(store)
    package.add(NEEDED, "2.0")
    (Path(store.module_path(ENGINE)[0]) / "voxweft_test_needed.py").unlink()
    built = made(store)
    assert (built.changed, version(built, NEEDED)) == (True, "1.0")
    assert faults(store, engine(PACKAGE)) == []


_HASHED_BYTES = 64 << 10


def host() -> tuple[dict[str, str], dict[str, object]]:
    """The host's packages and their files: size, time, and for small files a digest."""
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


@pytest.mark.slow
def test_the_host_is_unchanged(package: Wheelhouse, store: EnvironmentStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if all variables point the installer to the host, and a newer version of its package is available."""
    before = host()
    assert len(before[1]) > 100
    package.add("pytest", "99.0")
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX"):
        monkeypatch.setenv(name, sys.prefix)
    for name in ("UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("UV_PYTHON", sys.executable)
    spec = engine(PACKAGE, "pytest>=99")
    assert version(made(store, spec, update=True), "pytest") == "99.0"
    with pytest.raises(EnvironmentBuildError):
        made(store, engine("voxweft-test-none"))
    store.remove(ENGINE)
    versions, files = host()
    assert versions == before[0]
    assert {path for path in files.keys() | before[1].keys() if files.get(path) != before[1].get(path)} == set()


def test_a_worker_runs_in_a_minimal_environment(
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
