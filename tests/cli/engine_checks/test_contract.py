"""Every check fails for an engine with that fault, and passes for the same engine without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from espeak_speech import SPEECH_RATE_HZ, spoken
from paths import DATA, ENGINES

from voxweft.cli.engine_checks.contract import CHECKS, REQUIRED, examine
from voxweft.cli.engine_checks.report import Verdict
from voxweft.cli.engine_checks.subject import Choices
from voxweft.media.audio.wav import whole_wav
from voxweft.utils.settings import Settings
from voxweft.utils.streaming.contract.registry import EngineRegistry

pytestmark = pytest.mark.usefixtures("no_hang")

FOLDERS = (DATA / "broken_engines", ENGINES)


def verdicts(
    tmp_path: Path, engine: str, *only: str, model: str = "", quick: bool = False, voices: tuple[str, ...] = ()
) -> dict[str, Verdict]:
    registry = EngineRegistry(FOLDERS)
    settings = Settings(cache_dir=tmp_path / "cache", engine_folders=FOLDERS)
    choices = Choices(model=model, quick=quick, voices=voices)
    return {verdict.check: verdict for verdict in examine(registry.get(engine), registry, settings, choices, only=only)}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two voices, made once."""
    folder = tmp_path_factory.mktemp("recordings")
    files = folder / "one.wav", folder / "two.wav"
    for file, voice in zip(files, ("en-us", "de"), strict=True):
        file.write_bytes(whole_wav(spoken("A recording of a voice.", voice)[0], SPEECH_RATE_HZ))
    return str(files[0]), str(files[1])


SLOW = {"hangs-on-digits", "ignores-a-cancel", "leaves-a-process", "loads-for-ever"}
"""Engines for whose end a check has to wait."""
FAULTS = [
    ("load", "other-rate", "has 8000 Hz, but its engine.toml says 16000"),
    ("load", "loads-for-ever", "not loaded within 3 s"),
    ("load", "fails-to-load", "the weights are of another model"),
    ("load", "lists-a-voice-twice", "lists these names twice: one"),
    ("output", "silent", "is silent: "),
    ("output", "loud", "they must be from -1 to 1"),
    ("output", "not-a-number", "samples that are not numbers"),
    ("output", "chunk-of-another-rate", "sent 8000 Hz, but its engine.toml says 16000"),
    ("output", "no-audio", "gives no audio"),
    ("cache key", "mislabeled", "never cached: engine 'broken' runs with {'weights': 'of other weights'}"),
    ("repeat", "random", "the same segment, made again differs: the samples differ from 0.000 s"),
    ("repeat", "counts-segments", "differs: the samples differ"),
    ("repeat", "differs-by-worker", "made in a new worker differs: the samples differ"),
    ("seed", "ignores-the-seed", "seeds 1 and 2 give equal bits"),
    ("state", "mixes-voices", "A, made after B, differs"),
    ("state", "ignores-the-recording", "the adapter doesn't use the recording"),
    ("low latency", "random-in-low-latency", "with low latency differs"),
    ("words", "no-words", "no word has times"),
    ("words", "words-after-the-end", "the end of the audio"),
    ("words", "words-out-of-order", "where the word before starts, or later"),
    ("words", "words-without-source", "has no source"),
    ("words", "words-beyond-the-text", "of a text of 40 characters"),
    ("words", "words-swapped", "comes after a word that ends at"),
    ("words", "few-words", "the words cover 8 of 32 letters"),
    ("speed", "one-speed", "at speed 2 a segment has 2.00 s, at 1.0 2.00 s"),
    ("speed", "slower-with-speed", "at speed 2 a segment has 4.00 s, at 1.0 2.00 s"),
    ("estimate", "guesses-the-length", "3.25 s are estimated at speed 0.8, and 2.50 s are made"),
    ("estimate", "nearly-knows-the-length", "2.50 s are made (tolerance: 0.02 s)"),
    ("estimate", "fails-to-estimate", "no estimate for this text"),
    ("batch", "batch-differs", "segment 1 of 4 together differs"),
    ("batch", "batch-loses-a-segment", "segment 2 of 4 together differs: 0 samples instead of"),
    ("batch", "batch-goes-on-after-the-end", "an event for position 0, which has ended"),
    ("batch", "batch-fails", "segments of different lengths don't fit"),
    ("unusual input", "dies-on-emoji", "emoji: its worker exited with code 9"),
    ("unusual input", "hangs-on-digits", "digits: its worker hung: no output of its segment"),
    ("unusual input", "names-no-reason", "empty: the error is only ''e''"),
    ("unusual input", "silent-on-digits", "digits: no audio and no error"),
    ("unusual input", "changes-after-an-error", "after unusual input, a sentence differs"),
    ("language", "refuses-its-language", "language 'de' is declared, but: this engine speaks English only"),
    ("cancel", "ignores-a-cancel", "didn't stop within cancel_grace_s (0.5 s)"),
    ("cancel", "worse-after-a-cancel", "a sentence differs"),
    ("crash", "differs-by-worker", "the retry on a new worker failed"),
    ("memory", "leaks", "the memory grew from "),
    ("unload", "leaves-a-process", "1 process that it started is left after an unload"),
    ("network", "connects", "tried to look up '192.0.2.1'"),
]


def test_every_check_has_a_fault() -> None:
    assert {check for check, _, _ in FAULTS} == set(CHECKS)


@pytest.mark.parametrize(
    ("check", "model", "message"),
    [
        pytest.param(*fault, id=f"{fault[0]}:{fault[1]}", marks=[pytest.mark.slow] if fault[1] in SLOW else [])
        for fault in FAULTS
    ],
)
def test_a_fault_is_found(tmp_path: Path, recordings: tuple[str, str], check: str, model: str, message: str) -> None:
    found = verdicts(tmp_path, "broken", check, model=model, voices=recordings)
    assert found[check].state == "failed", found[check].detail
    assert message in found[check].detail
    assert {name for name, verdict in found.items() if verdict.state == "failed"} == {check}
    if check == "load":
        assert found["output"].state == "skipped"


def test_the_same_engine_without_a_fault_passes(tmp_path: Path) -> None:
    found = verdicts(tmp_path, "broken")
    assert {name: verdict.detail for name, verdict in found.items() if verdict.state != "passed"} == {}
    assert list(found) == ["engine.toml", *CHECKS]
    assert "two recordings in turn" in found["state"].detail
    assert "4 segments together equal each alone" in found["batch"].detail
    assert found["crash"].detail == "retried without a seam"


def test_a_quick_run_leaves_out_what_takes_long(tmp_path: Path) -> None:
    found = verdicts(tmp_path, "broken", quick=True)
    assert {name for name, verdict in found.items() if verdict.state != "passed"} == {"crash"}


def test_an_engine_without_capabilities(tmp_path: Path) -> None:
    found = verdicts(tmp_path, "random")
    skipped = {name for name, verdict in found.items() if verdict.state == "skipped"}
    assert skipped == {"repeat", "seed", "state", "low latency", "words", "speed", "estimate", "batch", "language"}
    assert {verdict.state for name, verdict in found.items() if name not in skipped} == {"passed"}


def test_a_recognition_engine(tmp_path: Path) -> None:
    found = verdicts(tmp_path, "recognizer", "repeat", "state", "cancel", "crash", "unusual input")
    assert {verdict.state for verdict in found.values()} == {"passed"}
    assert "level88" in found["output"].detail
    assert "text: 10 ms, silence, noise, 8 kHz, 48 kHz" in found["unusual input"].detail


def test_an_unknown_check_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no check 'cancle'; did you mean 'cancel"):
        verdicts(tmp_path, "broken", "cancle")
    assert set(REQUIRED) <= set(CHECKS)
