"""Statistics of finished jobs, for `/stats` and for Prometheus (`/metrics`)."""

from __future__ import annotations

import time
from collections import deque

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ...utils.streaming.loading.loaded_model import ModelStats

_MAX_LATENCIES = 1000
"""Latencies kept for each engine and voice, for the percentiles."""
_MAX_KEYS = 512
"""Clients may request any mix of voices: after this number, further ones are counted together."""
_OTHERS = "(others)"
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class JobRecord(msgspec.Struct, kw_only=True):
    """Statistics and outcome of one job. `voice` is empty for recognition."""

    engine: str
    voice: str = ""
    began: float = msgspec.field(default_factory=time.monotonic)
    first_s: float | None = None
    audio_s: float = 0.0
    segments: int = 0
    cached: int = 0
    outcome: str = "done"

    def note_first_output(self) -> None:
        """Record the time to the first audio or words. Later calls change nothing."""
        if self.first_s is None:
            self.first_s = time.monotonic() - self.began


class _Totals:
    """Totals of one engine and voice."""

    def __init__(self) -> None:
        self.requests = self.failed = self.cancelled = self.segments = self.cached = 0
        self.audio_s = self.busy_s = 0.0
        self.firsts_s: deque[float] = deque(maxlen=_MAX_LATENCIES)

    def row(self) -> dict[str, object]:
        """Return the row of `/stats`."""
        firsts = sorted(self.firsts_s)
        return {
            "requests": self.requests,
            "failed": self.failed,
            "cancelled": self.cancelled,
            "segments": self.segments,
            "segments_cached": self.cached,
            "audio_s": round(self.audio_s, 3),
            "first_audio_p50_s": _quantile(firsts, 0.5),
            "first_audio_p99_s": _quantile(firsts, 0.99),
            "real_time_factor": round(self.busy_s / self.audio_s, 5) if self.audio_s else None,
        }


class Stats:
    """Counts finished jobs. Belongs to one event loop."""

    def __init__(self) -> None:
        self.began = time.time()
        self._totals: dict[tuple[str, str], _Totals] = {}
        self._registry = CollectorRegistry()
        self._jobs = Counter(
            "voxweft_jobs", "Finished jobs, by outcome", ["engine", "outcome"], registry=self._registry
        )
        self._audio = Counter(
            "voxweft_audio_seconds", "Audio synthesized or recognized", ["engine"], registry=self._registry
        )
        self._segments = Counter(
            "voxweft_segments",
            "Segments, by cache hit",
            ["engine", "cached"],
            registry=self._registry,
        )
        self._refused = Counter(
            "voxweft_refused_connections",
            "Connections closed and requests refused, by reason: limit, headers, body, idle",
            ["reason"],
            registry=self._registry,
        )
        self._first = Histogram(
            "voxweft_first_audio_seconds",
            "Time from the request to the first audio or words",
            ["engine"],
            registry=self._registry,
            buckets=_BUCKETS_S,
        )
        self._active = Gauge("voxweft_jobs_now", "Current jobs", ["engine", "state"], registry=self._registry)
        self._memory = Gauge(
            "voxweft_model_memory_bytes", "Memory of loaded models", ["engine", "model"], registry=self._registry
        )

    def end(self, job: JobRecord) -> None:
        """Add a finished job."""
        total = self._totals_of(job.engine, job.voice)
        total.requests += 1
        total.failed += job.outcome == "failed"
        total.cancelled += job.outcome == "cancelled"
        total.segments += job.segments
        total.cached += job.cached
        total.audio_s += job.audio_s
        total.busy_s += time.monotonic() - job.began
        self._jobs.labels(job.engine, job.outcome).inc()
        self._audio.labels(job.engine).inc(job.audio_s)
        self._segments.labels(job.engine, "yes").inc(job.cached)
        self._segments.labels(job.engine, "no").inc(job.segments - job.cached)
        if job.first_s is not None:
            total.firsts_s.append(job.first_s)
            self._first.labels(job.engine).observe(job.first_s)

    def refused(self, reason: str) -> None:
        """Count a connection that was closed for its client's fault, or a request beyond the limit."""
        self._refused.labels(reason).inc()

    def report(self, counts: dict[str, dict[str, int]], models: list[ModelStats]) -> dict[str, object]:
        """Return the content of `/stats`."""
        spoken = {voice: total.requests for (_, voice), total in self._totals.items() if voice not in ("", _OTHERS)}
        return {
            "uptime_s": round(time.time() - self.began, 3),
            "total_requests": sum(total.requests for total in self._totals.values()),
            "most_used_voice": max(spoken, key=lambda voice: spoken[voice]) if spoken else None,
            "jobs": counts,
            "voices": [
                {"engine": engine, "voice": voice, **total.row()} for (engine, voice), total in self._totals.items()
            ],
            "models": [msgspec.to_builtins(model) for model in models],
        }

    def metrics(self, counts: dict[str, dict[str, int]], models: list[ModelStats]) -> bytes:
        """Return the content of `/metrics`, in Prometheus' text format."""
        for engine, states in counts.items():
            for state, number in states.items():
                self._active.labels(engine, state).set(number)
        self._memory.clear()
        for model in models:
            self._memory.labels(model.engine, model.model).set(model.memory_bytes)
        return generate_latest(self._registry)

    def _totals_of(self, engine: str, voice: str) -> _Totals:
        key = engine, voice
        if key not in self._totals and len(self._totals) >= _MAX_KEYS:
            key = engine, _OTHERS
        return self._totals.setdefault(key, _Totals())


def _quantile(ordered: list[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 6) if ordered else None
