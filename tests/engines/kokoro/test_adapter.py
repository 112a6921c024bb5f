"""Kokoro's adapter in this process: its reading ahead, its languages, and the completeness of its output."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from optional import skip_without

skip_without("kokoro")

import torch
from fixtures_kokoro import (
    LANGUAGES,
    RATE_HZ,
    SPOKEN,
    WEIGHTS,
    assert_words_cover,
    bomb,
    checkpoint,
    english_model,
    own_copy,
    quiet,
    segment,
    surroundings,
)

with quiet():
    from voxweft.engines.kokoro.acoustic.model import Prepared, Timing
    from voxweft.engines.kokoro.adapter import KokoroAdapter
    from voxweft.engines.kokoro.common.errors import KokoroError, KokoroMemoryError
    from voxweft.engines.kokoro.common.languages import LANGUAGES as KOKORO_LANGUAGES
    from voxweft.engines.kokoro.common.languages import KokoroLanguage
    from voxweft.engines.kokoro.common.tokens import Token, is_spoken, spell
    from voxweft.engines.kokoro.g2p.overrides import find_overrides
    from voxweft.engines.kokoro.g2p.phonemizer import Phonemizer
from voxweft.utils.streaming import (
    AdapterContext,
    AudioChunk,
    AudioPayload,
    Blob,
    MixedVoice,
    StreamingSegment,
    TensorVoice,
    VoicePart,
    Word,
)

pytestmark = pytest.mark.usefixtures("no_hang")
FRAMES, FRAME_SAMPLES = 3, 600
MAX_FRAMES = FRAMES * 512
MEGABYTE = 1_000_000


class QuickModel:
    """A stand-in for `AcousticModel` that returns silence of the right length at once."""

    def __init__(self, alphabet: frozenset[str]) -> None:
        self.alphabet = alphabet
        self.max_symbols = 510
        self.calls: list[tuple[str, int]] = []
        self.parts: list[int] = []
        self.memory_frames = MAX_FRAMES

    def prepare(
        self, symbols: str, style: torch.Tensor, *, speed: float, seed: int, cancelled: Callable[[], bool]
    ) -> Prepared:
        assert 1 <= len(symbols) <= self.max_symbols
        assert self.alphabet.issuperset(symbols)
        assert style.shape == (1, 256)
        self.calls.append((symbols, seed))
        return Prepared(self._timing(symbols), *[torch.zeros(0)] * 3)

    def samples(
        self, prepared: Prepared, begin: int, end: int, *, cancelled: Callable[[], bool]
    ) -> NDArray[np.float32]:
        assert 0 <= begin < end <= prepared.timing.frames.sum()
        if end - begin > self.memory_frames:
            raise KokoroMemoryError("out of memory on 'paper'")
        self.parts.append(end - begin)
        return np.zeros((end - begin) * FRAME_SAMPLES, np.float32)

    def timings(
        self, symbols: Sequence[str], styles: Sequence[torch.Tensor], speeds: Sequence[float]
    ) -> list[list[Timing]]:
        return [[self._timing(text) for _ in speeds] for text in symbols]

    def _timing(self, symbols: str) -> Timing:
        frames = np.full(len(symbols) + 2, FRAMES, np.int64)
        return Timing(frames, np.zeros(2 * int(frames.sum()), np.float32))


class RecordingPhonemizer(Phonemizer):
    """A phonemizer that records the requested spans."""

    def __init__(self, alphabet: frozenset[str]) -> None:
        self.notes: list[str] = []
        super().__init__(alphabet, self.notes.append)
        self.requests: list[tuple[str, int, int]] = []

    def tokens(self, text: str, language: KokoroLanguage, start: int, end: int) -> list[Token]:
        self.requests.append((language.code, start, end))
        return super().tokens(text, language, start, end)


class Bench:
    """Two adapters with the same voices and phonemes: one with the real model, one with `QuickModel`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with quiet():
            self.real = load(folder, lambda digest: Blob((folder / "voices" / f"{digest}.pt").read_bytes(), 0))
        self.real._phonemizer.close()
        self.phonemizer = self.real._phonemizer = RecordingPhonemizer(self.real._model.alphabet)
        self.model = QuickModel(self.real._model.alphabet)
        self.quick = copy.copy(self.real)
        self.quick._model = self.model

    def begin(self, spoken: StreamingSegment) -> tuple[AudioChunk, int]:
        """Return the first chunk, and the number of characters phonemized for it."""
        self.phonemizer.requests.clear()
        stream = self.quick.stream(spoken, lambda: False)
        first = next(event for event in stream if isinstance(event, AudioChunk))
        stream.close()
        return first, sum(end - start for _, start, end in self.phonemizer.requests)

    def hear(self, spoken: StreamingSegment) -> tuple[list[Word], int]:
        """Return the words and the number of samples."""
        self.model.calls.clear()
        self.model.parts.clear()
        self.phonemizer.requests.clear()
        chunks = [event for event in self.quick.stream(spoken, lambda: False) if isinstance(event, AudioChunk)]
        return [word for chunk in chunks for word in chunk.words], sum(chunk.samples.size for chunk in chunks)

    def symbols(self, spoken: StreamingSegment) -> str:
        """Return the symbols passed to the model."""
        self.hear(spoken)
        return " ".join(symbols for symbols, _ in self.model.calls)

    def codes(self, spoken: StreamingSegment) -> set[str]:
        """Return the languages of the requested phonemes."""
        self.hear(spoken)
        return {code for code, _, _ in self.phonemizer.requests}


def load(folder: Path, blob: Callable[[str], Blob] = lambda digest: {}[digest]) -> KokoroAdapter:
    adapter = KokoroAdapter()
    context = AdapterContext(
        model="kokoro-82m",
        model_path=folder,
        device="cpu",
        dtype="",
        params={},
        progress=lambda message, part: None,
        blob=blob,
    )
    assert adapter.load(context).sample_rate == RATE_HZ
    return adapter


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with surroundings(english_model(tmp_path_factory)):
        bench = Bench(checkpoint(tmp_path_factory))
        yield bench
        bench.real.unload()
    torch.set_num_threads(n_threads)


# A book


@pytest.mark.slow
@pytest.mark.parametrize(
    "sentence",
    [
        "The rain in Spain stays mainly in the plain. ",
        "the rain in spain stays mainly in the plain ",
        "no",
        "...! ",
        "“",
    ],
    ids=["sentences", "words", "a word", "marks", "quotes"],
)
@pytest.mark.parametrize("streaming", ["sentences", "clauses"])
def test_a_megabyte_of_text_starts_like_a_sentence(bench: Bench, sentence: str, streaming: str) -> None:
    text = f"It was {(sentence * (MEGABYTE // len(sentence) + 1))[:MEGABYTE]}"
    first, n_characters = bench.begin(segment(text, streaming=streaming))
    assert first.samples.size > 0
    assert first.words[0].text == "It"
    if any(map(str.isalnum, sentence)):
        assert n_characters < 3000, "of a million characters"


def test_low_latency_starts_with_a_shorter_chunk(bench: Bench) -> None:
    # Not English: the stand-in for spaCy's model doesn't tag commas.
    text = "Quando sono tornato, non c'era nessuno, e così sono andato a letto. " * 40
    whole, _ = bench.begin(segment(text, "if_sara"))
    quick, _ = bench.begin(segment(text, "if_sara", streaming="clauses"))
    assert quick.samples.size < whole.samples.size / 2
    assert " ".join(word.text for word in quick.words) == "Quando sono tornato"


# Completeness


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_book_without_marks_is_spoken_completely(bench: Bench, code: str) -> None:
    voice, _, text = SPOKEN[code]
    plain = "".join(character if character.isalpha() or character == " " else "" for character in text)
    n_characters = 20_000 if code in "ae" else 5_000
    book = ((plain if code in "jz" else f"{plain} ") * n_characters)[:n_characters]
    words, n_samples = bench.hear(segment(book, voice))
    assert_words_cover(book, words)
    assert words[-1].end_s <= n_samples / RATE_HZ
    assert max(len(symbols) for symbols, _ in bench.model.calls) > 255, "no more chunks than necessary"
    expected = spell(bench.phonemizer.tokens(plain, KOKORO_LANGUAGES[code], 0, len(plain))).split(" ")[:2]
    assert bench.model.calls[0][0].split(" ")[:2] == expected


FRAGMENTS = [
    *(
        "Dr. Smith",
        "3.14",
        "$5",
        "e.g.",
        "U.S.A.",
        "http://a.b/c?d=1",
        "it's",
        "x" * 700,
        "1" * 80,
        "naïve",
        "№ 5",
        "50%",
    ),
    *(
        "Größe",
        "¿Qué?",
        "œuvre",
        "नमस्ते",
        "你好，",
        "世界",
        "日本語",
        "Привет",
        "שלום",
        "สวัสดี",
        "ꦗꦮ",
        "ᚠᚢᚦ",
        "😀",
        "👨‍👩‍👧",
    ),
    *(
        "...",
        "…",
        "—",
        "-",
        "“",
        "”",
        "(",
        ")",
        "\n\n",
        "\t",
        "\0",
        "\x07",
        "\u200b",
        "\ufeff",
        "[a](/ˈA/)",
        "[b](",
        "*",
        "_",
    ),
]


@settings(max_examples=60, derandomize=True)
@example("ꦗꦮ", "a", "sentences")
@given(
    st.one_of(
        st.lists(st.sampled_from(FRAGMENTS), max_size=10).map(" ".join),
        # Next to a number, an override's brackets are part of the word; g2p/test_overrides.py has more cases.
        st.lists(st.sampled_from([text for text in FRAGMENTS if "[" not in text]), max_size=6).map("".join),
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="[]"), max_size=30),
    ),
    st.sampled_from([code for code in SPOKEN if code != "j"]),
    st.sampled_from(["sentences", "clauses"]),
)
def test_each_word_of_any_text_is_spoken_once_in_order(bench: Bench, text: str, code: str, streaming: str) -> None:
    voice, _, _ = SPOKEN[code]
    spoken = segment(text, voice, streaming=streaming)
    words, n_samples = bench.hear(spoken)
    if not n_samples:
        # Only text in scripts without a voice is silent, which jobs report.
        tokens = bench.quick._phonemizer.tokens(text, KOKORO_LANGUAGES[code], 0, len(text))
        assert not is_spoken(spell(tokens))
        return
    shown = list(text)
    for override in find_overrides(text):
        # Only the word of the markup is spoken.
        shown[override.outer_start : override.start] = " " * (override.start - override.outer_start)
        shown[override.end : override.outer_end] = " " * (override.outer_end - override.end)
    assert_words_cover("".join(shown), words)
    assert all(word.end_s <= n_samples / RATE_HZ for word in words)
    assert bench.quick.estimate_duration(spoken, [1.0]) == [n_samples / RATE_HZ]


# Languages


def test_the_segments_language_takes_precedence_over_the_voices(bench: Bench) -> None:
    assert bench.codes(segment("Hi", "if_sara", "fr")) == {"f"}
    assert bench.codes(segment("Hi", "if_sara")) == {"i"}
    assert bench.codes(segment("Hi", None, "pt-PT")) == {"p"}
    assert bench.codes(segment("Hi")) == {"a"}
    assert bench.codes(segment("Hi", "bf_emma", "en")) == {"b"}
    assert bench.codes(segment("Hi", "bf_emma", "en-US")) == {"a"}
    mix = MixedVoice((VoicePart("af_heart", 1.0), VoicePart("ef_dora", 2.0)))
    assert bench.codes(segment("Hi", mix)) == {"e"}
    assert bench.codes(segment("Hi", mix, "zh")) == {"z"}
    assert bench.codes(segment("Hi", TensorVoice("ff_siwis"))) == {"a"}, "a tensor has no language"
    assert bench.codes(segment("Hi", TensorVoice("ff_siwis"), "hi")) == {"h"}


def test_each_language_has_its_own_phonemes(bench: Bench) -> None:
    text = "Michelle schedules 21"
    symbols_of = {code: bench.symbols(segment(text, "af_heart", SPOKEN[code][1])) for code in "abefhip"}
    assert len(set(symbols_of.values())) == len(symbols_of), symbols_of
    for code, symbols in symbols_of.items():
        voice, _, _ = SPOKEN[code]
        assert bench.symbols(segment(text, voice)) == symbols, "the same by tag and by voice"
    assert " skˈɛ" in symbols_of["a"]
    assert " ʃˈɛ" in symbols_of["b"]
    chinese = bench.symbols(segment("今天 21", "af_heart", "zh"))
    assert chinese != bench.symbols(segment("今天 21", "af_heart", "en"))
    assert "↗" in chinese or "↘" in chinese, "tones"


def test_misaki_pronounces_english(bench: Bench) -> None:
    assert "wˌʊɹkʃˌɑp" not in bench.symbols(segment("workshop"))
    assert bench.phonemizer.name(KOKORO_LANGUAGES["a"]).startswith("misaki-en ")


# Errors and cancels


def test_a_cancel_stops_in_the_middle_of_a_chunk(bench: Bench) -> None:
    spoken = segment("A sentence of a good few words, which takes its time.")
    n_checks = 0

    def never() -> bool:
        nonlocal n_checks
        n_checks += 1
        return False

    assert sum(chunk.samples.size for chunk in bench.real.stream(spoken, never)) > 0
    n_total, n_checks = n_checks, 0
    assert n_total > 10, "the cancel is checked between layers"

    def half() -> bool:
        return never() or n_checks > n_total // 2

    assert list(bench.real.stream(spoken, half)) == []
    assert n_checks == n_total // 2 + 1, "no check after the cancel"


@pytest.mark.parametrize("memory_frames", [200, 80, 40])
def test_a_chunk_that_does_not_fit_into_memory_is_made_in_parts(bench: Bench, memory_frames: int) -> None:
    text = "This is a sentence that is a little too long for a little device, whatever it is made of. And more."
    whole, n_whole = bench.hear(segment(text))
    n_parts = len(bench.model.parts)
    bench.model.memory_frames = memory_frames
    try:
        words, n_samples = bench.hear(segment(text))
    finally:
        bench.model.memory_frames = MAX_FRAMES
    assert (words, n_samples) == (whole, n_whole), "only the vocoder works in parts"
    assert max(bench.model.parts) <= memory_frames
    assert len(bench.model.parts) > n_parts


def test_too_little_memory_for_any_part_is_an_error(bench: Bench) -> None:
    bench.model.memory_frames = 3
    try:
        with pytest.raises(KokoroMemoryError, match="out of memory"):
            bench.hear(segment("This is a sentence that is too long for any device."))
    finally:
        bench.model.memory_frames = MAX_FRAMES


def test_each_chunk_has_its_own_seed(bench: Bench) -> None:
    text = "Hello there. Hello there. Hello there."
    first, second, _ = bench.real.stream(segment(text), lambda: False)
    assert first.samples.size == second.samples.size
    assert not np.array_equal(first.samples, second.samples)
    bench.hear(segment(text, seed=5))
    seeds = [seed for _, seed in bench.model.calls]
    bench.hear(segment(text, seed=6))
    assert not set(seeds) & {seed for _, seed in bench.model.calls}
    for extreme in (-1, -(1 << 63), (1 << 63) - 1):
        bench.hear(segment(text, seed=extreme))
        assert all(0 <= seed < 1 << 63 for _, seed in bench.model.calls)


def test_an_audio_payload_is_rejected(bench: Bench) -> None:
    audio = StreamingSegment(index=0, payload=AudioPayload(bytes(16), 16000), engine="kokoro")
    with pytest.raises(ValueError, match="Kokoro speaks text"):
        next(bench.real.stream(audio, lambda: False))


@pytest.mark.parametrize("fault", ["truncated", "random", "bomb", "empty", "another config", "no config", "a voice"])
def test_invalid_weights_and_configurations_are_rejected_by_name(bench: Bench, tmp_path: Path, fault: str) -> None:
    model = own_copy(bench.folder, tmp_path / "model")
    weights, marker, named = model / WEIGHTS, tmp_path / "executed", model / WEIGHTS
    if fault == "another config":
        named = model / "config.json"
        named.write_text('{"model_type": "llama", "hidden_size": 4096}')
    elif fault == "no config":
        named = model / "config.json"
        named.unlink()
    else:
        weights.unlink()  # a hard link: other tests use its content
        if fault == "bomb":
            torch.save({"bert": bomb(marker)}, weights)
        elif fault == "a voice":
            shutil.copy(model / "voices" / "af_heart.pt", weights)
        else:
            with (bench.folder / WEIGHTS).open("rb") as whole:
                data = whole.read(1 << 20)
            weights.write_bytes({"truncated": data, "random": np.random.default_rng(1).bytes(1 << 20)}.get(fault, b""))
    with pytest.raises(KokoroError) as caught:
        load(model)
    assert str(named) in str(caught.value)
    assert not marker.exists()
