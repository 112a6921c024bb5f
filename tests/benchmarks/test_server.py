"""The server's benchmark measures what it says, at a tiny size; no time is judged here."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi")

from benchmarks.server import ServerSizes, measure_server


def test_load_leaves_nothing_behind() -> None:
    said: list[str] = []
    sizes = ServerSizes(rounds=1, clients=2, seconds=1.0, vanishing=3)
    figures = measure_server(None, sizes, said.append)
    assert {"health_p99_ms", "first_audio_p99_ms", "memory_growth_mib", "load_refused"} <= figures.keys()
    assert figures["load_requests"] >= 2
    for name in ("load_errors", "process_growth", "killed_errors", "leaked_jobs", "leaked_workers"):
        assert figures[name] == 0, name
    assert said == ["2 clients for 1 s, then 3 that vanish"]
