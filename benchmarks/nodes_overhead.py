"""Program, run by path: the overhead of a node over its job, with the tests' stand-in for ComfyUI.

The node Speak and the plain job alternate on the same runtime, all from the cache. The difference is the node's own
work: progress, live stream and file.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_TEXT = "This is a sentence of a usual length, which is spoken again and again."
_IDLE_S = 1.0


def measure_overhead(pairs: int) -> dict[str, list[float]]:
    """Return milliseconds of the plain job and of the node, for each pair."""
    from node_pack import Pack, load_server

    load_server()
    pack = Pack(ROOT)
    speak, speaker, run = (
        pack.inside("jobs.speak").speak,
        pack.inside("jobs.voices").Speaker(),
        pack.inside("jobs.run").run,
    )
    runtime = pack.inside("utils.streaming.runtime").shared_runtime()

    def plain() -> None:
        job = speak(_TEXT, speaker, runtime.registry)
        for _ in run(job, runtime):
            pass

    def node() -> None:
        pack.run("VoxweftSpeak", text=_TEXT)

    node()
    time.sleep(_IDLE_S)
    runs = {"plain_ms": plain, "node_ms": node}
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(pairs):
        for name, run_once in runs.items():
            began_s = time.perf_counter()
            run_once()
            taken[name].append((time.perf_counter() - began_s) * 1000)
    runtime.close()
    return taken


if __name__ == "__main__":
    # Replace this folder, whose modules would shadow others.
    sys.path[:1] = [str(ROOT / "tests" / "fakes"), str(ROOT / "tests" / "support")]
    json.dump(measure_overhead(int(sys.argv[1])), sys.stdout)
