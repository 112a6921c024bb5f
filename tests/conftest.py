"""Fixtures for tests with real worker processes, and settings of the whole test run."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fixtures_comfyui import comfyui as comfyui
from fixtures_comfyui import server as server
from hypothesis import HealthCheck, settings
from streaming_kit import ENGINES, MakeRuntime, child_pids, eventually

from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

# A parallel test runner passes its terminal's width to its processes; the commands' tables must not depend on it.
os.environ.pop("COLUMNS", None)
# The small Whisper model's words depend on the kernels. These give the same words on every CPU; workers inherit both.
# A real model's don't: `make test-real` sets the first one to nothing, for the CPU's own, which take 3/4 of the time.
os.environ.setdefault("CT2_FORCE_CPU_ISA", "GENERIC")
os.environ["CT2_USE_MKL"] = "0"
# Two files are tested at a time: with more threads per worker, they would only wait for each other, in busy loops.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Commands give the audio as the engines made it; tests of levels turn them on.
os.environ["VOXWEFT_LEVEL"] = "off"

# A test run in the background (`nohup make test &`, many CI runners) ignores signals, and programs under test would
# inherit that. Python's handlers don't survive an exec, so such programs start with the default handlers.
for _name, _handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    _signal = getattr(signal, _name, None)
    if _signal is not None and signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, _handler)

# Without a deadline: the time of an example depends on the machine. In CI, each run uses the same examples. Each run of
# `make test` takes some; `make test-slow` takes many (--hypothesis-profile).
settings.register_profile(
    "voxweft",
    max_examples=40,
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("voxweft"), max_examples=300)
settings.load_profile("voxweft")

HANG_S = 180


def pytest_collection_finish() -> None:
    """Keep what stays to the end, such as modules and thousands of tests, out of each later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def registry() -> EngineRegistry:
    """The test engines and the built-in ones."""
    return EngineRegistry((ENGINES,))


@pytest.fixture
def tone_spec(registry: EngineRegistry) -> EngineSpec:
    """The tone engine."""
    return registry.get("tone")


@pytest.fixture
def no_hang() -> Iterator[None]:
    """Fail a test that hangs."""
    if sys.platform == "win32":
        yield
        return

    def give_up(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"the test did not end within {HANG_S} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANG_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def make_runtime(tmp_path: Path, no_hang: None) -> Iterator[MakeRuntime]:
    """Create runtimes with a separate cache. At the end, all are closed, and no process may be left."""
    before = child_pids()
    runtimes: list[Runtime] = []

    def make(*, limits: dict[str, float] | None = None, **settings: object) -> Runtime:
        engines = EngineRegistry((ENGINES,))
        if limits:
            for name, spec in list(engines.specs.items()):
                changed = msgspec.structs.replace(spec.limits, **limits)
                engines.specs[name] = msgspec.structs.replace(spec, limits=changed)
        # Audio as the engines made it, and no sample sentences; tests of levels turn them on.
        values = {"cache_dir": tmp_path / "cache", "engine_folders": (ENGINES,), "level_lufs": None} | settings
        runtimes.append(Runtime(Settings(**values), engines))
        return runtimes[-1]

    yield make
    for runtime in runtimes:
        runtime.close()
    # A remaining process would be a worker, a helper or a zombie.
    eventually(lambda: child_pids() <= before, "every process that the test started is gone", 2.0)


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    """A runtime with default settings."""
    return make_runtime()
