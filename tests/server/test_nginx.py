"""Debian's nginx before the server: with the sample of the docs, and with nothing but `proxy_pass`."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

import httpx
from fixtures_server import TONE, Served, open_runtime, serving
from streaming_kit import eventually
from websockets.sync.client import connect

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "reverse-proxy.md"
pytestmark = [pytest.mark.clients, pytest.mark.skipif(NGINX is None, reason="there is no nginx")]
FAULT = {"input": "One. Two.", "params": {"fault": "raise", "chunks": 4, "delay_s": 0.2}, **TONE}
SLOW = {"input": "slow", "params": {"chunks": 8, "delay_s": 0.3, "chunk_samples": 6000}, **TONE}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def sample(port: int, upstream: str) -> str:
    """Return the docs' configuration for a port without TLS."""
    text = re.search(r"```nginx\n(server \{.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert text
    plain = re.sub(r"\n\s*ssl_\w+ [^;]*;", "", text[1]).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    return plain.replace("http://127.0.0.1:8880", upstream)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with (
        open_runtime(tmp_path_factory.mktemp("proxied")) as runtime,
        serving(runtime, allow_hosts=("speech.example.org",), root_path="/speech") as server,
    ):
        server.speech("A worker is there.", response_format="pcm", **TONE)
        yield server


@pytest.fixture(scope="module")
def proxies(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run nginx; yield the addresses of its servers."""
    folder = tmp_path_factory.mktemp("nginx")
    ports = {"sample": free_port(), "bare": free_port()}
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{sample(ports['sample'], served.url)}\n"
        f"server {{ listen 127.0.0.1:{ports['bare']}; location / {{ proxy_pass {served.url}; }} }}\n}}\n",
        encoding="utf-8",
    )
    assert NGINX is not None
    command = [NGINX, "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        for address in addresses.values():
            eventually(lambda address=address: _answers(address), "nginx answers")
        yield addresses
    finally:
        process.terminate()
        process.wait(30)
        assert process.stderr is not None
        process.stderr.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("proxy", ["sample", "bare"])
@pytest.mark.parametrize("body_format", ["pcm", "mp3", "opus"])
def test_a_failed_stream_is_never_a_whole_file(proxies: dict[str, str], proxy: str, body_format: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{proxies[proxy]}/v1/audio/speech", json={**FAULT, "response_format": body_format}, timeout=60)
    refused = httpx.post(f"{proxies[proxy]}/v1/audio/speech", json={**FAULT, "voice": "nobody"}, timeout=60)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unknown_voice")


@pytest.mark.parametrize("proxy", ["sample", "bare"])
def test_streams_arrive_while_they_are_made(served: Served, proxies: dict[str, str], proxy: str) -> None:
    for fields in ({"response_format": "pcm"}, {"response_format": "mp3"}, {"stream_format": "sse"}):
        body = {**SLOW, "input": f"{proxy} {fields}", **fields}
        with httpx.stream("POST", f"{proxies[proxy]}/v1/audio/speech", json=body, timeout=60) as response:
            early = sum(served.stats()["jobs"]["tone"]["active"] > 0 for _ in response.iter_raw())
        assert early >= 5, fields


def test_the_page_and_sockets_work_through_the_sample(proxies: dict[str, str]) -> None:
    address = proxies["sample"]
    headers = {"Host": "speech.example.org", "Origin": "http://speech.example.org"}
    for prefix in ("", "/speech"):
        page = httpx.get(f"{address}{prefix}/", headers=headers)
        assert page.status_code == 200
        assert httpx.get(page.url.join("static/page.js"), headers=headers).status_code == 200
        spoken = httpx.post(
            f"{address}{prefix}/v1/audio/speech", json={"input": "Hello.", **TONE}, headers=headers, timeout=60
        )
        assert spoken.status_code == 200
        with connect(f"{address.replace('http', 'ws')}{prefix}/ws/tts/live") as live:
            live.send(json.dumps(TONE))
            assert json.loads(live.recv(30))["type"] == "ready"
