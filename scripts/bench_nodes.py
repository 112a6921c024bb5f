"""What a node costs beyond its job, and how soon a browser is heard: `python scripts/bench_nodes.py [--browser PORT]`.

Without a browser: the node Speak against the plain job on the same runtime, alternating, all from the cache: what is
left is the node's own work (with its progress, its live stream and its file). With one: a ComfyUI runs on that port
with this pack; from pressing Run to the first sample that isn't silence at the loudspeaker, worker warm.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "fakes"), str(ROOT / "tests")]

PAIRS = 9
TEXT = "This is a sentence of a usual length, which is spoken again and again."


def overhead() -> dict[str, Any]:
    """Return milliseconds of the plain job and of the node, medians of alternating runs."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SPEECHLOOM_CACHE_DIR": f"{folder}/cache", "FAKE_COMFY_FOLDERS": folder}
        from node_pack import Pack

        import server  # noqa: F401  the fake: there is a browser to tell

        pack = Pack(ROOT)
        jobs = pack.inside("jobs")
        runtime = pack.inside("utils.streaming.runtime").shared_runtime()

        def plain() -> None:
            job = jobs.speak(TEXT, jobs.Speaker(engine="espeak"), runtime.registry)
            for _ in jobs.run(job, runtime):
                pass

        def node() -> None:
            pack.run("SpeechloomSpeak", text=TEXT)

        node()
        time.sleep(1)
        taken: dict[Any, list[float]] = {plain: [], node: []}
        for _ in range(PAIRS):
            for way, times in taken.items():
                began = time.perf_counter()
                way()
                times.append((time.perf_counter() - began) * 1000)
        runtime.close()
    extra = [two - one for one, two in zip(taken[plain], taken[node], strict=True)]
    return {
        "plain_ms": round(statistics.median(taken[plain]), 2),
        "node_ms": round(statistics.median(taken[node]), 2),
        "overhead_ms": round(statistics.median(extra), 2),
        "overhead_ms_all": [round(one, 2) for one in sorted(extra)],
    }


def first_sound(port: int) -> dict[str, Any]:
    """Return milliseconds from queueing to the first sample heard in a browser."""
    from browser import chromium, find_chromium
    from comfyui_page import ComfyPage

    program = find_chromium()
    assert program is not None, "no Chromium"
    workflow = json.loads((ROOT / "example_workflows" / "first words.json").read_text(encoding="utf-8"))
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder, chromium(program, Path(folder) / "profile") as tab:
        page = ComfyPage(tab, port)
        for number in range(PAIRS + 1):
            workflow["nodes"][0]["widgets_values"][0] = f"Take {number} of {time.time_ns()}. " + TEXT
            page.load(workflow)
            began_ms = page.script(
                "const now = performance.timeOrigin + performance.now(); await app.queuePrompt(0, 1); return now;"
            )
            tab.until("document.querySelector('.speechloom-player')?.dataset.firstHeard")
            heard_ms = float(page.player(1)["firstHeard"])
            tab.until("window.seen.includes('execution_success')")
            page.script("window.seen.length = 0;")
            # The first one loads the worklet and the voice.
            times += [heard_ms - began_ms] if number else []
    return {
        "first_sound_ms": round(statistics.median(times)),
        "first_sound_ms_all": [round(one) for one in sorted(times)],
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", type=int, metavar="PORT")
    arguments = parser.parse_args()
    print(json.dumps(overhead() if arguments.browser is None else first_sound(arguments.browser)))


if __name__ == "__main__":
    main()
