"""Overrides in a text: `[word](/ipa/)`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxweft.engines.kokoro.g2p.overrides import find_overrides, mask
from voxweft.text.segmenter import segment_text


def test_offsets_and_phonemes_of_overrides() -> None:
    text = "My [Kokoro](/kˈOkəɹO/)'s [New York](/nu jˈɔɹk/)."
    first, second = find_overrides(text)
    assert text[first.start : first.end] == "Kokoro"
    assert first.phonemes == "kˈOkəɹO"
    assert text[first.outer_start : first.outer_end] == "[Kokoro](/kˈOkəɹO/)"
    assert text[second.start : second.end] == "New York"
    assert second.phonemes == "nu jˈɔɹk"


@pytest.mark.parametrize(
    "text",
    ["[word]", "[word](url)", "[word](/a)", "[](/a/)", "[ ](/a/)", "[word](//)", "[word](/ /)", "[a\nb](/a/)", "(/a/)"],
)
def test_everything_else_stays_text(text: str) -> None:
    assert find_overrides(text) == []
    assert mask(text, []) == text


def test_only_overrides_entirely_within_the_part_are_found() -> None:
    text = "[a](/b/) [c](/d/)"
    assert [override.phonemes for override in find_overrides(text, 0, 8)] == ["b"]
    assert [override.phonemes for override in find_overrides(text, 1)] == ["d"]


@pytest.mark.parametrize("word", ["Dr. No. Yes", "3.14", "今日。明日", "A! B? C", "Mr."])
def test_no_sentence_ends_within_an_override(word: str) -> None:
    text = f"He saw [{word}](/a. b! C/) there. [{word}](/a/). Next [{word}](/b/) one."
    overrides = find_overrides(text)
    assert len(overrides) == 3
    spans = list(segment_text(mask(text, overrides)))
    assert len(spans) == 3
    for override in overrides:
        assert any(span.start <= override.outer_start and override.outer_end <= span.end for span in spans)


@given(st.lists(st.sampled_from(["[a](/b/)", "[É. X](/ˈæ/)", "[", "](/", "/)", "x ", ". ", "今日"]), max_size=12))
def test_mask_keeps_lengths_and_all_other_characters(parts: list[str]) -> None:
    text = "".join(parts)
    overrides = find_overrides(text)
    masked = mask(text, overrides)
    assert len(masked) == len(text)
    inside = {place for override in overrides for place in range(override.outer_start, override.outer_end)}
    for place, character in enumerate(masked):
        assert character in "xX" if place in inside else character == text[place]
