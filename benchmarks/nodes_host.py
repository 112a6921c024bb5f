"""A real ComfyUI with the pack: how soon Cancel ends a run, and how soon a browser is heard. A program.

It borrows the tests' own ComfyUI and browser, so it is run in a clone.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .program import serve

ROOT = Path(__file__).resolve().parents[1]
_TEXT = "This is a sentence of a usual length, which is spoken again and again."
_PACK = "vox weft-pack"
_LONG = 3000
"""Sentences: more than are spoken before Cancel is pressed."""
_UNDER_WAY = 3
"""Where the node's bar stands then at least."""


def measure_host(runs: int) -> dict[str, list[float]]:
    """Return milliseconds from Cancel to the host's word that a run was interrupted, and to the first sound.

    The runs cancelled are of Speak and of Transcribe. The sound's time begins with queueing and ends with the first
    sample, of those that aren't silence, at the loudspeaker. RuntimeError without ComfyUI or Chromium.
    """
    from browser import chromium, find_chromium
    from comfyui_host import ComfyServer, find_comfyui
    from comfyui_page import ComfyPage
    from pack_folder import copy_pack, surroundings

    installed, program = find_comfyui(), find_chromium()
    if isinstance(installed, str):
        raise RuntimeError(installed)  # noqa: TRY004  it says why there is none
    if program is None:
        raise RuntimeError("no Chromium: install it, or name one in VOXWEFT_TEST_BROWSER")
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        base = Path(scratch)
        copy_pack(base / "custom_nodes" / _PACK)
        server = ComfyServer(installed, base, **surroundings(base))
        try:
            taken = {
                "cancel_ms": [_cancel_ms(server, _speak(_salted(number))) for number in range(runs)],
                "cancel_transcribe_ms": [_cancel_ms(server, _transcribe(number)) for number in range(runs)],
            }
            with chromium(program, base / "profile") as tab:
                taken["first_sound_ms"] = _first_sounds_ms(ComfyPage(tab, server.port), runs)
        finally:
            server.end()
    return taken


def _salted(number: int) -> str:
    return " ".join(f"Sentence {place} of take {number} goes on for a little while." for place in range(_LONG))


def _speak(text: str) -> dict[str, Any]:
    inputs = {"text": text, "voice": "en-us", "speed": 1.0, "pitch": 50}
    return {
        "1": {"class_type": "VoxweftSpeak", "inputs": inputs},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 1]}},
    }


def _transcribe(number: int) -> dict[str, Any]:
    """A sentence over and over, to a length of its own, so that nothing of it is cached."""
    graph = {f"s{key}": value for key, value in _speak("Hello. Welcome to the show. " * 200 + "Yes. " * number).items()}
    del graph["s2"]
    whisper = {"model": "turbo", "beam_size": 5, "vad_filter": False, "hotwords": "", "workers": 1}
    asked = {"language": "en", "task": "transcribe", "prompt": "", "preset": "streaming", "subtitle_format": "srt"}
    return graph | {
        "0": {"class_type": "VoxweftFasterWhisper", "inputs": whisper},
        "1": {"class_type": "VoxweftTranscribe", "inputs": {"audio": ["s1", 0], "engine": ["0", 0], **asked}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }


def _cancel_ms(server: Any, graph: dict[str, Any]) -> float:
    prompt_id = server.queue(graph)
    while (told := server.until("progress", prompt_id).data)["node"] != "1" or told["value"] < _UNDER_WAY:
        pass
    pressed_s = time.monotonic()
    server.post("/interrupt", {})
    interrupted = server.until("execution_interrupted", prompt_id)
    server.wait(prompt_id)
    return float(interrupted.at_s - pressed_s) * 1000


def _first_sounds_ms(page: Any, runs: int) -> list[float]:
    workflow = json.loads((ROOT / "example_workflows" / "first words.json").read_text(encoding="utf-8"))
    # The first one loads the voice and opens the loudspeaker.
    return [_first_sound_ms(page, workflow, number) for number in range(runs + 1)][1:]


def _first_sound_ms(page: Any, workflow: dict[str, Any], number: int) -> float:
    workflow["nodes"][0]["widgets_values"][0] = f"Take {number} of {time.time_ns()}. {_TEXT}"
    page.load(workflow)
    began_ms = page.script(
        "window.seen.length = 0; const now = performance.timeOrigin + performance.now();"
        "await app.queuePrompt(0, 1); return now;"
    )
    page.page.until("document.querySelector('.voxweft-player')?.dataset.firstHeard")
    heard_ms = float(page.player(workflow["nodes"][0]["id"])["firstHeard"])
    page.page.until("window.seen.includes('execution_success')")
    return heard_ms - float(began_ms)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    serve({"measure": measure_host})
