"""The benchmark of the nodes; no test checks a time."""

from __future__ import annotations

import math

import pytest
from comfyui_host import Installed

from benchmarks import nodes
from benchmarks.table import NODE_ROWS, markdown_table


@pytest.mark.slow
def test_each_pair_runs_the_node_and_its_job():
    taken = nodes.measure_overhead(2)
    assert taken.keys() == {"plain_ms", "node_ms"}
    for times in taken.values():
        assert len(times) == 2
        assert all(0 < time < 60_000 for time in times)


def test_a_missing_folder_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(nodes, "_TESTS", tmp_path)
    with pytest.raises(ValueError, match="in a clone"):
        nodes.run_nodes()


@pytest.mark.host
@pytest.mark.slow
def test_the_figures_are_finite_and_fill_the_table(comfyui: Installed):
    steps: list[str] = []
    figures = nodes.run_nodes(quick=True, progress=steps.append)
    assert all(math.isfinite(value) for value in figures.values())
    for name in ("node_overhead_ms", "first_sound_ms", "cancel_ms", "cancel_transcribe_ms"):
        assert figures[f"{name}_low"] <= figures[name] <= figures[f"{name}_high"]
    assert len(markdown_table(figures, NODE_ROWS).splitlines()) == 2 + len(NODE_ROWS)
    assert len(steps) == 2
