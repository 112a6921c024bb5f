"""Helpers for tests of the whole MiraTTS engine: small seeded models, recordings, and a runtime."""

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

ENGINE = "mira_tts"
RATE_HZ = 16_000
"""Of recordings; speech has 48 kHz."""
PROBE = SUPPORT / "mira_probe.py"
_WRITER = SUPPORT / "mira_checkpoint.py"


@functools.cache
def checkpoint(*options: str) -> Path:
    """Return the folder of a small model, made once and kept between runs. Don't write to it.

    `options` are those of the writing program.
    """
    version = hashlib.sha256(_WRITER.read_bytes()).hexdigest()[:12]
    folder = KEPT / "models" / "-".join((ENGINE, *options, version))
    if not folder.exists():
        partial = folder.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        run_program(ENGINE, _WRITER, partial, *options)
        partial.rename(folder)
    return folder


def recording(number: int = 0, seconds: float = 4.0) -> np.ndarray:
    """Return something like a voice, float32 mono at 16 kHz: another for each number."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    random = np.random.default_rng(number)
    pitch = 100 + 17 * number
    tones = sum(np.sin(2 * np.pi * pitch * harmonic * times) / harmonic for harmonic in (1, 2, 3))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * times)
    return (0.2 * tones * syllables + 0.01 * random.standard_normal(times.size)).astype(np.float32)


def open_runtime(home: Path, folder: Path | None = None, **settings: object) -> Runtime:
    """Return an offline runtime with all its files in `home`, whose MiraTTS is a small one."""
    environment_python(ENGINE)
    values: dict[str, object] = {
        "cache_dir": home / "cache",
        "models_home": home / "models",
        "environments_home": ENVIRONMENTS_HOME,
        "environments": {ENGINE: "own"},
        "offline": True,
        "level_lufs": None,
    }
    return Runtime(Settings(**(values | settings)), model_paths={ENGINE: folder or checkpoint()})  # type: ignore[arg-type]


def voice(runtime: Runtime, number: int = 0, transcript: str | None = None) -> ReferenceVoice:
    """Return a voice with a recording of its own, as the parent prepares it."""
    return ReferenceVoice(runtime.blobs.put(recording(number).tobytes(), RATE_HZ), transcript)


def segment(
    text: str, spoken_by: ReferenceVoice | None, *, index: int = 0, seed: int | None = 0, **params: ParamValue
) -> StreamingSegment:
    """Return a segment for MiraTTS, in English."""
    return StreamingSegment(
        index=index,
        payload=TextPayload(text),
        engine=ENGINE,
        language="en",
        voice=spoken_by,
        seed=seed,
        params=params,
    )
