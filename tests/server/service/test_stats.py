"""Statistics: what is counted, in `/stats` and in Prometheus' format, and the table of the documentation."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from prometheus_client.parser import text_string_to_metric_families

from voxweft.server.service import stats as stats_module
from voxweft.server.service.metrics import metrics
from voxweft.server.service.stats import BUCKETS_S, Current, Histogram, JobRecord, Stats

ROOT = Path(stats_module.__file__).resolve().parents[2]
NOW = Current(
    jobs={"tone": {"active": 1, "queued": 2, "stalled": 0}},
    models=[],
    worker_starts={"tone": 3},
    worker_crashes={"tone": 1},
    connections={"http": 4, "websocket": 5, "wyoming": 0},
    server_bytes=6,
)


def counted() -> Stats:
    stats = Stats()
    stats.end(JobRecord(engine="tone", voice="a", first_s=0.2, audio_s=2.0, segments=3, cached=1))
    stats.end(JobRecord(engine="tone", voice="b", outcome="failed"))
    stats.end(JobRecord(engine="tone", voice="b", outcome="cancelled"))
    stats.end(JobRecord(engine="ear", segments=4))
    stats.waited("tone", 1.5)
    stats.refused_job("tone", "queue_full")
    stats.refused("headers")
    stats.request_ended("/voices/{voice}", 404, 10, 20)
    stats.request_ended("/voices/{voice}", 200, 1, 2)
    return stats


def samples(stats: Stats) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(metrics(stats, NOW).decode()):
        for sample in family.samples:
            labels = ",".join(sample.labels[name] for name in sorted(sample.labels))
            found[f"{sample.name}({labels})"] = sample.value
    return found


def test_both_forms_have_the_same_figures() -> None:
    stats = counted()
    found, report = samples(stats), stats.report(NOW)
    assert (report["total_requests"], report["most_used_voice"]) == (4, "b")
    assert found["voxweft_jobs_total(tone,done)"] == 1
    assert found["voxweft_jobs_total(tone,failed)"] == found["voxweft_jobs_total(tone,cancelled)"] == 1
    assert (found["voxweft_segments_total(yes,tone)"], found["voxweft_segments_total(no,tone)"]) == (1, 2)
    assert found["voxweft_segments_total(no,ear)"] == 4
    assert found["voxweft_responses_total(404,/voices/{voice})"] == report["responses"]["/voices/{voice}"]["404"] == 1
    assert found["voxweft_sent_bytes_total(/voices/{voice})"] == report["sent_bytes"]["/voices/{voice}"] == 22
    assert found["voxweft_jobs_refused_total(tone,queue_full)"] == report["jobs_refused"]["tone"]["queue_full"] == 1
    assert found["voxweft_refused_connections_total(headers)"] == report["refused_connections"]["headers"] == 1
    assert found["voxweft_worker_crashes_total(tone)"] == report["worker_crashes"]["tone"] == 1
    assert found["voxweft_connections_now(websocket)"] == report["connections"]["websocket"] == 5
    assert found["voxweft_jobs_now(tone,queued)"] == report["jobs"]["tone"]["queued"] == 2
    assert found["voxweft_queue_wait_seconds_sum(tone)"] == report["queue_wait"]["tone"]["sum_s"] == 1.5
    assert found["voxweft_first_audio_seconds_bucket(tone,0.25)"] == 1
    assert found["voxweft_first_audio_seconds_bucket(tone,0.1)"] == 0
    assert not [name for name in found if "_created" in name]


def test_a_histogram_counts_limits_inclusively() -> None:
    histogram = Histogram()
    for seconds in (*BUCKETS_S, BUCKETS_S[-1] * 2):
        histogram.observe(seconds)
    assert list(histogram.cumulative.values()) == list(range(1, len(BUCKETS_S) + 2))


def test_a_change_of_the_clock_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    stats = Stats()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert stats.report(NOW)["uptime_s"] >= 0


def test_voices_beyond_the_limit_are_counted_together() -> None:
    stats = Stats()
    for number in range(2000):
        stats.end(JobRecord(engine="tone", voice=f"v{number}"))
    assert len(stats.totals) < 600
    assert sum(total.requests for total in stats.totals.values()) == 2000


def test_the_table_of_the_documentation_has_every_metric() -> None:
    page = (ROOT / "docs/reference/metrics.md").read_text("utf-8")
    documented = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in re.findall(r"^\| `(voxweft_\w+)` \| (\w+) \| ([^|]*) \|", page, re.MULTILINE)
    }
    made = {}
    for family in text_string_to_metric_families(metrics(counted(), NOW).decode()):
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        made[name] = (family.type, labels or None)
    assert set(documented) == set(made)
    for name, (kind, labels) in made.items():
        assert documented[name][0] == kind
        if labels is not None:
            assert set(documented[name][1]) == labels, name
