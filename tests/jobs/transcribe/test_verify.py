"""A round trip: speech is recognized, and bad recordings are listed by error rate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from optional import skip_without

skip_without("faster_whisper")

from fixtures_whisper import MODEL, open_runtime
from paths import ENGINES

from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.transcribe import Recognizer, Recording, highest_error_rates, verify
from voxweft.jobs.voices import Speaker
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.runtime import Runtime

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.",
    "Welcome to the show.",
    "Please read the next line.",
    "One two three four five.",
]
LISTENER = Recognizer(engine="faster_whisper", model=MODEL, params={"temperature_fallback": False})


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with open_runtime(tmp_path_factory.mktemp("verify")) as opened:
        yield opened


def spoken(runtime: Runtime, text: str) -> Recording:
    job = speak(text, Speaker(engine="espeak"), runtime.registry)
    return Recording(text=text, samples=np.concatenate(list(run(job, runtime))), sample_rate=job.sample_rate)


def test_good_recordings_have_no_errors(runtime: Runtime) -> None:
    results = list(verify([spoken(runtime, text) for text in SENTENCES], LISTENER, runtime))
    assert [one.index for one in results] == [0, 1, 2, 3]
    assert [one.text for one in results] == SENTENCES
    assert [one.errors.errors for one in results] == [0, 0, 0, 0]
    assert highest_error_rates(results) == []


def test_bad_recordings_are_listed_by_error_rate(runtime: Runtime) -> None:
    recordings = [spoken(runtime, text) for text in SENTENCES]
    silent = Recording(text=SENTENCES[1], samples=np.zeros(24000, np.float32), sample_rate=24000)
    half = Recording(
        text=SENTENCES[3], samples=recordings[3].samples[: recordings[3].samples.size // 2], sample_rate=22050
    )
    results = list(verify([recordings[0], silent, recordings[2], half], LISTENER, runtime))
    found = highest_error_rates(results)
    assert [one.index for one in found] == [1, 3]
    assert found[0].recognized == ""
    assert found[0].errors.rate == 1.0
    assert 0 < found[1].errors.rate < 1
    assert highest_error_rates(results, 1) == found[:1]


def test_a_failed_recording_does_not_affect_the_next(runtime: Runtime) -> None:
    good = spoken(runtime, SENTENCES[0])
    broken = Recording(text="Not a number.", samples=np.full(16000, np.nan, np.float32), sample_rate=16000)
    first, second = verify([broken, good], LISTENER, runtime)
    assert "NaN" in first.message
    assert (first.recognized, first.errors.errors) == ("", 3)
    assert (second.message, second.errors.errors) == ("", 0)
    assert [one.index for one in highest_error_rates([first, second])] == [0]


def test_recordings_are_requested_lazily(runtime: Runtime) -> None:
    recording = spoken(runtime, SENTENCES[1])
    n_requested = 0

    def recordings() -> Iterator[Recording]:
        nonlocal n_requested
        for number in range(40):
            n_requested += 1
            yield Recording(
                text=f"{recording.text} {number}", samples=recording.samples, sample_rate=recording.sample_rate
            )

    results = verify(recordings(), LISTENER, runtime)
    next(results)
    assert n_requested < 20
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("level50", False),
        ("level0 level50 level50 level0", False),  # as it is heard between two silences
        ("level30", True),
    ],
)
def test_every_recognition_must_differ_from_the_text(tmp_path: Path, text: str, *, is_wrong: bool) -> None:
    """The test recognizer hears one word in each half second, its level, after the words of a hint."""
    settings = Settings(cache_dir=tmp_path, cache_bytes=0, engine_folders=(ENGINES,))
    recording = Recording(text=text, samples=np.full(8000, 0.5, np.float32), sample_rate=16000)
    with closing(Runtime(settings)) as runtime:
        (result,) = verify([recording], Recognizer(engine="recognizer", language="en"), runtime)
    assert (result.recognized, result.errors.errors > 0) == ("level50", is_wrong)


def test_an_engine_without_recognition_raises(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="doesn't recognize speech"):
        next(verify([], Recognizer(engine="espeak"), runtime))
