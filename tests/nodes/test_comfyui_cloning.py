"""Engines that imitate recordings in a real ComfyUI, with small models: recordings as voices, Cancel and `/free`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fixtures_chatterbox
import fixtures_f5
import fixtures_mira
import fixtures_pocket
import numpy as np
import pytest
from comfyui_host import ComfyServer, Installed
from fixtures_comfyui import install_pack, saved
from pack_folder import ROOT
from workflow_prompt import as_prompt

pytestmark = [pytest.mark.host, pytest.mark.slow]

ENGINES = {
    "chatterbox": {
        "class_type": "VoxweftChatterbox",
        "inputs": {
            "model": "by language",
            "exaggeration": 0.5,
            "cfg_weight": 0.5,
            "temperature": 0.8,
            "repetition_penalty": 0.0,
            "cfm_steps": 1,
            "watermark": False,
            "workers": 1,
        },
    },
    "pocket_tts": {
        "class_type": "VoxweftPocketTts",
        "inputs": {"model": "by language", "temperature": 0.3, "decode_steps": 1, "workers": 1},
    },
    "f5_tts": {
        "class_type": "VoxweftF5Tts",
        "inputs": {
            "model": "by language",
            "nfe_step": 5,
            "cfg_strength": 2.0,
            "sway_sampling_coef": -1.0,
            "workers": 1,
        },
    },
    "mira_tts": {
        "class_type": "VoxweftMiraTts",
        "inputs": {
            "temperature": 0.8,
            "upsample": False,
            "top_p": 0.95,
            "top_k": 50,
            "repetition_penalty": 1.2,
            "chunk_tokens": 25,
            "workers": 1,
        },
    },
}
TRANSCRIPT = "The rowers had come back before the storm."
RECORDINGS = ("voice.wav", "anna.wav", "ben.wav")
EXAMPLES = ("clone a voice", "dub in a cloned cast", "dub to exact lengths")
WORDS = "It is getting late."
_INSTALL_LIMIT_S, _LOAD_LIMIT_S = 1800, 600


@pytest.fixture(scope="module")
def cloning(comfyui: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A ComfyUI in which a user has installed the engines, copied their models, and uploaded recordings."""
    base = tmp_path_factory.mktemp("cloning")
    folder, variables = install_pack(
        comfyui, base, VOXWEFT_ENGINES=str(fixtures_chatterbox.small_engine(base / "engines"))
    )
    for engine in ENGINES:
        command = [comfyui.python, str(folder), "engines", "install", engine, "--quiet"]
        installed = subprocess.run(
            command, env=os.environ | variables, capture_output=True, text=True, timeout=_INSTALL_LIMIT_S, check=False
        )
        assert installed.returncode == 0, installed.stdout + installed.stderr
    models = base / "models" / "TTS"
    shutil.copytree(fixtures_pocket.checkpoint(), models / "pocket-tts" / "english")
    shutil.copytree(fixtures_chatterbox.small_model("multilingual-v3"), models / "chatterbox-multilingual-v3")
    shutil.copytree(fixtures_f5.checkpoint(), models / "f5-tts" / "v1-base")
    shutil.copytree(fixtures_mira.checkpoint(), models / "mira-tts")
    (base / "input").mkdir(exist_ok=True)
    for number, name in enumerate(RECORDINGS):
        _write(base / "input" / name, fixtures_chatterbox.recording(number))
    server = ComfyServer(comfyui, base, **variables, VOXWEFT_OFFLINE="1", OMP_NUM_THREADS="1")
    server.timeout_s = _LOAD_LIMIT_S
    yield server
    server.end()


def _write(file: Path, samples: np.ndarray) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(fixtures_chatterbox.RATE_HZ)
        out.writeframes((samples * 32767).astype("<i2").tobytes())


def speak_graph(engine: str, text: str, recording: str, **settings: Any) -> dict[str, Any]:
    inputs = {"text": text, "voice": "", "speed": 1.0, "engine": ["9", 0], "speaker": ["8", 0]} | settings
    return {
        "9": ENGINES[engine],
        "7": {"class_type": "LoadAudio", "inputs": {"audio": recording}},
        "8": {
            "class_type": "VoxweftVoiceFromAudio",
            "inputs": {"audio": ["7", 0], "transcript": TRANSCRIPT, "language": ""},
        },
        "1": {"class_type": "VoxweftSpeak", "inputs": inputs},
        "2": {"class_type": "SaveAudio", "inputs": {"audio": ["1", 0], "filename_prefix": "cloned"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["1", 1]}},
    }


def cast_graph(engine: str, text: str) -> dict[str, Any]:
    graph = speak_graph(engine, text, "voice.wav", cast=["23", 0])
    for number, name in enumerate(("Anna", "Ben")):
        loaded, voice, member = (str(node + number) for node in (10, 20, 22))
        graph[loaded] = {"class_type": "LoadAudio", "inputs": {"audio": f"{name.lower()}.wav"}}
        graph[voice] = {
            "class_type": "VoxweftVoiceFromAudio",
            "inputs": {"audio": [loaded, 0], "transcript": TRANSCRIPT, "language": ""},
        }
        of_cast = {"cast": ["22", 0]} if number else {}
        inputs = {"name": name, "aliases": "", "voice": "", "speed": 1.0, "gain_db": 0.0, "narrator": False}
        graph[member] = {
            "class_type": "VoxweftCast",
            "inputs": inputs | of_cast | {"engine": ["9", 0], "speaker": [voice, 0]},
        }
    return graph


def report_of(server: ComfyServer, graph: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    ran = server.run(graph)
    assert "execution_success" in ran.messages, server.printed()[-6000:]
    return json.loads(ran.outputs["3"]["text"][0]), ran


@pytest.mark.parametrize("engine", ENGINES)
def test_a_text_is_spoken_in_the_voice_of_a_recording(comfyui: Installed, cloning: ComfyServer, engine: str) -> None:
    report, ran = report_of(cloning, speak_graph(engine, f"Hello from a recording. {WORDS}", "voice.wav"))
    assert [piece["engine"] for piece in report["segments"]] == [engine] * 2
    assert all(piece["voice"].startswith("reference:") for piece in report["segments"])
    samples = saved(comfyui, cloning, ran.outputs)
    assert samples.size == round(report["duration_s"] * report["sample_rate"])
    for piece in report["segments"]:
        assert np.abs(samples[piece["start_sample"] : piece["end_sample"]]).max() > 0.001


@pytest.mark.parametrize("engine", ENGINES)
def test_two_voices_in_a_cast_sound_as_each_alone(comfyui: Installed, cloning: ComfyServer, engine: str) -> None:
    script = f"Anna: {WORDS}\nBen: {WORDS}\nAnna: Indeed it is.\nBen: {WORDS}\n"
    report, ran = report_of(cloning, cast_graph(engine, script))
    together = saved(comfyui, cloning, ran.outputs)
    pieces = [together[piece["start_sample"] : piece["end_sample"]] for piece in report["segments"]]
    assert [piece["speaker"] for piece in report["segments"]] == ["Anna", "Ben", "Anna", "Ben"]
    assert len({piece["voice"] for piece in report["segments"]}) == 2
    for recording, position in (("anna.wav", 0), ("ben.wav", 1)):
        alone, ran = report_of(cloning, speak_graph(engine, WORDS, recording))
        (piece,) = alone["segments"]
        assert piece["voice"] == report["segments"][position]["voice"]
        assert piece["cached"], "the same segment, from another graph"
        samples = saved(comfyui, cloning, ran.outputs)[piece["start_sample"] : piece["end_sample"]]
        assert np.array_equal(samples, pieces[position])
    assert not np.array_equal(pieces[0], pieces[1])


@pytest.mark.parametrize("engine", ENGINES)
def test_cancel_interrupts_and_the_next_prompt_works(cloning: ComfyServer, engine: str) -> None:
    text = " ".join(f"This is sentence number {number}, and it is rather long." for number in range(400))
    prompt_id = cloning.queue(speak_graph(engine, text, "voice.wav"))
    while not cloning.until("progress", prompt_id).data["value"] >= 2:
        pass
    cloning.post("/interrupt", {})
    assert cloning.until("execution_interrupted", prompt_id).data["node_id"] == "1"
    ran = cloning.wait(prompt_id)
    assert {"execution_error", "execution_success"}.isdisjoint(ran.messages)
    report_of(cloning, speak_graph(engine, "After the interruption.", "voice.wav"))


@pytest.mark.parametrize("engine", ENGINES)
def test_free_stops_the_workers_and_the_next_prompt_restarts_them(cloning: ComfyServer, engine: str) -> None:
    report_of(cloning, speak_graph(engine, "Before the memory is freed.", "voice.wav"))
    cloning.free()
    report_of(cloning, speak_graph(engine, "After it was freed.", "voice.wav"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_workflow_runs_unchanged(cloning: ComfyServer, name: str) -> None:
    workflow = json.loads((ROOT / "example_workflows" / f"{name}.json").read_text(encoding="utf-8"))
    prompt = as_prompt(workflow, json.loads(cloning.get("/object_info")))
    for node in prompt.values():
        if node["class_type"] == "VoxweftVoiceFromAudio":
            # F5-TTS needs one. A user's own recognizer would write it.
            node["inputs"]["transcript"] = TRANSCRIPT
    ran = cloning.run(prompt)
    assert "execution_success" in ran.messages, cloning.printed()[-6000:]
    nodes = {str(node["id"]) for node in workflow["nodes"] if node["type"].startswith("Voxweft")}
    assert nodes <= set(cloning.run(prompt).messages["execution_cached"]["nodes"]), "the second run is cached"


def test_a_recording_is_needed_for_pocket_tts_and_the_node_says_so(cloning: ComfyServer) -> None:
    graph = speak_graph("pocket_tts", WORDS, "voice.wav")
    del graph["1"]["inputs"]["speaker"], graph["7"], graph["8"]
    ran = cloning.run(graph)
    assert "needs one" in ran.messages["execution_error"]["exception_message"]
