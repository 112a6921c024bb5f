"""Word timings from the frames of symbols and the predicted energy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voxweft.engines.kokoro.chunks import Chunk
from voxweft.engines.kokoro.common.tokens import MARKS, Token, spell
from voxweft.engines.kokoro.joins import ChunkJoiner
from voxweft.engines.kokoro.sound_map import SoundMap
from voxweft.engines.kokoro.timing import edges_of, words_of
from voxweft.utils.streaming import Word

RATE_HZ = 24_000


def make(*parts: tuple[str, str]) -> tuple[str, Chunk]:
    """Return the text and the chunk of tokens, each given as (text with its white space, symbols)."""
    tokens, text = [], ""
    for written, symbols in parts:
        start = len(text)
        text += written
        tokens.append(Token(symbols, written != written.rstrip(), start, start + len(written.rstrip())))
    return text, Chunk(tuple(tokens), spell(tokens), 0.3, last=True)


def frames_of(chunk: Chunk, start: int = 10, each: int = 4, end: int = 12) -> NDArray[np.int64]:
    return np.array([start, *[each] * len(chunk.symbols), end], dtype=np.int64)


def sound_of(chunk: Chunk, frames: NDArray[np.int64] | list[int]) -> SoundMap:
    """Return the sounds of a chunk: two frames before the frames of words, with silence at marks."""
    frames = np.asarray(frames, np.int64)
    symbols = chunk.symbols
    spoken = [symbol not in MARKS for symbol in symbols]
    spoken = [
        is_spoken or (symbol == " " and 0 < at < len(symbols) - 1 and spoken[at - 1] and spoken[at + 1])
        for at, (symbol, is_spoken) in enumerate(zip(symbols, spoken, strict=True))
    ]
    loud = np.repeat([False, *spoken, False], frames)
    loud = np.concatenate([loud[2:], [False, False]])
    return SoundMap(symbols, frames, np.repeat(np.where(loud, 5.0, -9.0), 2).astype(np.float32))


def in_frames(words: tuple[Word, ...]) -> list[tuple[str, float, float]]:
    return [(word.text, round(word.start_s * 40, 6), round(word.end_s * 40, 6)) for word in words]


def test_a_space_is_divided_and_marks_belong_to_no_word():
    # All sound is two frames before its symbol's frames.
    text, chunk = make(("Hi ", "hI"), ("there, ", "ðɛɹ,"), ("“you”", "“ju”"), (". ", "."))
    assert chunk.symbols == "hI ðɛɹ, “ju”."
    words = words_of(chunk, sound_of(chunk, frames_of(chunk)), text, 0)
    assert in_frames(words) == [("Hi", 8, 18), ("there", 18, 32), ("you", 44, 52)]
    assert [text[word.source.start : word.source.end] for word in words] == ["Hi", "there", "you"]


def test_a_space_is_divided_to_the_half_frame():
    text, chunk = make(("a ", "a"), ("b", "b"))
    words = words_of(chunk, sound_of(chunk, [4, 3, 5, 3, 1]), text, 0)
    assert in_frames(words) == [("a", 2, 7.5), ("b", 7.5, 13)]


def test_times_count_from_the_start_of_the_segment():
    text, chunk = make(("a", "a"))
    (word,) = words_of(chunk, sound_of(chunk, [12, 4, 10]), text, 24_000 - 6000)
    assert (word.start_s, word.end_s) == (1.0, 1.1)


def test_words_without_symbols_get_the_time_between_their_neighbors():
    text, chunk = make(("one", "wʌn"), (",", ","), ("สวัสดี", ""), ("Ω ", ""), ("two", "tu"))
    words = words_of(chunk, sound_of(chunk, [3, 1, 1, 1, 6, 2, 1, 1, 9]), text, 0)
    assert in_frames(words) == [("one", 1, 4), ("สวัสดี", 4, 8), ("Ω", 8, 12), ("two", 12, 14)]


def test_words_without_symbols_at_the_ends_have_no_duration():
    text, chunk = make(("Ж", ""), ("one", "wʌn"), (". ", "."), ("Ω", ""))
    words = words_of(chunk, sound_of(chunk, [7, 1, 1, 1, 6, 9]), text, 0)
    assert in_frames(words) == [("Ж", 5, 5), ("one", 5, 8), ("Ω", 8, 8)]


def test_only_spoken_marks_are_words():
    text, chunk = make(("— ", "—"), ("🙂 ", ""), ("& ", "ænd"), ("50 ", "fˈɪfti"), ("% ", "pɚsˈɛnt"), ("!", "!"))
    assert [word.text for word in words_of(chunk, sound_of(chunk, frames_of(chunk)), text, 0)] == ["&", "50", "%"]


def test_marks_within_a_word_are_part_of_it():
    text, chunk = make(("“don't,” ", "“dˈOnt,”"), ("3.14; ", "θɹˈi pˈYnt wˈʌn;"), ("(e.g.", "(ˌiʤˈi."))
    assert [word.text for word in words_of(chunk, sound_of(chunk, frames_of(chunk)), text, 0)] == [
        "don't",
        "3.14",
        "e.g",
    ]


def test_chunks_of_empty_tokens_or_marks_are_no_error():
    text, chunk = make(("สวัสดี ", ""), ("Ω", ""))
    assert in_frames(words_of(chunk, sound_of(chunk, [3, 4]), text, 0)) == [("สวัสดี", 3, 3), ("Ω", 3, 3)]
    text, chunk = make(("...", "..."), (" Ω", ""))
    assert in_frames(words_of(chunk, sound_of(chunk, [3, 1, 1, 1, 4]), text, 0)) == [("Ω", 3, 6)]


TOKENS = st.lists(
    st.sampled_from(
        [
            *[("word ", "wɜɹd"), ("don't", "dOnt"), ("impact. ", "ˈɪmpækt."), (", ", ","), ("“", "“"), ("— ", "—")],
            *[
                ("42 ", "fˈɔɹti tˈu"),
                ("漢", "xan↘"),
                ("... ", "..."),
                ("& ", "ænd"),
                ("สวัสดี ", ""),
                ("Ω", ""),
                ("🙂 ", ""),
            ],
        ]
    ),
    max_size=20,
)


@given(TOKENS, st.data())
@example([("word ", "wɜɹd")], None)
def test_every_token_with_letters_is_one_word_in_order_and_within_the_audio(parts, data):
    text, chunk = make(*parts)
    n_frames = len(chunk.symbols) + 2
    if data is None:
        frames = np.ones(n_frames, np.int64)
    else:
        frames = np.array(data.draw(st.lists(st.integers(1, 9), min_size=n_frames, max_size=n_frames)), np.int64)
    energy = np.zeros(2 * int(frames.sum()), np.float32)
    if data is not None:
        energy = np.random.default_rng(data.draw(st.integers(0, 99))).normal(0, 8, energy.size).astype(np.float32)
    sound = SoundMap(chunk.symbols, frames, energy)
    edges = edges_of(sound)
    joined = ChunkJoiner().join(np.zeros(sound.n_samples, np.float32), *edges, chunk.pause_s, chunk.last)
    words = words_of(chunk, sound, text, joined.shift)

    expected = [
        token
        for token in chunk.tokens
        if any(map(str.isalnum, text[token.start : token.end])) or token.phonemes == "ænd"
    ]
    assert len(words) == len(expected)
    for word, token in zip(words, expected, strict=True):
        assert word.text == text[word.source.start : word.source.end] != ""
        assert token.start <= word.source.start < word.source.end <= token.end
    times = [time for word in words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(0 <= time <= joined.samples.size / RATE_HZ for time in times)
    # The speech consists of the words and the marks and spaces between them.
    spoken = [word for word, token in zip(words, expected, strict=True) if token.phonemes]
    if spoken:
        assert (spoken[0].start_s * RATE_HZ) == pytest.approx(edges.lead_samples + joined.shift)
        assert (spoken[-1].end_s * RATE_HZ) == pytest.approx(sound.n_samples - edges.tail_samples + joined.shift)
    for before, after in itertools.pairwise(spoken):
        assert before.end_s <= after.start_s
