"""The statistics in Prometheus' text format, for `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from .stats import Current, Histogram, Stats


def metrics(stats: Stats, current: Current) -> bytes:
    """Return the content of `/metrics`."""
    registry = CollectorRegistry()
    registry.register(_Collector(stats, current))
    return generate_latest(registry)


_Values = Mapping[Any, float]
"""Maps the values of labels, a tuple, to a number."""


class _Collector(Collector):
    """Makes the metrics of one answer. They have no `_created` series: the uptime says the same."""

    def __init__(self, stats: Stats, current: Current) -> None:
        self._stats = stats
        self._current = current

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics; a row of docs/reference/metrics.md each."""
        stats, now = self._stats, self._current
        engines = stats.by_engine()
        outcomes: dict[Any, float] = {}
        segments: dict[Any, float] = {}
        for engine, total in engines.items():
            outcomes[engine, "done"] = total.requests - total.failed - total.cancelled
            outcomes |= {(engine, "failed"): total.failed, (engine, "cancelled"): total.cancelled}
            segments |= {(engine, "yes"): total.cached, (engine, "no"): total.segments - total.cached}
        yield _counter("voxweft_jobs", "Finished jobs, by outcome", ("engine", "outcome"), outcomes)
        audio_s = {(engine,): total.audio_s for engine, total in engines.items()}
        yield _counter("voxweft_audio_seconds", "Audio synthesized or recognized", ("engine",), audio_s)
        yield _counter("voxweft_segments", "Segments, by cache hit", ("engine", "cached"), segments)
        refused_jobs: dict[Any, float] = {**stats.refused_jobs}
        yield _counter("voxweft_jobs_refused", "Jobs refused with 429, by reason", ("engine", "reason"), refused_jobs)
        yield _histogram(
            "voxweft_first_audio_seconds",
            "Time from a request's arrival to its first audio or words",
            stats.first_output,
        )
        yield _histogram("voxweft_queue_wait_seconds", "Time that jobs waited for their place", stats.queue_wait)
        responses: dict[Any, float] = {(route, str(code)): number for (route, code), number in stats.responses.items()}
        yield _counter("voxweft_responses", "Responses, by route and status", ("route", "code"), responses)
        yield _counter(
            "voxweft_received_bytes",
            "Bytes of bodies and messages from clients",
            ("route",),
            _keyed(stats.received_bytes),
        )
        yield _counter(
            "voxweft_sent_bytes", "Bytes of bodies and messages to clients", ("route",), _keyed(stats.sent_bytes)
        )
        yield _counter(
            "voxweft_refused_connections",
            "Connections closed and requests refused, by reason",
            ("reason",),
            _keyed(stats.refused_connections),
        )
        starts, crashes = _keyed(now.worker_starts), _keyed(now.worker_crashes)
        yield _counter("voxweft_worker_starts", "Started worker processes", ("engine",), starts)
        yield _counter("voxweft_worker_crashes", "Workers that crashed, hung or failed to load", ("engine",), crashes)
        jobs: dict[Any, float] = {
            (engine, state): number for engine, states in now.jobs.items() for state, number in states.items()
        }
        yield _gauge(
            "voxweft_jobs_now", "Current jobs: active, queued, stalled by their client", ("engine", "state"), jobs
        )
        yield _gauge("voxweft_connections_now", "Open connections", ("protocol",), _keyed(now.connections))
        memory: dict[Any, float] = {}
        for model in now.models:
            key = model.engine, model.model
            memory[key] = memory.get(key, 0) + model.memory_bytes
        yield _gauge(
            "voxweft_model_memory_bytes", "Memory of the workers of a loaded model", ("engine", "model"), memory
        )
        yield _gauge(
            "voxweft_server_memory_bytes", "Resident memory of the server's process", (), {(): now.server_bytes}
        )
        yield _gauge("voxweft_uptime_seconds", "Time since the start", (), {(): stats.uptime_s})


def _keyed(values: Mapping[str, float]) -> dict[Any, float]:
    return {(key,): value for key, value in values.items()}


def _counter(name: str, text: str, labels: tuple[str, ...], values: _Values) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _gauge(name: str, text: str, labels: tuple[str, ...], values: _Values) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _histogram(name: str, text: str, histograms: Mapping[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(name, text, labels=("engine",))
    for engine, histogram in histograms.items():
        family.add_metric((engine,), list(histogram.cumulative.items()), sum_value=histogram.sum_s)
    return family
