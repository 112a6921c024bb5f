"""The recognition benchmark at a tiny size with the small model; no test checks a time."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from optional import skip_without
from streaming_kit import child_pids, eventually
from typer.testing import CliRunner

skip_without("faster_whisper")

from fixtures_whisper import TINY

from benchmarks.__main__ import app
from benchmarks.asr import QUICK, AsrSizes, measure_asr
from benchmarks.asr_clock import Clock
from benchmarks.asr_engine import engine
from benchmarks.asr_live import CommittedWord, Live, lags_s
from benchmarks.asr_plain import Hypothesis, PlainState
from benchmarks.asr_speech import RATE_HZ, Recording, record
from benchmarks.asr_texts import Sentences
from benchmarks.table import ASR_ROWS, markdown_table
from voxweft.utils.streaming import Word

REQUIRED = {
    "file_time_ratio",
    "file_text_equal",
    "live_wer",
    "file_wer",
    "committed_lag_p50_s",
    "committed_lag_p95_s",
    "encoder_pass_ratio",
    "decoder_token_ratio",
    "memory_growth_mib",
    "long_file_wer_points",
}
MAY_BE_NEGATIVE = ("growth", "points", "lag")
SMALLEST = AsrSizes(
    pairs=1,
    file_s=3.0,
    small_pairs=0,
    small_file_s=1.0,
    realtime_s=2.0,
    live_s=5.0,
    long_live_s=5.0,
    long_file_s=12.0,
    part_s=4.0,
)


@pytest.fixture(scope="module")
def measured() -> Iterator[tuple[dict[str, float], list[str]]]:
    steps: list[str] = []
    before = child_pids()
    yield measure_asr(TINY, SMALLEST, steps.append), steps
    eventually(lambda: child_pids() <= before, "every measured process has ended", 2.0)


@pytest.mark.slow
def test_the_figures_are_finite_numbers_with_the_required_names(measured):
    figures, steps = measured
    assert figures.keys() >= REQUIRED
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    for name, value in figures.items():
        assert type(value) is float, name
        assert math.isfinite(value), name
        assert value >= 0 or any(part in name for part in MAY_BE_NEGATIVE), name
    assert len(steps) == len(set(steps)) == 7


@pytest.mark.slow
def test_figures_that_do_not_depend_on_the_machine(measured):
    figures, _ = measured
    assert figures["file_text_equal"] == 1.0
    assert figures["live_wer"] < 0.5
    assert figures["plain_wer"] < 0.5
    # Plain agreement recognizes everything every second.
    assert 0 < figures["encoder_pass_ratio"] < 1
    assert 0 < figures["decoder_token_ratio"] < 1
    assert figures["encoder_passes_per_s"] < 1
    assert figures["live_memory_mib"] > 50
    assert figures["file_memory_mib"] > 50
    assert figures["file_long_s"] >= SMALLEST.long_file_s
    assert figures["memory_growth_mib"] == max(figures["live_memory_growth_mib"], figures["file_memory_growth_mib"])


@pytest.mark.slow
def test_the_table_has_every_required_figure(measured):
    figures, _ = measured
    small = {row.name: 1.0 for row in ASR_ROWS if row.name.startswith("small_")}
    lines = markdown_table(figures | small, ASR_ROWS).splitlines()
    assert len(lines) == 2 + len(ASR_ROWS)
    assert {line.split("`")[1] if "WhisperModel" not in line else "file_time_ratio" for line in lines[2:]} >= REQUIRED


def test_quick_is_smaller_everywhere():
    full = AsrSizes()
    for field in set(AsrSizes.__struct_fields__) - {"seed"}:
        assert 0 < getattr(QUICK, field) <= getattr(full, field)
    assert full.pairs % 2 == QUICK.pairs % 2 == 1


@pytest.mark.slow
def test_recordings_repeat_and_their_word_times_are_right():
    with engine(TINY) as runtime:
        one, other = record(runtime, 3.0, 5), record(runtime, 3.0, 5)
    assert np.array_equal(one.samples, other.samples)
    assert one.words == other.words
    assert one.duration_s >= 3.0
    times = [time for word in one.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)

    def loudness(start_s: float, end_s: float) -> float:
        return float(np.abs(one.samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]).mean())

    for word in one.words:
        assert loudness(word.start_s, word.end_s) > 10 * loudness(0.0, 0.2)


def test_the_texts_use_the_model_s_words_and_differ_by_seed():
    known = set(json.loads((TINY / "vocabulary.json").read_text(encoding="utf-8")))
    texts = Sentences(1)
    drawn = [texts.next() for _ in range(300)]
    assert len(set(drawn)) > 280
    assert {f"\u0120{word}" for text in drawn for word in text.rstrip(".").split()} <= known
    again, other = Sentences(1), Sentences(2)
    assert [again.next() for _ in range(300)] == drawn
    assert [other.next() for _ in range(300)] != drawn


def test_a_clock_skips_only_while_no_work_is_pending():
    async def run() -> tuple[float, int]:
        worked_s, looks = 0.0, 0

        def is_idle() -> bool:
            nonlocal worked_s, looks
            looks += 1
            worked_s += 0.25 if looks <= 3 else 0.0
            return looks > 3

        clock = Clock(skips=True, work_s=lambda: worked_s)
        await clock.reach(1000.0, is_idle)
        return clock.now_s(), looks

    assert asyncio.run(run()) == (1000.0, 4)
    late = Clock(skips=True, work_s=iter([0.0, 5.0, 5.0]).__next__)
    asyncio.run(late.reach(2.0))
    assert late.now_s() == 5.0, "the clock never runs backwards"


def test_lags_run_from_the_true_end_of_correct_words():
    words = (Word("one", 0.0, 0.5), Word("two", 0.5, 1.0), Word("three", 1.0, 1.5))
    recording = Recording(np.zeros(0, np.float32), words)
    live = Live(
        committed=(
            CommittedWord(Word(" One", 0.0, 0.9), 2.0),
            CommittedWord(Word(" tree", 1.0, 1.4), 2.0),
            CommittedWord(words[2], 3.0),
        )
    )
    assert lags_s(recording, live) == [1.5, 1.5]
    assert live.text == "One tree three"


def hypothesis(text: str, start_s: float = 0.0, ends_s: tuple[float, ...] = ()) -> Hypothesis:
    return Hypothesis(
        tuple(Word(f" {word}", start_s + at, start_s + at + 0.9) for at, word in enumerate(text.split())), ends_s
    )


def test_plain_agreement_commits_the_common_prefix():
    state = PlainState()
    assert state.take(hypothesis("a b c"), 3.0) == []
    assert [word.text for word in state.take(hypothesis("a b x d"), 4.0)] == [" a", " b"]
    # Committed words aren't returned again; words in two consecutive hypotheses are committed.
    assert [word.text for word in state.take(hypothesis("a b x d e"), 5.0)] == [" x", " d"]
    assert state.start_s == 0.0
    letters = "a b x d e f g h i j k l m n o p q"
    state.take(hypothesis(letters), 15.0)
    assert state.start_s == 0.0
    state.take(hypothesis(letters, 0.0, (4.9, 8.9, 16.9)), 16.0)
    assert state.start_s == 8.9, "the last segment whose words are all committed"
    assert state.prompt == "a b x d e f g h i"
    assert [word.text for word in state.rest(hypothesis("p q r", 15.0))] == [" r"]


def test_a_missing_model_is_an_error(tmp_path: Path):
    result = CliRunner().invoke(app, ["asr", "--model-path", str(tmp_path), "--json", str(tmp_path / "a.json")])
    assert result.exit_code == 2
    assert "no model in" in result.stderr
    assert not (tmp_path / "a.json").exists()
