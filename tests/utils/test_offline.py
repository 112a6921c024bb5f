"""An audit hook refuses connections beyond this machine, in workers always."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from streaming_kit import MakeRuntime, collect, speak

from voxweft.utils.offline import is_local
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.engine_spec import EngineSpec
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime


@pytest.mark.parametrize("host", [None, "", "localhost", "LocalHost", "127.0.0.1", "127.8.9.1", "::1", b"localhost"])
def test_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "192.0.2.1",
        "10.0.0.1",
        "0.0.0.0",
        "fe80::1%eth0",
        "::ffff:192.0.2.1",
        b"example.net",
        "localhost.evil.org",
    ],
)
def test_beyond(host: object) -> None:
    assert not is_local(host)


_PROBE = """
import socket, sys, tempfile, threading
from voxweft.utils.offline import EgressRefusedError, refuse_egress

refuse_egress("the probe")

def refused(call):
    try:
        call()
    except EgressRefusedError as error:
        assert "the probe tried to" in str(error) and "network access is off" in str(error), error
        return
    except Exception as error:
        sys.exit(f"{call}: {error!r}")
    sys.exit(f"{call} was let through")

tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
refused(lambda: tcp.connect(("192.0.2.1", 80)))
refused(lambda: tcp.connect_ex(("192.0.2.1", 80)))
refused(lambda: udp.sendto(b"x", ("192.0.2.1", 53)))
refused(lambda: udp.sendmsg([b"x"], [], 0, ("192.0.2.1", 53)))
refused(lambda: socket.getaddrinfo("example.org", 80))
refused(lambda: socket.gethostbyname("example.org"))
refused(lambda: socket.gethostbyname_ex("example.org"))
refused(lambda: socket.gethostbyaddr("192.0.2.1"))
refused(lambda: socket.getnameinfo(("192.0.2.1", 80), 0))
refused(lambda: socket.create_connection(("example.org", 80), timeout=1))

listener = socket.create_server(("127.0.0.1", 0))
with socket.create_connection(listener.getsockname(), timeout=5) as near:
    far, _ = listener.accept()
    near.sendall(b"hello")
    assert far.recv(5) == b"hello"
    far.close()
socket.getaddrinfo("localhost", 80)
udp.sendto(b"x", listener.getsockname())
if sys.platform != "win32":
    path = tempfile.mkdtemp() + "/s"
    local = socket.socket(socket.AF_UNIX)
    local.bind(path)
    local.listen()
    socket.socket(socket.AF_UNIX).connect(path)
print("ok")
"""


def test_every_call_of_the_socket_module() -> None:
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROBE], capture_output=True, text=True, timeout=60, check=False
    )
    assert (answer.stdout.strip(), answer.stderr) == ("ok", "")


def test_a_worker_is_refused_the_network_by_name(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    with pytest.raises(SegmentError) as caught:
        collect(runtime.stream(speak(["to the net"], fault="network")))
    assert "the worker of engine 'tone' tried to" in caught.value.failure.message
    assert "192.0.2.1" in caught.value.failure.message
    assert "network access is off" in caught.value.failure.message


def test_refused_connections_are_listed(make_runtime: MakeRuntime) -> None:
    """Libraries swallow the exception, so an engine's author and the log learn of it otherwise."""
    runtime = make_runtime()
    collect(runtime.stream(speak(["at home"], fault="loopback")))
    assert runtime.loader.refused == []
    with pytest.raises(SegmentError):
        collect(runtime.stream(speak(["to the net"], fault="network")))
    ((engine, message),) = runtime.loader.refused
    assert engine == "tone"
    assert "the worker of engine 'tone' tried to" in message
    assert "192.0.2.1" in message


def test_a_worker_may_use_loopback(make_runtime: MakeRuntime) -> None:
    heard = collect(make_runtime().stream(speak(["at home"], fault="loopback")))
    heard.all_exact(["at home"])


def test_offline_holds_for_an_engine_that_may_use_the_network_otherwise(
    registry: EngineRegistry, tone_spec: EngineSpec, tmp_path: Path
) -> None:
    registry.specs["tone"] = msgspec.structs.replace(tone_spec, network=True)
    runtime = Runtime(Settings(cache_dir=tmp_path, cache_bytes=0, offline=True), registry)
    try:
        with pytest.raises(SegmentError, match="network access is off"):
            collect(runtime.stream(speak(["to the net"], fault="network")))
    finally:
        runtime.close()


_COMMAND = """
import socket, sys
from voxweft.cli import console

with console.runtime():
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=0.2)
    except OSError as error:
        print(error)
"""


def test_offline_holds_for_the_command_line_itself(tmp_path: Path) -> None:
    environment = {**os.environ, "VOXWEFT_OFFLINE": "1", "VOXWEFT_CACHE_DIR": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", _COMMAND], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert "network access is off" in answer.stdout
