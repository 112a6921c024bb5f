"""The Kokoro benchmark at a tiny size with a small checkpoint; no test checks a time."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from optional import skip_without
from paths import ROOT
from streaming_kit import child_pids, eventually
from typer.testing import CliRunner

skip_without("kokoro", reason="the kokoro package isn't installed (it needs a Python below 3.13)")

from fixtures_kokoro import checkpoint, english_model, environment, surroundings

from benchmarks.__main__ import app
from benchmarks.kokoro import QUICK, KokoroSizes, measure_kokoro
from benchmarks.kokoro_texts import MIXED, PHRASE, SHORT, book, long_sentence, sentences
from benchmarks.program import Program, ProgramError
from benchmarks.table import KOKORO_ROWS, markdown_table
from voxweft.utils.environments.resolution import Environments, MissingRequirement, Resolution

pytestmark = pytest.mark.slow
REQUIRED = {
    "first_audio_ratio",
    "book_first_audio_extra_ms",
    "throughput_ratio",
    "max_abs_difference",
    "isolation_ratio",
    "released_ratio",
    "duration_error_p95",
    "duration_cost_ratio",
}
OTHERS = {
    "first_audio_low_latency_ratio",
    "book_job_first_audio_extra_ms",
    "baseline_first_audio_ms",
    "first_audio_ms",
    "book_first_audio_ms",
    "throughput_audio_s_per_s",
    "baseline_audio_s_per_s",
    "isolation_cpu_ratio",
    "loaded_mib",
    "cancel_stop_ms",
}
MAY_BE_NEGATIVE = ("_extra_ms", "isolation_", "parent_growth_mib")
TINY = KokoroSizes(
    warm_ups=0,
    rounds=1,
    speed_starts=1,
    speed_rounds=1,
    book_words=120,
    texts=(SHORT, MIXED[0]),
    sentences=1,
    cost_sentences=1,
    cost_rounds=1,
    loads=1,
    cancels=1,
    cancel_after_s=0.05,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory)


@pytest.fixture(scope="module")
def measured(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, float], list[str]]]:
    steps: list[str] = []
    before = child_pids()
    with surroundings(english_model(tmp_path_factory)):
        figures = measure_kokoro(folder, TINY, steps.append)
    eventually(lambda: child_pids() <= before, "every measured process has ended", 2.0)
    return figures, steps


@pytest.fixture
def engine(folder: Path) -> Iterator[Program]:
    with Program("kokoro_engine", str(folder)) as program:
        yield program


def base(name: str) -> str:
    return name.removesuffix("_low").removesuffix("_high")


def test_the_figures_are_finite_numbers_with_the_required_names(measured):
    figures, _ = measured
    assert figures.keys() >= REQUIRED | OTHERS
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    for name, value in figures.items():
        assert type(value) is float, name
        assert math.isfinite(value), name
        assert value >= 0 or any(part in name for part in MAY_BE_NEGATIVE), name


def test_each_figure_is_within_its_spread(measured):
    figures, _ = measured
    for name in REQUIRED | OTHERS:
        assert figures[f"{name}_low"] <= figures[name] <= figures[f"{name}_high"], name


def test_figures_that_do_not_depend_on_the_machine(measured):
    figures, _ = measured
    assert 0 < figures["max_abs_difference"] < 1e-3
    assert figures["max_abs_difference_end_to_end"] < 1e-2
    assert figures["other_durations"] == 0
    assert figures["duration_error_p95"] < 0.001
    assert figures["released_ratio"] > 0.9
    assert figures["loaded_mib"] > 50
    assert figures["cancel_late_events"] == 0
    assert figures["torch_threads"] == figures["baseline_torch_threads"] == 1


def test_ratios_match_their_figures(measured):
    figures, _ = measured
    assert figures["first_audio_ratio"] == pytest.approx(
        figures["first_audio_ms"] / figures["baseline_first_audio_ms"], rel=0.01
    )
    assert figures["throughput_ratio"] == pytest.approx(
        figures["throughput_audio_s_per_s"] / figures["baseline_audio_s_per_s"], rel=0.01
    )
    assert figures["isolation_ratio"] == pytest.approx(
        1 - figures["throughput_audio_s_per_s"] / figures["in_process_audio_s_per_s"], abs=0.01
    )
    assert figures["book_first_audio_extra_ms"] == pytest.approx(
        figures["book_first_audio_ms"] - figures["first_audio_ms"], abs=1
    )


def test_progress_names_every_step(measured):
    _, steps = measured
    assert len(steps) == len(set(steps)) == 8


def test_the_table_has_every_required_figure_with_its_spread(measured):
    figures, _ = measured
    lines = markdown_table(figures, KOKORO_ROWS).splitlines()
    assert len(lines) == 2 + len(KOKORO_ROWS)
    targets = {line.split("`")[1] for line in lines[2:] if "≤" in line or "≥" in line}
    assert targets == REQUIRED | {"cancel_last_event_ms"}
    assert all(" to " in line for line in lines if line.split("`")[1:2] and line.split("`")[1] in REQUIRED)
    shown = markdown_table(
        dict.fromkeys((row.name for row in KOKORO_ROWS), 0.0) | {"max_abs_difference": 0.0000321}, KOKORO_ROWS
    )
    assert "| 3.2e-05 |" in shown
    with pytest.raises(KeyError):
        markdown_table({name: value for name, value in figures.items() if name != "isolation_ratio"}, KOKORO_ROWS)


def test_quick_is_smaller_everywhere_and_pairs_are_odd_numbers():
    full = KokoroSizes()
    for field in set(KokoroSizes.__struct_fields__) - {"texts"}:
        assert 0 < getattr(QUICK, field) <= getattr(full, field)
    for sizes, pairs in ((full, 9), (QUICK, 3)):
        assert sizes.rounds == sizes.cost_rounds == sizes.speed_starts * sizes.speed_rounds == pairs
        assert sizes.texts == MIXED
    assert (full.loads, QUICK.loads, full.sentences, full.cancels) == (20, 3, 40, 9)


def test_the_baseline_refuses_without_spacys_model(folder, tmp_path):
    assert english_model_is_missing()
    with Program("kokoro_baseline", str(folder)) as baseline:
        with pytest.raises(ProgramError, match="-m spacy download en_core_web_sm"):
            baseline.ask("load", voice="af_heart")
        # Nothing was loaded.
        with pytest.raises(ProgramError, match="NoneType"):
            baseline.ask("speak", chunks=["hˈI"])
    result = CliRunner().invoke(
        app, ["kokoro", "--model-path", str(folder), "--json", str(tmp_path / "out.json"), "--quick"]
    )
    assert result.exit_code == 2
    assert "-m spacy download en_core_web_sm" in result.stderr
    assert not (tmp_path / "out.json").exists()


def english_model_is_missing() -> bool:
    done = subprocess.run(
        [sys.executable, "-c", "import importlib.metadata as m; m.version('en_core_web_sm')"],
        capture_output=True,
        check=False,
    )
    if done.returncode == 0:
        pytest.skip("spaCy's model is installed here")
    return True


def test_a_missing_requirement_is_an_error(folder, monkeypatch):
    missing = MissingRequirement(
        "it requires Python >=3.10,<3.13, and this is 3.13.1", "install Voxweft under a Python >=3.10,<3.13"
    )
    monkeypatch.setattr(Environments, "resolve", lambda _self, _spec: Resolution(None, missing))
    result = CliRunner().invoke(app, ["kokoro", "--model-path", str(folder)])
    assert result.exit_code == 2
    assert "engine 'kokoro' can't run here: it requires Python >=3.10,<3.13" in result.stderr


def test_a_missing_gpu_is_an_error(folder):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "kokoro-gpu", "--model-path", str(folder)],
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
        env=environment(CUDA_VISIBLE_DEVICES="", HIP_VISIBLE_DEVICES=""),
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "error: torch finds no GPU (CUDA or ROCm) on this machine\n"


def test_the_texts_have_the_declared_lengths(engine):
    symbols = engine.ask("symbols", texts=[*MIXED, PHRASE, long_sentence(), book(30, PHRASE)])["chunks"]
    assert [len(chunks) for chunks in symbols[:4]] == [1] * 4
    for (chunk,), expected in zip(symbols[:4], (20, 60, 110, 200), strict=True):
        assert abs(len(chunk) - expected) <= 0.2 * expected
    assert len(symbols[4]) == 2
    assert [len(chunks) for chunks in symbols[5:6]] == [1]
    assert 400 < len(symbols[5][0]) <= 510
    assert symbols[6][:2] == symbols[4]


def test_books_and_sentences_have_the_given_length_and_repeat():
    text = book(2000, PHRASE)
    assert text.startswith(PHRASE + " ")
    assert 2000 <= len(text.split()) < 2050
    assert text == book(2000, PHRASE)
    assert text.split() == text.split(" ")
    assert not book(50).startswith(PHRASE)
    assert len(set(sentences(40))) == 40
    assert sentences(40)[:8] == sentences(8)


def test_a_failed_program_raises_its_own_message(tmp_path):
    with Program("kokoro_engine", str(tmp_path / "nowhere")) as program:
        with pytest.raises(ProgramError, match="nowhere"):
            program.ask("symbols", texts=["Hi."])
        with pytest.raises(ProgramError, match="nonsense"):
            program.ask("nonsense")
    with Program("no_such_module") as program, pytest.raises(ProgramError, match="no_such_module"):
        program.ask("load")


def test_a_program_keeps_the_hub_offline():
    before = child_pids()
    with Program("kokoro_engine", "nowhere"):
        (pid,) = child_pids() - before
        variables = psutil.Process(pid).environ()
    assert variables["HF_HUB_OFFLINE"] == variables["TRANSFORMERS_OFFLINE"] == "1"
    assert child_pids() <= before
