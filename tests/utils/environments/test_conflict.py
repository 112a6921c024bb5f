"""Two engines whose requirements exclude each other speak in one script, in one tree of processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from streaming_kit import collect
from wheelhouse import Wheelhouse, ignore_progress, installers_cache, real_wheels, variables  # noqa: F401  fixtures

from voxweft.jobs.install.build import build
from voxweft.utils.environments.store import EnvironmentStore
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import AudioChunk, SegmentDone, StreamingSegment, TextPayload
from voxweft.utils.streaming.contract.errors import EnvironmentBuildError, SegmentError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

pytestmark = pytest.mark.usefixtures("no_hang")
RATE_HZ = 16_000
LOW_HZ, HIGH_HZ, HIGHER_HZ = 220.0, 880.0, 1760.0

TOML = """schema = 1
name = "{name}"
title = "A tuned tone"
task = "speech"
adapter = "adapter:Tuned"
adapter_version = 1
license = "MIT"
deterministic = true
native_sample_rate = 16000
requirements = ["loomtune{versions}"]
distributions = ["loomtune"]
"""
ADAPTER = """
import loomtune
import numpy as np

from voxweft.utils.streaming import AudioChunk, LoadedModel, StreamingAdapter


class Tuned(StreamingAdapter):
    def load(self, context):
        return LoadedModel(sample_rate=16000)

    def stream(self, segment, cancelled):
        if segment.text == "fail":
            raise ValueError("as requested")
        seconds = np.arange(8000) / 16000
        yield AudioChunk(samples=0.5 * np.sin(2 * np.pi * loomtune.PITCH_HZ * seconds), sample_rate=16000)
"""


@pytest.fixture(scope="module")
def packages(real_wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Wheelhouse:  # noqa: F811
    """The worker's packages, and one package in versions that can't be installed together."""
    packages = Wheelhouse(tmp_path_factory.mktemp("wheels"))
    for wheel in real_wheels.iterdir():
        (packages.folder / wheel.name).hardlink_to(wheel)
    packages.add("loomtune", "1.0", modules={"loomtune.py": f"PITCH_HZ = {LOW_HZ}\n"})
    packages.add("loomtune", "2.0", modules={"loomtune.py": f"PITCH_HZ = {HIGH_HZ}\n"})
    return packages


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engines")
    for name, versions in (("low", "==1.*"), ("high", ">=2")):
        (folder / name).mkdir()
        (folder / name / "engine.toml").write_text(TOML.format(name=name, versions=versions), encoding="utf-8")
        (folder / name / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return folder


@pytest.fixture
def home(
    packages: Wheelhouse,
    engines: Path,
    installers_cache: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The folder with an environment for each."""
    for name, value in variables(packages.folder, installers_cache).items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "environments"
    registry, store = EngineRegistry((engines,)), EnvironmentStore(home)
    for name in ("low", "high"):
        build(registry.get(name), store, python=sys.executable, offline=True, on_progress=ignore_progress)
    return home


@pytest.fixture
def runtime(home: Path, engines: Path, tmp_path: Path) -> Iterator[Runtime]:
    settings = Settings(cache_dir=tmp_path / "cache", engine_folders=(engines,), environments_home=home)
    runtime = Runtime(settings)
    yield runtime
    runtime.close()


def segments(*engines: str) -> list[StreamingSegment]:
    return [StreamingSegment(index=i, payload=TextPayload(f"{i}"), engine=name) for i, name in enumerate(engines)]


def pitch_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum.argmax() * RATE_HZ / samples.size)


def test_the_engines_exclude_each_other(packages: Wheelhouse, engines: Path, home: Path, tmp_path: Path) -> None:
    """The premise: no single environment can contain both."""
    registry = EngineRegistry((engines,))
    low, high = registry.get("low"), registry.get("high")
    with pytest.raises(EnvironmentBuildError):
        build(
            low,
            EnvironmentStore(tmp_path / "both"),
            python=sys.executable,
            extra=high.requirements,
            offline=True,
            on_progress=ignore_progress,
        )


def test_both_speak_in_one_script(runtime: Runtime) -> None:
    script = segments("low", "high", "low", "high")
    heard = collect(runtime.stream(script))
    assert [pitch_hz(heard.samples(index)) for index in range(4)] == [LOW_HZ, HIGH_HZ, LOW_HZ, HIGH_HZ]
    stats = {model.engine: model for model in runtime.run(runtime.stats())}
    assert {name: model.versions for name, model in stats.items()} == {
        "low": {"loomtune": "1.0"},
        "high": {"loomtune": "2.0"},
    }
    running = ".".join(map(str, sys.version_info[:3]))
    for name, model in stats.items():
        assert model.python == running
        assert Path(model.interpreter).is_relative_to(runtime.settings.environments_home / name)
        for pid in model.pids:
            assert psutil.Process(pid).ppid() == os.getpid()
    again = collect(runtime.stream(script))
    assert all(done.stats.cache_hit for done in again.done.values()), "the expected versions are those of the workers"


def test_an_error_names_the_workers_python_and_packages(runtime: Runtime) -> None:
    fails = StreamingSegment(index=0, payload=TextPayload("fail"), engine="high")
    with pytest.raises(SegmentError, match="as requested") as caught:
        collect(runtime.stream([fails]))
    python = runtime.environments.resolved(runtime.registry.get("high")).interpreter
    running = ".".join(map(str, sys.version_info[:3]))
    assert caught.value.failure.runs_on == f"Python {running} ({python}), loomtune 2.0"
    assert str(caught.value).endswith(f"its worker ran on {caught.value.failure.runs_on}")


def test_an_update_affects_the_next_job_and_not_the_running_one(
    packages: Wheelhouse, engines: Path, runtime: Runtime
) -> None:
    """The versions decide the sound, so they count in the cache; the old build stays while a worker runs from it."""
    store = EnvironmentStore(runtime.settings.environments_home)
    old = store.folder("high")
    assert old is not None
    first = segments("high", "high")
    with runtime.stream(first) as stream:
        events = iter(stream)
        begun = next(event for event in events if isinstance(event, SegmentDone))
        newer = packages.add("loomtune", "2.1", modules={"loomtune.py": f"PITCH_HZ = {HIGHER_HZ}\n"})
        try:
            build(
                runtime.registry.get("high"),
                store,
                python=sys.executable,
                update=True,
                offline=True,
                on_progress=ignore_progress,
            )
        finally:
            newer.unlink()
        assert old.is_dir()
        rest = np.concatenate([event.samples for event in events if isinstance(event, AudioChunk)])
    assert (begun.index, pitch_hz(rest)) == (0, HIGH_HZ)
    heard = collect(runtime.stream(first))
    assert pitch_hz(heard.samples(0)) == HIGHER_HZ
    assert not heard.done[0].stats.cache_hit
    runtime.run(runtime.unload())
    store.sweep("high")
    assert not old.exists()
