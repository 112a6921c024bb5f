"""Kokoro in a real ComfyUI: found in ComfyUI's model folder, loaded, used, and stopped by `/free`."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from optional import skip_without

skip_without("kokoro")

from comfyui_host import ComfyServer
from fixtures_kokoro import checkpoint

pytestmark = [pytest.mark.host, pytest.mark.slow]


def speak_graph(text: str) -> dict[str, Any]:
    return {
        "0": {"class_type": "VoxweftKokoro", "inputs": {"voice": "ef_dora", "low_latency": False, "workers": 1}},
        "1": {
            "class_type": "VoxweftSpeak",
            "inputs": {"text": text, "voice": "", "speed": 1.0, "engine": ["0", 0]},
        },
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 1]}},
    }


def test_a_graph_speaks_with_kokoro(server: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    shutil.copytree(checkpoint(tmp_path_factory), server.base / "models" / "TTS" / "kokoro")
    ran = server.run(speak_graph("¿Dónde está la niña pequeña? Aquí está."))
    assert "execution_success" in ran.messages, server.printed()[-4000:]
    report = json.loads(ran.outputs["2"]["text"][0])
    assert [piece["text"] for piece in report["segments"]] == ["¿Dónde está la niña pequeña?", "Aquí está."]
    assert report["duration_s"] > 0.5
    server.free()
