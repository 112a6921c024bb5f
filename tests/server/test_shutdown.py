"""`voxweft serve` as a process: what SIGTERM refuses, lets end and ends, and what the log says of every failure."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

import httpx
from fixtures_jobs import Command
from fixtures_server import TONE
from streaming_kit import eventually
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

ENDLESS = {"input": "No end is in sight. " * 4000, "response_format": "pcm", **TONE}
LONG = {"input": "Long.", "response_format": "pcm", "params": {"chunks": 1000}, **TONE}
"""24 MB: more than the buffers of a connection, so that it ends only if its client reads."""


class Process:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self._log: list[bytes] = []
        # Read all the time: a full pipe would stop the server.
        self._reading = threading.Thread(target=self._read_log)
        self._reading.start()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        self._log += self.process.stderr

    def socket(self, path: str = "/ws/tts/live") -> ClientConnection:
        return connect(f"ws://127.0.0.1:{self.port}{path}", max_size=None, proxy=None)

    def wait_for_jobs(self, active: int, stalled: int) -> None:
        wanted = {"active": active, "queued": 0, "stalled": stalled}
        eventually(lambda: self.client.get("/stats").json()["jobs"]["tone"] == wanted, f"jobs are {wanted}", 30)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def log_at_end(self) -> str:
        """Return the log, once the process has ended as SIGTERM demands."""
        assert self.process.wait(60) == 143
        self._reading.join()
        log = b"".join(self._log).decode()
        assert "Traceback" not in log
        return log


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Process]:
    with Command(folder).started("serve", "--port", "0", *options) as process:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stderr.readline().decode())
        assert found
        served = Process(process, int(found[1]))
        with served.client:
            yield served


def test_a_shutdown_refuses_new_requests_and_lets_running_ones_end(tmp_path: Path) -> None:
    with serving(tmp_path, "--drain-timeout", "600") as served, served.socket() as live, served.socket() as idle:
        live.send(json.dumps({**TONE, "params": {"chunks": 1}}))
        assert json.loads(live.recv())["type"] == "ready"
        with served.client.stream("POST", "/v1/audio/speech", json=LONG) as stream:
            parts = stream.iter_raw()
            n_bytes = len(next(parts))
            served.terminate()
            eventually(lambda: served.client.get("/ready").status_code == 503, "the server drains", 30)
            assert served.client.get("/ready").json()["reason"] == "the server is shutting down"
            assert served.client.get("/health").status_code == 200
            refused = served.client.post("/v1/audio/speech", json=LONG)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "shutting_down")
            assert int(refused.headers["retry-after"]) > 0
            with pytest.raises(Exception, match="503"):
                served.socket()
            n_bytes += sum(map(len, parts))
        assert n_bytes == 1000 * 12_000 * 2
        live.send("Spoken to the end.")
        live.send("")
        while json.loads(live.recv())["type"] != "end":
            assert isinstance(live.recv(), bytes)
        live.close()
        assert served.process.poll() is None, "the idle socket is open"
        served.terminate()
        assert json.loads(idle.recv())["code"] == "shutting_down"
        with pytest.raises(ConnectionClosed):
            idle.recv()
        assert idle.close_code == 1012
        log = served.log_at_end()
    assert "requests may take 600 s more" in log
    assert "WARNING shutting down: 1 requests are ended with an error" in log


def test_the_log_has_the_reason_of_every_failure(tmp_path: Path) -> None:
    """All failures of one process, in JSON; at its end, what SIGTERM breaks off."""
    with serving(
        tmp_path, "--log-format", "json", "--drain-timeout", "0.1", "--active", "1", "--queued", "0"
    ) as served:
        _fail_in_every_way(served)
        with (
            served.socket() as live,
            served.client.stream("POST", "/v1/audio/speech", json=ENDLESS) as stream,
        ):
            live.send(json.dumps(TONE))
            assert json.loads(live.recv())["type"] == "ready"
            parts = stream.iter_raw()
            next(parts)
            served.wait_for_jobs(active=0, stalled=1)
            live.send("This utterance has no end")
            served.wait_for_jobs(active=1, stalled=1)
            busy = served.client.post("/v1/audio/speech", json={**TONE, "input": "Busy."})
            assert busy.status_code == 429
            served.terminate()
            assert _last_event(live)["code"] == "shutting_down"
            assert live.close_code == 1012
            with pytest.raises(httpx.RemoteProtocolError):
                list(parts)
        log = served.log_at_end()
    assert "secret" not in log
    rows = [json.loads(line) for line in log.splitlines()]
    assert all(set(row) >= {"time", "level", "event", "message"} for row in rows)
    reasons = {(row.get("path"), row.get("status"), row.get("code")) for row in rows if row["event"] == "request"}
    speech = "/v1/audio/speech"
    assert reasons >= {
        (speech, 400, "unknown_voice"),
        (speech, 500, "engine_failed"),
        (speech, 429, "rate_limit_exceeded"),
        (speech, 200, "shutting_down"),
        ("/nowhere\nline", 404, "not_found"),
    }
    sockets = {(row.get("close_code"), row.get("code")): row for row in rows if row["event"] == "websocket"}
    assert set(sockets) == {(1012, "shutting_down"), (1007, None), (1002, None)}
    ended = sockets[1012, "shutting_down"]
    assert (ended["closed_by"], ended["text_in"], ended["binary_in"]) == ("server", 2, 0)
    assert ended["text_out"] == 2 + ended["binary_out"], "ready, a message before each frame, and the error"
    died = next(row for row in rows if row["event"] == "worker_died")
    assert (died["level"], died["engine"]) == ("warning", "tone")
    assert "SIGKILL" in died["reason"]
    assert [row["reason"] for row in rows if row["event"] == "connection_closed"] == ["invalid", "handshake"]


def _last_event(live: ClientConnection) -> Any:
    events = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            events.append(live.recv())
    return json.loads(events[-1])


def _fail_in_every_way(served: Process) -> None:
    post, address = served.client.post, ("127.0.0.1", served.port)
    assert post("/v1/audio/speech", json={**TONE, "input": "A secret.", "voice": "nobody"}).status_code == 400
    killed = {**TONE, "input": "A secret.", "params": {"fault": "kill", "chunks": 1}}
    assert post("/v1/audio/speech", json=killed).status_code == 500
    assert served.client.get("/nowhere%0Aline").status_code == 404
    with socket.create_connection(address, 30) as connection:
        connection.sendall(b"no HTTP at all\r\n\r\n")
        assert b'"invalid_http"' in connection.recv(65_536)
    with socket.create_connection(address, 30) as connection:
        connection.sendall(
            b"GET /ws/voice HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400")
    # Text that isn't UTF-8, and an opcode that doesn't exist.
    for frame in (b"\x81\x81\0\0\0\0\xff", b"\x83\x81\0\0\0\0x"):
        with served.socket("/tts/ws") as broken:
            broken.socket.sendall(frame)
            with pytest.raises(ConnectionClosed):
                broken.recv()
