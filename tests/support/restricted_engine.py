"""An engine with two models: `free`, and `restricted`, whose license forbids commercial use and which speaks German."""

from __future__ import annotations

from pathlib import Path

_TOML = """schema = 1
name = "duo"
title = "Two models"
task = "speech"
adapter = "adapter:Duo"
adapter_version = 1
license = "MIT"
deterministic = true
native_sample_rate = 16000
default_model = "free"

[models.free]
languages = ["en"]

[models.restricted]
languages = ["en", "de"]
license = "CC-BY-NC-4.0"
"""
_ADAPTER = """import numpy as np

from voxweft.engines import AudioChunk, LoadedModel, StreamingAdapter


class Duo(StreamingAdapter):
    def load(self, context):
        return LoadedModel(sample_rate=16000)

    def stream(self, segment, cancelled):
        yield AudioChunk(samples=np.full(1600, 0.25, np.float32), sample_rate=16000)
"""
REFUSED = "the license of model 'restricted' of engine 'duo', CC-BY-NC-4.0, forbids commercial use; use another model"
"""The beginning of the error."""


def put_engine(folder: Path) -> Path:
    """Write the engine into a folder of engines, and return that folder."""
    engine = folder / "duo"
    engine.mkdir(parents=True)
    (engine / "engine.toml").write_text(_TOML, encoding="utf-8")
    (engine / "adapter.py").write_text(_ADAPTER, encoding="utf-8")
    return folder
