"""The pack in a real, headless ComfyUI. Without one, the tests are skipped with the reason."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from comfyui_host import ComfyServer, Installed, Message, gone
from fixtures_comfyui import PACK, install_pack, saved, start
from node_contract import CONTRACTS, SRT, TEST_ENGINES, WITH_FUSSY_ENGINE
from pack_folder import ROOT, copy_pack
from paths import SUPPORT
from workflow_prompt import as_prompt

pytestmark = pytest.mark.host

TEXT = "Hello from the graph. This is the second sentence."
RATE = 22050
ESPEAK = {
    "class_type": "VoxweftEspeak",
    "inputs": {"voice": "", "pitch": 50, "pitch_range": 50, "word_gap_ms": 0, "workers": 1},
}


def speak_graph(text: str, **settings: Any) -> dict[str, Any]:
    inputs = {"text": text, "voice": "", "speed": 1.0, "engine": ["9", 0]} | settings
    return {
        "9": ESPEAK,
        "1": {"class_type": "VoxweftSpeak", "inputs": inputs},
        "2": {"class_type": "SaveAudio", "inputs": {"audio": ["1", 0], "filename_prefix": "speak"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["1", 1]}},
    }


def dub_graph(subtitles: str, **settings: Any) -> dict[str, Any]:
    inputs = {
        "subtitles": subtitles,
        "voice": "",
        "speed": 1.0,
        "mode": "natural",
        "on_failure": "stop",
        "engine": ["9", 0],
    } | settings
    return {
        "9": ESPEAK,
        "1": {"class_type": "VoxweftDub", "inputs": inputs},
        "2": {"class_type": "SaveAudio", "inputs": {"audio": ["1", 0], "filename_prefix": "dub"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["1", 1]}},
        "4": {"class_type": "PreviewAny", "inputs": {"source": ["1", 2]}},
    }


def shown(outputs: dict[str, Any], node: str) -> str:
    text: str = outputs[node]["text"][0]
    return text


def long_text(n_sentences: int, salt: str) -> str:
    return " ".join(f"This is {salt} sentence number {number}, and it is rather long." for number in range(n_sentences))


def test_the_pack_loads_without_a_message(server: ComfyServer) -> None:
    printed = server.printed()
    lines = [line for line in printed.splitlines() if PACK in line or "oxweft" in line]
    assert len(lines) == 1, "\n".join(lines)
    assert lines[0].strip().split(":", 1)[0].endswith("seconds"), "only ComfyUI's list of import times"
    assert "IMPORT FAILED" not in printed


def test_nodes_are_listed(server: ComfyServer) -> None:
    info = json.loads(server.get("/object_info"))
    for name in ("VoxweftSpeak", "VoxweftDub"):
        assert info[name]["python_module"] == f"custom_nodes.{PACK}"
    assert info["VoxweftSpeak"]["output_name"] == ["audio", "timings", "subtitles", "info"]
    assert info["VoxweftDub"]["output_name"] == ["audio", "subtitles", "report", "timeline", "plan"]
    assert set(json.loads(server.get("/api/i18n"))["ja"]["nodeDefs"]) >= {name for name in info if "Voxweft" in name}


def test_scripts_and_help_come_from_a_folder_with_a_space(server: ComfyServer) -> None:
    listed = [path for path in json.loads(server.get("/extensions")) if "voxweft" in path]
    assert listed == ["/extensions/vox%20weft-pack/voxweft.js"]
    for path in (*listed, "/extensions/vox%20weft-pack/player/player.mjs"):
        assert b"import" in server.get(path)
    assert server.get("/extensions/vox%20weft-pack/docs/VoxweftTranscribe.md").startswith(b"# ")


EXAMPLES = sorted(
    path.stem
    for path in (ROOT / "example_workflows").glob("*.json")
    if "VoxweftVoiceFromAudio" not in path.read_text("utf-8")
)
"""Those with engines for cloned voices are in test_comfyui_cloning.py."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_workflow_runs_unchanged(server: ComfyServer, name: str) -> None:
    text = (ROOT / "example_workflows" / f"{name}.json").read_text(encoding="utf-8")
    assert (ROOT / "example_workflows" / f"{name}.jpg").is_file(), "a picture for ComfyUI's list of templates"
    # The checkpoint of the tests has the files of this one.
    workflow = json.loads(text.replace('"tiny"', '"turbo"'))
    ran = server.run(as_prompt(workflow, json.loads(server.get("/object_info"))))
    assert "execution_success" in ran.messages, ran.messages
    again = server.run(as_prompt(workflow, json.loads(server.get("/object_info"))))
    nodes = {str(node["id"]) for node in workflow["nodes"] if node["type"].startswith("Voxweft")}
    assert nodes <= set(again.messages["execution_cached"]["nodes"]), "the second run is cached"


def test_live_audio_equals_the_saved_file(comfyui: Installed, server: ComfyServer) -> None:
    seen: list[Message] = []
    ran = server.run(speak_graph("Heard while it is made. And afterwards."), seen=seen)
    (event,) = [message.data for message in seen if message.kind == "voxweft.live"]
    assert event["node"] == "1"
    live = np.frombuffer(server.get(event["path"]), "<i2").astype(np.float32) / 32768
    samples = saved(comfyui, server, ran.outputs)
    assert live.size == samples.size
    assert np.abs(live - samples).max() < 1e-3
    (shown_file,) = ran.outputs["1"]["voxweft"]
    assert server.get(f"/view?filename={shown_file['filename']}&type=temp")[:4] == b"RIFF"


def test_free_stops_the_workers_and_the_next_prompt_restarts_them(server: ComfyServer) -> None:
    server.run(speak_graph("Before the memory is freed."))
    server.free()
    assert "execution_success" in server.run(speak_graph("After it was freed.")).messages


def test_ten_prompts_do_not_increase_the_memory(server: ComfyServer) -> None:
    def memory_bytes() -> int:
        return psutil.Process(server.process.pid).memory_info().rss

    for number in range(3):
        server.run(speak_graph(f"A prompt to warm up, number {number}."))
    before = memory_bytes()
    for number in range(10):
        server.run(speak_graph(f"One of ten prompts in a row, number {number}, said at some length."))
    assert memory_bytes() - before < 48 << 20, "ten prompts of some seconds of audio each"
    assert len(server.workers()) == 1


def test_speak_to_a_file(comfyui: Installed, server: ComfyServer) -> None:
    seen: list[Message] = []
    ran = server.run(speak_graph(TEXT), seen=seen)
    assert "execution_success" in ran.messages, server.printed()[-4000:]
    report = json.loads(shown(ran.outputs, "3"))
    samples = saved(comfyui, server, ran.outputs)
    assert samples.size == round(report["duration_s"] * RATE)
    assert [piece["text"] for piece in report["segments"]] == ["Hello from the graph.", "This is the second sentence."]
    first, second = report["segments"]
    for piece in (first, second):
        assert np.abs(samples[piece["start_sample"] : piece["end_sample"]]).max() > 0.05
    assert not samples[first["end_sample"] : second["start_sample"]].any()

    bars = [message.data for message in seen if message.kind == "progress" and message.data["node"] == "1"]
    assert (bars[-1]["value"], bars[-1]["max"]) == (2, 2)
    texts = [message.data[4:].decode() for message in seen if message.kind == "binary:3"]
    assert texts[-1].startswith("12 of 2 segments, "), "the node's id, then the text"
    states = [message.data["nodes"].get("1") for message in seen if message.kind == "progress_state"]
    assert any(state and (state["value"], state["max"]) == (2, 2) for state in states)


def test_dub_to_a_file(comfyui: Installed, server: ComfyServer) -> None:
    ran = server.run(dub_graph(SRT))
    assert "execution_success" in ran.messages, server.printed()[-4000:]
    report = json.loads(shown(ran.outputs, "4"))
    assert [cue["start_sample"] for cue in report["cues"]] == [round(0.5 * RATE), round(3.2 * RATE)]
    samples = saved(comfyui, server, ran.outputs)
    assert samples.size == round(report["duration_s"] * RATE) == report["cues"][-1]["end_sample"]
    end = 0
    for cue in report["cues"]:
        assert not samples[end : cue["start_sample"]].any()
        end = cue["end_sample"]
        loud = np.flatnonzero(np.abs(samples[cue["start_sample"] : end]) > 0.02)
        assert loud[0] < 0.15 * RATE, "the cue is audible from its start"
    assert "00:00:00,500 --> " in shown(ran.outputs, "3")
    assert "00:00:03,200 --> " in shown(ran.outputs, "3")


def test_an_unchanged_graph_is_not_run_again(server: ComfyServer) -> None:
    graph = speak_graph("An unchanged graph isn't run again.")
    server.run(graph)
    seen: list[Message] = []
    ran = server.run(graph, seen=seen)
    assert sorted(ran.messages["execution_cached"]["nodes"]) == sorted(graph)
    assert not [message for message in seen if message.kind in ("executing", "progress")]


def test_a_changed_text_generates_only_the_changes(server: ComfyServer) -> None:
    server.run(speak_graph("This stays the same. So does this."))
    ran = server.run(speak_graph("This stays the same. Here is something new. So does this."))
    pieces = json.loads(shown(ran.outputs, "3"))["segments"]
    assert [piece["cached"] for piece in pieces] == [True, False, True]


def test_a_linked_text_is_used(server: ComfyServer) -> None:
    graph = speak_graph("")
    graph["0"] = {"class_type": "PrimitiveString", "inputs": {"value": "This came through a link."}}
    graph["1"]["inputs"]["text"] = ["0", 0]
    ran = server.run(graph)
    assert json.loads(shown(ran.outputs, "3"))["segments"][0]["text"] == "This came through a link."


def test_an_empty_text_is_rejected_before_the_run(server: ComfyServer) -> None:
    for graph, widget in ((speak_graph(" "), "text"), (dub_graph(""), "subtitles")):
        answer = server.post("/prompt", {"prompt": graph, "client_id": server.client_id})
        (error,) = answer["node_errors"]["1"]["errors"]
        assert error["extra_info"]["input_name"] == widget
        assert f"'{widget}' is empty" in error["details"]


def test_an_error_shows_the_engine_s_message(server: ComfyServer) -> None:
    ran = server.run(speak_graph("Who says that?", voice="klingon-hi"))
    error = ran.messages["execution_error"]
    assert error["node_id"] == "1"
    assert "klingon-hi" in error["exception_message"]
    assert "Who says that?" in error["exception_message"]


def test_cancel_interrupts_and_the_next_prompt_works(server: ComfyServer) -> None:
    text = long_text(4000, "a cancelled")
    prompt_id = server.queue(speak_graph(text))
    while not (progress := server.until("progress", prompt_id)).data["value"] >= 3:
        pass
    workers = server.workers()
    pressed_s = time.monotonic()
    server.post("/interrupt", {})
    interrupted = server.until("execution_interrupted", prompt_id)
    assert interrupted.data["node_id"] == "1"
    # The whole text takes far longer, so only a Cancel without effect exceeds this limit.
    assert interrupted.at_s - pressed_s < 5
    print(f"cancelled after {progress.data['value']} segments, in {(interrupted.at_s - pressed_s) * 1000:.0f} ms")
    ran = server.wait(prompt_id)
    assert "execution_error" not in ran.messages
    assert "execution_success" not in ran.messages

    again = server.run(speak_graph(text[: text.index("number 3,") - 1] + "."))
    assert "execution_success" in again.messages
    assert [piece["cached"] for piece in json.loads(shown(again.outputs, "3"))["segments"]] == [True, True, True, False]
    assert {worker.pid for worker in server.workers()} == {worker.pid for worker in workers}, "no worker was lost"


def test_a_video_s_sound_is_transcribed(server: ComfyServer) -> None:
    whisper = {"model": "turbo", "beam_size": 1, "vad_filter": False, "hotwords": "", "workers": 1}
    settings = {"language": "en", "task": "transcribe", "prompt": "", "preset": "streaming", "subtitle_format": "srt"}
    graph = {
        "9": ESPEAK,
        "1": speak_graph("Hello. Welcome to the show.")["1"],
        "2": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 20, "color": 0}},
        "3": {"class_type": "CreateVideo", "inputs": {"images": ["2", 0], "fps": 5.0, "audio": ["1", 0]}},
        "4": {"class_type": "VoxweftFasterWhisper", "inputs": whisper},
        "5": {"class_type": "VoxweftTranscribe", "inputs": {"video": ["3", 0], "engine": ["4", 0], **settings}},
        "6": {"class_type": "PreviewAny", "inputs": {"source": ["5", 0]}},
        "7": {
            "class_type": "SaveVideo",
            "inputs": {"video": ["3", 0], "filename_prefix": "heard", "format": "auto", "codec": "auto"},
        },
    }
    ran = server.run(graph)
    assert "execution_success" in ran.messages, server.printed()[-4000:]
    heard = shown(ran.outputs, "6")
    assert "welcome to the show" in heard.lower()
    # The same from a file, which is not read into memory.
    (file,) = (server.base / "output").glob("heard*.mp4")
    file.rename(server.base / "input" / file.name)
    graph["3"] = {"class_type": "LoadVideo", "inputs": {"file": file.name}}
    del graph["7"]
    assert "welcome to the show" in shown(server.run(graph).outputs, "6").lower()


@pytest.mark.parametrize("end_signal", ["SIGTERM", "SIGKILL"])
def test_workers_end_with_the_server(comfyui: Installed, tmp_path: Path, end_signal: str) -> None:
    # Neither a second copy of the pack nor an embedded server that cannot start may break the pack.
    copy_pack(tmp_path / "custom_nodes" / "voxweft-copy")
    server = start(comfyui, tmp_path, "voxweft-main", VOXWEFT_SERVER="nowhere")
    try:
        printed = server.printed()
        assert "IMPORT FAILED" not in printed
        assert "the embedded Voxweft server did not start at nowhere" in printed
        # aiohttp's static routes find no files in a folder whose name has a space, so this one has none.
        for name in ("VoxweftSpeak", "VoxweftDub"):
            assert server.get(f"/extensions/voxweft-main/docs/{name}.md").startswith(b"# ")
        prompt_id = server.queue(speak_graph(long_text(4000, "an unfinished")))
        while server.until("progress", prompt_id).data["value"] < 1:
            pass
        workers = server.workers()
        assert workers
    finally:
        server.end(signal.Signals[end_signal])
    ended_s = time.monotonic()
    while not all(gone(worker) for worker in workers):
        assert time.monotonic() - ended_s < 10, "a worker outlived its parent"
        time.sleep(0.02)
    print(f"workers gone {(time.monotonic() - ended_s) * 1000:.0f} ms after {end_signal}")


# The contracts that also run on the fakes.


def contract_run(comfyui: Installed, folder: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    pack, variables = install_pack(comfyui, folder, **environment)
    command = [comfyui.python, str(SUPPORT / "run_contracts.py"), str(pack), "--host", str(comfyui.folder), *arguments]
    ran = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stderr[-4000:]
    seen: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return seen


@pytest.fixture(scope="module")
def on_host(comfyui: Installed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return contract_run(comfyui, tmp_path_factory.mktemp("contract"))


@pytest.fixture(scope="module")
def on_host_with_fussy(comfyui: Installed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return contract_run(comfyui, tmp_path_factory.mktemp("fussy"), "--fussy", VOXWEFT_ENGINES=TEST_ENGINES)


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_contract(request: pytest.FixtureRequest, name: str) -> None:
    fixture = "on_host_with_fussy" if name in WITH_FUSSY_ENGINE else "on_host"
    failure = request.getfixturevalue(fixture)["results"][name]
    assert failure is None, failure


def test_the_fakes_accept_only_arguments_that_the_host_accepts(on_host: dict[str, Any], tmp_path: Path) -> None:
    command = [sys.executable, str(SUPPORT / "run_contracts.py"), str(ROOT), "--signatures"]
    fakes = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)[
        "signatures"
    ]
    assert set(fakes) == set(on_host["signatures"])
    for where, faked in fakes.items():
        real = on_host["signatures"][where]
        # Name, kind and whether it is needed: the form of a default differs between hosts.
        assert [parameter[:3] for parameter in faked if parameter[:3] not in [one[:3] for one in real]] == [], where
        names = [name for name, *_ in faked]
        assert [name for name, _, needed, _ in real if needed and name not in names] == [], where
