"""Small ChatterBox models, and the shipped engine over them: a folder that takes precedence over the shipped one."""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from pathlib import Path

import numpy as np
from engine_environments import ENVIRONMENTS_HOME, KEPT, environment_python, run_program
from paths import ROOT, SUPPORT

from voxweft.utils.settings import Settings
from voxweft.utils.streaming import ParamValue, ReferenceVoice, StreamingSegment, TextPayload, Voice
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

ENGINE = "chatterbox"
RATE_HZ = 24_000
KIND_OF = {
    "english": "english",
    "multilingual-v2": "multilingual",
    "multilingual-v3": "multilingual",
    "turbo": "turbo",
    "nano": "turbo",
}
"""The kind of checkpoint for each of the engine's models; those of one kind share a folder."""
_CHECKPOINT = SUPPORT / "chatterbox_checkpoint.py"
_ADAPTER = '''"""The shipped adapter, which loads small layers: sizes aren't a setting of the engine."""

from __future__ import annotations

import sys

sys.path.append(SUPPORT_FOLDER)

from chatterbox_checkpoint import small_layers

from voxweft.engines import AdapterContext, LoadedModel
from voxweft.engines.chatterbox.adapter import ChatterboxAdapter


class SmallChatterbox(ChatterboxAdapter):
    """The shipped adapter with small layers."""

    def load(self, context: AdapterContext) -> LoadedModel:
        """Load a small model."""
        with small_layers(context.model):
            return super().load(context)
'''


@cache
def small_model(model: str, n_codes: int = 40) -> Path:
    """Return the folder of a small model, which is made once by the package in the engine's environment."""
    kind = KIND_OF[model]
    version = hashlib.sha256(_CHECKPOINT.read_bytes()).hexdigest()[:12]
    folder = KEPT / "models" / f"chatterbox-{version}-{n_codes}" / kind
    if not folder.exists():
        partial = folder.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)
        run_program(ENGINE, _CHECKPOINT, partial, kind, str(n_codes))
        partial.rename(folder)
    return folder


def small_engine(home: Path) -> Path:
    """Write the engine's folder into `home`, and return it. Its name and its environment are the shipped engine's."""
    folder = home / ENGINE
    folder.mkdir(parents=True)
    shipped = (ROOT / "engines" / ENGINE / "engine.toml").read_text(encoding="utf-8")
    ours = shipped.replace('adapter = "adapter:ChatterboxAdapter"', 'adapter = "adapter:SmallChatterbox"')
    assert ours != shipped
    (folder / "engine.toml").write_text(ours, encoding="utf-8")
    (folder / "adapter.py").write_text(_ADAPTER.replace("SUPPORT_FOLDER", repr(str(SUPPORT))), encoding="utf-8")
    return folder


def recording(number: int = 0, seconds: float = 6.0) -> np.ndarray:
    """Return something like a voice, float32 mono at 24 kHz: another for each number."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    random = np.random.default_rng(number)
    pitch = 100 + 17 * number
    tones = sum(np.sin(2 * np.pi * pitch * harmonic * times) / harmonic for harmonic in (1, 2, 3))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * times)
    return (0.2 * tones * syllables + 0.01 * random.standard_normal(times.size)).astype(np.float32)


def open_runtime(model: str, home: Path, *, n_codes: int = 40, **settings: object) -> Runtime:
    """Return an offline runtime with all its files in `home`, whose ChatterBox is a small one."""
    environment_python(ENGINE)
    values: dict[str, object] = {
        "cache_dir": home / "cache",
        "models_home": home / "models",
        "environments_home": ENVIRONMENTS_HOME,
        "environments": {ENGINE: "own"},
        "offline": True,
        "level_lufs": None,
    }
    registry = EngineRegistry((small_engine(home / "engines"),))
    folder = small_model(model, n_codes)
    return Runtime(Settings(**(values | settings)), registry, model_paths={ENGINE: folder})  # type: ignore[arg-type]


def voice(runtime: Runtime, number: int = 0, seconds: float = 6.0) -> ReferenceVoice:
    """Return a voice with a recording of its own, as the parent prepares it."""
    return ReferenceVoice(runtime.blobs.put(recording(number, seconds).tobytes(), RATE_HZ))


def segment(
    text: str,
    spoken_by: Voice | None = None,
    *,
    model: str = "english",
    index: int = 0,
    seed: int | None = 0,
    **params: ParamValue,
) -> StreamingSegment:
    """Return a segment for ChatterBox, in English."""
    return StreamingSegment(
        index=index,
        payload=TextPayload(text),
        engine=ENGINE,
        model=model,
        language="en",
        voice=spoken_by,
        seed=seed,
        params=params,
    )
