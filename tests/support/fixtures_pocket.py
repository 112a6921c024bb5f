"""Helpers for tests of the whole Pocket-TTS engine: small untrained models, recordings, and a runtime."""

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

PROGRAM = SUPPORT / "pocket_program.py"
RATE_HZ = 24_000
WRITER = SUPPORT / "pocket_checkpoint.py"
SMALLEST = "english_2m_2026-10"


@functools.cache
def checkpoint(*without: str) -> Path:
    """Return the folder of a small model, made once and kept between runs. Don't write to it.

    `without` is any of the options of `write_checkpoint`, which are switched off.
    """
    content = _digest(WRITER)
    folder = KEPT / "models" / "-".join(("pocket_tts", *without, content))
    if not folder.exists():
        partial = folder.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        run_program("pocket_tts", WRITER, partial, SMALLEST, *without)
        partial.rename(folder)
    return folder


def _digest(file: Path) -> str:
    """Return a short digest of a file: a changed one makes other models."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def recording(seed: int = 0, seconds: float = 3.0) -> np.ndarray:
    """Return noise that stands for a recording, at `RATE_HZ`."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return (0.1 * noise).astype(np.float32)


def open_runtime(folder: Path, home: Path, **settings: object) -> Runtime:
    """Return an offline runtime with all its files in `home`, whose Pocket-TTS model is in `folder`."""
    environment_python("pocket_tts")
    values: dict[str, object] = {
        "cache_dir": home / "cache",
        "models_home": home / "models",
        "environments_home": ENVIRONMENTS_HOME,
        "environments": {"pocket_tts": "own"},
        "offline": True,
        "level_lufs": None,
    }
    return Runtime(Settings(**(values | settings)), model_paths={"pocket_tts": folder})  # type: ignore[arg-type]


def voice(runtime: Runtime, seed: int = 0, seconds: float = 3.0) -> ReferenceVoice:
    """Return a voice with a recording of its own, as the parent prepares it."""
    return ReferenceVoice(runtime.blobs.put(recording(seed, seconds).tobytes(), RATE_HZ))


def segment(
    text: str, spoken_by: ReferenceVoice, *, index: int = 0, seed: int | None = 0, **params: ParamValue
) -> StreamingSegment:
    """Return a segment for Pocket-TTS."""
    return StreamingSegment(
        index=index, payload=TextPayload(text), engine="pocket_tts", voice=spoken_by, seed=seed, params=params
    )
