"""Measure a server under load: clients that request speech without a pause, and clients that disconnect."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec
import psutil

from voxweft.utils.streaming.loading.memory import tree_bytes
from voxweft.utils.streaming.worker.process import worker_environment

from .bench import in_fresh_process, percentile, sentence

_MIB = 1 << 20
_END_TIMEOUT_S = 10.0
_POLL_S = 0.005
_LEAVERS = 20
_LONG = " ".join(sentence(number) for number in range(400))


class Answer(NamedTuple):
    """A request's status (0: incomplete) and its time to first audio in milliseconds."""

    status: int
    first_ms: float


class ServerProcess:
    """`voxweft serve` in its own process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._process = psutil.Process(process.pid)

    @property
    def memory_bytes(self) -> int:
        """Memory of the server and its workers."""
        return tree_bytes(self._process.pid)

    @property
    def n_processes(self) -> int:
        """Number of its workers."""
        return len(self._process.children(recursive=True))

    @property
    def n_descriptors(self) -> int:
        """Number of open files and sockets (handles on Windows)."""
        count = getattr(self._process, "num_fds", None) or self._process.num_handles
        return int(count())

    def kill_workers(self) -> int:
        """Kill its workers, as the system does when memory runs out; return their number."""
        workers = self._process.children()
        for worker in workers:
            worker.kill()
        return len(workers)


@contextmanager
def server_process() -> Iterator[ServerProcess]:
    """Start a server with its own cache, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="voxweft-bench-") as folder:
        environment = {**worker_environment(sys.executable), "VOXWEFT_CACHE_DIR": folder, "COLUMNS": "200"}
        command = [sys.executable, "-m", "voxweft", "serve", "--port", "0", "--quiet"]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        try:
            line = process.stderr.readline().decode()
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            if found is None:
                raise RuntimeError(f"the server didn't start: {line}")
            yield ServerProcess(process, int(found[1]))
        finally:
            process.terminate()
            process.wait(30)
            process.stderr.close()


def measure_load(*, clients: int, seconds: float, vanishing: int) -> dict[str, float]:
    """Return the figures of the load and of clients that disconnect.

    - `load_errors`: incomplete responses, and statuses other than 200 and 429; `load_refused`: those with 429.
    - `memory_growth_mib`: growth of the server and its workers from the first sixth to the end.
    - `leaked_...`: jobs, workers and descriptors that remained some time after clients disconnected.
    - `gone_...`: time from a client's disconnect to the end of its job.
    - `killed_errors`: incomplete responses when the worker is killed; `killed_longest_ms`: the longest time to first
      audio then.
    """
    with server_process() as server:
        figures = asyncio.run(_under_load(server, clients, seconds))
        figures |= asyncio.run(_killed(server, clients))
        figures |= asyncio.run(_gone(server, min(_LEAVERS, vanishing)))
        figures |= asyncio.run(_vanish(server, vanishing))
    return figures


async def _under_load(server: ServerProcess, clients: int, seconds: float) -> dict[str, float]:
    await speak(server, sentence(0))
    n_processes = server.n_processes
    until_s = time.perf_counter() + seconds
    health = asyncio.create_task(asyncio.to_thread(in_fresh_process, "server_health", server.url, str(seconds)))
    speaking = [asyncio.create_task(_client(server, number, until_s)) for number in range(clients)]
    await asyncio.sleep(seconds / 6)
    before_bytes = await asyncio.to_thread(lambda: server.memory_bytes)
    answers = [answer for own in await asyncio.gather(*speaking) for answer in own]
    after_bytes = await asyncio.to_thread(lambda: server.memory_bytes)
    spoken = [answer.first_ms for answer in answers if answer.status == 200]
    return {
        **await health,
        "load_requests": float(len(answers)),
        "load_errors": float(sum(answer.status not in (200, 429) for answer in answers)),
        "load_refused": float(sum(answer.status == 429 for answer in answers)),
        "load_requests_per_s": len(spoken) / seconds,
        "first_audio_p50_ms": percentile(spoken, 50),
        "first_audio_p99_ms": percentile(spoken, 99),
        "memory_growth_mib": (after_bytes - before_bytes) / _MIB,
        "process_growth": float(server.n_processes - n_processes),
    }


async def _client(server: ServerProcess, number: int, until_s: float) -> list[Answer]:
    answers: list[Answer] = []
    while time.perf_counter() < until_s:
        answers.append(await speak(server, f"Client {number} says: {sentence(len(answers))}"))
        if answers[-1].status == 429:
            await asyncio.sleep(1.0)
    return answers


async def speak(server: ServerProcess, text: str) -> Answer:
    """Request raw PCM of a text with a minimal HTTP client."""
    began_s = time.perf_counter()
    try:
        reader, writer = await _request(server, text)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status = int(head.split(" ", 2)[1])
            await reader.readexactly(1)
            first_ms = (time.perf_counter() - began_s) * 1e3
            rest = await reader.read(-1)
        finally:
            writer.close()
            await writer.wait_closed()
    except (OSError, asyncio.IncompleteReadError, ValueError):
        return Answer(0, 0.0)
    complete = status != 200 or rest.endswith(b"0\r\n\r\n")
    return Answer(status if complete else 0, first_ms)


async def _request(server: ServerProcess, text: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    body = json.dumps({"input": text, "model": "espeak", "response_format": "pcm"}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        f"POST /v1/audio/speech HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


async def _vanish(server: ServerProcess, count: int) -> dict[str, float]:
    """Let clients disconnect in mid-stream, 20 at a time, and count the remaining jobs, workers and descriptors."""
    n_processes, n_descriptors = server.n_processes, server.n_descriptors
    limit = asyncio.Semaphore(20)

    async def disconnect(number: int) -> None:
        async with limit:
            reader, writer = await _request(server, f"Number {number}. {_LONG}")
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise RuntimeError(f"unexpected response {head!r} {await reader.read(-1)!r}")
            await reader.readexactly(1000)
            # Reset the connection without a proper close.
            writer.transport.abort()

    await asyncio.gather(*map(disconnect, range(count)))
    jobs = await _still_active(server)
    await asyncio.sleep(1.0)
    return {
        "leaked_jobs": float(jobs),
        "leaked_workers": float(server.n_processes - n_processes),
        "leaked_descriptors": float(server.n_descriptors - n_descriptors),
    }


async def _killed(server: ServerProcess, clients: int) -> dict[str, float]:
    """Kill the worker in mid-stream: audio may be late but must be complete."""
    speaking = [
        asyncio.create_task(speak(server, f"Client {number}. {sentence(number)} {sentence(number + 1)}"))
        for number in range(clients)
    ]
    await asyncio.wait(speaking, return_when=asyncio.FIRST_COMPLETED)
    if server.kill_workers() == 0:
        raise RuntimeError("no worker to kill")
    answers = await asyncio.gather(*speaking)
    return {
        "killed_errors": float(sum(answer.status != 200 for answer in answers)),
        "killed_longest_ms": max(answer.first_ms for answer in answers),
    }


async def _gone(server: ServerProcess, leavers: int) -> dict[str, float]:
    """Measure the time from a client's disconnect to the end of its job."""
    times_ms = []
    for number in range(leavers):
        reader, writer = await _request(server, f"Leaver {number}. {_LONG}")
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1000)
        writer.transport.abort()
        disconnected_s = time.perf_counter()
        if jobs := await _still_active(server):
            raise RuntimeError(f"{jobs} jobs were still running {_END_TIMEOUT_S:g} s after their client disconnected")
        times_ms.append((time.perf_counter() - disconnected_s) * 1e3)
    return {"gone_p50_ms": percentile(times_ms, 50), "gone_max_ms": max(times_ms)}


async def _still_active(server: ServerProcess) -> int:
    """Wait up to `_END_TIMEOUT_S` for the jobs to end; return the number still running."""
    deadline_s = time.perf_counter() + _END_TIMEOUT_S
    jobs = await _active(server)
    while jobs and time.perf_counter() < deadline_s:
        await asyncio.sleep(_POLL_S)
        jobs = await _active(server)
    return jobs


async def _active(server: ServerProcess) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET /stats HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read(-1)
    writer.close()
    await writer.wait_closed()
    stats = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    return sum(sum(states.values()) for states in stats["jobs"].values())
