"""What a recognizer hears in recordings: real workers, and files that keep it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from streaming_kit import MakeRuntime, child_pids

from voxweft.jobs.voices import VoiceRecording
from voxweft.jobs.voices.heard import Heard, Listener
from voxweft.utils.streaming import Word
from voxweft.utils.streaming.contract.errors import SegmentError, UnknownEngineError
from voxweft.utils.streaming.runtime import Runtime


def recording(seconds: float = 2.0, rate: int = 24000, **fields: object) -> VoiceRecording:
    """Return a recording that is louder every half second; the test recognizer's words are the levels."""
    levels = 0.1 * (1 + np.arange(round(seconds * rate)) // (rate // 2) % 8)
    times = np.arange(round(seconds * rate)) / rate
    samples = (levels * np.sin(2 * np.pi * 200 * times)).astype(np.float32)
    return VoiceRecording(samples=samples, sample_rate=rate, name="levels.wav", **fields)


def without_recognizers(runtime: Runtime) -> Runtime:
    for name in [name for name, spec in runtime.registry.specs.items() if spec.task == "recognition"]:
        if name != "faster_whisper":
            del runtime.registry.specs[name]
    return runtime


def test_a_recording_is_heard_once(runtime: Runtime, make_runtime: MakeRuntime, tmp_path: Path) -> None:
    heard = Listener(runtime).hear(recording(), 2.0)
    assert heard is not None
    assert [round(word.start_s, 2) for word in heard.words] == [0.0, 0.5, 1.0, 1.5]
    assert heard.text == "level10 level20 level30 level40"
    assert heard.language is None, "'und' is no language"
    (file,) = (tmp_path / "cache" / "transcripts").iterdir()
    (recognizer,) = json.loads(file.read_bytes())
    assert recognizer.startswith("recognizer 1")
    runtime.run(runtime.unload())
    workers = child_pids()
    assert Listener(runtime).hear(recording(), 2.0) == heard
    other = make_runtime()
    assert Listener(other).kept(recording(), 2.0) == heard
    assert Listener(other).kept(recording(2.1), 2.1) is None
    assert Listener(other).kept(recording(rate=24001), 2.0) is None
    assert child_pids() <= workers, "nothing was started"


def test_a_language_that_is_stated_is_one_of_its_own(runtime: Runtime) -> None:
    Listener(runtime).hear(recording(), 2.0)
    german = recording(language="de")
    assert Listener(runtime).kept(german, 2.0) is None
    heard = Listener(runtime).hear(german, 2.0)
    assert heard is not None
    assert heard.language == "de"
    for language in ("../../de", "a/b", "x" * 500):
        assert Listener(runtime).kept(recording(language=language), 2.0) is None


def test_whole_windows_are_heard_so_that_policies_share_them(runtime: Runtime) -> None:
    long = recording(65.0, 8000)
    for length_s in (4.0, 29.0, 30.0):
        heard = Listener(runtime).hear(long, length_s)
        assert heard is not None
        assert len(heard.words) == 60
    assert Listener(runtime).kept(long, 31.0) is None
    further = Listener(runtime).hear(long, 31.0)
    assert further is not None
    assert len(further.words) == 120


def test_without_a_recognizer_what_was_heard_before_is_used(make_runtime: MakeRuntime) -> None:
    first = make_runtime()
    heard = Listener(first).hear(recording(), 2.0)
    runtime = without_recognizers(make_runtime(models_home=Path("/nonexistent"), offline=True))
    assert Listener(runtime).hear(recording(), 2.0) == heard
    assert Listener(runtime).hear(recording(3.0), 3.0) is None
    with pytest.raises(UnknownEngineError, match=r"no engine for recognition that is ready; .*faster_whisper"):
        Listener(runtime).hear(recording(3.0), 3.0, required=True)


def test_a_damaged_file_is_made_again(runtime: Runtime, tmp_path: Path) -> None:
    heard = Listener(runtime).hear(recording(), 2.0)
    (file,) = (tmp_path / "cache" / "transcripts").iterdir()
    for damage in (b"", b"{", b'{"recognizer": 3}', b"\xff"):
        file.write_bytes(damage)
        assert Listener(runtime).kept(recording(), 2.0) is None
        assert Listener(runtime).hear(recording(), 2.0) == heard


def test_a_folder_that_cannot_be_written_to_costs_only_time(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache" / "transcripts").write_text("a file")
    assert Listener(runtime).hear(recording(), 2.0) is not None
    assert Listener(runtime).kept(recording(), 2.0) is None


def test_a_cancel_stops_the_recognition(runtime: Runtime) -> None:
    class StopError(Exception):
        pass

    def stop() -> None:
        raise StopError

    with pytest.raises(StopError):
        Listener(runtime).hear(recording(60.0), 60.0, poll=stop)
    assert Listener(runtime).kept(recording(60.0), 60.0) is None


def test_a_failed_recognition_is_no_silence(runtime: Runtime) -> None:
    spec = runtime.registry.get("recognizer")
    runtime.registry.specs["recognizer"] = msgspec.structs.replace(spec, params={}, adapter="adapter:Missing")
    with pytest.raises(SegmentError, match="Missing"):
        Listener(runtime).hear(recording(), 2.0)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((" Hello,", " there."), "Hello, there."),
        (("Hello,", "there."), "Hello, there."),
        (("今日は", "いい", "天気"), "今日はいい天気"),
        ((), ""),
    ],
)
def test_words_become_a_text(words: tuple[str, ...], text: str) -> None:
    assert Heard(words=tuple(Word(word, 0.0, 1.0) for word in words)).text == text
