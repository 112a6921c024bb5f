"""Connections by hand: bodies that fail, headers that never come, and more requests than are allowed."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi")

import httpx
from fixtures_server import TONE, Served, open_runtime, serving
from streaming_kit import eventually
from websockets.sync.client import connect

from voxweft.utils.streaming.runtime import Runtime

FAULT = {"input": "One. Two.", "params": {"fault": "raise", "chunks": 4}, "response_format": "pcm", **TONE}
WHOLE = {"input": "One.", "params": {"chunks": 2}, "response_format": "pcm", **TONE}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(tmp_path_factory.mktemp("connections")) as opened:
        yield opened


def opened(served: Served) -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def read_all(connection: socket.socket) -> bytes:
    """Read to the end. ConnectionResetError if the server resets the connection."""
    data = b""
    while part := connection.recv(65_536):
        data += part
    return data


def posted(fields: dict[str, object], version: str = "1.0") -> bytes:
    body = json.dumps(fields).encode()
    head = f"POST /v1/audio/speech HTTP/{version}\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def refused(served: Served, reason: str) -> int:
    prefix = f'voxweft_refused_connections_total{{reason="{reason}"}} '
    lines = served.client.get("/metrics").text.splitlines()
    return next((int(float(line.removeprefix(prefix))) for line in lines if line.startswith(prefix)), 0)


def test_a_body_over_http_1_0_ends_with_the_connection_or_with_a_reset(runtime: Runtime) -> None:
    with serving(runtime) as served:
        with opened(served) as connection:
            connection.sendall(posted(WHOLE))
            head, _, body = read_all(connection).partition(b"\r\n\r\n")
        headers = head.lower()
        assert body
        assert b"content-length" not in headers
        assert b"transfer-encoding" not in headers
        assert b"x-accel-buffering: no" in headers
        assert b"cache-control: no-store, no-transform" in headers
        with opened(served) as connection:
            connection.sendall(posted(FAULT))
            with pytest.raises(ConnectionResetError):
                read_all(connection)
        with opened(served) as connection:
            connection.sendall(posted({**FAULT, "stream_format": "sse"}))
            assert b'"type":"error"' in read_all(connection), "an event says what happened, and the body is complete"
        with opened(served) as connection:
            connection.sendall(posted({**WHOLE, "voice": "nobody"}))
            assert b" 400 " in read_all(connection).splitlines()[0]


def test_headers_must_come_in_time(runtime: Runtime) -> None:
    with serving(runtime, header_timeout_s=0.2) as served:
        with opened(served) as silent, opened(served) as half, opened(served) as again:
            half.sendall(b"GET /health HTTP/1.1\r\nHost: local")
            again.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"status":"ok"}'):
                answer += again.recv(65_536)
            again.sendall(b"GET /hea")
            assert read_all(silent) == b""
            for connection in (half, again):
                answer = read_all(connection)
                assert answer.startswith(b"HTTP/1.1 408")
                assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "timeout"
        assert refused(served, "headers") == 3
        # A request that takes longer than the limit is no idle connection.
        slow = {**WHOLE, "params": {"chunks": 8, "delay_s": 0.1}}
        assert served.client.post("/v1/audio/speech", json=slow).status_code == 200


def test_a_body_must_not_pause(runtime: Runtime) -> None:
    with serving(runtime, body_timeout_s=0.2) as served, opened(served) as connection:
        connection.sendall(posted(WHOLE, "1.1")[:-5])
        answer = b""
        while b"}}" not in answer:
            answer += connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"no more of the request's body for 0.2 s" in answer
        assert refused(served, "body") == 1


def test_idle_connections_disturb_nobody(runtime: Runtime) -> None:
    with serving(runtime, max_connections=8) as served, contextlib.ExitStack() as stack:
        for number in range(300):
            connection = stack.enter_context(opened(served))
            if number % 2:
                connection.sendall(b"POST /v1/audio/speech HTTP/1.1\r\nHost: ")
        eventually(lambda: refused(served, "idle") >= 300 - 4 * 8, "the oldest are closed")
        assert served.client.post("/v1/audio/speech", json=WHOLE).status_code == 200


def test_requests_beyond_the_limit_are_refused_and_counted(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with serving(runtime, max_connections=1) as served:
        with connect(f"{served.socket_url}/ws/tts/live") as live:
            live.send(json.dumps(TONE))
            assert json.loads(live.recv(30))["type"] == "ready"
            answer = served.client.get("/v1/models")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.json()["error"]["code"] == "server_overloaded"
            assert served.client.get("/health").status_code == 200
        eventually(lambda: served.client.get("/v1/models").status_code == 200, "the WebSocket is gone")
        assert refused(served, "limit") >= 1
    assert "GET /v1/models 503" in caplog.text


def test_under_a_sub_path(runtime: Runtime) -> None:
    with serving(runtime, root_path="/speech") as served:
        for prefix in ("", "/speech"):
            assert served.client.get(f"{prefix}/health").json() == {"status": "ok"}
            page = served.client.get(f"{prefix}/")
            assert page.status_code == 200
            assert served.client.get(httpx.URL(str(page.url)).join("static/page.js")).status_code == 200
            assert served.client.get(f"{prefix}/docs").status_code == 200
            with connect(f"{served.socket_url}{prefix}/ws/tts/live") as live:
                live.send(json.dumps(TONE))
                assert json.loads(live.recv(30))["type"] == "ready"
        moved = served.client.get("/speech")
        assert (moved.status_code, moved.headers["location"]) == (307, "/speech/")


def test_a_client_that_resets_leaves_nothing(runtime: Runtime) -> None:
    with serving(runtime) as served:
        with opened(served) as connection:
            connection.sendall(posted({**WHOLE, "params": {"chunks": 600, "delay_s": 0.05}}))
            assert connection.recv(64)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        eventually(lambda: all(row["active"] == 0 for row in served.stats()["jobs"].values()), "the job has ended")


UPGRADE = (
    b"GET /ws/tts/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CONTINUATION, TEXT, CLOSE, PING = 0x0, 0x1, 0x8, 0x9


def frame(opcode: int, data: bytes = b"", *, final: bool = True) -> bytes:
    length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return bytes([final << 7 | opcode]) + length + bytes(4) + data


def upgraded(served: Served) -> socket.socket:
    connection = unread(served)
    connection.sendall(UPGRADE)
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(1)
    assert b" 101 " in head
    return connection


def unread(served: Served) -> socket.socket:
    """Return a connection that can't hold much of what the server sends."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    host, port = served.url.removeprefix("http://").split(":")
    connection.connect((host, int(port)))
    return connection


@pytest.mark.parametrize("kind", ["HTTP/1.1", "HTTP/1.0", "WebSocket"])
def test_a_client_that_never_reads_keeps_no_connection(runtime: Runtime, kind: str) -> None:
    endless = {"input": "word. " * 2000, "params": {"chunks": 600}, "response_format": "wav", **TONE}
    with contextlib.ExitStack() as stack:
        served = stack.enter_context(serving(runtime, slow_client_s=0.3))
        connection = stack.enter_context(upgraded(served) if kind == "WebSocket" else unread(served))
        if kind == "WebSocket":
            settings = json.dumps({name: endless[name] for name in ("model", "voice", "params")})
            connection.sendall(frame(TEXT, settings.encode()) + frame(TEXT, b"word. " * 2000) + frame(TEXT))
        else:
            connection.sendall(posted(endless, kind.partition("/")[2]))
        eventually(lambda: served.n_ended_jobs() == 1, "its job ends")
        eventually(lambda: served.stats()["connections"]["http"] == 1, "only the one that asks is left")


def test_pings_whose_answers_are_not_read_cost_no_memory(runtime: Runtime) -> None:
    with serving(runtime) as served, upgraded(served) as connection:
        flood = frame(PING, b"x" * 125) * 1000
        for _ in range(200):
            connection.sendall(flood)
        connection.sendall(frame(CLOSE))
        assert len(read_all(connection)) < 10 << 20, "of 25 MiB of answers"


def test_a_message_has_a_maximum_of_frames(runtime: Runtime) -> None:
    with serving(runtime) as served, upgraded(served) as connection:
        connection.sendall(frame(TEXT, final=False) + frame(CONTINUATION, final=False) * 5000)
        answer = read_all(connection)
    assert answer[:1] == b"\x88"
    assert struct.unpack("!H", answer[2:4]) == (1009,)
    assert b"4096 frames" in answer
