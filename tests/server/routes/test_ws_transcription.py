"""Live transcription that can't start: the client gets the cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import msgspec
from fixtures_server import open_runtime, serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from voxweft.jobs.transcribe.live import vad

PROGRAM = """from voxweft.utils.streaming.contract.helper import HelperProgram
from voxweft.utils.streaming.contract.voice_activity import VadReply, VadRequest


class Broken(HelperProgram[VadRequest, VadReply]):
    request_type = VadRequest

    def load(self):
        import no_such_onnxruntime

    def run(self, request, progress, cancelled):
        raise NotImplementedError
"""


def test_a_session_that_cannot_start_sends_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    broken = msgspec.structs.replace(vad._VAD, folder=str(tmp_path), program="program:Broken")
    monkeypatch.setattr(vad, "_VAD", broken)
    with open_runtime(tmp_path) as runtime, serving(runtime) as served:
        with connect(f"{served.socket_url}/ws/asr/live") as socket:
            socket.send(json.dumps({"model": "recognizer"}))
            error = json.loads(socket.recv(60))
            with pytest.raises(ConnectionClosed):
                socket.recv(60)
        assert (error["type"], error["code"]) == ("error", "engine_unavailable")
        assert error["message"].startswith("live transcription with engine 'recognizer' can't detect speech: ")
        assert "no_such_onnxruntime" in error["message"]
        assert error["message"].endswith("fix: voxweft engines install faster_whisper")
        assert [row["failed"] for row in served.stats()["voices"]] == [1]
