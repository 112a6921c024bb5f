"""A runtime with the real models of a folder that scripts/real_models.py has filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime


@contextmanager
def real_runtime(models: Path, cache: Path, *engine_folders: Path) -> Iterator[Runtime]:
    """Open a runtime with the real models of a folder, a cache folder, and the engines of more folders."""
    settings = Settings(cache_dir=cache, engine_folders=engine_folders)
    paths = {"kokoro": models / "kokoro", "faster_whisper": models / "whisper-base"}
    with closing(Runtime(settings, EngineRegistry(engine_folders), model_paths=paths)) as runtime:
        yield runtime
