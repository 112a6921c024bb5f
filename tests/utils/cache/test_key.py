from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.utils.cache.digest import content_digest
from voxweft.utils.cache.key import EngineIdentity, SegmentKeys
from voxweft.utils.streaming import (
    AudioPayload,
    MixedVoice,
    NamedVoice,
    ReferenceVoice,
    SegmentContext,
    SourceSpan,
    StreamingSegment,
    TensorVoice,
    TextPayload,
    TimeSlot,
    VoicePart,
)
from voxweft.utils.streaming.contract.engine_input import engine_input
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ModelSpec, ParamSpec, ReferencePolicy

SPEC = EngineSpec(
    schema=1,
    name="loom",
    title="Loom",
    task="speech",
    adapter="adapter:Loom",
    adapter_version=3,
    license="MIT",
    deterministic=True,
    native_sample_rate=24000,
    capabilities=("context", "mix", "reference", "seed", "speed"),
    models={"small": ModelSpec(), "large": ModelSpec()},
    default_model="small",
    default_voice="anna",
    params={
        "pitch": ParamSpec(default=50, min=0, max=99),
        "warmth": ParamSpec(default=1.0),
        "style": ParamSpec(default="plain"),
        "whisper": ParamSpec(default=False),
    },
)
IDENTITY = EngineIdentity(
    engine="loom",
    adapter_version=3,
    versions={"loomlib": "1.2.0", "numpy": "2.1.0"},
    model="small",
    fingerprint="f00d",
    dtype="float32",
    g2p="espeak",
)
SEGMENT = StreamingSegment(
    index=0,
    payload=TextPayload("Hello there."),
    engine="loom",
    voice=NamedVoice("anna"),
    language="en-US",
    seed=7,
)
KEYS = SegmentKeys(SPEC, IDENTITY)

texts = st.text("ab\0é", max_size=3)
floats = st.floats(allow_nan=False, allow_infinity=False)
weights = st.integers(1, 9).map(lambda tenths: tenths / 10)
mixes = st.lists(st.tuples(st.sampled_from("abcd"), weights), min_size=1, max_size=4, unique_by=lambda part: part[0])
voices = st.one_of(
    st.none(),
    st.builds(NamedVoice, texts),
    st.builds(TensorVoice, texts),
    st.builds(ReferenceVoice, texts, st.none() | texts),
    mixes.map(lambda parts: MixedVoice(tuple(VoicePart(*part) for part in parts))),
)
payloads = st.builds(TextPayload, texts) | st.builds(
    AudioPayload, st.binary(max_size=8), st.sampled_from((8000, 16000))
)
params = st.fixed_dictionaries(
    {},
    optional={
        "pitch": st.integers(0, 99),
        "warmth": floats,
        "style": texts,
        "whisper": st.booleans(),
    },
)
contexts = st.none() | st.builds(SegmentContext, st.none() | texts, st.none() | texts, st.none() | texts)
segments = st.builds(
    StreamingSegment,
    index=st.integers(0, 9),
    payload=payloads,
    engine=st.just("loom"),
    voice=voices,
    language=st.none() | texts,
    speed=floats,
    seed=st.integers(0, 3),
    params=params,
    context=contexts,
)


def change(**fields: object) -> StreamingSegment:
    return msgspec.structs.replace(SEGMENT, **fields)


def key(segment: StreamingSegment) -> str:
    made = KEYS.key(segment)
    assert made is not None
    return made


def segment_key(segment: StreamingSegment, identity: EngineIdentity, spec: EngineSpec) -> str | None:
    return SegmentKeys(spec, identity).key(segment)


def test_the_scheme_is_pinned() -> None:
    # A change here invalidates every existing cache and requires a new KEY_SCHEMA.
    assert key(SEGMENT) == "8483bf70de53d51e448c51854a1176f6"
    full = change(
        voice=MixedVoice((VoicePart("anna", 2.0), VoicePart("bert", 1.0))),
        speed=1.25,
        params={"pitch": 60, "warmth": 0.5, "style": "sung", "whisper": True},
        context=SegmentContext(previous_text="Before.", prompt="gently"),
    )
    assert key(full) == "9a954564b1be931af6846f0e06fcde48"
    assert key(change(payload=AudioPayload(b"\0\0\0\0", 16000))) == "021dda8af51edd4aad3f17a3e5910a4c"
    assert content_digest(b"recording", 24000) == "89e932f193472b39e8a9a85c0421ec2d"


@pytest.mark.parametrize(
    "same",
    [
        change(index=5),
        change(slot=TimeSlot(1.0, 2.0)),
        change(source=SourceSpan(3, 9)),
        change(pause_before_s=1.0, pause_after_s=2.0),
        change(model="small"),
        change(language="EN-us"),
        change(speed=1),
        change(params={"pitch": 50}),
        change(params={"pitch": 50.0, "warmth": 1}),
        change(params={"whisper": False, "style": "plain", "warmth": 1.0, "pitch": 50}),
        change(context=SegmentContext()),
    ],
)
def test_equal_content_gives_an_equal_key(same: StreamingSegment) -> None:
    assert key(same) == key(SEGMENT)


def test_minus_zero_is_zero() -> None:
    assert key(change(speed=-0.0, params={"warmth": -0.0})) == key(change(speed=0.0, params={"warmth": 0.0}))


DECIDING = {
    "text": change(payload=TextPayload("Hello there!")),
    "text in another normal form": change(payload=TextPayload("Hello there.\u0301")),
    "audio": change(payload=AudioPayload(b"Hello there.", 16000)),
    "other audio": change(payload=AudioPayload(b"Hello there!", 16000)),
    "rate of the audio": change(payload=AudioPayload(b"Hello there.", 8000)),
    "voice": change(voice=NamedVoice("bert")),
    "no voice": change(voice=None),
    "tensor": change(voice=TensorVoice("anna")),
    "reference": change(voice=ReferenceVoice("anna")),
    "empty transcript": change(voice=ReferenceVoice("anna", "")),
    "transcript": change(voice=ReferenceVoice("anna", "Hello.")),
    "mix of one": change(voice=MixedVoice((VoicePart("anna", 1.0),))),
    "mix": change(voice=MixedVoice((VoicePart("anna", 1.0), VoicePart("bert", 1.0)))),
    "weights": change(voice=MixedVoice((VoicePart("anna", 1.0), VoicePart("bert", 2.0)))),
    "language": change(language="en-GB"),
    "no language": change(language=None),
    "empty language": change(language=""),
    "speed": change(speed=math.nextafter(1.0, 2.0)),
    "seed": change(seed=8),
    "int param": change(params={"pitch": 51}),
    "float param": change(params={"warmth": 1.5}),
    "str param": change(params={"style": "sung"}),
    "bool param": change(params={"whisper": True}),
    "previous text": change(context=SegmentContext(previous_text="a")),
    "next text": change(context=SegmentContext(next_text="a")),
    "prompt": change(context=SegmentContext(prompt="a")),
    "empty prompt": change(context=SegmentContext(prompt="")),
}


def test_every_deciding_field_gives_another_key() -> None:
    keys = {name: key(segment) for name, segment in DECIDING.items()}
    assert len({*keys.values(), key(SEGMENT)}) == len(keys) + 1


@pytest.mark.parametrize(
    "fields",
    [
        {"adapter_version": 4},
        {"versions": {"loomlib": "1.2.1", "numpy": "2.1.0"}},
        {"versions": {"loomlib": "1.2.0"}},
        {"fingerprint": "beef"},
        {"dtype": "float16"},
        {"g2p": ""},
    ],
)
def test_every_part_of_the_identity_gives_another_key(fields: dict[str, object]) -> None:
    other = msgspec.structs.replace(IDENTITY, **fields)
    assert segment_key(SEGMENT, other, SPEC) != segment_key(SEGMENT, IDENTITY, SPEC) == key(SEGMENT)


def test_the_model_gives_another_key_and_only_its_own() -> None:
    large = SegmentKeys(SPEC, msgspec.structs.replace(IDENTITY, model="large"))
    assert large.key(change(model="large")) != key(SEGMENT)
    with pytest.raises(ValueError, match="model 'small', not for 'large'"):
        large.key(SEGMENT)


def test_the_order_of_versions_does_not_matter() -> None:
    turned = msgspec.structs.replace(IDENTITY, versions=dict(reversed(IDENTITY.versions.items())))
    assert segment_key(SEGMENT, turned, SPEC) == key(SEGMENT)


def test_a_changed_default_gives_another_key() -> None:
    other = msgspec.structs.replace(SPEC, params={**SPEC.params, "pitch": ParamSpec(default=40)})
    assert segment_key(SEGMENT, IDENTITY, other) != key(SEGMENT)
    assert segment_key(change(params={"pitch": 50}), IDENTITY, other) == key(SEGMENT)


def test_a_changed_default_voice_changes_keys_without_a_voice() -> None:
    other = msgspec.structs.replace(SPEC, default_voice="bert")
    assert segment_key(change(voice=None), IDENTITY, other) != key(change(voice=None))
    assert segment_key(SEGMENT, IDENTITY, other) == key(SEGMENT)


def test_unsupported_fields_do_not_change_the_key() -> None:
    plain = SegmentKeys(msgspec.structs.replace(SPEC, capabilities=("speed",)), IDENTITY)
    assert plain.key(SEGMENT) == plain.key(change(seed=8)) == plain.key(change(context=SegmentContext(prompt="a")))
    assert plain.key(SEGMENT) != plain.key(change(speed=2.0))


@pytest.mark.parametrize("capabilities", [(), ("seed",)])
def test_a_random_seed_has_no_key(capabilities: tuple[str, ...]) -> None:
    keys = SegmentKeys(msgspec.structs.replace(SPEC, capabilities=capabilities), IDENTITY)
    assert keys.key(change(seed=None)) is None
    assert keys.key(change(seed=0)) is not None


@given(mixes, st.randoms(use_true_random=False), st.sampled_from((2, 4, 10, 0.5)))
def test_mixes_with_equal_shares_have_equal_keys(parts: list[tuple[str, float]], random: object, factor: float) -> None:
    shuffled = [VoicePart(name, float(f"{weight * factor:.6g}")) for name, weight in parts]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = MixedVoice(tuple(VoicePart(*part) for part in parts))
    assert key(change(voice=one)) == key(change(voice=MixedVoice(tuple(shuffled))))


def test_parts_of_one_voice_add_up() -> None:
    split = MixedVoice((VoicePart("a", 1.0), VoicePart("b", 1.0), VoicePart("a", 1.0), VoicePart("c", 0.0)))
    assert key(change(voice=split)) == key(change(voice=MixedVoice((VoicePart("a", 2.0), VoicePart("b", 1.0)))))


def deciding_content(segment: StreamingSegment) -> object:
    """Return the content that decides the key, independently of the implementation."""
    voice: object = segment.voice
    if isinstance(voice, MixedVoice):
        total = sum(round(part.weight * 10) for part in voice.parts)
        voice = ("mix", frozenset((part.name, round(part.weight * 10) / total) for part in voice.parts))
    return (
        segment.payload,
        voice,
        segment.language and segment.language.lower(),
        segment.speed,
        segment.seed,
        {"pitch": 50, "warmth": 1.0, "style": "plain", "whisper": False, **segment.params},
        segment.context or SegmentContext(),
    )


@given(segments, segments)
def test_keys_are_equal_exactly_if_contents_are(one: StreamingSegment, other: StreamingSegment) -> None:
    assert (key(one) == key(other)) == (deciding_content(one) == deciding_content(other))


@given(segments, st.data())
def test_one_changed_field_changes_the_key(one: StreamingSegment, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(("payload", "voice", "language", "speed", "seed", "params", "context")))
    other = msgspec.structs.replace(one, **{field: getattr(data.draw(segments), field)})
    assert (key(one) == key(other)) == (deciding_content(one) == deciding_content(other))
    assert key(one) == segment_key(
        msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=StreamingSegment), IDENTITY, SPEC
    )


@pytest.mark.parametrize("field", ["text", "voice", "language", "style", "prompt"])
@pytest.mark.parametrize("evil", ["", "\0", "a\xa4seed", "Hello there.\xa6named", "\xc0"])
def test_content_cannot_imitate_another_field(field: str, evil: str) -> None:
    made = {
        "text": lambda text: change(payload=TextPayload(text)),
        "voice": lambda text: change(voice=NamedVoice(text)),
        "language": lambda text: change(language=text),
        "style": lambda text: change(params={"style": text}),
        "prompt": lambda text: change(context=SegmentContext(prompt=text)),
    }
    others = {key(make(evil)) for name, make in made.items() if name != field}
    assert key(made[field](evil)) not in others


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_must_be_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="speed is"):
        key(change(speed=bad))
    with pytest.raises(ValueError, match="'warmth'"):
        key(change(params={"warmth": bad}))
    with pytest.raises(ValueError, match="weight of voice 'a'"):
        key(change(voice=MixedVoice((VoicePart("a", bad),))))


@pytest.mark.parametrize("weights", [(), (0.0,), (1.0, -1.0), (1e300, -1e300, 1e-300)])
def test_a_mix_without_a_positive_sum_is_refused(weights: tuple[float, ...]) -> None:
    parts = tuple(VoicePart(f"voice{number}", weight) for number, weight in enumerate(weights))
    with pytest.raises(ValueError, match="mix"):
        key(change(voice=MixedVoice(parts)))


def test_an_unknown_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"engine 'loom' has no parameter 'pich'; did you mean 'pitch"):
        key(change(params={"pich": 1}))
    with pytest.raises(ValueError, match="it has none"):
        segment_key(change(params={"pich": 1}), IDENTITY, msgspec.structs.replace(SPEC, params={}))


@pytest.mark.parametrize("value", ["high", 100, True, 1.5])
def test_an_invalid_parameter_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="parameter 'pitch'"):
        key(change(params={"pitch": value}))


def test_numbers_beyond_64_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        key(change(seed=1 << 64))


def test_an_invalid_segment_is_refused_with_a_random_seed_too() -> None:
    with pytest.raises(ValueError, match="no parameter"):
        KEYS.key(change(seed=None, params={"pich": 1}))


def test_a_voice_file_is_identified_by_its_content() -> None:
    def keys(**voices: str) -> SegmentKeys:
        spec = msgspec.structs.replace(SPEC, voice_aliases={"nova": "anna"})
        return SegmentKeys(spec, msgspec.structs.replace(IDENTITY, voices=voices))

    def of(name: str, made: SegmentKeys, language: str | None = "en") -> str | None:
        return made.key(change(voice=NamedVoice(name), language=language))

    both = keys(anna="digest", copy="digest")
    assert of("anna", both) == of("copy", both) == of("anna", keys(anna="digest"))
    assert of("anna", both) != of("anna", keys(anna="another"))
    assert of("anna", both) != of("anna", keys())
    # Without a language, an engine may derive it from the name.
    assert of("anna", both, None) != of("copy", both, None)
    assert of("nova", both) == of("anna", both)
    assert of("nova", keys(anna="digest", nova="own")) != of("anna", both)
    mix = MixedVoice((VoicePart("anna", 1.0), VoicePart("bert", 2.0)))
    renamed = MixedVoice((VoicePart("zoe", 1.0), VoicePart("bert", 2.0)))
    made = keys(anna="1", zoe="1", bert="2")
    assert made.key(change(voice=mix, language="en")) == made.key(change(voice=renamed, language="en"))
    assert made.key(change(voice=mix, language="en")) != keys(anna="1", bert="3").key(change(voice=mix, language="en"))


def test_segments_of_another_engine_are_refused() -> None:
    with pytest.raises(ValueError, match="engine 'other'"):
        key(change(engine="other"))
    with pytest.raises(ValueError, match="identity is of engine 'other'"):
        SegmentKeys(SPEC, msgspec.structs.replace(IDENTITY, engine="other"))


def test_any_number_of_voices_is_distinguished() -> None:
    many = [change(voice=NamedVoice(f"voice{number}")) for number in range(600)]
    first = [key(segment) for segment in many]
    assert len(set(first)) == 600
    assert [key(segment) for segment in many] == first


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 1 << 20), st.integers(0, 1 << 20))
def test_digests_are_equal_exactly_if_blobs_are(one: bytes, other: bytes, rate: int, other_rate: int) -> None:
    assert content_digest(one, rate) == content_digest(one, rate)
    same = (one, rate) == (other, other_rate)
    assert (content_digest(one, rate) == content_digest(other, other_rate)) == same
    assert (content_digest(one, rate) == content_digest(one, other_rate)) == (rate == other_rate)


def test_a_negative_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="'-1' Hz"):
        content_digest(b"", -1)


small_segments = st.builds(
    StreamingSegment,
    index=st.integers(0, 1),
    payload=st.sampled_from([TextPayload("a"), TextPayload("b")]),
    engine=st.just("loom"),
    model=st.sampled_from(["", "small"]),
    voice=st.sampled_from([NamedVoice("ben"), ReferenceVoice("f00d"), ReferenceVoice("f00d", "x")]),
    language=st.sampled_from(["en", "de"]),
    seed=st.integers(0, 2),
    tempo=st.sampled_from([1.0, 1.5]),
    params=st.sampled_from([{}, {"pitch": 50}, {"pitch": 60}]),
    context=st.sampled_from([None, SegmentContext(prompt="x")]),
)


@settings(max_examples=300)
@given(
    st.sets(st.sampled_from(["context", "seed"])),
    st.sampled_from(["ignored", "used", "needed"]),
    small_segments,
    small_segments,
)
def test_equal_keys_are_equal_inputs_of_the_engine(
    capabilities: set[str], transcript: str, one: StreamingSegment, other: StreamingSegment
) -> None:
    """What an engine doesn't use is in neither its input nor the key; all else is in both."""
    spec = msgspec.structs.replace(
        SPEC, capabilities=("reference", *capabilities), reference=ReferencePolicy(transcript=transcript)
    )
    keys = SegmentKeys(spec, IDENTITY)

    def received(segment: StreamingSegment) -> StreamingSegment:
        return msgspec.structs.replace(engine_input(segment, spec), index=0, tempo=1.0)

    assert (keys.key(one) == keys.key(other)) is (received(one) == received(other))
    assert keys.key(one) == keys.key(engine_input(one, spec))
