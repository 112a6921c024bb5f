"""Chunk sizes for low latency: no gap in playback, and geometric growth."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxweft.engines.kokoro.chunk_ramp import ChunkRamp
from voxweft.engines.kokoro.chunks import Chunk, cut_chunks
from voxweft.engines.kokoro.common.tokens import Token, is_spoken

REAL_TIME_FACTOR = 0.6
FIXED_S = 0.04
MARKS = ",.;:!?—"


def letters(text: str) -> Callable[[int, int], list[Token]]:
    """Return a G2P whose phonemes are the letters and marks themselves."""

    def phonemize(start: int, end: int) -> list[Token]:
        found = re.finditer(r"\w+|[^\w\s]", text[start:end])
        return [
            Token(match[0].lower(), match.end() < end - start and text[start + match.end()] == " ", *place)
            for match in found
            for place in [(start + match.start(), start + match.end())]
        ]

    return phonemize


class Player:
    """Plays from the first chunk on, while later chunks are made one at a time; counts underruns."""

    def __init__(self) -> None:
        self.n_underruns = 0
        self._made_s = self._played_until_s = 0.0

    def take(self, audio_s: float) -> None:
        self._made_s += FIXED_S + REAL_TIME_FACTOR * audio_s
        if self._played_until_s == 0.0:
            self._played_until_s = self._made_s
        elif self._made_s > self._played_until_s + 1e-9:
            self.n_underruns += 1
            self._played_until_s = self._made_s
        self._played_until_s += audio_s


def play(text: str, duration_s: Callable[[Chunk], float], *, measured: bool, **options) -> tuple[int, list[Chunk]]:
    """Return the number of underruns, and the chunks."""
    ramp = ChunkRamp(**options)
    player, chunks = Player(), []
    for chunk in cut_chunks(text, letters(text), ramp=ramp):
        audio_s = duration_s(chunk)
        if measured:
            ramp.correct_duration(audio_s)
        player.take(audio_s)
        chunks.append(chunk)
    return player.n_underruns, chunks


# Not longer than the time after a first chunk allows (see `ChunkRamp`); one letter and a full stop is an initial.
WORD = st.text("abcdefgh", min_size=2, max_size=5)
MARK = st.sampled_from([" ", " ", " ", " ", " ", ", ", "; ", " — "])
SENTENCE = st.builds(
    lambda parts, end: "".join(itertools.chain.from_iterable(parts)).rstrip(" ,;—") + end,
    st.lists(st.tuples(WORD, MARK), min_size=1, max_size=60),
    st.sampled_from([". ", "! ", "? ", "… "]),
)
TEXTS = st.lists(SENTENCE, min_size=1, max_size=8).map(
    lambda parts: "".join(part.capitalize() for part in parts).strip()
)


@given(TEXTS, st.integers(0, 2**32), st.booleans())
def test_playback_has_no_gap(text, seed, measured):
    source = random.Random(seed)

    def duration_s(chunk: Chunk) -> float:
        return sum(source.uniform(0.05, 0.11) for _ in chunk.symbols) + chunk.pause_s

    n_underruns, _ = play(text, duration_s, measured=measured)
    assert n_underruns == 0


@given(TEXTS, st.lists(st.sampled_from([0.05, 0.08, 0.11]), min_size=1, max_size=20))
def test_at_any_tempo_only_a_word_that_is_too_long_causes_an_underrun(text, tempi):
    ramp, player, tempo = ChunkRamp(), Player(), itertools.cycle(tempi)
    chunks = cut_chunks(text, letters(text), ramp=ramp)
    while True:
        limit, n_before = ramp.next_limit(), player.n_underruns
        chunk = next(chunks, None)
        if chunk is None:
            break
        audio_s = next(tempo) * len(chunk.symbols) + chunk.pause_s
        ramp.correct_duration(audio_s)
        player.take(audio_s)
        n_words = len(re.findall(r"\w+", chunk.symbols))
        assert len(chunk.symbols) <= limit or n_words == 1
        assert player.n_underruns == n_before or (n_words == 1 and len(chunk.symbols) > limit)


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_playback_has_no_gap_at_other_speeds(speed):
    text = " ".join(["some words, here and there one more;"] * 40) + "."

    def duration_s(chunk: Chunk) -> float:
        return 0.08 / speed * len(chunk.symbols) + chunk.pause_s

    assert play(text, duration_s, measured=False, speed=speed)[0] == 0


def test_a_ramp_without_a_margin_has_underruns():
    """Check that the simulation detects underruns, which the margin prevents."""
    text = "the quick brown fox " * 30

    def duration_s(chunk: Chunk) -> float:
        return 0.08 * len(chunk.symbols)

    n_underruns, _ = play(text, duration_s, measured=False, real_time_factor=0.3, max_symbol_s=0.08)
    assert n_underruns > 0


@given(TEXTS, st.sampled_from([0.05, 0.08, 0.11]))
def test_sizes_grow_geometrically_so_that_chunks_are_few(text, symbol_s):
    _, chunks = play(text, lambda chunk: symbol_s * len(chunk.symbols) + chunk.pause_s, measured=False)
    n_sentences = len(re.findall(r"[.!?…]", text))
    # Each cut makes the next size 1.45 times as large, less half a chunk for the best mark and the current word.
    n_symbols = sum(len(chunk.symbols) for chunk in chunks)
    assert len(chunks) <= n_sentences + 3 + math.log(max(n_symbols / 10, 1), 1.2)


def test_later_chunks_are_whole_sentences():
    text = "Well, this is a sentence of some length, which has a clause or two in it; and it ends here. " * 6
    _, chunks = play(text, lambda chunk: 0.08 * len(chunk.symbols) + chunk.pause_s, measured=True)
    assert chunks[0].symbols == "well, this is a sentence of"
    whole = [chunk.symbols for chunk in chunks if len(chunk.symbols) > 85]
    assert len(whole) >= 4
    assert [chunk.symbols[-1] for chunk in chunks[-4:]] == ["."] * 4


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Hi Mediclinic. Your project sounds interesting.", "hi mediclinic."),
        ("Thank you very much, it was good of you to come and see us.", "thank you very much,"),
        ("No, I have never been there before in all my life.", "no, i have never been there"),
        ("Yes.", "yes."),
        ("No. Never! I have not been there in all my life.", "no. never!"),
        ("Hi! How are you? I am fine.", "hi! how are you?"),
        ("One\n\nIt was a dark night.", "one"),
        ("Nothing pauses in this long sentence of many words", "nothing pauses in this long"),
        ("“Never,” he said, and went away without another word.", "“never,” he said,"),
        ("Supercalifragilisticexpialidocious, she sang to us.", "supercalifragilisticexpialidocious,"),
    ],
)
def test_the_first_chunk_is_the_first_clause(text, first):
    _, chunks = play(text, lambda chunk: 0.08 * len(chunk.symbols), measured=False)
    assert chunks[0].symbols == first
    assert is_spoken(chunks[0].symbols)


def test_the_limit_follows_from_the_buffered_audio():
    ramp = ChunkRamp()
    assert not ramp.started
    assert ramp.next_limit() == 28

    def limit(buffered_s: float) -> int:
        return int((buffered_s - 0.04 - 0.6 * 0.3) / (0.6 * 0.11))

    ramp.add(20, 0.12)
    assert ramp.next_limit() == limit(20 * 0.075 + 0.12)
    ramp.correct_duration(2.0)
    assert ramp.next_limit() == limit(2.0)
    ramp.add(10, 0.0)
    assert ramp.next_limit() == limit(2.0 - 0.04 + 0.4 * 0.75)
    # An underrun: only this chunk is buffered.
    ramp.correct_duration(10.0)
    assert ramp.next_limit() == limit(10.0)


def test_after_a_silent_first_chunk_the_limit_is_one_symbol():
    ramp = ChunkRamp()
    ramp.add(1, 0.0)
    ramp.correct_duration(0.0)
    assert ramp.next_limit() == 1


def test_invalid_arguments_are_rejected():
    with pytest.raises(ValueError, match="10 to 5 symbols"):
        ChunkRamp(max_first_symbols=5)
    with pytest.raises(ValueError, match="no chunk"):
        ChunkRamp().correct_duration(1.0)


@settings(max_examples=20)
@given(TEXTS)
def test_the_same_text_is_cut_the_same_way(text):
    first, second = (
        [chunk.symbols for chunk in play(text, lambda chunk: 0.08 * len(chunk.symbols), measured=True)[1]]
        for _ in range(2)
    )
    assert first == second
