"""From a script to the segments of engines: word times map to the characters of the script."""

from __future__ import annotations

import pytest
from espeak_speech import spoken
from hypothesis import given
from hypothesis import strategies as st
from script_kit import CAST

from voxweft.engines.kokoro.g2p.overrides import find_overrides
from voxweft.text.lexicon import read_lexicon
from voxweft.text.normalizer import TextNormalizer
from voxweft.text.script import read_script
from voxweft.text.script_segments import script_segments
from voxweft.text.verbalize.verbalizer import make_verbalizer
from voxweft.utils.streaming.contract.registry import EngineRegistry

TEXT = "[Alice] It weighs 5 kg \\[or so\\],\n[Bob|speed:1.1] and Voxweft is [red](/ɹɛd/)."


def espeak_normalizer(piece):
    spec = EngineRegistry().get("espeak")
    language = spec.language_of(piece.language, "en-us")
    lexicon = read_lexicon("voxweft = vox weft machine")
    return TextNormalizer(spec.can("phonemes"), lexicon.finder(language), make_verbalizer(language))


def test_word_times_map_to_the_script() -> None:
    found = []
    for segment in script_segments(read_script(TEXT, CAST), espeak_normalizer):
        samples, words = spoken(segment.text)
        assert samples.size
        for word in words:
            source = segment.word_source(word.source)
            found.append((segment.speaker, word.text, TEXT[source.start : source.end]))
    assert found == [
        ("Alice", "It", "It"),
        ("Alice", "weighs", "weighs"),
        ("Alice", "five", "5 kg"),
        ("Alice", "kilograms", "5 kg"),
        ("Alice", "or", "or"),
        ("Alice", "so", "so"),
        ("Bob", "and", "and"),
        ("Bob", "vox", "Voxweft"),
        ("Bob", "weft", "Voxweft"),
        ("Bob", "machine", "Voxweft"),
        ("Bob", "is", "is"),
        ("Bob", "red", "[red](/ɹɛd/)"),
    ]


def test_verbalized_text_sounds_like_the_words() -> None:
    (segment,) = script_segments(read_script("It cost $5.50."), espeak_normalizer)
    written, _ = spoken(segment.text)
    words, _ = spoken("It cost five dollars and fifty cents.")
    as_it_is, _ = spoken("It cost $5.50.")
    assert (written == words).all()
    assert written.size != as_it_is.size


@pytest.mark.parametrize("word", ["red", "Dr. No", "a b", "ɹ", "'t", "1.5"])
def test_kokoro_finds_the_pronunciations_of_segments(word: str) -> None:
    text = f"One. This is [{word}](/ɹɛd/ˈ)."
    for written in (f"This is [{word}](/ɹɛd/).", f'<speak>This is <phoneme ph="ɹɛd">{word}</phoneme>.</speak>'):
        (segment,) = script_segments(read_script(written), lambda piece: TextNormalizer(phonemes=True))
        (override,) = find_overrides(segment.text)
        assert (segment.text[override.start : override.end], override.phonemes) == (word, "ɹɛd")
    assert find_overrides(text) == []


@given(st.text(alphabet=st.sampled_from("ab []()/\\\n"), max_size=30))
def test_a_script_finds_the_same_pronunciations_as_kokoro(text: str) -> None:
    plain = text.replace("\\", "")
    found = [one for piece in read_script(plain) for one in piece.pronunciations]
    wanted = find_overrides(plain)
    assert [(one.source.start, one.source.end, one.phonemes) for one in found] == [
        (one.outer_start, one.outer_end, one.phonemes) for one in wanted
    ]
