"""Program: a real ComfyUI with the pack, to measure Cancel and the first sound in a browser.

It uses the tests' helpers for ComfyUI and the browser, so it runs in a clone only.
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
"""Sentences: more than are spoken before Cancel."""
_MIN_PROGRESS = 3
"""Minimum value of the node's progress bar at Cancel."""


def measure_host(runs: int) -> dict[str, list[float]]:
    """Return milliseconds from Cancel to ComfyUI's message of the interruption, and to the first sound.

    The cancelled runs are of Speak and Transcribe. The time to the first sound runs from queueing to the first sample
    that isn't silent at the audio output.

    Raises:
        RuntimeError: ComfyUI or Chromium is missing.
    """
    from browser import chromium, find_chromium
    from comfyui_host import ComfyServer, find_comfyui
    from comfyui_page import ComfyPage
    from pack_folder import copy_pack, surroundings

    installed, program = find_comfyui(), find_chromium()
    if isinstance(installed, str):
        raise RuntimeError(installed)  # noqa: TRY004  a str is the reason why there is none
    if program is None:
        raise RuntimeError("Chromium not found; install it, or set VOXWEFT_TEST_BROWSER to its path")
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as scratch:
        base = Path(scratch)
        copy_pack(base / "custom_nodes" / _PACK)
        server = ComfyServer(installed, base, **surroundings(base))
        try:
            taken = {
                "cancel_ms": [_cancel_ms(server, _speak(_long_text(number))) for number in range(runs)],
                "cancel_transcribe_ms": [_cancel_ms(server, _transcribe(number)) for number in range(runs)],
            }
            with chromium(program, base / "profile") as tab:
                taken["first_sound_ms"] = _first_sounds_ms(ComfyPage(tab, server.port), runs)
        finally:
            server.end()
    return taken


def _long_text(number: int) -> str:
    return " ".join(f"Sentence {index} of run {number} is neither short nor long." for index in range(_LONG))


def _speech(node: str, text: str) -> dict[str, Any]:
    """The nodes that speak a text with eSpeak NG; `node` is the id of Speak."""
    espeak = {"voice": "en-us", "pitch": 50, "pitch_range": 50, "word_gap_ms": 0, "workers": 1}
    speak = {"text": text, "voice": "", "speed": 1.0, "engine": ["espeak", 0]}
    return {
        "espeak": {"class_type": "VoxweftEspeak", "inputs": espeak},
        node: {"class_type": "VoxweftSpeak", "inputs": speak},
    }


def _speak(text: str) -> dict[str, Any]:
    return _speech("1", text) | {"2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 1]}}}


def _transcribe(number: int) -> dict[str, Any]:
    """A graph that transcribes a repeated sentence; the length differs by run, so that nothing is cached."""
    whisper = {"model": "turbo", "beam_size": 5, "vad_filter": False, "hotwords": "", "workers": 1}
    options = {"language": "en", "task": "transcribe", "prompt": "", "preset": "streaming", "subtitle_format": "srt"}
    return _speech("speech", "Hello. Welcome to the show. " * 200 + "Yes. " * number) | {
        "0": {"class_type": "VoxweftFasterWhisper", "inputs": whisper},
        "1": {"class_type": "VoxweftTranscribe", "inputs": {"audio": ["speech", 0], "engine": ["0", 0], **options}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }


def _cancel_ms(server: Any, graph: dict[str, Any]) -> float:
    prompt_id = server.queue(graph)
    while (message := server.until("progress", prompt_id).data)["node"] != "1" or message["value"] < _MIN_PROGRESS:
        pass
    pressed_s = time.monotonic()
    server.post("/interrupt", {})
    interrupted = server.until("execution_interrupted", prompt_id)
    server.wait(prompt_id)
    return float(interrupted.at_s - pressed_s) * 1000


def _first_sounds_ms(page: Any, runs: int) -> list[float]:
    workflow = json.loads((ROOT / "example_workflows" / "first words.json").read_text(encoding="utf-8"))
    # The first run loads the voice and opens the audio output.
    return [_first_sound_ms(page, workflow, number) for number in range(runs + 1)][1:]


def _first_sound_ms(page: Any, workflow: dict[str, Any], number: int) -> float:
    workflow["nodes"][0]["widgets_values"][0] = f"Run {number} of {time.time_ns()}. {_TEXT}"
    page.load(workflow)
    began_ms = page.script(
        "window.seen.length = 0; const now = performance.timeOrigin + performance.now();"
        "await app.queuePrompt(0, 1); return now;"
    )
    page.page.until("document.querySelector('.voxweft-player')?.dataset.firstHeard")
    first_sound_ms = float(page.player(workflow["nodes"][0]["id"])["firstHeard"])
    page.page.until("window.seen.includes('execution_success')")
    return first_sound_ms - float(began_ms)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    serve({"measure": measure_host})
