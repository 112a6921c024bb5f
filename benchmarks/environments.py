"""Measure engines' own environments: starting a worker in one, and building one, compared with uv alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import uv

from voxweft.jobs.install.build import build
from voxweft.jobs.install.check import requirements_of
from voxweft.utils.environments.interpreter import choose
from voxweft.utils.environments.resolution import Environments
from voxweft.utils.environments.store import EnvironmentStore, python_of
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime
from voxweft.utils.streaming.worker.blobs import BlobStore
from voxweft.utils.streaming.worker.process import worker_environment
from voxweft.utils.streaming.worker.worker import Worker

from .bench import median, median_with_spread

STARTED = "espeak"
"""The engine to start: it loads fast, so a difference in the start is visible."""

Figures = dict[str, float]
Progress = Callable[[str], None]


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """Number of pairs of each measurement."""

    starts: int = 31
    installs: int = 5
    resolutions: int = 200


QUICK = Sizes(starts=9, installs=3, resolutions=50)


def run_environments(
    engine: str = "kokoro", *, quick: bool = False, progress: Progress = lambda _message: None
) -> Figures:
    """Measure with wheels in uv's cache (a first build fills it); return figures by name.

    Comparisons are medians of alternating pairs; `<name>_low` and `<name>_high` are the extremes. `engine` is the
    engine that is installed repeatedly, without its recommended packages.
    """
    sizes = QUICK if quick else Sizes()
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as folder:
        figures: Figures = {}
        for measured in (_starts(Path(folder), sizes, progress), _installs(Path(folder), engine, sizes, progress)):
            figures |= measured
        return figures


def _starts(folder: Path, sizes: Sizes, progress: Progress) -> Figures:
    progress(f"starting workers of engine '{STARTED}'")
    registry = EngineRegistry()
    store = EnvironmentStore(folder / "started")
    spec = registry.get(STARTED)
    # The host's own Python, so that only the environment differs.
    build(spec, store, python=sys.executable, on_progress=lambda _message, _fraction: None)
    environments = Environments(store, {STARTED: "own"})
    own = environments.resolved(spec)
    settings = Settings(cache_dir=folder, cache_bytes=0, environments_home=folder / "started")
    runtime = Runtime(settings, registry)
    try:
        pairs = list(_alternate(sizes.starts, lambda: runtime.run(_start(spec)), lambda: runtime.run(_start(own))))
    finally:
        runtime.close()
    figures = median_with_spread("start_ratio", [own_s / host_s for host_s, own_s in pairs])
    figures["start_host_ms"] = median([host_s * 1e3 for host_s, _ in pairs])
    figures["start_own_ms"] = median([own_s * 1e3 for _, own_s in pairs])
    resolutions = []
    for _ in range(sizes.resolutions):
        begun = time.perf_counter()
        environments.resolved(spec)
        resolutions.append(time.perf_counter() - begun)
    figures["resolve_us"] = median(resolutions) * 1e6
    return figures


async def _start(spec: EngineSpec) -> float:
    """Return the seconds until a worker has loaded its model."""
    worker = Worker(spec, BlobStore())
    begun = time.perf_counter()
    await worker.start()
    await worker.load(model=spec.default_model)
    took = time.perf_counter() - begun
    await worker.stop()
    return took


def _installs(folder: Path, engine: str, sizes: Sizes, progress: Progress) -> Figures:
    progress(f"building the environment of engine '{engine}' for the first time")
    spec = EngineRegistry().get(engine)
    python = choose(spec.python).executable
    home = folder / "installed"
    command = [sys.executable, "-m", "voxweft", "engines", "install", engine]
    command += ["--python", python, "--no-recommended", "--quiet"]
    environment = worker_environment(sys.executable) | {"VOXWEFT_ENVIRONMENTS_HOME": str(home)}

    def ours() -> float:
        shutil.rmtree(home, ignore_errors=True)
        return _timed([command], environment)

    plain = folder / "plain"
    wanted, bound, without = folder / "wanted.txt", folder / "bound.txt", folder / "without.txt"
    wanted.write_text("\n".join(requirements_of(spec)), encoding="utf-8")
    bound.write_text("\n".join(spec.environment.constraints), encoding="utf-8")
    without.write_text("\n".join(spec.environment.excludes), encoding="utf-8")
    program = uv.find_uv_bin()
    install = [program, "pip", "install", "--quiet", "--link-mode", "hardlink", "--python", str(python_of(plain))]
    by_hand = [
        [program, "venv", "--quiet", "--python", python, str(plain)],
        [*install, "-r", str(wanted), "-c", str(bound), "--excludes", str(without)],
    ]

    def uv_alone() -> float:
        shutil.rmtree(plain, ignore_errors=True)
        return _timed(by_hand, worker_environment(sys.executable))

    ours()
    progress(f"building it {sizes.installs} more times, alternating with uv alone")
    pairs = list(_alternate(sizes.installs, uv_alone, ours))
    figures = median_with_spread("install_ratio", [our_s / plain_s for plain_s, our_s in pairs])
    figures["install_s"] = median([our_s for _, our_s in pairs])
    figures["install_uv_s"] = median([plain_s for plain_s, _ in pairs])
    record = EnvironmentStore(home).record(engine)
    assert record is not None
    figures["installed_packages"] = len(record.versions)
    figures["installed_mib"] = _bytes(home) / 2**20
    return figures | _overlay(home, engine, environment, progress)


def _overlay(home: Path, engine: str, environment: dict[str, str], progress: Progress) -> Figures:
    """Return the time and the size of an installation on the host's torch; nothing if that doesn't fit."""
    shutil.rmtree(home)
    command = [sys.executable, "-m", "voxweft", "engines", "install", engine, "--no-recommended", "--quiet"]
    progress(f"installing engine '{engine}' on the host's torch")
    overlay_s = _timed([command], environment)
    record = EnvironmentStore(home).record(engine)
    if record is None or record.host is None:
        return {}
    return {"overlay_s": overlay_s, "overlay_mib": _bytes(home) / 2**20, "overlay_packages": len(record.versions)}


def _bytes(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _timed(commands: Sequence[Sequence[str]], environment: dict[str, str]) -> float:
    begun = time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - begun


def _alternate(pairs: int, first: Callable[[], float], second: Callable[[], float]) -> Iterator[tuple[float, float]]:
    """Yield pairs of seconds; each side is first in every other pair."""
    for number in range(pairs):
        if number % 2:
            later = second()
            yield first(), later
        else:
            earlier = first()
            yield earlier, second()
