"""The notation of voices."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.utils.streaming import MixedVoice, NamedVoice, ReferenceVoice, TensorVoice, VoicePart
from voxweft.utils.streaming.contract.voice_syntax import MAX_PARTS, MAX_WEIGHT, mix_shares, parse_voice, voice_text

runs = st.text("ab_.é声1", min_size=1, max_size=4)
names = st.builds(
    lambda first, rest, dash: dash.join([first, *rest]),
    runs.filter(lambda run: run[0] != "."),
    st.lists(runs, max_size=2),
    st.sampled_from(["-", "--"]),
)
weights = st.floats(min_value=1e-9, max_value=MAX_WEIGHT)
spaces = st.sampled_from(["", "", " ", "  ", "\t", "\u00a0"])


def mix(*parts: tuple[str, float]) -> MixedVoice:
    return MixedVoice(tuple(VoicePart(name, weight) for name, weight in parts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("af_bella", NamedVoice("af_bella")),
        ("  af_bella\n", NamedVoice("af_bella")),
        ("af_bella(2)+af_sky(1)", mix(("af_bella", 2), ("af_sky", 1))),
        ("af_bella + af_sky", mix(("af_bella", 1), ("af_sky", 1))),
        ("af_bella ( 2 ) + af_sky ( .5 )", mix(("af_bella", 2), ("af_sky", 0.5))),
        ("af_bella(2) - af_sky(0.5)", mix(("af_bella", 2), ("af_sky", -0.5))),
        ("af_bella(2)-af_sky(0.5)", mix(("af_bella", 2), ("af_sky", -0.5))),
        ("- af_sky(0.5) + af_bella(2)", mix(("af_sky", -0.5), ("af_bella", 2))),
        ("a(1)+b(1)+c(1)", mix(("a", 1), ("b", 1), ("c", 1))),
        ("a(2.)+b(1e-3)", mix(("a", 2), ("b", 0.001))),
        # The weights of one voice add up exactly; a voice with weight 0 is left out.
        ("a(0.1)+b+a(0.2)", mix(("a", 0.3), ("b", 1))),
        ("a+a+b", mix(("a", 2), ("b", 1))),
        ("a - a+b+c", mix(("b", 1), ("c", 1))),
        ("a(0)+b", NamedVoice("b")),
        ("a(3)", NamedVoice("a")),
        ("a(0.001)", NamedVoice("a")),
        ("a+a", NamedVoice("a")),
        # A dash within a name, and a minus.
        ("my-voice", NamedVoice("my-voice")),
        ("my-voice.v2(2)-your--voice", mix(("my-voice.v2", 2), ("your--voice", -1))),
        ("a-1(2)", NamedVoice("a-1")),
        ("größe+声音_2", mix(("größe", 1), ("声音_2", 1))),
    ],
)
def test_voices_are_parsed(text: str, expected: NamedVoice | MixedVoice) -> None:
    assert parse_voice(text, can_mix=True) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"voice '': the name of a voice is missing \(character 1\)"),
        ("   ", r"name of a voice is missing \(character 4\)"),
        ("+a", r"missing \(character 1\)"),
        ("a+", r"missing after the '\+' \(character 3\)"),
        ("a + + b", r"missing after the '\+' \(character 5\)"),
        ("a -- b", r"missing after the '-' \(character 4\)"),
        ("a-", r"missing after the '-' \(character 3\)"),
        ("-", r"missing after the '-' \(character 2\)"),
        ("(2)+b", r"missing \(character 1\)"),
        ("a+(2)", r"missing after the '\+' \(character 3\)"),
        ("aye(2 + b(1)", r"bracket after 'aye' isn't closed \(character 4\)"),
        ("a+bee(2", r"bracket after 'bee' isn't closed \(character 6\)"),
        ("a+bee(", r"bracket after 'bee' isn't closed"),
        ("a+bee()", r"weight of 'bee' is '', not a number"),
        ("a+bee(x)", r"weight of 'bee' is 'x', not a number such as 2 or 0.5 \(character 6\)"),
        ("a+bee(0,5)", "weight of 'bee' is '0,5', not a number"),
        ("a+bee(-1)", r"weight of 'bee' is '-1'.*write a minus before the name"),
        ("a+bee(nan)", "weight of 'bee' is 'nan', not a number"),
        ("a+bee(inf)", "weight of 'bee' is 'inf', not a number"),
        ("a+bee(1_0)", "weight of 'bee' is '1_0', not a number"),
        ("a+bee(２)", "weight of 'bee' is '２', not a number"),
        ("a+bee(1e999)", "weight of 'bee' is 1e999; the maximum is 1000000"),
        ("a+bee(1000001)", "weight of 'bee' is 1000001; the maximum is 1000000"),
        ("a(1))", r"a '\)' without its '\(' \(character 5\)"),
        ("a(1)(2)", r"expected '\+' or '-' after 'a', not '\(' \(character 5\)"),
        ("a bee", r"expected '\+' or '-' after 'a', not 'b' \(character 3\)"),
        ("a,b", r"expected '\+' or '-' after 'a', not ',' \(character 2\)"),
        ("a+../b", r"can't begin with '\.' \(character 3\)"),
        ("a+/b", r"can't begin with '/' \(character 3\)"),
        ("a - a", "the weights add up to 0; the sum must be more than 0"),
        ("a(1) - b(1.5)", r"the weights add up to -0\.5;"),
        ("a(0)", "the weights add up to 0;"),
        ("a(0.3) - b(0.2) - c(0.1)", "the weights add up to 0;"),
        ("+".join("a" * (MAX_PARTS + 1)), r"at most 16 parts; 'a' is one too many"),
    ],
)
def test_errors_name_the_part_and_its_position(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_voice(text, can_mix=True)


def test_the_maximum_number_of_parts() -> None:
    voice = parse_voice("+".join(f"v{number}" for number in range(MAX_PARTS)), can_mix=True)
    assert isinstance(voice, MixedVoice)
    assert len(voice.parts) == MAX_PARTS


@pytest.mark.parametrize("text", ["en-us+f2", "de+Mr serious", "gmw/en-US", "+f2", "", "a(2)+b", " unusual (name "])
def test_for_an_engine_that_cannot_mix_the_text_is_the_name(text: str) -> None:
    assert parse_voice(text, can_mix=False) == NamedVoice(text)


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000 + "!", "a+" * 100_000, "-" * 100_000, "a-" * 100_000, f"a({'9' * 100_000})", "a(1e-999999999)"],
)
def test_a_long_invalid_text_gives_a_short_error(text: str) -> None:
    with pytest.raises(ValueError, match="voice '") as caught:
        parse_voice(text, can_mix=True)
    assert len(str(caught.value)) < 300


@given(st.text(alphabet=st.one_of(st.sampled_from("ab_1.+-() "), st.characters())))
def test_any_text_is_a_voice_or_a_value_error(text: str) -> None:
    try:
        voice = parse_voice(text, can_mix=True)
    except ValueError:
        return
    assert parse_voice(voice_text(voice), can_mix=True) == voice


@given(
    st.lists(st.tuples(names, weights, st.booleans()), min_size=1, max_size=MAX_PARTS, unique_by=lambda part: part[0]),
    st.data(),
)
def test_spaces_do_not_matter(parts: list[tuple[str, float, bool]], data: st.DataObject) -> None:
    name, weight, _ = parts[0]
    parts[0] = (name, weight, True)
    text, parsed = "", []
    for name, weight, positive in parts:
        sign = ("+" if positive else "-") if text else ""
        gaps = data.draw(st.tuples(spaces, spaces, spaces, spaces, spaces, spaces))
        text += f"{gaps[0]}{sign}{gaps[1]}{name}{gaps[2]}({gaps[3]}{weight!r}{gaps[4]}){gaps[5]}"
        parsed.append((name, weight if positive else -weight))
    if math.fsum(weight for _, weight in parsed) <= 1e-6:
        return
    expected = NamedVoice(parts[0][0]) if len(parts) == 1 else mix(*parsed)
    voice = parse_voice(text, can_mix=True)
    assert voice == expected
    assert parse_voice(voice_text(voice), can_mix=True) == voice


@given(names, names)
def test_a_dash_inside_a_name_is_part_of_it_and_any_other_is_a_minus(first: str, second: str) -> None:
    assert parse_voice(f"{first}-{second}", can_mix=True) == NamedVoice(f"{first}-{second}")
    if first == second:
        return
    difference = mix((first, 2), (second, -1))
    for text in (f"{first}(2)-{second}", f"{first}(2) -{second}", f"{first}(2)- {second}(1)"):
        assert parse_voice(text, can_mix=True) == difference
    for text in (f"{first} - {second}+z+z", f"{first} -{second}+z+z", f"{first}- {second}+z+z"):
        if "z" not in {first, second}:
            assert parse_voice(text, can_mix=True) == mix((first, 1), (second, -1), ("z", 2))


def test_text_for_reports() -> None:
    assert voice_text(NamedVoice("af_bella")) == "af_bella"
    assert voice_text(mix(("a", 2.0), ("b-c", -0.5), ("d", 1e-7))) == "a(2)-b-c(0.5)+d(1e-07)"
    assert voice_text(mix(("a", -1.0), ("b", 2.0))) == "-a(1)+b(2)"
    assert voice_text(TensorVoice("00ff")) == "tensor:00ff"
    assert voice_text(ReferenceVoice("00ff", "words")) == "reference:00ff"


@given(st.lists(st.tuples(names, st.integers(1, 10_000)), min_size=1, max_size=6), st.sampled_from([0.1, 0.01, 0.001]))
def test_shares_are_exact(parts: list[tuple[str, int]], unit: float) -> None:
    whole = mix_shares(mix(*((name, float(weight)) for name, weight in parts)))
    assert math.isclose(math.fsum(share for _, share in whole), 1.0)
    digits = len(str(unit)) - 2
    small = mix(*((name, float(f"{weight / 10**digits:.{digits}f}")) for name, weight in reversed(parts)))
    assert mix_shares(small) == whole


def test_shares_with_signs() -> None:
    assert mix_shares(mix(("b", 2.0), ("a", -1.0), ("c", 0.0))) == [("a", -1.0), ("b", 2.0)]
    assert mix_shares(mix(("a", 0.1), ("b", 0.1), ("a", 0.2))) == [("a", 0.75), ("b", 0.25)]


@pytest.mark.parametrize(
    ("voice", "message"),
    [
        (mix(), "sum of the weights"),
        (mix(("a", 1.0), ("b", -1.0)), "sum of the weights"),
        (mix(("a", 0.1), ("b", 0.2), ("c", -0.3)), "sum of the weights"),
        (mix(("a", 1.0), ("b", -2.0)), "more than 0"),
        (mix(("a", -1.7e308), ("b", -1.7e308)), "more than 0"),
        (mix(("a", 1e300), ("b", -1e300), ("c", 1e-300)), "all but cancel"),
        (mix(("a", 1.0), ("bee", math.nan)), "voice 'bee' is nan"),
        (mix(("a", 1.0), ("bee", math.inf)), "voice 'bee' is inf"),
    ],
)
def test_mixes_without_shares(voice: MixedVoice, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mix_shares(voice)
