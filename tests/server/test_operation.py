"""Preloaded models and readiness, the times that statistics have, and the logging of a host."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from fixtures_server import TONE, Served, open_runtime, serving
from prometheus_client.parser import text_string_to_metric_families
from streaming_kit import eventually
from websockets.sync.client import connect

from voxweft.server.service.settings import ServerSettings
from voxweft.server.serving import serve
from voxweft.utils.streaming.contract.errors import EngineStartError
from voxweft.utils.streaming.runtime import Runtime


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(tmp_path, idle_timeout_s=0) as opened:
        yield opened


def test_a_server_is_ready_when_its_models_are_loaded_and_keeps_them(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "held"
    held.touch()
    monkeypatch.setenv("TONE_WAITS_AT_LOAD", str(held))
    with serving(runtime, preload=("tone",)) as served:
        assert served.client.get("/health").status_code == 200
        loading = served.client.get("/ready")
        assert (loading.status_code, loading.json()["reason"]) == (503, "loading tone")
        assert (loading.json()["loading"], loading.json()["loaded"]) == (["tone"], [])
        held.unlink()
        eventually(lambda: served.client.get("/ready").status_code == 200, "the model is loaded", 30)
        ready = served.client.get("/ready").json()
        assert (ready["ready"], ready["reason"], ready["loading"], ready["loaded"]) == (True, None, [], ["tone"])
        (pid,) = runtime.loader.pids()["tone"]
        assert served.speech("Spoken.", **TONE).status_code == 200
        assert runtime.loader.pids()["tone"] == (pid,), "an idle model would be unloaded at once"
        assert served.stats()["worker_starts"] == {"tone": 1}
    eventually(lambda: not runtime.loader.pids(), "the end of the server releases the model", 30)


def test_a_server_ends_if_a_model_cannot_be_preloaded(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="--preload: unknown model 'tona'; did you mean 'tone'"):
        serve(runtime, ServerSettings(port=0, preload=("tona",)))
    kills = tmp_path / "kills"
    kills.write_bytes(b"12")
    monkeypatch.setenv("TONE_KILLS_AT_LOAD", str(kills))
    with pytest.raises(EngineStartError, match="SIGKILL"):
        serve(runtime, ServerSettings(port=0, preload=("tone",)))
    assert runtime.loader.worker_crashes == {"tone": 2}


def test_the_time_to_the_first_audio_counts_the_wait_in_the_queue(runtime: Runtime) -> None:
    """One place, held by an utterance that goes on: what requests waited is compared with their own clocks."""
    n_requests = 3
    with serving(runtime, active=1) as served, ThreadPoolExecutor(n_requests) as pool:
        with connect(f"{served.socket_url}/ws/tts/live", proxy=None) as holder:
            holder.send(json.dumps({**TONE, "params": {"chunks": 600, "delay_s": 0.05}}))
            assert json.loads(holder.recv())["type"] == "ready"
            began = time.monotonic()
            holder.send("Held. And")
            assert json.loads(holder.recv())["type"] == "audio"
            held_first_s = time.monotonic() - began
            waits_s = [pool.submit(first_byte_s, served, number) for number in range(n_requests)]
            eventually(lambda: served.stats()["jobs"]["tone"]["queued"] == n_requests, "all are queued", 30)
            queued_at = time.monotonic()
            eventually(lambda: time.monotonic() > queued_at + 0.3, "they wait", 5)
            held_s = time.monotonic() - queued_at
            holder.socket.close()
        waited_s = held_first_s + sum(wait.result() for wait in waits_s)
        eventually(lambda: served.n_ended_jobs() == n_requests + 1, "all have ended", 30)
        report = served.stats()
        queue_s, first_s = report["queue_wait"]["tone"]["sum_s"], report["first_audio"]["tone"]["sum_s"]
        assert n_requests * held_s <= queue_s <= first_s <= waited_s
        assert report["first_audio"]["tone"]["count"] == n_requests + 1
        assert report["queue_wait"]["tone"]["count"] == n_requests + 1
        assert sample(served, "voxweft_queue_wait_seconds_sum") == pytest.approx(queue_s, abs=1e-5)


def first_byte_s(served: Served, number: int) -> float:
    """Return the seconds until a request's first byte, by the client's clock."""
    began = time.monotonic()
    body = {"input": f"Number {number}.", "response_format": "pcm", **TONE}
    with served.client.stream("POST", "/v1/audio/speech", json=body) as response:
        for _ in response.iter_raw():
            return time.monotonic() - began
    raise AssertionError("no audio")


def sample(served: Served, name: str) -> float:
    families = text_string_to_metric_families(served.client.get("/metrics").text)
    return next(found.value for family in families for found in family.samples if found.name == name)


def test_the_logging_of_a_host_is_left_alone(runtime: Runtime) -> None:
    def state() -> dict[str, object]:
        names = ("", "uvicorn", "uvicorn.error", "uvicorn.access", "voxweft", "websockets", "asyncio")
        loggers = {name: logging.getLogger(name) for name in names}
        return {name: (made.level, made.handlers[:], made.filters[:]) for name, made in loggers.items()}

    before = state()
    with serving(runtime) as served:
        assert served.client.get("/health").status_code == 200
        assert state() == before
