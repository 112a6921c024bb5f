"""Segments as engines get them: checked and complete however they were made, without what an engine doesn't use."""

from __future__ import annotations

from typing import Any

import pytest
from streaming_kit import ENGINES, MakeRuntime, collect

from voxweft.utils.streaming import (
    ReferenceVoice,
    SegmentContext,
    SegmentDone,
    StreamingSegment,
    TextPayload,
)
from voxweft.utils.streaming.contract.engine_input import engine_input
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.job import StreamOptions

REGISTRY = EngineRegistry((ENGINES,))


def segment(engine: str = "polyglot", index: int = 0, **fields: Any) -> StreamingSegment:
    return StreamingSegment(index=index, payload=TextPayload("Hello."), engine=engine, **fields)


def given(engine: str = "polyglot", **fields: Any) -> StreamingSegment:
    return engine_input(segment(engine, **fields), REGISTRY.get(engine))


def test_the_model_has_the_language() -> None:
    for model, language, expected in (
        ("", None, "english"),
        ("", "en-US", "english"),
        ("", "de", "world"),
        ("multilingual", "en", "world"),
        ("", "pt-BR", "iberia"),
    ):
        assert given(model=model, language=language).model == expected
    with pytest.raises(
        ValueError, match="model 'english' of engine 'polyglot' doesn't have language 'fr'; use model world"
    ):
        given(model="english", language="fr")
    with pytest.raises(ValueError, match="engine 'polyglot' doesn't have language 'ja'"):
        given(language="ja")
    with pytest.raises(ValueError, match="has no model 'wrold'; did you mean 'world'"):
        given(model="wrold")
    assert given("tone", model="anything").model == "anything", "the engine declares no models"


def test_it_holds_only_what_the_engine_uses() -> None:
    voice = ReferenceVoice("f00d", "the transcript")
    assert given(voice=voice, params={}).voice == ReferenceVoice("f00d"), "polyglot ignores transcripts"
    assert given("cloner", voice=voice).voice == voice
    assert given(seed=7).seed == 7
    assert given("still", seed=7).seed == 0
    assert given("still", seed=None).seed is None, "never cached"
    assert given(context=SegmentContext(prompt="x")).context is None
    assert given().params == {"streaming": "sentences"}
    made = given("tone", seed=3, params={"chunks": 2})
    assert engine_input(made, REGISTRY.get("tone")) == made


def test_a_speed_that_the_engine_does_not_have() -> None:
    with pytest.raises(ValueError, match="engine 'still' has no speed control"):
        given("still", speed=1.5)
    with pytest.raises(ValueError, match="speed 9 is out of range for engine 'polyglot'"):
        given(speed=9.0)
    assert given("still", tempo=1.5).speed == 1.0


def test_no_segment_reaches_a_worker_that_its_engine_can_not_speak(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    for fields, message in (
        ({"model": "english", "language": "de"}, "doesn't have language 'de'; use model world"),
        ({"language": "ja"}, r"doesn't speak the language 'ja'; these do: .*espeak"),
        ({"engine": "still", "speed": 1.5}, "has no speed control"),
    ):
        with pytest.raises(SegmentError, match=message), runtime.stream([segment(**fields)]) as events:
            collect(events)
        with pytest.raises(ValueError, match=r"doesn't have language|has no speed control"):
            runtime.run(runtime.estimate((segment(**fields),), (1.0,)))
    assert not runtime.run(runtime.stats()), "no worker was started"


def test_equal_requests_share_a_model_and_its_cache_entry(make_runtime: MakeRuntime) -> None:
    """An alias, and a language that picks the model, are the model itself."""
    runtime = make_runtime()
    segments = [
        segment(model="world", language="de"),
        segment(index=1, model="multilingual", language="de"),
        segment(index=2, language="de"),
        segment(index=3, language="de", tempo=1.5),
    ]
    hits = []
    for one in segments:
        with runtime.stream([one], StreamOptions()) as events:
            hits += [event.stats.cache_hit for event in events if isinstance(event, SegmentDone)]
    assert hits == [False, True, True, True]
    assert [model.model for model in runtime.run(runtime.stats())] == ["world"]


def test_durations_are_estimated_by_the_model_of_the_language(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    german = segment(language="de"), segment(index=1, model="world", language="en")
    assert runtime.run(runtime.estimate(german, (1.0, 2.0))) == (pytest.approx((0.6, 0.3)),) * 2
    with pytest.raises(ValueError, match="the segments are of several models"):
        runtime.run(runtime.estimate((segment(), segment(index=1, language="de")), (1.0,)))
