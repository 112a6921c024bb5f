"""Helpers for tests of the whole F5-TTS engine: small untrained models, recordings, and a runtime."""

from __future__ import annotations

import functools
import hashlib
import shutil
from pathlib import Path

import numpy as np
from engine_environments import ENVIRONMENTS_HOME, KEPT, environment_python, run_program
from paths import SUPPORT

from voxweft.utils.settings import Settings
from voxweft.utils.streaming import ParamValue, ReferenceVoice, StreamingSegment, TextPayload
from voxweft.utils.streaming.runtime import Runtime

ENGINE = "f5_tts"
PROGRAM = SUPPORT / "f5_program.py"
RATE_HZ = 24_000
TRANSCRIPT = "The rowers had come back before the storm."
_WRITER = SUPPORT / "f5_checkpoint.py"


@functools.cache
def checkpoint(version: int = 1) -> Path:
    """Return the folder of a small model with F5-TTS v0's or v1's arithmetic, made once. Don't write to it."""
    content = hashlib.sha256(_WRITER.read_bytes()).hexdigest()[:12]
    folder = KEPT / "models" / f"f5_tts-{content}-v{version}"
    if not folder.exists():
        partial = folder.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        run_program(ENGINE, _WRITER, partial, str(version))
        partial.rename(folder)
    return folder


def recording(number: int = 0, seconds: float = 3.0) -> np.ndarray:
    """Return something like a voice, float32 mono at `RATE_HZ`: another for each number."""
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(number).standard_normal(times.size)
    tone = np.sin(2 * np.pi * (110 + 23 * number) * times) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * times))
    return (0.12 * tone + 0.02 * noise).astype(np.float32)


def open_runtime(folder: Path, home: Path, **settings: object) -> Runtime:
    """Return an offline runtime with all its files in `home`, whose F5-TTS model is in `folder`."""
    environment_python(ENGINE)
    values: dict[str, object] = {
        "cache_dir": home / "cache",
        "models_home": home / "models",
        "environments_home": ENVIRONMENTS_HOME,
        "environments": {ENGINE: "own"},
        "offline": True,
        "level_lufs": None,
    }
    return Runtime(Settings(**(values | settings)), model_paths={ENGINE: folder})  # type: ignore[arg-type]


def voice(runtime: Runtime, number: int = 0, seconds: float = 3.0) -> ReferenceVoice:
    """Return a voice with a recording of its own, as the parent prepares it."""
    return ReferenceVoice(runtime.blobs.put(recording(number, seconds).tobytes(), RATE_HZ), TRANSCRIPT)


def segment(
    text: str,
    spoken_by: ReferenceVoice,
    *,
    index: int = 0,
    seed: int | None = 0,
    speed: float = 1.0,
    model: str = "",
    language: str | None = "en",
    **params: ParamValue,
) -> StreamingSegment:
    """Return a segment for F5-TTS, in few steps."""
    return StreamingSegment(
        index=index,
        payload=TextPayload(text),
        engine=ENGINE,
        model=model,
        language=language,
        voice=spoken_by,
        seed=seed,
        speed=speed,
        params={"nfe_step": 5} | params,
    )
