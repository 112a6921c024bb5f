"""Wyoming connections by hand: frames that aren't events, clients that send or read nothing, and the shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("wyoming")

from fixtures_server import Served, open_runtime, serving
from streaming_kit import eventually
from wyoming.client import AsyncTcpClient
from wyoming.ping import Ping

from voxweft.server.wyoming.events import MAX_LINE_BYTES, MAX_PAYLOAD_BYTES
from voxweft.utils.streaming.runtime import Runtime

NONE: dict[str, Any] = {"engine_folders": ()}
PING = b'{"type": "ping"}\n'
ENDLESS = {
    "type": "synthesize",
    "data": {"text": "One. " * 300, "voice": {"name": "espeak/en-us"}},
}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(tmp_path_factory.mktemp("wyoming-listener"), **NONE) as opened:
        yield opened


@pytest.fixture(scope="module")
def served(runtime: Runtime) -> Iterator[Served]:
    with serving(runtime, wyoming="127.0.0.1:0", header_timeout_s=0.4, body_timeout_s=0.4) as started:
        yield started


def opened(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.wyoming_port), timeout=30)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            data += part
    return data


def answer(served: Served, *parts: bytes) -> bytes:
    """Send bytes and return all that the server sends until it closes the connection."""
    with opened(served) as connection:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for part in parts:
                connection.sendall(part)
        return read_all(connection)


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


BAD_FRAMES = {
    "not JSON": b"GET / HTTP/1.1\r\n",
    "not UTF-8": b'{"type": "\xff\xfe"}\n',
    "not an object": b"[1, 2]\n",
    "without a type": b'{"data": {}}\n',
    "a type of another kind": b'{"type": 7}\n',
    "a type that is too long": line(type="a" * 200),
    "nested deeply": b'{"type": "ping", "data": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}\n",
    "without an end": b"a" * (MAX_LINE_BYTES + 10),
    "a huge line": line(type="ping", data={"text": "a" * MAX_LINE_BYTES}),
    "a negative length": line(type="ping", data_length=-1),
    "a length that is no number": line(type="ping", data_length="7"),
    "a length that is a fraction": line(type="ping", data_length=1.5),
    "huge data": line(type="ping", data_length=10**12),
    "a number of many digits": b'{"type": "ping", "data_length": ' + b"9" * 4000 + b"}\n",
    "a huge payload": line(type="audio-chunk", payload_length=MAX_PAYLOAD_BYTES + 1),
    "data that isn't JSON": line(type="ping", data_length=3) + b"abc",
    "data that isn't an object": line(type="ping", data_length=3) + b"[1]",
    "data of other types": line(type="synthesize", data={"text": {"a": 1}}),
    "a voice of another type": line(type="synthesize", data={"text": "a", "voice": [1]}),
    "a chunk without a format": line(type="audio-chunk", payload_length=2) + b"ab",
    "a rate of another type": line(type="audio-start", data={"rate": "x", "width": 2, "channels": 1}),
    "a huge rate": line(type="audio-start", data={"rate": 10**30, "width": 2, "channels": 1}),
    "text that isn't Unicode": b'{"type": "synthesize", "data": {"text": "\\ud800", "voice": {"name": "espeak/de"}}}\n',
}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES.keys())
def test_a_frame_that_isn_t_an_event_gets_an_error_and_one_line(
    served: Served, frame: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = answer(served, frame)
    head, _, rest = reply.partition(b"\n")
    assert json.loads(head)["type"] == "error"
    assert set(json.loads(rest)) == {"text", "code"}
    eventually(lambda: failures(caplog), "the connection has its line")
    assert answer_to_ping(served)
    assert [record.levelno for record in failures(caplog)] == [logging.INFO]
    assert not any(record.exc_info for record in caplog.records)


def failures(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return the lines of connections that failed."""
    return [record for record in caplog.records if "reason" in getattr(record, "voxweft", {})]


def answer_to_ping(served: Served) -> bool:
    async def ping() -> bool:
        async with AsyncTcpClient("127.0.0.1", served.wyoming_port, read_timeout=30) as client:
            await client.write_event(Ping(text="x").event())
            reply = await client.read_event()
            return reply is not None and reply.type == "pong"

    return asyncio.run(ping())


@pytest.mark.parametrize(
    "half", [b"", b"{", PING[:-1], line(type="ping", data_length=9) + b"{", line(type="a", payload_length=9) + b"a"]
)
def test_half_an_event_ends_after_the_time_limit_or_with_the_client(served: Served, half: bytes) -> None:
    reply = answer(served, half)
    assert b'"error"' in reply
    assert b" within 0.4 s" in reply or b" for 0.4 s" in reply
    with opened(served) as connection:
        connection.sendall(half)
    eventually(lambda: open_connections(served) == 0, "the connection is closed")
    assert answer_to_ping(served)


def open_connections(served: Served) -> int:
    return len(served.service.requests)


def refused(served: Served, reason: str) -> int:
    return served.service.stats.refused_connections[reason]


def test_300_idle_connections_disturb_nobody(runtime: Runtime) -> None:
    settings = {"wyoming": "127.0.0.1:0", "max_connections": 20, "header_timeout_s": 60}
    with serving(runtime, **settings) as served, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(opened(served)) for _ in range(300)]
        assert answer_to_ping(served)
        assert served.client.get("/health").status_code == 200
        assert refused(served, "idle") >= 280
        assert read_all(idle[0]) == b"", "the oldest is closed"
        eventually(lambda: open_connections(served) <= 20, "the others are closed")


def test_a_busy_connection_isn_t_closed_for_a_new_one(runtime: Runtime) -> None:
    with serving(runtime, wyoming="127.0.0.1:0", max_connections=1) as served, opened(served) as busy:
        busy.sendall(line(**ENDLESS))
        assert busy.recv(100)
        with opened(served) as other:
            assert read_all(other) == b""
        assert refused(served, "limit") == 1
        assert busy.recv(100), "it still speaks"


def test_a_client_that_reads_nothing_is_disconnected(runtime: Runtime) -> None:
    with serving(runtime, wyoming="127.0.0.1:0", slow_client_s=0.3) as served, opened(served) as slow:
        slow.sendall(line(**ENDLESS))
        eventually(lambda: served.n_ended_jobs() == 1, "its job ends")
        (row,) = served.stats()["voices"]
        assert row["failed"] + row["cancelled"] == 1


def test_a_client_that_leaves_ends_its_job(served: Served) -> None:
    before = served.n_ended_jobs()
    with opened(served) as leaving:
        leaving.sendall(line(**ENDLESS))
        assert leaving.recv(100)
    eventually(lambda: served.n_ended_jobs() == before + 1, "its job ends")
    eventually(lambda: open_connections(served) == 0, "the connection is closed")


def test_a_shutdown_ends_idle_connections_and_running_requests(tmp_path: Path) -> None:
    with open_runtime(tmp_path, **NONE) as runtime, contextlib.ExitStack() as clients:
        with serving(runtime, wyoming="127.0.0.1:0") as served:
            idle, busy = (clients.enter_context(opened(served)) for _ in range(2))
            idle.sendall(PING)
            assert idle.recv(100)
            busy.sendall(line(**ENDLESS))
            assert busy.recv(100)
            reading = clients.enter_context(ThreadPoolExecutor(1)).submit(read_all, busy)
        read_all(idle)
        assert b'"shutting_down"' in reading.result()[-1000:]
