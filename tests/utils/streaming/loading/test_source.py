"""The source of models: search first, download only if the engine can run."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from streaming_kit import MakeRuntime

from voxweft.utils.models.located import LocatedModel
from voxweft.utils.streaming import StreamingSegment, TextPayload
from voxweft.utils.streaming.contract.adapter import OnProgress
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, Weights
from voxweft.utils.streaming.contract.errors import EngineStartError, ModelMissingError, SegmentError
from voxweft.utils.streaming.contract.model_key import ModelKey
from voxweft.utils.streaming.loading.source import ModelSource

WEIGHTS = Weights(repo="a/b", revision="0" * 40, folder="TTS/b", license="MIT", files=())


class FakeStore:
    """Contains a model once it was downloaded."""

    def __init__(self, *, filled: bool = False) -> None:
        self.filled = filled
        self.fetched: list[str] = []

    def locate(self, spec: EngineSpec, model: str) -> LocatedModel:
        if not self.filled:
            raise ModelMissingError(f"{spec.name} lacks {model}")
        return LocatedModel("/store", "f00d", (("anna", "1"),))

    async def fetch(self, spec: EngineSpec, model: str, on_progress: OnProgress) -> None:
        on_progress("on its way", 0.5)
        self.fetched.append(model)
        self.filled = True


@pytest.fixture
def spec(tone_spec: EngineSpec) -> EngineSpec:
    return msgspec.structs.replace(tone_spec, weights={"small": WEIGHTS})


def test_a_missing_model_is_fetched_once(spec: EngineSpec) -> None:
    store, progress = FakeStore(), []
    source = ModelSource(store.locate, store.fetch)

    async def twice() -> list[LocatedModel]:
        return [await source.located(spec, "small", lambda *words: progress.append(words)) for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first == second == LocatedModel("/store", "f00d", (("anna", "1"),))
    assert (store.fetched, progress) == (["small"], [("on its way", 0.5)])
    identity = asyncio.run(source.identity(spec, ModelKey("tone", "small", dtype="float32")))
    assert (identity.fingerprint, identity.voices, identity.dtype) == ("f00d", {"anna": "1"}, "float32")


def test_without_downloads_the_error_says_what_is_missing(spec: EngineSpec) -> None:
    with pytest.raises(ModelMissingError, match="tone lacks small"):
        asyncio.run(ModelSource(FakeStore().locate).located(spec, "small"))


def test_an_engine_that_cannot_run_is_not_resolved(spec: EngineSpec) -> None:
    source = ModelSource()
    assert asyncio.run(source.resolved(spec)) is spec
    for wrong in (
        msgspec.structs.replace(spec, distributions=("no-such-distribution",)),
        msgspec.structs.replace(spec, python="<3"),
    ):
        with pytest.raises(EngineStartError, match="can't run here"):
            asyncio.run(source.resolved(wrong))


def test_nothing_is_fetched_for_an_engine_that_cannot_run(spec: EngineSpec, make_runtime: MakeRuntime) -> None:
    """The error must not come after a download."""
    runtime = make_runtime()
    fetched: list[str] = []

    async def fetch(spec: EngineSpec, model: str, on_progress: OnProgress) -> None:
        fetched.append(model)

    runtime.loader.source = ModelSource(FakeStore().locate, fetch, runtime.environments)
    segment = StreamingSegment(index=0, payload=TextPayload("x"), engine=spec.name, model="small")
    for wrong, why in (
        (msgspec.structs.replace(spec, python="<3"), "can't run here: it requires Python <3"),
        (spec, "tone lacks small"),
    ):
        runtime.registry.specs[spec.name] = wrong
        with pytest.raises(SegmentError, match=why):
            list(runtime.stream([segment]))
    assert fetched == ["small"], "of the one that could have run"


def test_an_engine_without_weights_is_never_looked_for(tone_spec: EngineSpec) -> None:
    assert asyncio.run(ModelSource(FakeStore().locate).located(tone_spec, "")) == LocatedModel()
