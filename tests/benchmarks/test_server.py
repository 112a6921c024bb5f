"""The benchmark of the server at a tiny size; no test checks a time."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi")

from benchmarks.server import ServerSizes, measure_server


@pytest.mark.slow
def test_load_leaves_no_jobs_and_workers() -> None:
    steps: list[str] = []
    sizes = ServerSizes(rounds=1, clients=2, seconds=1.0, vanishing=3, beside_s=0.5)
    figures = measure_server(None, sizes, steps.append)
    assert {"health_p99_ms", "first_audio_p99_ms", "memory_growth_mib", "load_refused"} <= figures.keys()
    assert figures["load_requests"] >= 2
    for name in ("load_errors", "process_growth", "killed_errors", "leaked_jobs", "leaked_workers"):
        assert figures[name] == 0, name
    assert figures["worst_texts_slowdown"] > 0
    assert figures["disturbed_errors"] == 0
    assert steps[0] == "2 clients for 1 s, then 3 that disconnect"
