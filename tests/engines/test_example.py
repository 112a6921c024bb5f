"""The engine of docs/tutorials/first-engine.md, copied from the page and run outside the package."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import re
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from paths import ROOT

from voxweft import engines
from voxweft.jobs.run import run
from voxweft.jobs.speak import speak
from voxweft.jobs.voices import Speaker
from voxweft.utils import streaming
from voxweft.utils.settings import Settings
from voxweft.utils.streaming import (
    AudioChunk,
    NamedVoice,
    SegmentDone,
    StreamEvent,
    StreamingSegment,
    TextPayload,
    Word,
)
from voxweft.utils.streaming.contract.engine_spec import EngineSpec, ParamSpec
from voxweft.utils.streaming.contract.errors import SegmentError
from voxweft.utils.streaming.contract.registry import EngineRegistry
from voxweft.utils.streaming.runtime import Runtime

PAGE = ROOT / "docs" / "tutorials" / "first-engine.md"
REFERENCE = ROOT / "docs" / "reference" / "engine-interface.md"
RATE_HZ = 16000
UNIT_SAMPLES = RATE_HZ * 60 // (50 * 20)  # at 20 words per minute

MakeRuntime = Callable[..., Runtime]


def page_files() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"^`morse/([\w.]+)`:\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def first_files() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"^`morse/([\w.]+)`, first version:\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The parent of the engine's folder, with a space in its name."""
    engine = tmp_path / "my engines" / "morse"
    engine.mkdir(parents=True)
    for name, content in page_files().items():
        (engine / name).write_text(content, encoding="utf-8")
    return engine.parent


@pytest.fixture
def make_runtime(folder: Path, tmp_path: Path) -> Iterator[MakeRuntime]:
    made: list[Runtime] = []

    def make(cache_bytes: int = 0) -> Runtime:
        settings = Settings(
            cache_dir=tmp_path / "cache", cache_bytes=cache_bytes, engine_folders=(folder,), level_lufs=None
        )
        made.append(Runtime(settings))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    return make_runtime()


@pytest.fixture
def adapter_module(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("morse_of_the_page", folder / "morse" / "adapter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def segment(text: str, **changes: object) -> StreamingSegment:
    params = {"wpm": 20, "pitch_hz": 600.0} | changes.pop("params", {})
    return StreamingSegment(
        **({"index": 0, "payload": TextPayload(text), "engine": "morse", "params": params} | changes)
    )


def events_of(runtime: Runtime, *segments: StreamingSegment) -> list[StreamEvent]:
    return list(runtime.stream(segments))


def samples_of(events: list[StreamEvent]) -> np.ndarray:
    return np.concatenate([event.samples for event in events if isinstance(event, AudioChunk)])


def words_of(events: list[StreamEvent]) -> list[Word]:
    return [word for event in events if isinstance(event, AudioChunk) for word in event.words]


def done_of(events: list[StreamEvent]) -> SegmentDone:
    return next(event for event in events if isinstance(event, SegmentDone))


def keyed(samples: np.ndarray) -> str:
    """Decode a keyed signal to Morse code, unit by unit."""
    units = samples.reshape(-1, UNIT_SAMPLES)
    loud = "".join("#" if np.sqrt(np.mean(unit**2)) > 0.1 else " " for unit in units)
    marks = {"#": ".", "###": "-", " ": "", "   ": " ", "       ": " / "}
    return "".join(marks[part] for part in re.findall(r"#+| +", loud))


def test_the_engine_interface_exports_the_names_of_the_core() -> None:
    assert sorted(engines.__all__) == sorted([*streaming.__all__, "Conditionals"])
    assert all(getattr(engines, name) is getattr(streaming, name) for name in streaming.__all__)


def test_the_page_contains_both_files() -> None:
    assert set(page_files()) == {"engine.toml", "adapter.py"}


def test_the_reference_describes_every_field_and_no_other() -> None:
    table = REFERENCE.read_text(encoding="utf-8").partition("## `adapter.py`")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`\[?([\w]+)(?:\.NAME)?\]?`", row)]
    assert set(named) == set(EngineSpec.__struct_fields__) - {"folder", "overlay"}
    for name in ParamSpec.__struct_fields__:
        assert f"`{name}`" in table.partition("`[params.NAME]`")[2]


def test_the_engine_makes_morse_code(runtime: Runtime) -> None:
    events = events_of(runtime, segment("sos Q"))
    assert keyed(samples_of(events)) == "... --- ... / --.-"
    assert all(event.sample_rate == RATE_HZ for event in events if isinstance(event, AudioChunk))


def test_words_have_exact_times_and_spans(runtime: Runtime) -> None:
    text = "  paris,\n\tcq  Straße "
    events = events_of(runtime, segment(text))
    words, samples = words_of(events), samples_of(events)
    assert [word.text for word in words] == ["paris,", "cq", "Straße"]
    for word in words:
        assert word.source is not None
        assert text[word.source.start : word.source.end] == word.text
        # A word begins and ends with a tone, with silence directly before and after it.
        start, end = round(word.start_s * RATE_HZ), round(word.end_s * RATE_HZ)
        assert np.abs(samples[start : start + UNIT_SAMPLES]).max() > 0.4
        assert np.abs(samples[end - UNIT_SAMPLES : end]).max() > 0.4
        assert not samples[max(start - 7 * UNIT_SAMPLES, 0) : start].any()
        assert not samples[end : end + 7 * UNIT_SAMPLES].any()
    gaps = [round((after.start_s - before.end_s) * RATE_HZ) for before, after in itertools.pairwise(words)]
    assert gaps == [7 * UNIT_SAMPLES] * 2
    assert samples.size == round(words[-1].end_s * RATE_HZ)


def test_paris_has_the_length_that_defines_words_per_minute(runtime: Runtime) -> None:
    samples = samples_of(events_of(runtime, segment("PARIS", params={"wpm": 12})))
    assert samples.size == (50 - 7) * RATE_HZ * 60 // (50 * 12)


def test_samples_repeat_exactly_after_any_other_text(runtime: Runtime) -> None:
    first = samples_of(events_of(runtime, segment("Paris")))
    events_of(runtime, segment("something else", speed=2.0, params={"pitch_hz": 900.0}))
    again = samples_of(events_of(runtime, segment("Paris")))
    np.testing.assert_array_equal(first, again)


def test_the_estimate_equals_the_duration(runtime: Runtime) -> None:
    plain = segment("how long is this?", params={"wpm": 33})
    ((plain_s, fast_s),) = runtime.run(runtime.estimate((plain,), (1.0, 1.7)))
    assert plain_s == samples_of(events_of(runtime, plain)).size / RATE_HZ
    fast = segment("how long is this?", params={"wpm": 33}, speed=1.7)
    assert fast_s == samples_of(events_of(runtime, fast)).size / RATE_HZ


@pytest.mark.parametrize(
    ("invalid", "message"),
    [
        (segment("10 %"), r"no sign for '%' \(character 4\)"),
        (segment("a", voice=NamedVoice("bass")), "one voice, 'sine'"),
        (segment("a", params={"wpm": 500}), "'wpm' is 500, outside"),
        (segment("a", params={"wmp": 20}), "did you mean 'wpm"),
    ],
)
def test_invalid_requests_are_rejected_with_a_message(
    runtime: Runtime, invalid: StreamingSegment, message: str
) -> None:
    with pytest.raises(SegmentError, match=message):
        events_of(runtime, invalid)


def test_the_worker_survives_a_cancel_and_is_free(runtime: Runtime) -> None:
    worker = done_of(events_of(runtime, segment("a"))).stats.worker
    with runtime.stream([segment("paris " * 100_000)]) as events:
        next(event for event in events if isinstance(event, AudioChunk))
        events.close()
        assert list(events) == []
    assert done_of(events_of(runtime, segment("b"))).stats.worker == worker


def test_the_cancel_is_checked_at_every_character(adapter_module: ModuleType) -> None:
    n_checks = 0

    def cancelled() -> bool:
        nonlocal n_checks
        n_checks += 1
        return n_checks > 3

    chunks = list(adapter_module.MorseAdapter().stream(segment("paris paris"), cancelled))
    assert len(chunks) == 3
    assert n_checks == 4


def test_samples_are_in_range_and_tones_do_not_click(adapter_module: ModuleType) -> None:
    samples = np.concatenate(
        [chunk.samples for chunk in adapter_module.MorseAdapter().stream(segment("E T"), lambda: False)]
    )
    assert samples.dtype == np.float32
    assert np.abs(samples).max() <= 1.0
    # A 600 Hz sine of amplitude 0.5 moves by 0.118 between two samples; a tone cut hard would jump by up to 0.5.
    assert np.abs(np.diff(samples)).max() < 0.12


def hit(make_runtime: MakeRuntime) -> bool:
    runtime = make_runtime(cache_bytes=1 << 20)
    try:
        return done_of(events_of(runtime, segment("Paris"))).stats.cache_hit
    finally:
        runtime.close()


def test_a_higher_adapter_version_invalidates_the_cache(make_runtime: MakeRuntime, folder: Path) -> None:
    assert [hit(make_runtime), hit(make_runtime)] == [False, True]
    toml = folder / "morse" / "engine.toml"
    before = toml.read_text(encoding="utf-8")
    toml.write_text(before.replace("adapter_version = 1", "adapter_version = 2"), encoding="utf-8")
    assert [hit(make_runtime), hit(make_runtime)] == [False, True]
    toml.write_text(before, encoding="utf-8")
    assert hit(make_runtime)


def test_jobs_use_it_like_any_other_engine(runtime: Runtime) -> None:
    job = speak("First sentence. Second one.", Speaker(engine="morse"), runtime.registry)
    n_samples = sum(block.size for block in run(job, runtime))
    pieces = job.report().segments
    assert [piece.text for piece in pieces] == ["First sentence.", "Second one."]
    assert n_samples == pieces[-1].end_sample


def run_voxweft(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voxweft", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def environment_of(tmp_path: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOXWEFT_")}
    return {**kept, "VOXWEFT_CACHE_DIR": str(tmp_path / "cache"), **variables}


def assert_the_command_finds_and_uses_it(
    environment: dict[str, str], engine: Path, tmp_path: Path, code: str = "... --- ..."
) -> None:
    listed = run_voxweft(environment, "engines", "--json")
    assert listed.returncode == 0, listed.stderr
    found = {row["name"]: row for row in json.loads(listed.stdout)["engines"]}
    assert Path(found["morse"]["folder"]) == engine.resolve()
    assert found["morse"]["location"]["kind"] == "host"
    assert "espeak" in found

    out = tmp_path / "sos.wav"
    result = run_voxweft(environment, "say", "SOS", "-e", "morse", "-o", str(out))
    assert result.returncode == 0, result.stderr
    with wave.open(str(out)) as file:
        assert file.getframerate() == RATE_HZ
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert keyed(samples / 32768) == code


def test_the_command_uses_an_engine_from_a_folder(folder: Path, tmp_path: Path) -> None:
    environment = environment_of(tmp_path, VOXWEFT_ENGINES=str(folder))
    assert_the_command_finds_and_uses_it(environment, folder / "morse", tmp_path)
    result = run_voxweft(environment, "say", "10 %", "-e", "morse", "-o", str(tmp_path / "no.wav"))
    assert result.returncode == 1
    assert "Morse code has no sign for '%' (character 4)" in result.stderr
    assert not (tmp_path / "no.wav").exists()


@pytest.fixture
def site(folder: Path, tmp_path: Path) -> Path:
    """A site folder with a distribution of the engine, whose package must not be imported to find the engine."""
    site = tmp_path / "site"
    package = site / "acme_speech"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('finding an engine must not import its package')\n")
    (folder / "morse").rename(package / "morse")
    info = site / "acme_speech-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-speech\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[voxweft.engines]\nmorse = acme_speech.morse\n")
    return site


def test_the_command_uses_an_engine_from_an_installed_distribution(site: Path, tmp_path: Path) -> None:
    environment = environment_of(tmp_path, PYTHONPATH=str(site))
    assert_the_command_finds_and_uses_it(environment, site / "acme_speech" / "morse", tmp_path)


def test_a_distribution_without_its_folder_hides_no_other_engine(
    site: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (site / "acme_speech-1.0.dist-info" / "entry_points.txt").write_text("[voxweft.engines]\nmorse = acme.gone\n")
    monkeypatch.syspath_prepend(str(site))
    registry = EngineRegistry()
    assert "morse" not in registry.specs
    assert "espeak" in registry.specs
    assert "acme.gone can't be found" in caplog.text


def change_adapter(folder: Path, old: str, new: str) -> None:
    adapter = folder / "morse" / "adapter.py"
    code = adapter.read_text(encoding="utf-8")
    assert old in code
    adapter.write_text(code.replace(old, new), encoding="utf-8")


def run_test(folder: Path, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_voxweft(environment_of(tmp_path), "engines", "test", str(folder / "morse"), *arguments)


def test_the_engine_of_the_page_keeps_the_rules(folder: Path, tmp_path: Path) -> None:
    result = run_test(folder, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    summary = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("morse: "))
    assert result.stdout.splitlines()[-1] == summary


def test_the_fault_on_the_page_is_found(folder: Path, tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    fault, before = re.findall(r"Put `(.*?)` before `(.*?)` in `stream`", page)[0]
    change_adapter(folder, f"        {before}\n", f"        {fault}\n        {before}\n")
    result = run_test(folder, tmp_path, "--only", "repeat")
    assert result.returncode == 1
    (failed,) = [line for line in result.stdout.splitlines() if line.startswith("failed")]
    assert failed in page


def test_an_ignored_cancel_is_found(folder: Path, tmp_path: Path) -> None:
    before = "                if cancelled():\n                    return\n"
    busy = "                if not position:\n                    __import__('time').sleep(len(segment.text) / 100)\n"
    change_adapter(folder, before, busy)
    result = run_test(folder, tmp_path, "--only", "cancel")
    assert "didn't stop within cancel_grace_s (1 s)" in result.stdout, result.stdout + result.stderr


def test_the_first_version_on_the_page_speaks(folder: Path, tmp_path: Path) -> None:
    assert set(first_files()) == {"engine.toml", "adapter.py"}
    for name, content in first_files().items():
        (folder / "morse" / name).write_text(content, encoding="utf-8")
    environment = environment_of(tmp_path, VOXWEFT_ENGINES=str(folder))
    assert_the_command_finds_and_uses_it(environment, folder / "morse", tmp_path, code="... --- ... ")
    result = run_voxweft(environment, "say", "HELLO", "-e", "morse", "-o", str(tmp_path / "no.wav"))
    assert "error: segment 1 ('HELLO') failed in engine 'morse': 'H'" in result.stderr
    failed = "failed  output         'The north wind and the sun were arguing.': 'T'"
    assert failed in run_test(folder, tmp_path).stdout
    assert failed in PAGE.read_text(encoding="utf-8")
