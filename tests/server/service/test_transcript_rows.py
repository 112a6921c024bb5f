"""Transcripts in OpenAI's formats, also of recognizers that don't report how they decoded."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from voxweft.engines import __file__ as engines
from voxweft.jobs.transcribe import Recognizer, TranscribeJob
from voxweft.server.service.transcript_rows import logprob_rows, segment_row
from voxweft.utils.streaming import TranscriptUpdate, Word
from voxweft.utils.streaming.contract.engine_spec import read_spec


def job_of(*updates: TranscriptUpdate) -> TranscribeJob:
    spec = read_spec(Path(engines).parent / "faster_whisper")
    job = TranscribeJob(Path("a.wav"), "digest", Recognizer(engine=spec.name), spec)
    assert job.next_segment() is not None
    for update in updates:
        list(job.feed(update))
    return job


def words(*texts: str, probability: float | None = 0.5) -> tuple[Word, ...]:
    return tuple(Word(text, 0.0, 1.0, probability=probability) for text in texts)


def test_the_tokens_of_log_probabilities_join_to_the_text() -> None:
    job = job_of(
        TranscriptUpdate(text=" It's fine.", words=words(" It's", " fine.")),
        TranscriptUpdate(text="對,這就是", words=words("對,", "這", "就是")),
        TranscriptUpdate(text="你好", words=words("你", "好", probability=0.0)),
    )
    rows = logprob_rows(job)
    assert [row["token"] for row in rows] == ["It's", " fine.", " 對,", "這", "就是", "你", "好"]
    assert [bytes(row["bytes"]).decode() for row in rows] == [row["token"] for row in rows]
    assert [row["logprob"] for row in rows[-3:]] == [pytest.approx(math.log(0.5)), -100.0, -100.0]


def test_without_measures_a_segment_has_what_its_text_tells() -> None:
    update: Any = TranscriptUpdate(text="ha " * 40, start_s=1.5, end_s=2, words=words("ha", "ha"))
    row = segment_row(job_of(update), 0)
    assert (row["seek"], row["tokens"], row["temperature"], row["no_speech_prob"]) == (150, [], 0.0, 0.0)
    assert row["avg_logprob"] == pytest.approx(math.log(0.5))
    assert row["compression_ratio"] > 5
