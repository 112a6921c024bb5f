"""The tests' own recognition model hears what its README says, and its trainer still makes one like it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soxr
from espeak_speech import SPEECH_RATE_HZ, spoken
from numpy.typing import NDArray

from voxweft.utils.streaming import (
    Word,
)

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "tests" / "data" / "tiny-whisper-en"
README = (MODEL / "README.md").read_text(encoding="utf-8")
RATE = 16000
PANGRAM = "The quick brown fox jumps over the lazy dog."
# Each is in the README with the segments that it is heard as.
DEMO = {
    text: re.findall(r"\[([\d.]+)-([\d.]+)\] ([a-z ]+)", heard)
    for text, heard in re.findall(r"^- `([A-Z][^`]+)` -> (.+)$", README, re.MULTILINE)
}
FILES = re.findall(r"^\| ([\w.]+) \| (\d+) \| `([0-9a-f]{64})` \|$", README, re.MULTILINE)
# What the trainer's seed 7 draws first, as numbers of words: they stand for the model's data.
IDS_OF_SEED_7 = "3afe61b12d4db7e3b700b1a4ad69633b27a3c05fa4b7d7d0d519c258edf3448c"


def speak(text: str) -> tuple[NDArray[np.float32], tuple[Word, ...]]:
    """The text in the plain American voice, `[n]` at 16 kHz, and eSpeak's own words."""
    samples, words = spoken(text)
    return soxr.resample(samples, SPEECH_RATE_HZ, RATE).astype(np.float32), words


@pytest.fixture(scope="module")
def whisper() -> Any:
    """faster-whisper with the model, without any of this project between."""
    faster_whisper = pytest.importorskip("faster_whisper")
    return faster_whisper.WhisperModel(
        str(MODEL), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
    )


@pytest.fixture(scope="module")
def trainer() -> Iterator[dict[str, ModuleType]]:
    """Those of the trainer's modules that need no more than numpy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        yield {name: import_module(f"tiny_whisper.{name}") for name in ("words", "sentences", "stages", "tokens")}


# The model


def test_the_readme_shows_sentences() -> None:
    assert len(DEMO) == 5
    assert PANGRAM in DEMO
    assert [len(segments) for segments in DEMO.values()] == [1, 1, 1, 1, 4]


@pytest.mark.parametrize("text", DEMO)
def test_it_hears_its_demo_sentences(text: str, whisper: Any) -> None:
    samples, _ = speak(text)
    segments, info = whisper.transcribe(samples)
    heard = list(segments)
    assert [segment.text.strip() for segment in heard] == [words for _, _, words in DEMO[text]]
    for segment, (start, end, _) in zip(heard, DEMO[text], strict=True):
        assert segment.start == pytest.approx(float(start), abs=0.12)
        assert segment.end == pytest.approx(float(end), abs=0.12)
    assert info.language == "en"


def test_its_words_are_where_espeak_says_them(whisper: Any) -> None:
    samples, said = speak(PANGRAM)
    segments, _ = whisper.transcribe(samples, word_timestamps=True)
    heard = [word for segment in segments for word in segment.words]
    assert [word.word.strip() for word in heard] == [word.text.lower() for word in said]
    off_s = [abs(mine.start - theirs.start_s) for mine, theirs in zip(heard, said, strict=True)]
    assert np.median(off_s) < 0.15
    assert max(off_s) < 0.5


def test_it_needs_the_whole_sentence_to_say_the_whole_sentence(whisper: Any) -> None:
    """So it listens: a text that came from the tokens before alone would go on without the sound."""
    samples, said = speak(PANGRAM)
    fox = next(word for word in said if word.text == "fox")
    segments, _ = whisper.transcribe(samples[: int(fox.end_s * RATE)])
    assert " ".join(segment.text.strip() for segment in segments) == "the quick brown fox"


@pytest.mark.parametrize("hiss", [0.0, 0.001, 0.02])
@pytest.mark.parametrize("duration_s", [0.5, 5, 40])
def test_silence_has_no_text(duration_s: float, hiss: float, whisper: Any) -> None:
    samples = np.random.default_rng(1).standard_normal(int(duration_s * RATE)).astype(np.float32) * np.float32(hiss)
    segments, _ = whisper.transcribe(samples)
    assert [segment.text for segment in segments] == []


def test_the_folder_holds_what_its_readme_lists() -> None:
    found = {
        file.name: (file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest())
        for file in MODEL.iterdir()
        if file.name != "README.md"
    }
    assert found == {name: (int(size), digest) for name, size, digest in FILES}
    assert {"model.bin", "config.json", "tokenizer.json", "vocabulary.json", "preprocessor_config.json"} == set(found)


# The trainer


def test_the_readme_lists_the_words_of_the_trainer(trainer: dict[str, ModuleType]) -> None:
    (count, listed) = re.findall(r"^## Vocabulary \((\d+) words\)\s+([a-z ]+)$", README, re.MULTILINE)[0]
    assert listed.split() == sorted(trainer["words"].WORDS)
    assert int(count) == len(trainer["words"].WORDS) == len(set(listed.split()))


def test_the_trainers_tokens_are_the_models(trainer: dict[str, ModuleType]) -> None:
    tokens = trainer["tokens"]
    listed = json.loads((MODEL / "vocabulary.json").read_text(encoding="utf-8"))
    assert listed[tokens.FIRST_WORD : tokens.END] == ["\u0120" + word for word in trainer["words"].WORDS]
    assert listed[tokens.END : tokens.FIRST_TIMESTAMP] == list(tokens.SPECIAL)
    assert listed[tokens.FIRST_TIMESTAMP :] == tokens.TIMESTAMPS
    assert len(listed) == tokens.N_TOKENS


def test_the_trainers_tokenizer_is_the_models(trainer: dict[str, ModuleType]) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    built = import_module("tiny_whisper.tokenizer").build_tokenizer()
    shipped = tokenizers.Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    assert built.to_str() == shipped.to_str()
    assert import_module("tiny_whisper.tokenizer").vocabulary(built) == json.loads(
        (MODEL / "vocabulary.json").read_text(encoding="utf-8")
    )


def test_sentences_are_of_known_words(trainer: dict[str, ModuleType]) -> None:
    rng = np.random.default_rng(1)
    drawn = [trainer["sentences"].draw_sentence(rng) for _ in range(2000)]
    assert all(drawn)
    never_said = {"it", "or"}  # as the README says
    assert {word for sentence in drawn for word in sentence} == set(trainer["words"].WORDS) - never_said


@pytest.mark.parametrize(
    "stages",
    [
        "",
        "x1x800x1@1-1",
        "j1x800x1@1",
        "j1x399x1@1-1",
        "j1x200x1@1-1",
        "e1x3002x1@1-1",
        "j1x800x0@1-1",
        "j1x800x1@1-1,",
    ],
)
def test_stages_that_are_none_are_refused(stages: str, trainer: dict[str, ModuleType]) -> None:
    with pytest.raises(ValueError, match=r"stage|batch"):
        trainer["stages"].read_stages(stages)


def test_stages_become_steps(trainer: dict[str, ModuleType]) -> None:
    read = trainer["stages"].read_stages("e2x400x32@1-1/j4x800x24@.8-.4,j1x3000x8@.5-.02")
    assert [[(step.encoder_only, step.frames, step.size) for step in session] for session in read] == [
        [(True, 400, 32)] * 2,
        [(False, 800, 24)] * 4 + [(False, 3000, 8)],
    ]
    assert [step.rate for step in read[1]] == pytest.approx([0.8, 0.7, 0.6, 0.5, 0.5])
    assert sum(map(len, trainer["stages"].read_stages(trainer["stages"].DEFAULT_STAGES))) == 700 + 860 + 560


def test_a_tiny_training_makes_a_folder_that_is_loaded(tmp_path: Path) -> None:
    """Every step but the evaluation, as a user starts it: two steps of training instead of two thousand."""
    for needed in ("faster_whisper", "transformers", "torch"):
        pytest.importorskip(needed)
    torch = sys.modules["torch"]
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("the trainer needs torch 2.9 or newer")
    out = tmp_path / "out"
    command = [
        *(sys.executable, ROOT / "scripts" / "tiny_whisper", "--work", tmp_path / "work", "--out", out),
        *("--pool", "500", "--stages", "e1x400x2@1-1/j1x800x2@1-.5", "--threads", "1"),
        *("--only", "pool", "train", "convert"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    with np.load(tmp_path / "work" / "pool-7-500.npz") as pool:
        assert hashlib.sha256(pool["ids"].astype("<i8").tobytes()).hexdigest() == IDS_OF_SEED_7
        assert pool["wav"].dtype == np.int16
        assert np.abs(pool["wav"]).max() > 3000
        assert (pool["end"] >= pool["start"]).all()

    for same in ("tokenizer.json", "vocabulary.json", "config.json", "preprocessor_config.json"):
        assert json.loads((out / same).read_text("utf-8")) == json.loads((MODEL / same).read_text("utf-8"))
    model = sys.modules["faster_whisper"].WhisperModel(
        str(out), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
    )
    # It has learnt nothing, so what it writes is no matter; but it writes tokens of its own.
    segments, _ = model.transcribe(
        np.zeros(RATE, np.float32), max_new_tokens=5, no_speech_threshold=None, temperature=0
    )
    written = [token for segment in segments for token in segment.tokens]
    assert set(written) <= set(range(len(json.loads((out / "vocabulary.json").read_text("utf-8")))))
