"""The core benchmark at a tiny size; no test checks a time."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from paths import ROOT
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.bench import bench_runtime, flood_segment, in_fresh_process, sentence
from benchmarks.cached_dub import subtitle_text
from benchmarks.core import QUICK, CoreSizes, measure_core
from benchmarks.memory_growth import peak_bytes
from benchmarks.table import ROWS, TABLES, markdown_table
from voxweft.media.subtitles import read_subtitles
from voxweft.utils.streaming import AudioChunk

REQUIRED = {
    "chunk_p50_us",
    "chunk_p99_us",
    "first_audio_warm_p50_ms",
    "first_audio_cold_ms",
    "cached_cues_per_minute",
    "memory_growth_mib",
    "cancel_p99_ms",
    "import_ms",
}
MAY_BE_NEGATIVE = {"memory_growth_mib"}
# Processor time has a resolution of 10 ms.
MAY_BE_ZERO = {"cancel_last_event_p99_ms", "chunk_cpu_us"}
TINY = CoreSizes(
    chunks=40,
    chunk_repeats=1,
    warm_sentences=2,
    cold_starts=1,
    cues=4,
    dub_repeats=1,
    segments_few=2,
    segments_many=4,
    cancels=2,
    imports=1,
)


@pytest.fixture(scope="module")
def measured() -> tuple[dict[str, float], list[str]]:
    steps: list[str] = []
    return measure_core(TINY, steps.append), steps


@pytest.mark.slow
def test_the_figures_are_finite_numbers_with_the_required_names(measured):
    figures, _ = measured
    assert figures.keys() >= REQUIRED
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    for name, value in figures.items():
        assert type(value) is float, name
        assert math.isfinite(value), name
        if name not in MAY_BE_NEGATIVE:
            assert value >= 0, name
            assert value > 0 or name in MAY_BE_ZERO, name


@pytest.mark.slow
def test_percentiles_are_in_order(measured):
    figures, _ = measured
    assert figures["chunk_p50_us"] <= figures["chunk_p90_us"] <= figures["chunk_p99_us"]
    assert figures["first_audio_warm_p50_ms"] <= figures["first_audio_warm_p99_ms"]
    assert figures["first_audio_cold_ms"] < figures["first_audio_cold_with_parent_ms"]
    assert figures["chunk_mean_lowest_us"] <= figures["chunk_mean_us"] <= figures["chunk_mean_highest_us"]
    assert figures["cancel_last_event_p99_ms"] <= figures["cancel_p99_ms"]


@pytest.mark.slow
def test_the_pack_was_imported_with_its_nodes(measured):
    figures, _ = measured
    assert figures["import_nodes"] >= 2


@pytest.mark.slow
def test_the_memory_runs_have_the_given_sizes(measured):
    figures, _ = measured
    assert (figures["memory_segments_few"], figures["memory_segments_many"]) == (2, 4)
    # Bounds that a figure in the wrong unit would miss.
    assert 10 < figures["memory_peak_few_mib"] < 2000


@pytest.mark.slow
def test_the_table_has_every_required_figure(measured):
    figures, _ = measured
    table = markdown_table(figures)
    lines = table.splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert {line.split("`")[1] for line in lines[2:] if "≤" in line or "≥" in line} == REQUIRED
    assert markdown_table(dict.fromkeys((row.name for row in ROWS), 12.345)).count("| 12.3") == len(ROWS)
    with pytest.raises(KeyError):
        markdown_table({name: value for name, value in figures.items() if name != "import_ms"})


def test_the_documentation_has_every_table_with_its_figures():
    page = ROOT / "docs" / "performance.md"
    rows = [line.split("|") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    measured = {cells[2].strip(" `"): cells[4] for cells in rows if len(cells) == 6 and "`" in cells[2]}
    # It has further figures, too.
    assert measured.keys() >= {row.name for rows in TABLES.values() for row in rows}
    assert all(any(map(str.isdigit, cell)) for cell in measured.values())


@pytest.mark.slow
def test_progress_names_each_step_once(measured):
    _, steps = measured
    assert len(steps) == len(set(steps)) == 7


def test_quick_is_smaller_everywhere():
    full = CoreSizes()
    for field in CoreSizes.__struct_fields__:
        assert 0 < getattr(QUICK, field) <= getattr(full, field)


@pytest.mark.slow
def test_flood_sends_the_given_chunks(tmp_path):
    with bench_runtime(tmp_path, cache_bytes=0) as runtime:
        chunks = [event for event in runtime.stream([flood_segment(5, 300)]) if isinstance(event, AudioChunk)]
    assert [chunk.samples.shape for chunk in chunks] == [(300,)] * 5
    assert all(np.array_equal(chunk.samples, chunks[0].samples) for chunk in chunks)
    assert np.ptp(chunks[0].samples) > 0.5


def test_sentences_differ():
    assert len({sentence(number) for number in range(1000)}) == 1000


def test_generated_subtitles_are_read_back():
    file = read_subtitles(subtitle_text(1300).encode(), name="film.srt")
    assert [cue.start_ms for cue in file.cues] == [number * 3000 for number in range(1300)]
    assert [cue.text for cue in file.cues] == [sentence(number) for number in range(1300)]
    assert not file.notes


def test_the_peak_follows_an_allocation():
    before = peak_bytes()
    held = np.ones((before + (64 << 20)) // 8)
    assert peak_bytes() >= before + (32 << 20)
    del held
    assert peak_bytes() >= before + (32 << 20)


def test_a_failing_measurement_is_an_error():
    with pytest.raises(subprocess.CalledProcessError):
        in_fresh_process("memory_growth", "not a number")


def test_every_benchmark_is_a_command():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"], capture_output=True, check=True, text=True, cwd=ROOT
    )
    for name in (*TABLES, "kokoro-gpu", "table"):
        assert re.search(rf"^  {name} ", done.stdout, re.MULTILINE), name
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "core", "--help"], capture_output=True, check=True, text=True, cwd=ROOT
    )
    assert "--json" in done.stdout
    assert "--quick" in done.stdout


def test_the_table_command_prints_a_table(tmp_path):
    file = tmp_path / "nodes.json"
    file.write_text(json.dumps(dict.fromkeys((row.name for row in TABLES["nodes"]), 1.0)), encoding="utf-8")
    printed = CliRunner().invoke(app, ["table", str(file), "nodes"])
    assert printed.stdout == markdown_table(dict.fromkeys((row.name for row in TABLES["nodes"]), 1.0), TABLES["nodes"])
    unknown = CliRunner().invoke(app, ["table", str(file), "node"])
    assert (unknown.exit_code, "no table for 'node'" in unknown.stderr) == (2, True)


def test_the_readme_lists_every_command():
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == {
        *TABLES,
        "heard",
        "kokoro-gpu",
        "live",
        "table",
    }


def test_the_requirements_are_those_of_the_extras():
    extras = read_project()["optional-dependencies"]
    known = {
        entry.replace("'", '"') for name in ("faster-whisper", "kokoro", "server", "test") for entry in extras[name]
    }
    lines = (ROOT / "benchmarks" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {line for line in lines if line and not line.startswith("#")} <= known


def read_project():
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
