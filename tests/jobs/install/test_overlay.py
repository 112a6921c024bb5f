"""Overlays: an engine's packages in a folder, in front of the host's torch. The torch here is a tiny one."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest
from dist_info import write_dist_info
from wheelhouse import ENGINE, Wheelhouse, engine, ignore_progress, installers_cache, real_wheels, store, wheels

from voxweft.jobs.install import overlay as overlay_module
from voxweft.jobs.install.build import BuildResult, build
from voxweft.jobs.install.check import faults
from voxweft.jobs.install.overlay import plan
from voxweft.utils.environments.installed import Installed
from voxweft.utils.environments.resolution import Environments, host_change
from voxweft.utils.environments.store import EnvironmentStore
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.errors import EnvironmentBuildError
from voxweft.utils.streaming.worker.blobs import BlobStore
from voxweft.utils.streaming.worker.worker import Worker

__all__ = ["installers_cache", "real_wheels", "store", "wheels"]

PACKAGE = "voxweft-test-package"
PYTHON = ".".join(map(str, sys.version_info[:3]))


def host_package(site: Path, name: str, version: str, requires: list[str] | None = None, code: str = "") -> None:
    """Install a package by hand, with its list of files."""
    folder = write_dist_info(site, name, version, requires or [])
    module = name.replace("-", "_")
    (site / module).mkdir(exist_ok=True)
    (site / module / "__init__.py").write_text(code or f"__version__ = {version!r}\n", encoding="utf-8")
    (folder / "RECORD").write_text(f"{module}/__init__.py,,\n{folder.name}/METADATA,,\n", encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the host's packages: torch, what it requires, and others."""
    folder = tmp_path / "host" / "site-packages"
    folder.mkdir(parents=True)
    host_package(folder, "torch", "2.9.1", ["torch-part>=2,<3", "shared-part>=1,<3"], "import torch_part\n")
    host_package(folder, "torchaudio", "2.9.1", ["torch==2.9.1"])
    host_package(folder, "torch-part", "2.0")
    host_package(folder, "shared-part", "1.0")
    host_package(folder, "hidden-part", "1.0")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def made(store: EnvironmentStore, spec: EngineSpec, **options: object) -> tuple[BuildResult, list[str]]:
    messages: list[str] = []
    options = {"on_progress": lambda message, _: messages.append(message)} | options
    return build(spec, store, **options), messages  # type: ignore[arg-type]


@pytest.fixture
def package(wheels: Wheelhouse) -> Wheelhouse:
    """A package that requires torch and what torch requires too; torch itself is on no index."""
    wheels.add(PACKAGE, requires=["torch>=2.4", "shared-part"])
    for version in ("1.0", "2.0", "3.0"):
        wheels.add("shared-part", version)
    return wheels


SPEC = engine(PACKAGE, "torch>=2.4", constraints=["torch==2.11.0", "torchaudio==2.11.0"])


def test_an_engine_gets_an_overlay_where_the_hosts_torch_fits(
    package: Wheelhouse, store: EnvironmentStore, site: Path
) -> None:
    built, messages = made(store, SPEC)
    assert messages[0].endswith("on the host's torch 2.9.1")
    versions = built.record.versions
    assert {"torch", "torchaudio", "torch-part", "hidden-part"}.isdisjoint(versions)
    assert versions[PACKAGE] == "1.0"
    assert versions["shared-part"] == "2.0", "the newest that the host's torch accepts, though it has its own"
    host = built.record.host
    assert host is not None
    assert host.versions == {"torch": "2.9.1", "torchaudio": "2.9.1", "torch-part": "2.0", "shared-part": "1.0"}
    assert host.modules == ("shared_part", "torch", "torch_part", "torchaudio")
    assert host.paths == (str(site),)
    assert built.record.base == sys.executable
    assert faults(store, SPEC) == []
    assert not made(store, SPEC)[0].changed
    location = Environments(store, {ENGINE: "own"}).resolve(SPEC).location
    assert location == ("own", sys.executable, PYTHON, str(store.folder(ENGINE)), "2.9.1")


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (engine("torch>=2.10"), r"it requires torch>=2\.10, and the host has 2\.9\.1"),
        (engine(PACKAGE, overrides=["torch==2.11.0"]), r"it requires torch==2\.11\.0, and the host has 2\.9\.1"),
        (engine("torch", python="<3"), r"it requires Python <3, and the host's is 3"),
        (engine(PACKAGE), "it doesn't use torch"),
    ],
)
def test_an_engine_that_does_not_fit(site: Path, spec: EngineSpec, reason: str) -> None:
    assert plan(spec, Installed.of_paths([str(site)]), PYTHON).reason.startswith(reason.replace("\\", ""))


def test_hosts_that_do_not_fit(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reason(spec: EngineSpec = SPEC) -> str:
        return plan(spec, Installed([str(site)]), PYTHON).reason

    assert reason() == ""
    assert plan(SPEC, Installed([str(tmp_path)]), PYTHON).reason == "the host has no torch"
    (site / "torchaudio-2.9.1.dist-info").rename(tmp_path / "aside")
    assert reason() == "", "nothing requires torchaudio"
    assert reason(engine("torchaudio")) == "it requires torchaudio, and the host has none"
    host_package(site, "torchaudio", "2.6.0")
    assert reason().startswith("torchaudio 2.6.0 wasn't built for torch 2.9.1")
    record = site / "torch-2.9.1.dist-info" / "RECORD"
    (tmp_path / "aside").rename(site / "torchaudio-2.9.1.dist-info")
    (site / "torchaudio-2.6.0.dist-info").rename(tmp_path / "aside")
    record.write_text("__editable___torch_finder.py,,\n", encoding="utf-8")
    assert reason() == "the host's torch is an editable installation"
    # From a host that can't make environments, an engine without torch is an overlay too.
    monkeypatch.setattr(overlay_module, "host_is_complete", lambda: False)
    assert reason(engine(PACKAGE)) == ""


def test_a_transitive_conflict_makes_an_environment_with_its_own_torch(
    wheels: Wheelhouse, store: EnvironmentStore, site: Path
) -> None:
    wheels.add(PACKAGE, requires=["torch==2.4.0"])
    wheels.add("torch", "2.4.0", modules={"torch/__init__.py": ""})
    spec = engine(PACKAGE, constraints=["torch<3"])
    with pytest.raises(EnvironmentBuildError, match=r"requires torch==2\.4\.0, but torch 2\.9\.1 .*--host-torch"):
        made(store, spec, own_torch=False)
    assert store.record(ENGINE) is None
    built, messages = made(store, spec)
    assert [message for message in messages if message.startswith("not on the host's torch: ")]
    assert [message for message in messages if message.startswith("PyTorch: the package index's build")]
    assert (built.record.host, built.record.versions["torch"]) == (None, "2.4.0")


def test_the_kind_is_kept_until_another_is_requested(package: Wheelhouse, store: EnvironmentStore, site: Path) -> None:
    package.add("torch", "2.11.0", modules={"torch/__init__.py": ""})
    own, _ = made(store, SPEC, own_torch=True)
    assert (own.record.host, own.record.versions["torch"]) == (None, "2.11.0")
    assert not made(store, SPEC)[0].changed
    assert made(store, SPEC, update=True)[0].record.host is None
    overlay, _ = made(store, SPEC, own_torch=False)
    assert overlay.record.host is not None
    assert made(store, SPEC, update=True)[0].record.host is not None
    assert made(store, SPEC, python=sys.executable)[0].record.host is None


def test_a_changed_torch_of_the_host_is_reported_and_replaced(
    package: Wheelhouse, store: EnvironmentStore, site: Path, tmp_path: Path
) -> None:
    record = made(store, SPEC)[0].record
    assert host_change(record) == ""
    (site / "torch-2.9.1.dist-info").rename(tmp_path / "aside")
    host_package(site, "torch", "2.10.0", ["torch-part>=2,<3"], "import torch_part\n")
    (site / "torchaudio-2.9.1.dist-info").rename(tmp_path / "aside too")
    host_package(site, "torchaudio", "2.10.0", ["torch==2.10.0"])
    expected = "it was installed for the host's torch 2.9.1, which is 2.10.0 now"
    assert host_change(record) == expected
    assert faults(store, SPEC)[0] == expected
    missing = Environments(store, {ENGINE: "own"}).resolve(SPEC).missing
    assert missing is not None
    assert (missing.what, missing.fix) == (expected, f"voxweft engines install {ENGINE}")
    built, _ = made(store, SPEC)
    assert built.record.host is not None
    assert (built.changed, built.record.host.torch) == (True, "2.10.0")
    moved = msgspec.structs.replace(record, python="3.9.1")
    assert host_change(moved) == f"it was installed for Python 3.9.1, and the host's is {PYTHON} now"


ADAPTER = """
import importlib.metadata, json, sys
from voxweft.utils.streaming import LoadedModel, StreamingAdapter, VoiceInfo

def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""

def importable(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True

class Adapter(StreamingAdapter):
    def load(self, context):
        return LoadedModel(sample_rate=24_000)

    def stream(self, segment, cancelled):
        yield from ()

    def voices(self):
        modules = ("torch", "torchaudio", "voxweft_test_package", "numpy", "hidden_part", "pytest", "wheelhouse")
        seen = {name: importable(name) for name in modules}
        seen |= {"shared": sys.modules.get("shared_part") and sys.modules["shared_part"].__version__}
        seen |= {f"{name} version": version(name) for name in ("torch", "Torch_Part", "hidden-part", "pytest")}
        listed = {found.metadata["Name"] for found in importlib.metadata.distributions()}
        seen["listed"] = sorted(listed & {"torch", "hidden-part", "pytest", "voxweft-test-package"})
        return [VoiceInfo(name=json.dumps(seen))]
"""


def test_a_worker_sees_its_own_packages_and_of_the_hosts_only_torch(
    real_wheels: Path,
    installers_cache: Path,
    store: EnvironmentStore,
    site: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_hang: None,
) -> None:
    house = Wheelhouse(tmp_path / "house")
    for wheel in real_wheels.iterdir():
        (house.folder / wheel.name).hardlink_to(wheel)
    house.use(monkeypatch, installers_cache)
    house.add(PACKAGE, requires=["torch", "shared-part"], modules={"voxweft_test_package.py": "import shared_part\n"})
    house.add("shared-part", "2.5")
    folder = tmp_path / "engine"
    folder.mkdir()
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    spec = msgspec.structs.replace(SPEC, folder=str(folder), requirements=(PACKAGE,))
    made(store, spec)
    # The host's own variables and its search path don't reach the worker's packages.
    monkeypatch.setenv("PYTHONPATH", str(site))
    environments = Environments(store, {ENGINE: "own"})
    resolved = environments.resolved(spec)
    assert environments.versions(msgspec.structs.replace(resolved, distributions=("torch", "hidden-part"))) == {
        "torch": "2.9.1",
        "hidden-part": "",
    }

    async def seen() -> dict[str, object]:
        worker = Worker(resolved, BlobStore())
        try:
            hello = await worker.start()
            assert hello.executable == sys.executable
            with pytest.raises(EnvironmentBuildError, match="is in use by process"):
                store.remove(ENGINE)
            await worker.load()
            (voice,) = await worker.voices()
            found: dict[str, object] = msgspec.json.decode(voice.name)
            return found
        finally:
            await worker.stop()

    assert asyncio.run(seen()) == {
        "torch": True,
        "torchaudio": True,
        "voxweft_test_package": True,
        "numpy": True,
        "hidden_part": False,
        "pytest": False,
        "wheelhouse": False,
        "shared": "2.5",
        "torch version": "2.9.1",
        "Torch_Part version": "2.0",
        "hidden-part version": "",
        "pytest version": "",
        "listed": ["torch", PACKAGE],
    }
    store.remove(ENGINE)


def test_the_record_of_another_schema_is_no_environment(
    package: Wheelhouse, store: EnvironmentStore, site: Path
) -> None:
    build(SPEC, store, on_progress=ignore_progress)
    folder = store.folder(ENGINE)
    assert folder is not None
    file = folder / "environment.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"schema": 2', '"schema": 1'), encoding="utf-8")
    assert (store.record(ENGINE), store.overlay(ENGINE)) == (None, "")
