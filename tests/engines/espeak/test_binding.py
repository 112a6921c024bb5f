"""The eSpeak NG library: exact repetition, stopping, and error messages."""

from __future__ import annotations

import ctypes
import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from voxweft.engines.espeak import abi, binding
from voxweft.engines.espeak.binding import EspeakFiles, EspeakLibrary, WordEvent, find_espeak
from voxweft.engines.espeak.errors import EspeakError

TEXT = "She sees the sea, zero 7."
NOISY_VARIANTS = ("Reed", "caleb", "f2", "whisper", "whisperf", "Demonic", "klatt")

DIGESTS_SCRIPT = """
import hashlib, json, sys
from voxweft.engines.espeak.binding import EspeakLibrary, find_espeak

def digest(identifier, variant, text):
    content = hashlib.sha256()
    def on_block(pcm, words):
        content.update(pcm + repr(words).encode())
        return True
    with EspeakLibrary(find_espeak()) as lib:
        lib.set_voice(identifier, variant)
        lib.speak(text, on_block)
    return content.hexdigest()

identifier, text, *variants = json.loads(sys.argv[1])
print(json.dumps({variant: digest(identifier, variant, text) for variant in variants}))
"""


@pytest.fixture(scope="module")
def files() -> EspeakFiles:
    return find_espeak()


@pytest.fixture(scope="module")
def variants(files: EspeakFiles) -> list[str]:
    with EspeakLibrary(files) as lib:
        return [entry.identifier.removeprefix("!v/") for entry in lib.variants()]


def speak(
    files: EspeakFiles, text: str, identifier: str = "gmw/en-US", variant: str = ""
) -> tuple[bytes, list[WordEvent]]:
    blocks: list[bytes] = []
    events: list[WordEvent] = []

    def on_block(pcm: bytes, words: Sequence[WordEvent]) -> bool:
        blocks.append(pcm)
        events.extend(words)
        return True

    with EspeakLibrary(files) as lib:
        lib.set_voice(identifier, variant)
        lib.speak(text, on_block)
    return b"".join(blocks), events


def digest(files: EspeakFiles, variant: str, identifier: str = "gmw/en-US") -> str:
    content = hashlib.sha256()

    def on_block(pcm: bytes, words: Sequence[WordEvent]) -> bool:
        content.update(pcm + repr(words).encode())
        return True

    with EspeakLibrary(files) as lib:
        lib.set_voice(identifier, variant)
        lib.speak(TEXT, on_block)
    return content.hexdigest()


def test_every_variant_repeats_exactly_in_any_order_and_in_another_process(
    files: EspeakFiles, variants: list[str]
) -> None:
    first = {variant: digest(files, variant) for variant in variants}
    assert len(first) > 90
    assert len(set(first.values())) > 90, "the variants must differ, otherwise this test proves nothing"
    shuffled = list(variants)
    random.Random(5).shuffle(shuffled)
    assert {variant: digest(files, variant) for variant in shuffled} == first
    job = json.dumps(["gmw/en-US", TEXT, *reversed(variants)])
    other = subprocess.run([sys.executable, "-c", DIGESTS_SCRIPT, job], capture_output=True, text=True, check=True)
    assert json.loads(other.stdout) == first


@pytest.mark.parametrize("identifier", ["gmw/de", "roa/fr", "sit/cmn", "inc/hi", "gmw/en"])
def test_voices_repeat_exactly(files: EspeakFiles, identifier: str) -> None:
    once = digest(files, "", identifier)
    digest(files, "croak")
    assert digest(files, "", identifier) == once


def test_neither_the_time_nor_the_c_generator_changes_a_noisy_variant(files: EspeakFiles) -> None:
    first = {variant: digest(files, variant) for variant in NOISY_VARIANTS}
    # The library seeds its own generator with the time in whole seconds: wait for the next second.
    time.sleep(1 - time.time() % 1)
    binding._c_runtime().srand(4711)
    assert {variant: digest(files, variant) for variant in NOISY_VARIANTS} == first


def test_a_library_that_stays_loaded_does_not_repeat(files: EspeakFiles) -> None:
    """Check why the library is loaded again each time: if this test fails, that is no longer needed."""
    recordings: list[bytes] = []
    with EspeakLibrary(files) as lib:
        lib.set_voice("gmw/en-US")
        for _ in range(3):
            blocks: list[bytes] = []
            lib.speak(TEXT, lambda pcm, words, collected=blocks: collected.append(pcm) or True)
            recordings.append(b"".join(blocks))
    assert len(set(recordings)) > 1


def test_the_library_is_unloaded_after_use(files: EspeakFiles) -> None:
    assert not binding.is_loaded(files.shared_library)
    with EspeakLibrary(files):
        assert binding.is_loaded(files.shared_library)
    assert not binding.is_loaded(files.shared_library)


def test_a_second_instance_is_rejected(files: EspeakFiles) -> None:
    with EspeakLibrary(files), pytest.raises(EspeakError, match="in use in this process"):
        EspeakLibrary(files)
    speak(files, "fine")


def test_a_library_loaded_by_other_code_is_rejected(files: EspeakFiles) -> None:
    foreign = ctypes.CDLL(str(files.shared_library))
    try:
        with pytest.raises(EspeakError, match="already loaded"):
            EspeakLibrary(files)
    finally:
        binding._unload(foreign)
    speak(files, "fine")


def test_a_system_that_never_unloads_is_an_error(files: EspeakFiles) -> None:
    lib = EspeakLibrary(files)
    open_copy = ctypes.CDLL(str(files.shared_library))
    try:
        with pytest.raises(EspeakError, match="doesn't unload"):
            lib.close()
    finally:
        binding._unload(open_copy)
    speak(files, "fine")


@pytest.mark.linux
def test_a_voice_selected_by_file_sounds_like_one_selected_by_name(files: EspeakFiles) -> None:
    quick = speak(files, TEXT, "gmw/en-US", "f2")
    blocks: list[bytes] = []
    with EspeakLibrary(files) as lib:
        assert lib._lib.espeak_SetVoiceByName(b"en-us+f2") == 0
        lib.speak(TEXT, lambda pcm, words: blocks.append(pcm) or True)
    assert quick[0] == b"".join(blocks)


@pytest.mark.parametrize(("identifier", "variant"), [("gmw/en-US", "absent"), ("gmw/de", "absent"), ("gmw/xx", "f2")])
def test_an_unknown_voice_or_variant_is_an_error(files: EspeakFiles, identifier: str, variant: str) -> None:
    with EspeakLibrary(files) as lib, pytest.raises(EspeakError, match="voice"):
        lib.set_voice(identifier, variant)


def test_speaking_stops_when_the_callback_returns_false(files: EspeakFiles) -> None:
    sizes: list[int] = []

    def on_block(pcm: bytes, words: Sequence[WordEvent]) -> bool:
        sizes.append(len(pcm) // 2)
        return len(sizes) < 3

    with EspeakLibrary(files) as lib:
        lib.set_voice("gmw/de")
        lib.speak("Ein langer Satz, " * 50, on_block)
    assert len(sizes) == 3
    assert all(0 < size <= 1400 for size in sizes)


def test_an_error_in_the_callback_is_raised(files: EspeakFiles) -> None:
    def on_block(pcm: bytes, words: Sequence[WordEvent]) -> bool:
        raise ZeroDivisionError("from the callback")

    with pytest.raises(ZeroDivisionError, match="from the callback"), EspeakLibrary(files) as lib:
        lib.speak("Hello there.", on_block)
    assert not binding.is_loaded(files.shared_library)


def test_word_events_have_positions_in_code_points(files: EspeakFiles) -> None:
    text = "Größe 😀 über e\u0301toile"
    pcm, events = speak(files, text, "gmw/de")
    assert {0, 6, 8, 13} <= {event.position for event in events}
    samples = [event.sample for event in events]
    assert samples == sorted(samples)
    assert samples[-1] < len(pcm) // 2


def test_an_event_after_the_librarys_counter_wraps() -> None:
    events = (abi.Event * 2)()
    events[0].type, events[0].text_position, events[0].sample = abi.EVENT_WORD, 8, -(2**31) + 5
    assert binding._read_events(events, 2**31 - 100) == [WordEvent(7, 2**31 + 5)]


def test_another_sample_rate_is_an_error() -> None:
    events = (abi.Event * 2)()
    events[0].type, events[0].id.number = abi.EVENT_SAMPLE_RATE, 16000
    with pytest.raises(EspeakError, match="16000"):
        binding._read_events(events, 0)


def test_text_that_the_library_would_truncate_is_rejected(files: EspeakFiles) -> None:
    with EspeakLibrary(files) as lib, pytest.raises(ValueError, match="NUL"):
        lib.speak("cut\0here", lambda pcm, words: True)


def test_a_missing_data_folder_raises_instead_of_exiting_the_process(files: EspeakFiles, tmp_path: Path) -> None:
    with pytest.raises(EspeakError, match=r"espeakng-loader|uses the data"):
        EspeakLibrary(EspeakFiles(files.shared_library, tmp_path))
    speak(files, "fine")


def test_a_data_path_that_the_library_would_truncate_is_an_error(files: EspeakFiles, tmp_path: Path) -> None:
    with pytest.raises(EspeakError, match="shorter path"):
        EspeakLibrary(EspeakFiles(files.shared_library, tmp_path / ("long" * 50)))


def test_a_missing_distribution_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(EspeakError, match="pip install espeakng-loader"):
        find_espeak()


def test_a_missing_library_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import espeakng_loader

    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(tmp_path / "gone.so"))
    with pytest.raises(EspeakError, match=r"gone\.so is missing.*pip install"):
        find_espeak()


def test_a_damaged_library_names_the_command(files: EspeakFiles, tmp_path: Path) -> None:
    broken = tmp_path / files.shared_library.name
    broken.write_bytes(b"not a library")
    with pytest.raises(EspeakError, match="pip install"):
        EspeakLibrary(EspeakFiles(broken, files.data))
    speak(files, "fine")
