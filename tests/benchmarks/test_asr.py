"""Recognition's benchmarks measure what they say, at a tiny size with the small model; no time is judged here."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streaming_kit import child_pids, eventually
from typer.testing import CliRunner

pytest.importorskip("faster_whisper")

from fixtures_whisper import TINY

from benchmarks.asr import QUICK, AsrSizes, measure_asr
from benchmarks.asr_clock import Clock
from benchmarks.asr_engine import engine
from benchmarks.asr_live import Heard, Live, lags_s
from benchmarks.asr_plain import Hypothesis, PlainState
from benchmarks.asr_speech import RATE_HZ, Recording, record
from benchmarks.asr_texts import Sentences
from benchmarks.table import ASR_ROWS, markdown_table
from voxweft.cli import app
from voxweft.utils.streaming import Word

PROMISED = {
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
    said: list[str] = []
    before = child_pids()
    yield measure_asr(TINY, SMALLEST, said.append), said
    eventually(lambda: child_pids() <= before, "every process that was measured is gone", 2.0)


def test_the_figures_are_flat_finite_numbers_under_the_promised_names(measured):
    figures, said = measured
    assert figures.keys() >= PROMISED
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    for name, value in figures.items():
        assert type(value) is float, name
        assert math.isfinite(value), name
        assert value >= 0 or any(part in name for part in MAY_BE_NEGATIVE), name
    assert len(said) == len(set(said)) == 7


def test_what_does_not_depend_on_the_machine_is_right(measured):
    figures, _ = measured
    assert figures["file_text_equal"] == 1.0
    assert figures["live_wer"] < 0.5
    assert figures["plain_wer"] < 0.5
    # Plain agreement hears everything every second.
    assert 0 < figures["encoder_pass_ratio"] < 1
    assert 0 < figures["decoder_token_ratio"] < 1
    assert figures["encoder_passes_per_s"] < 1
    assert figures["live_memory_mib"] > 50
    assert figures["file_memory_mib"] > 50
    assert figures["file_long_s"] >= SMALLEST.long_file_s
    assert figures["memory_growth_mib"] == max(figures["live_memory_growth_mib"], figures["file_memory_growth_mib"])


def test_the_table_shows_every_promised_figure(measured):
    figures, _ = measured
    small = {row.name: 1.0 for row in ASR_ROWS if row.name.startswith("small_")}
    lines = markdown_table(figures | small, ASR_ROWS).splitlines()
    assert len(lines) == 2 + len(ASR_ROWS)
    assert {line.split("`")[1] if "directly" not in line else "file_time_ratio" for line in lines[2:]} >= PROMISED


def test_the_quick_look_is_smaller_everywhere():
    full = AsrSizes()
    for field in set(AsrSizes.__struct_fields__) - {"seed"}:
        assert 0 < getattr(QUICK, field) <= getattr(full, field)
    assert full.pairs % 2 == QUICK.pairs % 2 == 1


def test_recordings_are_the_same_each_time_and_their_words_are_where_the_voice_is():
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


def test_the_texts_are_of_the_model_s_words_and_differ_by_seed():
    known = set(json.loads((TINY / "vocabulary.json").read_text(encoding="utf-8")))
    texts = Sentences(1)
    said = [texts.next() for _ in range(300)]
    assert len(set(said)) > 280
    assert {f"\u0120{word}" for text in said for word in text.rstrip(".").split()} <= known
    again, other = Sentences(1), Sentences(2)
    assert [again.next() for _ in range(300)] == said
    assert [other.next() for _ in range(300)] != said


def test_a_clock_skips_only_while_nobody_works():
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
    assert late.now_s() == 5.0, "what took longer isn't made up for"


def test_lags_count_from_the_true_end_of_words_that_were_heard_right():
    words = (Word("one", 0.0, 0.5), Word("two", 0.5, 1.0), Word("three", 1.0, 1.5))
    recording = Recording(np.zeros(0, np.float32), words)
    live = Live(heard=(Heard(Word(" One", 0.0, 0.9), 2.0), Heard(Word(" tree", 1.0, 1.4), 2.0), Heard(words[2], 3.0)))
    assert lags_s(recording, live) == [1.5, 1.5]
    assert live.text == "One tree three"


def hypothesis(text: str, start_s: float = 0.0, ends_s: tuple[float, ...] = ()) -> Hypothesis:
    return Hypothesis(
        tuple(Word(f" {word}", start_s + at, start_s + at + 0.9) for at, word in enumerate(text.split())), ends_s
    )


def test_plain_agreement_is_plain_agreement():
    state = PlainState()
    assert state.take(hypothesis("a b c"), 3.0) == []
    assert [word.text for word in state.take(hypothesis("a b x d"), 4.0)] == [" a", " b"]
    # What is certain isn't said again, and what is heard twice in a row is certain.
    assert [word.text for word in state.take(hypothesis("a b x d e"), 5.0)] == [" x", " d"]
    assert state.start_s == 0.0
    letters = "a b x d e f g h i j k l m n o p q"
    state.take(hypothesis(letters), 15.0)
    assert state.start_s == 0.0
    state.take(hypothesis(letters, 0.0, (4.9, 8.9, 16.9)), 16.0)
    assert state.start_s == 8.9, "the last segment whose words are all certain"
    assert state.prompt == "a b x d e f g h i"
    assert [word.text for word in state.rest(hypothesis("p q r", 15.0))] == [" r"]


def test_where_there_is_no_model_the_command_says_so(tmp_path: Path):
    result = CliRunner().invoke(
        app, ["bench", "asr", "--model-path", str(tmp_path), "--json", str(tmp_path / "a.json")]
    )
    assert result.exit_code == 2
    assert "there is no model in" in result.stderr
    assert not (tmp_path / "a.json").exists()
