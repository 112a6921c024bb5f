"""What engines say about a segment's output: from the worker to the user."""

from __future__ import annotations

import logging

import pytest
from streaming_kit import collect, speak

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak as speak_job
from voxweft.jobs.voices import Speaker
from voxweft.utils.streaming.loading.loaded_model import NOTES
from voxweft.utils.streaming.runtime import Runtime

NOTE = "the sound is only noise"


def test_a_note_is_part_of_the_segments_stats(runtime: Runtime) -> None:
    segments = [*speak(["with a note"], chunks=2, fault="noted"), *speak(["", "without"], chunks=2)[1:]]
    log = collect(runtime.stream(segments))
    assert [log.done[index].stats.notes for index in (0, 1)] == [(NOTE,), ()]
    # It is about how this output was made; the output itself is complete.
    again = collect(runtime.stream(segments))
    assert again.done[0].stats.cache_hit
    assert again.done[0].stats.notes == ()


def test_a_note_is_in_the_report_and_shown_once(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    speaker = Speaker(engine="tone", params={"chunks": 1, "fault": "noted"})
    job = speak_job("One sentence. And another one.", speaker, runtime.registry)
    with caplog.at_level(logging.WARNING, NOTES):
        list(run(job, runtime))
    assert [segment.notes for segment in job.report().segments] == [(NOTE,), (NOTE,)]
    assert [record.getMessage() for record in caplog.records if record.name == NOTES] == [NOTE]
