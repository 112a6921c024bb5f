"""A real ComfyUI for tests: find it, start it headless on loopback, and use its HTTP and WebSocket interfaces."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from packaging.requirements import Requirement

from voxweft.cli.doctor_checks.host import CORE

WORKER = str(Path("utils", "streaming", "child", "main.py"))
START_TIMEOUT_S = 600.0
TIMEOUT_S = 120.0

# No proxy: the server is on this machine.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Installed(NamedTuple):
    """The folder of a ComfyUI, and the interpreter that runs it."""

    folder: Path
    python: str


def find_comfyui() -> Installed | str:
    """Return the ComfyUI of COMFYUI_PATH, else ~/comfy/ComfyUI; or a message if it is missing.

    Its interpreter is COMFYUI_PYTHON, else that of its `.venv` or `venv`, else this one.
    """
    named = os.environ.get("COMFYUI_PATH")
    folder = Path(named).expanduser() if named else Path.home() / "comfy" / "ComfyUI"
    if not (folder / "main.py").is_file():
        return f"no ComfyUI in {folder}; set COMFYUI_PATH, and COMFYUI_PYTHON if its interpreter isn't in its .venv"
    if python := os.environ.get("COMFYUI_PYTHON"):
        return Installed(folder, python)
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    for environment in (".venv", "venv"):
        if (folder / environment / inside).exists():
            return Installed(folder, str(folder / environment / inside))
    return Installed(folder, sys.executable)


_MISSING = """
import sys
from importlib import metadata
for name in sys.argv[1:]:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        print(name)
"""


def missing_in(python: str) -> list[str]:
    """Return the core's packages that aren't installed for an interpreter."""
    needed = [requirement.name for requirement in map(Requirement, CORE) if requirement.marker is None]
    done = subprocess.run([python, "-c", _MISSING, *needed], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


class Message(NamedTuple):
    """A message from the server to the browser. `kind` is its type, or "binary:N"."""

    kind: str
    data: Any
    at_s: float


class Listener:
    """The browser's WebSocket, with the subset of RFC 6455 that ComfyUI uses. Puts the messages into a queue."""

    def __init__(self, port: int, client_id: str) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET /ws?clientId={client_id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._stream = self._socket.makefile("rb")
        status = self._stream.readline()
        if b" 101 " not in status:
            raise ConnectionError(f"the server answered {status!r}")
        while self._stream.readline().strip():
            pass
        self._socket.settimeout(None)
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _listen(self) -> None:
        kind, payload = 0, b""
        with contextlib.suppress(OSError, struct.error, ValueError):
            while True:
                head, length = struct.unpack("!BB", self._stream.read(2))
                if length == 126:
                    (length,) = struct.unpack("!H", self._stream.read(2))
                elif length == 127:
                    (length,) = struct.unpack("!Q", self._stream.read(8))
                part = self._stream.read(length)
                opcode = head & 0x0F
                if opcode == 8:
                    return
                if opcode > 8:
                    continue
                kind = opcode or kind
                payload += part
                if head & 0x80:
                    self.messages.put(_message(kind, payload))
                    payload = b""


def _message(opcode: int, payload: bytes) -> Message:
    now_s = time.monotonic()
    if opcode == 1:
        message = json.loads(payload)
        return Message(message["type"], message["data"], now_s)
    return Message(f"binary:{struct.unpack('>I', payload[:4])[0]}", payload[4:], now_s)


class ComfyServer:
    """A running ComfyUI with a new base folder. `log` is the file with its output."""

    timeout_s = TIMEOUT_S
    """How long to wait for a message about a prompt."""

    def __init__(self, installed: Installed, base: Path, **environment: str) -> None:
        for folder in ("custom_nodes", "models", "input", "output", "temp", "user"):
            (base / folder).mkdir(parents=True, exist_ok=True)
        self.base = base
        self.log = base / "server.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        command = [installed.python, "main.py", "--cpu", "--base-directory", str(base)]
        command += ["--listen", "127.0.0.1", "--port", str(self.port), "--disable-auto-launch", "--disable-api-nodes"]
        command += ["--database-url", "sqlite:///:memory:"]
        if front_end := os.environ.get("VOXWEFT_TEST_FRONTEND"):
            # The folder `static` of another comfyui-frontend-package than the host's.
            command += ["--front-end-root", front_end]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOXWEFT_")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=installed.folder,
                env=inherited | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.client_id = uuid.uuid4().hex
        try:
            self._wait_until_up()
            self.listener = Listener(self.port, self.client_id)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _wait_until_up(self) -> None:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"ComfyUI ended with code {self.process.returncode}:\n{self.printed()[-4000:]}")
            with contextlib.suppress(OSError):
                self.get("/system_stats")
                return
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"ComfyUI didn't start:\n{self.printed()[-4000:]}")
            time.sleep(0.2)

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def get(self, path: str) -> bytes:
        with _open(f"http://127.0.0.1:{self.port}{path}", timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read()
            return content

    def post(self, path: str, content: object) -> Any:
        """Return the JSON of the response, including that of an error response."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with _open(request, timeout=TIMEOUT_S) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refusal:
            text = refusal.read()
        return json.loads(text) if text else None

    def queue(self, graph: dict[str, Any]) -> str:
        """Queue a graph and return its prompt's id."""
        answer = self.post("/prompt", {"prompt": graph, "client_id": self.client_id})
        assert "prompt_id" in answer, answer
        prompt_id: str = answer["prompt_id"]
        return prompt_id

    def until(self, kind: str, prompt_id: str, *, seen: list[Message] | None = None) -> Message:
        """Return the next message of a kind that belongs to a prompt. Append the messages before it to `seen`."""
        deadline_s = time.monotonic() + self.timeout_s
        while True:
            try:
                message = self.listener.messages.get(timeout=max(deadline_s - time.monotonic(), 0.001))
            except queue.Empty:
                raise TimeoutError(f"no message {kind!r} in {self.timeout_s} s:\n{self.printed()[-4000:]}") from None
            if message.kind == kind and message.data.get("prompt_id") == prompt_id:
                return message
            if seen is not None:
                seen.append(message)

    def run(self, graph: dict[str, Any], *, seen: list[Message] | None = None) -> PromptResult:
        """Run a graph to its end, with or without an error."""
        prompt_id = self.queue(graph)
        return self.wait(prompt_id, seen=seen)

    def wait(self, prompt_id: str, *, seen: list[Message] | None = None) -> PromptResult:
        """Wait for a prompt's end and return its result."""
        # ComfyUI's last message about a prompt has no node. Then the history is complete.
        while self.until("executing", prompt_id, seen=seen).data["node"] is not None:
            pass
        history = json.loads(self.get(f"/history/{prompt_id}"))[prompt_id]
        return PromptResult(prompt_id, dict(history["status"]["messages"]), history["outputs"])

    def workers(self) -> list[psutil.Process]:
        """Return the pack's worker processes."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in family if any(part.endswith(WORKER) for part in child.cmdline())]

    def free(self) -> None:
        """Make ComfyUI unload its models, and wait until the pack's workers have exited. There must be some."""
        workers = self.workers()
        assert workers
        self.post("/free", {"unload_models": True})
        deadline_s = time.monotonic() + 30
        while not all(gone(worker) for worker in workers):
            assert time.monotonic() < deadline_s, "/free left a worker"
            time.sleep(0.05)

    def end(self, end_signal: signal.Signals = signal.SIGTERM) -> None:
        """End the server with a signal, and wait until it has exited."""
        self.listener.close()
        if self.process.poll() is None:
            self.process.send_signal(end_signal)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


class PromptResult(NamedTuple):
    """The result of a prompt: the messages about its execution by type, and the outputs of the nodes."""

    prompt_id: str
    messages: dict[str, Any]
    outputs: dict[str, Any]


def gone(process: psutil.Process) -> bool:
    """Return whether a process has ended; a zombie has."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True
