"""Statistics of jobs, requests and connections. `/stats` and `/metrics` show the same figures."""

from __future__ import annotations

import itertools
import time
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping

import msgspec

from ...utils.streaming.loading.loaded_model import ModelStats
from .running_request import arrival

_MAX_LATENCIES = 1000
"""Latencies kept for each engine and voice, for the percentiles."""
_MAX_KEYS = 512
"""Clients may request any mix of voices: after this number, further ones are counted together."""
_OTHERS = "(others)"
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class JobRecord(msgspec.Struct, kw_only=True):
    """Statistics and outcome of one job. `voice` is empty for recognition.

    `began` is when the request had arrived, so that its wait in the queue and for a model counts; `started` is when it
    got its place among the running jobs (`time.monotonic`).
    """

    engine: str
    voice: str = ""
    began: float = msgspec.field(default_factory=arrival)
    started: float = msgspec.field(default_factory=time.monotonic)
    first_s: float | None = None
    audio_s: float = 0.0
    segments: int = 0
    cached: int = 0
    outcome: str = "done"

    def note_speech(self) -> None:
        """In a live session, count from here: a person has begun to speak. Later calls change nothing."""
        if self.first_s is None:
            self.began = time.monotonic()

    def note_first_output(self) -> None:
        """Record the time to the first audio or words. Later calls change nothing."""
        if self.first_s is None:
            self.first_s = time.monotonic() - self.began


class Histogram:
    """Durations in seconds, counted in buckets."""

    def __init__(self) -> None:
        self.sum_s = 0.0
        self._counts = [0] * (len(BUCKETS_S) + 1)

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self.sum_s += seconds
        self._counts[bisect_left(BUCKETS_S, seconds)] += 1

    @property
    def cumulative(self) -> dict[str, int]:
        """Maps each upper limit to the number of durations up to it."""
        limits = [*map(str, BUCKETS_S), "+Inf"]
        return dict(zip(limits, itertools.accumulate(self._counts), strict=True))

    def row(self) -> dict[str, object]:
        """Return its row in `/stats`."""
        return {"count": sum(self._counts), "sum_s": round(self.sum_s, 6), "buckets": self.cumulative}


class Totals:
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


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """The state that is measured when the statistics are asked for, rather than counted."""

    jobs: Mapping[str, Mapping[str, int]]
    """By engine: how many are active, queued and stalled."""
    models: list[ModelStats]
    worker_starts: Mapping[str, int]
    worker_crashes: Mapping[str, int]
    """By engine, since the start of the process."""
    connections: Mapping[str, int]
    """By protocol."""
    server_bytes: int
    """The resident memory of the server's process, without its workers."""


class Stats:
    """What has happened since the start. Belongs to one event loop. Engines, routes and codes are the only keys."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.totals: dict[tuple[str, str], Totals] = {}
        """By engine and voice."""
        self.first_output: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.queue_wait: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.refused_jobs: Counter[tuple[str, str]] = Counter()
        """By engine and reason."""
        self.refused_connections: Counter[str] = Counter()
        self.responses: Counter[tuple[str, int]] = Counter()
        """By route and status."""
        self.received_bytes: Counter[str] = Counter()
        self.sent_bytes: Counter[str] = Counter()
        self.n_http_connections: Callable[[], int] = lambda: 0
        """Set by the server that has the connections."""

    @property
    def uptime_s(self) -> float:
        """Seconds since the start; a change of the clock has no effect."""
        return time.monotonic() - self.began

    def end(self, job: JobRecord) -> None:
        """Add a finished job."""
        total = self._totals_of(job.engine, job.voice)
        total.requests += 1
        total.failed += job.outcome == "failed"
        total.cancelled += job.outcome == "cancelled"
        total.segments += job.segments
        total.cached += job.cached
        total.audio_s += job.audio_s
        total.busy_s += time.monotonic() - job.started
        if job.first_s is not None:
            total.firsts_s.append(job.first_s)
            self.first_output[job.engine].observe(job.first_s)

    def waited(self, engine: str, seconds: float) -> None:
        """Count the time that a job waited for its place among the running jobs."""
        self.queue_wait[engine].observe(seconds)

    def refused_job(self, engine: str, reason: str) -> None:
        """Count a job that got no place: `queue_full` or `queue_timeout`."""
        self.refused_jobs[engine, reason] += 1

    def refused(self, reason: str) -> None:
        """Count a connection that was closed for its client's fault, or a request beyond the limit."""
        self.refused_connections[reason] += 1

    def request_ended(self, route: str, code: int, bytes_in: int, bytes_out: int) -> None:
        """Count a request or a connection that has ended, by the template of its route."""
        self.responses[route, code] += 1
        self.received_bytes[route] += bytes_in
        self.sent_bytes[route] += bytes_out

    def by_engine(self) -> dict[str, Totals]:
        """Return the totals of each engine, of all its voices."""
        engines: defaultdict[str, Totals] = defaultdict(Totals)
        for (engine, _), part in self.totals.items():
            total = engines[engine]
            for name in ("requests", "failed", "cancelled", "segments", "cached", "audio_s"):
                setattr(total, name, getattr(total, name) + getattr(part, name))
        return engines

    def report(self, current: Current) -> dict[str, object]:
        """Return the content of `/stats`."""
        spoken: Counter[str] = Counter()
        for (_, voice), total in self.totals.items():
            spoken[voice] += total.requests if voice not in ("", _OTHERS) else 0
        responses: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (route, code), number in sorted(self.responses.items()):
            responses[route][str(code)] = number
        refused: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (engine, reason), number in sorted(self.refused_jobs.items()):
            refused[engine][reason] = number
        return {
            "uptime_s": round(self.uptime_s, 3),
            "total_requests": sum(total.requests for total in self.totals.values()),
            "most_used_voice": max(spoken, key=lambda voice: spoken[voice]) if spoken.total() else None,
            "jobs": current.jobs,
            "jobs_refused": refused,
            "first_audio": {engine: histogram.row() for engine, histogram in self.first_output.items()},
            "queue_wait": {engine: histogram.row() for engine, histogram in self.queue_wait.items()},
            "responses": responses,
            "received_bytes": self.received_bytes,
            "sent_bytes": self.sent_bytes,
            "connections": current.connections,
            "refused_connections": self.refused_connections,
            "server_memory_bytes": current.server_bytes,
            "worker_starts": current.worker_starts,
            "worker_crashes": current.worker_crashes,
            "voices": [
                {"engine": engine, "voice": voice, **total.row()} for (engine, voice), total in self.totals.items()
            ],
            "models": [msgspec.to_builtins(model) for model in current.models],
        }

    def _totals_of(self, engine: str, voice: str) -> Totals:
        key = engine, voice
        if key not in self.totals and len(self.totals) >= _MAX_KEYS:
            key = engine, _OTHERS
        return self.totals.setdefault(key, Totals())


def _quantile(ordered: list[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 6) if ordered else None
