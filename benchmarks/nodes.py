"""Measure the nodes: overhead over their jobs, time to the first sound, and time from Cancel to the interruption."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from .bench import median, median_with_spread, percentile, rounded, script_in_fresh_process
from .program import Program

_OVERHEAD = Path(__file__).resolve().with_name("nodes_overhead.py")
_TESTS = Path(__file__).resolve().parents[1] / "tests" / "support"

Figures = dict[str, float]


def run_nodes(*, quick: bool = False, progress: Callable[[str], None] = lambda _message: None) -> Figures:
    """Measure the nodes and return figures in milliseconds: medians, with `<name>_low` and `<name>_high`.

    Raises:
        ValueError: The tests' folder, ComfyUI (COMFYUI_PATH, else ~/comfy/ComfyUI) or Chromium is missing.
    """
    if not (_TESTS / "node_pack.py").is_file():
        raise ValueError(f"no such directory: {_TESTS}; run this in a clone of the repository")
    pairs, runs = (3, 3) if quick else (15, 20)
    progress("a node compared with its job")
    times_ms = measure_overhead(pairs)
    extra_ms = [node - plain for plain, node in zip(times_ms["plain_ms"], times_ms["node_ms"], strict=True)]
    progress("a real ComfyUI: Cancel, and the first sound in a browser")
    with Program("nodes_host") as host:
        taken = host.ask("measure", runs=runs)
    figures = {
        **median_with_spread("node_overhead_ms", extra_ms),
        "node_ms": median(times_ms["node_ms"]),
        "plain_job_ms": median(times_ms["plain_ms"]),
    }
    for name, repeats in taken.items():
        figures |= {**median_with_spread(name, repeats), name.replace("_ms", "_p95_ms"): percentile(repeats, 95)}
    return rounded(figures)


def measure_overhead(pairs: int) -> dict[str, list[float]]:
    """Return milliseconds of the plain job and of the node, for each pair."""
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        variables = {"VOXWEFT_CACHE_DIR": f"{scratch}/cache", "FAKE_COMFY_FOLDERS": scratch}
        return script_in_fresh_process(_OVERHEAD, str(pairs), **variables)
