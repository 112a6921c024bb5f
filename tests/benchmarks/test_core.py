"""The benchmarks measure what they say, at a tiny size; no time is judged here."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from paths import ROOT

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
# The system counts CPU time in ticks of 10 ms.
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
    said: list[str] = []
    return measure_core(TINY, said.append), said


def test_the_figures_are_flat_finite_numbers_under_the_promised_names(measured):
    figures, _ = measured
    assert figures.keys() >= REQUIRED
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    for name, value in figures.items():
        assert type(value) is float, name
        assert math.isfinite(value), name
        if name not in MAY_BE_NEGATIVE:
            assert value >= 0, name
            assert value > 0 or name in MAY_BE_ZERO, name


def test_percentiles_are_in_order(measured):
    figures, _ = measured
    assert figures["chunk_p50_us"] <= figures["chunk_p90_us"] <= figures["chunk_p99_us"]
    assert figures["first_audio_warm_p50_ms"] <= figures["first_audio_warm_p99_ms"]
    assert figures["first_audio_cold_ms"] < figures["first_audio_cold_with_parent_ms"]
    assert figures["chunk_mean_lowest_us"] <= figures["chunk_mean_us"] <= figures["chunk_mean_highest_us"]
    assert figures["cancel_last_event_p99_ms"] <= figures["cancel_p99_ms"]


def test_the_pack_was_imported_with_its_nodes(measured):
    figures, _ = measured
    assert figures["import_nodes"] >= 2


def test_the_memory_runs_had_the_sizes_asked_for(measured):
    figures, _ = measured
    assert (figures["memory_segments_few"], figures["memory_segments_many"]) == (2, 4)
    # A process with numpy holds more than this; a figure in the wrong unit wouldn't.
    assert 10 < figures["memory_peak_few_mib"] < 2000


def test_the_table_shows_every_promised_figure(measured):
    figures, _ = measured
    table = markdown_table(figures)
    lines = table.splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert {line.split("`")[1] for line in lines[2:] if "≤" in line or "≥" in line} == REQUIRED
    assert markdown_table(dict.fromkeys((row.name for row in ROWS), 12.345)).count("| 12.3") == len(ROWS)
    with pytest.raises(KeyError):
        markdown_table({name: value for name, value in figures.items() if name != "import_ms"})


def test_the_documentation_has_the_table_with_a_figure_in_every_row():
    page = ROOT / "docs" / "performance.md"
    rows = [line.split("|") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    measured = {cells[2].strip(" `"): cells[4] for cells in rows if len(cells) == 6 and "`" in cells[2]}
    # Breakdowns and figures without a table of their own stand there, too.
    assert measured.keys() >= {row.name for rows in TABLES.values() for row in rows}
    assert all(any(map(str.isdigit, cell)) for cell in measured.values())


def test_progress_names_every_step_once(measured):
    _, said = measured
    assert len(said) == len(set(said)) == 7


def test_the_quick_look_is_smaller_everywhere():
    full = CoreSizes()
    for field in CoreSizes.__struct_fields__:
        assert 0 < getattr(QUICK, field) <= getattr(full, field)


def test_flood_makes_what_it_is_asked_for(tmp_path):
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


def test_the_module_writes_its_json_where_told():
    done = subprocess.run(
        [sys.executable, "-m", "voxweft.benchmarks.core", "--help"], capture_output=True, check=True, text=True
    )
    assert "--json FILE" in done.stdout
