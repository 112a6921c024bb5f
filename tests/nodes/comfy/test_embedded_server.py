"""The embedded server: started with the pack if VOXWEFT_SERVER is set, on the runtime of the nodes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from pack_folder import FAKES, surroundings
from paths import SUPPORT

PROGRAM = """
import asyncio, json, sys, time, logging, urllib.request
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
fakes, tests, address, text = sys.argv[1:]
sys.path[:0] = [fakes, tests]
import server  # the host's
from node_pack import Pack
from pathlib import Path
from paths import SUPPORT
from pack_folder import ROOT

pack = Pack(ROOT)
request = urllib.request.Request(
    f"http://{address}/v1/audio/speech", json.dumps({"model": "espeak", "voice": "en-us", "input": text,
    "response_format": "wav"}).encode(), {"Content-Type": "application/json"})
opened = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
for _ in range(600):
    try:
        audio = opened(request, timeout=60).read()
        break
    except OSError:
        time.sleep(0.05)
assert audio[:4] == b"RIFF"
runtime = pack.inside("utils.streaming.runtime").shared_runtime()
print("loaded", list(runtime.loader.pids()))
runtime.close()
"""


def test_the_server_uses_the_runtime_of_the_nodes(tmp_path) -> None:
    pytest.importorskip("fastapi", reason="the extra `server` isn't installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-c", PROGRAM, str(FAKES), str(SUPPORT), address, "Heard over HTTP."]
    environment = os.environ | surroundings(tmp_path) | {"VOXWEFT_SERVER": address}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert f"INFO the embedded Voxweft server listens on http://{address}/" in ran.stdout
    assert "loaded ['espeak']" in ran.stdout


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:8880", ("127.0.0.1", 8880)), ("8123", ("127.0.0.1", 8123)), ("[::1]:80", ("::1", 80))],
)
def test_addresses(monkeypatch: pytest.MonkeyPatch, text: str, address: tuple[str, int]) -> None:
    monkeypatch.syspath_prepend(str(FAKES))
    from voxweft.nodes.comfy.embedded_server import parse_address

    assert parse_address(text) == address


def test_a_failure_is_logged_as_one_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.syspath_prepend(str(FAKES))
    from voxweft.nodes.comfy import embedded_server

    for wrong in ("anywhere", ":80", "127.0.0.1:0", "127.0.0.1:99999"):
        caplog.clear()
        embedded_server._serve(wrong)
        (record,) = caplog.records
        assert record.levelname == "WARNING"
        assert wrong in record.getMessage()
