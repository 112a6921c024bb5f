"""Progress of recognition: seconds and percent of the recording."""

from __future__ import annotations

import pytest

from voxweft.jobs.transcribe import RecognitionProgress


@pytest.mark.parametrize(
    ("progress", "fraction", "text"),
    [
        (RecognitionProgress(done_s=0, known_s=0, elapsed_s=1.0, message="engine: loading"), None, "engine: loading"),
        (RecognitionProgress(done_s=0, known_s=0, elapsed_s=1.0), None, "recognizing"),
        (RecognitionProgress(done_s=0, known_s=60, elapsed_s=0.0), 0.0, "0 of 60 s (0 %), 0.0 s/s"),
        (RecognitionProgress(done_s=12, known_s=60, elapsed_s=4.0), 0.2, "12 of 60 s (20 %), 3.0 s/s"),
        (RecognitionProgress(done_s=61, known_s=60, elapsed_s=30.5), 1.0, "61 of 60 s (100 %), 2.0 s/s"),
    ],
)
def test_progress_is_in_seconds_and_percent(progress: RecognitionProgress, fraction: float | None, text: str) -> None:
    assert progress.fraction_done == (None if fraction is None else pytest.approx(fraction))
    assert progress.text == text
